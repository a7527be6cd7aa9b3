/** An act: one read, one change, one message or one proof, by Firebreak itself; settled when its end is in doubt. */
import type { ActStep } from '../../../playbooks/language/plan.js';
import { mayStart } from '../order.js';
import { type Call, type Run, runOf } from '../run.js';
import { stepCall } from '../status.js';

/** A change is looked for until no request of ours can still arrive, three times at the most (once/protocol.md 6). */
const SETTLE_SECONDS = 3600;
/** Security-on-call hears of a containment that takes longer. */
export const TOLD_AFTER_MS = 60_000;

/** What it has under way or may start. */
export function actCalls(run: Run, step: ActStep): Call[] {
  const { state, generation, settling } = runOf(run, step.id);
  if (state !== 'running' && !mayStart(run, step)) return [];
  const base = { purpose: 'step', step: step.id, generation, input: stepCall(run, step.id, generation) } as const;
  const itself: Call = {
    ...base,
    key: `${step.id}/${generation}`,
    activity: step.proof === undefined ? step.verb! : 'prove',
    row: step.proof === undefined ? step.class : 'proof',
    limitSeconds: step.timeLimitSeconds,
    summary: step.title,
  };
  if (settling === undefined) return [itself];
  const settle: Call = {
    ...base,
    key: `${step.id}/${generation}/settle`,
    purpose: 'settle',
    activity: 'settle',
    row: 'settle',
    limitSeconds: SETTLE_SECONDS,
    summary: `Find out how it ended: ${step.title}`,
  };
  return [itself, settle];
}

/** When people hear that it has not worked yet; undefined = never, or they have. */
export function slowAt(run: Run, step: ActStep): number | undefined {
  const { state, startedAt, told } = runOf(run, step.id);
  const contains = ['contain', 'burn', 'interrupt'].includes(step.class);
  return contains && state === 'running' && !told ? startedAt! + TOLD_AFTER_MS : undefined;
}
