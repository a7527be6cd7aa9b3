/** Which step may start: needs, conditions, the door of `close`, and what holds the phases (language.md 2.1 to 2.6). */
import type { Condition, Step } from '../../playbooks/language/plan.js';
import { allSteps, gateOf, isAct, isAsk, isTask, type Run, runOf, type StepRun, stepOf } from './run.js';

/** It runs no more in its present generation. */
export function hasEnded(run: StepRun): boolean {
  return run.state !== 'pending' && run.state !== 'running' && run.state !== 'waiting';
}

/** The words that a path has: a fact's one, a result's, `none` for what is not there. */
export function wordsOf(run: Run, path: string): string[] {
  const facts = run.plan.facts;
  if (path === 'credential.kind') return [run.plan.credential.kind];
  if (Object.hasOwn(facts, path)) return [facts[path as keyof typeof facts].value];
  const [name, result = ''] = path.split('.');
  const step = run.plan.steps.find((candidate) => candidate.name === name);
  if (step === undefined) return ['none'];
  const state = runOf(run, step.id);
  if (result === 'state') return [state.state];
  const value = state.state !== 'done' ? undefined : result === 'grade' ? state.grade : state.results?.[result];
  if (value === undefined || value === '') return ['none'];
  // A list by its count: the empty one is `none` and 0.
  return value === 0 ? ['none', '0'] : [String(value)];
}

/** Whether the step's own conditions let it run; asked when all its needs have ended. */
export function wanted(run: Run, step: Step): boolean {
  const has = (condition: Condition, path: string) =>
    wordsOf(run, path).some((word) => condition[path]!.includes(word));
  if (step.when !== undefined && !Object.keys(step.when).every((path) => has(step.when!, path))) return false;
  return step.unless === undefined || !Object.keys(step.unless).some((path) => has(step.unless!, path));
}

/** Why a step is skipped, in a line: which condition, and what was found. */
export function whySkipped(run: Run, step: Step): string {
  const paths = Object.keys({ ...step.when, ...step.unless });
  return `not needed: ${paths.map((path) => `${path} is ${wordsOf(run, path)[0]}`).join(', ')}`;
}

/** Its own condition looks at that one. */
export function names(step: Step, need: Step): boolean {
  return Object.keys({ ...step.when, ...step.unless }).some((path) => path.split('.')[0] === need.name);
}

/** Failed tells, and failed reads beside the phases, are reported and stop nothing. */
function onlyReported(step: Step): boolean {
  return isAct(step) && (step.class === 'tell' || (step.class === 'read' && step.phase === 'alongside'));
}

function met(run: Run, step: Step, needId: string): boolean {
  const need = stepOf(run, needId);
  const { state, settled } = runOf(run, needId);
  if (state === 'done') return true;
  // A skip never spreads, but it does not overtake what stood before it either; its own question no longer matters.
  if (state === 'skipped') return need.needs.every((before) => before === gateOf(need) || met(run, step, before));
  if (state === 'failed') {
    const strict = step.phase === 'close' && need.phase === 'close';
    return !strict || settled === true || onlyReported(need) || names(step, need);
  }
  return (state === 'denied' || state === 'unanswered') && names(step, need);
}

/** A question that was not passed and holds until a person asks again or leaves it out. */
export function isStuck(run: Run, step: Step): boolean {
  const { state } = runOf(run, step.id);
  return isAsk(step) && (state === 'unanswered' || (state === 'denied' && step.ifDenied === 'hold'));
}

/** Steps that failed and that nobody has settled: nothing closes over them. */
export function openMatters(run: Run): Step[] {
  // A false alarm and a person's close leave the plan's own failures behind them; what undo could not do stays open.
  return (run.ending === undefined ? allSteps(run) : run.extra).filter((step) => {
    const { state, settled } = runOf(run, step.id);
    return state === 'failed' && settled !== true && !onlyReported(step);
  });
}

function doorIsOpen(run: Run): boolean {
  return openMatters(run).every((step) => step.phase === 'close');
}

