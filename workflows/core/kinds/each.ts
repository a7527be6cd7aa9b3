/** Each of what was found: one activity opens incidents for it, another one looks until they are contained or closed. */
import type { EachStep, Step } from '../../../playbooks/language/plan.js';
import { openedBy } from '../children.js';
import { again } from '../finish.js';
import { hasEnded, mayStart } from '../order.js';
import { type Call, isEach, type Run, runOf } from '../run.js';
import { stepCall } from '../status.js';

/** Opening is a write into our own records: what has not worked by then, people must hear of. */
const OPEN_SECONDS = 600;

/** What it has under way or may start. */
export function eachCalls(run: Run, step: EachStep): Call[] {
  const { state, generation } = runOf(run, step.id);
  if (state !== 'running' && !mayStart(run, step)) return [];
  const base = {
    key: `${step.id}/${generation}`,
    purpose: 'step',
    step: step.id,
    generation,
    summary: step.title,
    input: stepCall(run, step.id, generation),
  } as const;
  return step.part === 'contained'
    ? [{ ...base, activity: 'await_children', row: 'wait' }]
    : [{ ...base, activity: 'respond_to_each', row: 'contain', limitSeconds: OPEN_SECONDS }];
}

/** Looks again for those that were opened after a look had begun. True = something moved. */
export function moveEach(run: Run, step: Step): boolean {
  if (!isEach(step) || step.part !== 'contained') return false;
  const state = runOf(run, step.id);
  const missed = openedBy(run, step).some((opener) => !(state.looksFor ?? []).includes(opener));
  if (!hasEnded(state) || state.skippedBy !== undefined || !missed) return false;
  again(run, step, state.generation + 1);
  return true;
}
