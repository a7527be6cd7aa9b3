/** How an incident ends, and what its last call says. */
import type { ClosedAs } from '../../playbooks/language/words.js';
import { isOver } from './order.js';
import { type Call, isAct, isTask, type Run, runOf } from './run.js';
import { remains, viewOf } from './status.js';
import { isUndoOver } from './undo.js';

/** A close that could not be written is written again after this time. */
const CLOSE_AGAIN_MS = 60_000;

/** The last call, when it is due, or when to come back for it; neither = the incident goes on. */
export function closing(run: Run, now: number): { call?: Call; wakeAt?: number } {
  const as = closesAs(run);
  if (as === undefined) return {};
  const failed = Object.values(run.calls).filter(({ call }) => call.purpose === 'close');
  const due = failed.length === 0 ? now : failed.at(-1)!.endedAt! + CLOSE_AGAIN_MS;
  if (due > now) return { wakeAt: due };
  return {
    call: {
      key: `close/${failed.length + 1}`,
      purpose: 'close',
      activity: 'close_incident',
      row: 'close',
      step: '',
      generation: 0,
      summary: `Close as ${as}`,
      input: { incident: run.incident, digest: run.plan.digest, as, remains: remains(run), view: viewOf(run) },
    },
  };
}

/** How it may close now; undefined = not yet. */
export function closesAs(run: Run): ClosedAs | undefined {
  const tasks = run.extra.every(({ id }) => ['done', 'skipped'].includes(runOf(run, id).state));
  const running = run.plan.steps.some(({ id }) => runOf(run, id).state === 'running');
  switch (run.ending?.as) {
    case 'false_alarm':
      return tasks && isUndoOver(run) ? 'false_alarm' : undefined;
    case 'cancelled':
      return running ? undefined : 'cancelled';
    case 'closed':
      return running ? undefined : byProof(run);
    default:
      if (run.hold !== undefined || !isOver(run)) return undefined;
      return run.plan.mode === 'observe' ? 'observed' : byProof(run);
  }
}

/** Never better than what was proven: nobody is told that a key is contained because its proof was skipped. */
function byProof(run: Run): ClosedAs {
  const deathLeftOut = run.plan.steps.some((step) => {
    const proof = isAct(step) ? step.proof : isTask(step) ? step.proves : undefined;
    return proof === 'dead' && runOf(run, step.id).skippedBy !== undefined;
  });
  if (run.dead !== undefined && !deathLeftOut) return 'dead';
  return run.contained === undefined ? 'cancelled' : 'contained';
}
