/** How a step ends, and what its end means for others: proofs settle matters, a late success looks again. */
import type { AskStep, Step } from '../../playbooks/language/plan.js';
import type { FailureCode, Grade, Proof } from '../../playbooks/language/words.js';
import { isBesideEach } from './children.js';
import { names } from './order.js';
import { allSteps, isAct, isEach, isTask, proofOf, type Run, runOf, say, stepOf } from './run.js';

/** What a passing `contained` or `dead` settles, done by verb or by hand: the provider is the judge. */
const SETTLED_BY_PROOF = ['disable', 'restrict', 'cut_sessions', 'revoke'];

export interface Success {
  results?: Record<string, string | number>;
  grade?: Grade;
  line?: string;
}

export function succeed(run: Run, step: Step, success: Success, at: number): void {
  const state = runOf(run, step.id);
  Object.assign(state, success, { state: 'done', endedAt: at });
  if (isTask(step) && step.does !== undefined) {
    // what a hand has done is undone too, in the order in which all was done
    run.begun += 1;
    state.begun = { order: run.begun, generation: state.generation };
  }
  const proof = proofOf(step);
  if (proof !== undefined) proven(run, proof, success.grade ?? 'unproven', at);
  // Once it has been ended early nothing more of the plan begins, so nothing may wait for its turn.
  if (state.generation > 1 && run.ending === undefined) {
    lookAgainAfter(run, step);
    followAgain(run, step);
  }
}

export function fail(run: Run, step: Step, code: FailureCode, line: string, at: number): void {
  Object.assign(runOf(run, step.id), { state: 'failed', code, line, endedAt: at });
  const onlyReported = isAct(step) && step.class === 'tell';
  say(run, 'failed', step.id, `${step.title} failed (${code}): ${line}`, !onlyReported);
}

/** `by` = the person who decided it; absent = a condition, or the end of the incident. */
export function skip(run: Run, step: Step, line: string, at: number, by?: string): void {
  Object.assign(runOf(run, step.id), {
    state: 'skipped',
    line,
    endedAt: at,
    ...(by === undefined ? {} : { skippedBy: by }),
  });
  // What a respond_to_each has no use for follows from what it says itself.
  if (by !== undefined || !isBesideEach(run, step)) say(run, 'skipped', step.id, `${step.title}: ${line}`);
}

/** Closes a question with a no: what has not begun of the steps it covers will not. */
export function deny(run: Run, ask: AskStep, by: string, reason: string, at: number): void {
  const line = `${by} said no${reason === '' ? '' : `: "${reason}"`}`;
  Object.assign(runOf(run, ask.id), { state: 'denied', line, endedAt: at });
  say(run, 'denied', ask.id, `${ask.title}: ${line}`, true);
  for (const step of undecided(run, ask)) {
    if (ask.ifDenied === 'skip') skip(run, step, line, at, by);
    else Object.assign(runOf(run, step.id), { state: 'denied', line, endedAt: at });
  }
}

/** The last tier's time is over: it is unanswered, and so is all that it covers. */
export function leaveUnanswered(run: Run, ask: AskStep, at: number): void {
  const line = `nobody answered "${ask.title}"`;
  for (const step of [ask, ...undecided(run, ask)]) {
    Object.assign(runOf(run, step.id), { state: 'unanswered', line, endedAt: at });
  }
  say(run, 'unanswered', ask.id, line, true);
}

function undecided(run: Run, ask: AskStep): Step[] {
  return ask.covers.map((id) => stepOf(run, id)).filter(({ id }) => runOf(run, id).state === 'pending');
}

function proven(run: Run, proof: Proof, grade: Grade, at: number): void {
  if (proof === 'replacement_works') {
    run.replaced ??= { at, grade };
    return;
  }
  // What is dead is contained.
  run.contained ??= { at, grade };
  if (proof === 'dead') run.dead ??= { at, grade };
  for (const step of allSteps(run)) {
    const state = runOf(run, step.id);
    const deed = isAct(step) ? step.verb : isTask(step) ? step.does : undefined;
    const settles = SETTLED_BY_PROOF.includes(deed ?? '') || (proof === 'dead' && proofOf(step) === 'contained');
    if (state.state === 'failed' && settles) state.settled = true;
  }
}

/** A person's retry has worked, so the proofs after it that had failed look again. */
function lookAgainAfter(run: Run, step: Step): void {
  for (const later of run.plan.steps) {
    const proves = isAct(later) ? later.proof : isTask(later) ? later.proves : undefined;
    if (proves !== undefined && runOf(run, later.id).state === 'failed' && comesAfter(run, later, step.id)) {
      again(run, later, runOf(run, later.id).generation + 1);
    }
  }
}

/** What was not followed, because nothing was found as long as the step failed, is followed now. */
function followAgain(run: Run, step: Step): void {
  for (const later of run.plan.steps) {
    const isFollowed = isEach(later) || isBesideEach(run, later);
    const { state, skippedBy, generation } = runOf(run, later.id);
    if (!isFollowed || state !== 'skipped' || skippedBy !== undefined || later.skip !== undefined) continue;
    if (names(later, step)) again(run, later, generation + 1);
  }
}

function comesAfter(run: Run, later: Step, id: string): boolean {
  return later.needs.some((need) => need === id || comesAfter(run, stepOf(run, need), id));
}

/** A new generation: earlier answers and results are void; what may have changed the world stays known to undo. */
export function again(run: Run, step: Step, generation: number): void {
  const { begun } = runOf(run, step.id);
  run.steps[step.id] = { generation, state: 'pending', ...(begun === undefined ? {} : { begun }) };
}
