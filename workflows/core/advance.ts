/** What follows by itself from the state and the time: skips, questions that open, tiers that pass, silence. */
import type { Step } from '../../playbooks/language/plan.js';
import { fail, leaveUnanswered, skip } from './finish.js';
import { couldStart, hasEnded, holds, isHeldBack, isStuck, mayStart, needsMet, wanted, whySkipped } from './order.js';
import { nextTier, type PeopleStep, startAsking } from './questions.js';
import { allSteps, isAct, isAsk, isEach, isTask, type Run, runOf, say, stepOf } from './run.js';
import { moveUndo } from './undo.js';

/** Security-on-call hears of a containment that takes longer. */
export const TOLD_AFTER_MS = 60_000;

/** Brings the state to rest at `at`. */
export function advance(run: Run, at: number): void {
  if (run.hold?.until !== undefined && at >= run.hold.until) delete run.hold;
  let moved = true;
  while (moved) {
    moved = passTime(run, at) || moveUndo(run, at);
    if (run.ending === undefined) for (const step of run.plan.steps) moved = move(run, step, at) || moved;
  }
  noteHolds(run);
}

function passTime(run: Run, at: number): boolean {
  let moved = false;
  for (const step of allSteps(run)) {
    const state = runOf(run, step.id);
    if (isSlow(run, step, at)) {
      state.told = true;
      say(run, 'slow', step.id, `${step.title} has not worked yet; it is tried again and again`, true);
    }
    if (state.state === 'waiting' && at >= state.asking!.until)
      moved = timeIsOver(run, step as PeopleStep, at) || moved;
  }
  return moved;
}

function isSlow(run: Run, step: Step, at: number): boolean {
  const state = runOf(run, step.id);
  return tellsWhenSlow(step) && state.state === 'running' && !state.told && at >= state.startedAt! + TOLD_AFTER_MS;
}

/** Steps whose delay people hear of. */
export function tellsWhenSlow(step: Step): boolean {
  return isAct(step) && ['contain', 'burn', 'interrupt'].includes(step.class);
}

/** A question that proceeds waits, with its time over, as long as something is held. */
export function waitsForResume(run: Run, step: Step): boolean {
  return isAsk(step) && step.ifSilent === 'proceed' && isLastTier(run, step) && isHeldBack(run, step);
}

function isLastTier(run: Run, step: PeopleStep): boolean {
  return runOf(run, step.id).asking?.tier === step.tiers.length;
}

function timeIsOver(run: Run, step: PeopleStep, at: number): boolean {
  const state = runOf(run, step.id);
  // A tier's time starts when it is asked, late if we were: nobody's time runs before they could know.
  if (nextTier(run, step, state.asking!, at)) return true;
  if (isTask(step)) {
    fail(run, step, 'nobody', 'nobody did it in time', at);
  } else if (step.ifSilent === 'hold') {
    leaveUnanswered(run, step, at);
  } else {
    if (waitsForResume(run, step)) return false;
    Object.assign(state, {
      state: 'done',
      passedBy: 'silence',
      endedAt: at,
      line: 'nobody answered in time, so it goes on',
    });
    say(run, 'proceeded', step.id, `${step.title}: ${state.line}`, true);
  }
  return true;
}

function move(run: Run, step: Step, at: number): boolean {
  const { state } = runOf(run, step.id);
  if (isAsk(step)) return moveQuestion(run, step, at);
  if (state !== 'pending') return false;
  if (step.skip !== undefined || (needsMet(run, step) && !wanted(run, step))) {
    skip(run, step, whySkipped(run, step), at);
    return true;
  }
  if (isAct(step) || !mayStart(run, step)) return false;
  if (isEach(step)) fail(run, step, 'invalid', 'respond_to_each is not there yet; look at what was found by hand', at);
  else startAsking(run, step, at);
  return true;
}

function moveQuestion(run: Run, step: Extract<Step, { kind: 'ask' }>, at: number): boolean {
  const state = runOf(run, step.id);
  const covered = step.covers.map((id) => stepOf(run, id));
  const allEnded = covered.every(({ id }) => hasEnded(runOf(run, id)));
  if (state.state === 'pending' || state.state === 'waiting') {
    if (step.skip !== undefined || allEnded) {
      Object.assign(state, { state: 'skipped', endedAt: at, line: step.skip ?? 'what it asked about is not done' });
      return true;
    }
    if (state.state === 'waiting' || !covered.some((one) => couldStart(run, one)) || isHeldBack(run, step))
      return false;
    startAsking(run, step, at);
    return true;
  }
  // A person has left out all that it was about.
  const left = covered.every(({ id }) => !['denied', 'unanswered', 'pending'].includes(runOf(run, id).state));
  if (!isStuck(run, step) || !left) return false;
  state.state = 'skipped';
  return true;
}

function noteHolds(run: Run): void {
  const now = run.closed === undefined ? holds(run) : [];
  for (const reason of now) if (!run.heldBefore.includes(reason)) say(run, 'held', '', reason);
  if (now.length === 0 && run.heldBefore.length > 0 && run.closed === undefined)
    say(run, 'resumed', '', 'nothing holds it any more');
  run.heldBefore = now;
}