/** All that must end before has ended, the question over it aside. */
export function needsMet(run: Run, step: Step): boolean {
  const gate = gateOf(step);
  return step.needs.every((need) => need === gate || met(run, step, need));
}

/** It is its turn and it is wanted; only its question, or a hold, may still keep it. */
export function couldStart(run: Run, step: Step): boolean {
  return (
    runOf(run, step.id).state === 'pending' &&
    step.skip === undefined &&
    needsMet(run, step) &&
    wanted(run, step) &&
    (step.phase !== 'close' || doorIsOpen(run))
  );
}

/** Its question was passed, in this very generation; or it has none. */
export function isCovered(run: Run, step: Step): boolean {
  const gate = gateOf(step);
  if (gate === undefined) return true;
  const ask = runOf(run, gate);
  return ask.state === 'done' && ask.generation === runOf(run, step.id).generation;
}

/** Holds stop the phases; proofs, and what runs beside them, go on. */
export function isHeldBack(run: Run, step: Step): boolean {
  const proves = isAct(step) ? step.proof : isTask(step) ? step.proves : undefined;
  return step.phase !== 'alongside' && proves === undefined && holds(run).length > 0;
}

/** A step that would start now, were nothing held. */
export function mayStart(run: Run, step: Step): boolean {
  return run.ending === undefined && couldStart(run, step) && isCovered(run, step) && !isHeldBack(run, step);
}

/** Why nothing new starts, a sentence each; they add up, and each goes away by itself or by a person. */
export function holds(run: Run): string[] {
  const reasons: string[] = [];
  if (run.hold !== undefined) {
    reasons.push(`${run.hold.by} pressed hold${run.hold.why === '' ? '' : `: ${run.hold.why}`}; resume goes on`);
  }
  if (run.undoHeld !== undefined) reasons.push(run.undoHeld);
  if (run.ending !== undefined) {
    if (run.ending.as === 'false_alarm' && !openWork(run)) reasons.push(...openMatters(run).map(matterLine(run)));
    return reasons;
  }
  for (const step of run.plan.steps.filter((candidate) => isStuck(run, candidate))) {
    // What was asked beside the phases keeps nothing but the door.
    if (step.phase === 'alongside' && !atTheDoor(run)) continue;
    reasons.push(`${runOf(run, step.id).line ?? step.id}; retry asks again, skip leaves it out`);
  }
  const matters = openMatters(run);
  const inClose = matters.filter((step) => step.phase === 'close');
  const before = matters.filter((step) => step.phase !== 'close');
  if (
    !run.plan.steps.some((step) => step.phase === 'close' && ['running', 'waiting'].includes(runOf(run, step.id).state))
  ) {
    reasons.push(...inClose.filter((step) => !hasPlanB(run, step)).map(matterLine(run)));
  }
  if (before.length > 0 && atTheDoor(run)) reasons.push(...before.map(matterLine(run)));
  return reasons;
}

const matterLine = (run: Run) => (step: Step) =>
  `${step.title} failed${runOf(run, step.id).line ? `: ${runOf(run, step.id).line}` : ''}; retry it, or skip it with a reason`;

function openWork(run: Run): boolean {
  return allSteps(run).some((step) => ['running', 'waiting'].includes(runOf(run, step.id).state));
}

/** Another step waits for exactly this failure. */
function hasPlanB(run: Run, failed: Step): boolean {
  return run.plan.steps.some(
    (step) =>
      runOf(run, step.id).state === 'pending' && names(step, failed) && needsMet(run, step) && wanted(run, step),
  );
}

/** All that comes before `close` has ended, so that only the open matters keep the door shut. */
function atTheDoor(run: Run): boolean {
  return run.plan.steps.every(
    (step) => step.phase === 'close' || step.phase === 'alongside' || hasEnded(runOf(run, step.id)),
  );
}

/** Every step has ended and nothing is open: the incident may close. */
export function isOver(run: Run): boolean {
  return (
    allSteps(run).every((step) => hasEnded(runOf(run, step.id)) && !isStuck(run, step)) && openMatters(run).length === 0
  );
}
