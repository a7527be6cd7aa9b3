/** What follows by itself from the state and the time: skips, questions that open, tiers that pass, silence. */
import type { Step } from '../../playbooks/language/plan.js';
import { fail, skip } from './finish.js';
import { slowAt } from './kinds/act.js';
import { moveAsk, silence } from './kinds/ask.js';
import { moveEach } from './kinds/each.js';
import { moveTask } from './kinds/task.js';
import { holds, needsMet, wanted, whySkipped } from './order.js';
import { nextTier, type PeopleStep } from './questions.js';
import { allSteps, isAct, isAsk, isTask, type Run, runOf, say } from './run.js';
import { moveUndo } from './undo.js';

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
    const { state, asking } = runOf(run, step.id);
    if (isAct(step) && at >= (slowAt(run, step) ?? Number.POSITIVE_INFINITY)) {
      runOf(run, step.id).told = true;
      say(run, 'slow', step.id, `${step.title} has not worked yet; it is tried again and again`, true);
    }
    if (state === 'waiting' && at >= asking!.until) moved = timeIsOver(run, step as PeopleStep, at) || moved;
  }
  return moved;
}

function timeIsOver(run: Run, step: PeopleStep, at: number): boolean {
  // A tier's time starts when it is asked, late if we were: nobody's time runs before they could know.
  if (nextTier(run, step, runOf(run, step.id).asking!, at)) return true;
  if (!isTask(step)) return silence(run, step, at);
  fail(run, step, 'nobody', 'nobody did it in time', at);
  return true;
}

function move(run: Run, step: Step, at: number): boolean {
  if (isAsk(step)) return moveAsk(run, step, at);
  if (moveEach(run, step)) return true;
  if (runOf(run, step.id).state !== 'pending') return false;
  if (step.skip !== undefined) {
    // Decided when binding, so the plan says it already.
    Object.assign(runOf(run, step.id), { state: 'skipped', line: step.skip, endedAt: at });
    return true;
  }
  if (needsMet(run, step) && !wanted(run, step)) {
    skip(run, step, whySkipped(run, step), at);
    return true;
  }
  return isTask(step) && moveTask(run, step, at);
}

/** Each reason to hold is written down once, and so is the moment when the last one is gone. */
function noteHolds(run: Run): void {
  const now = run.closed === undefined ? holds(run) : [];
  for (const reason of now) if (!run.heldBefore.includes(reason)) say(run, 'held', '', reason);
  const isFree = now.length === 0 && run.heldBefore.length > 0 && run.closed === undefined;
  if (isFree) say(run, 'resumed', '', 'nothing holds it any more');
  run.heldBefore = now;
}
