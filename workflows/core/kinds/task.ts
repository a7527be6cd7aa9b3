/** A task: a person does it, asked as for a question; where the provider can be looked at, only the look counts. */
import type { TaskStep } from '../../../playbooks/language/plan.js';
import { mayStart } from '../order.js';
import { startAsking } from '../questions.js';
import { type Call, type Run, runOf } from '../run.js';
import { stepCall } from '../status.js';
import { askCalls } from './ask.js';

/** A look that a `done` asks for; the connector's window fits in. */
const LOOK_SECONDS = 120;

/** Opens it when it is its turn. True = something moved. */
export function moveTask(run: Run, step: TaskStep, at: number): boolean {
  if (!mayStart(run, step)) return false;
  startAsking(run, step, at);
  return true;
}

/** Tells its people; looks beside them for the time of a tier, and once more for each `done`. */
export function taskCalls(run: Run, step: TaskStep, now: number): Call[] {
  const { state, generation, asking } = runOf(run, step.id);
  const asks = askCalls(run, step, now);
  if (step.doneWhen === undefined || state !== 'waiting' || asking === undefined) return asks;
  const look = (name: string, limitSeconds: number): Call => ({
    key: `${step.id}/${generation}/look/${name}`,
    purpose: 'look',
    activity: 'prove',
    row: 'proof',
    step: step.id,
    generation,
    limitSeconds,
    summary: `Look whether it is done: ${step.title}`,
    input: stepCall(run, step.id, generation),
  });
  const left = Math.max(1, Math.ceil((asking.until - now) / 1000));
  const clicks = Array.from({ length: asking.looks }, (_, n) => look(`done/${n + 1}`, LOOK_SECONDS));
  return [...asks, look(`${asking.tier}+${asking.postponedMinutes}`, left), ...clicks];
}
