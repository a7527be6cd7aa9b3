/**
 * Where plain functions become Temporal activities: what they throw becomes a failure that says whether it is retried,
 * and when. Failure `type` is a FailureCode, so workflow, reports and tests never parse a message.
 */
import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Attempt, Clock } from '../activities/seams.js';
import { failureOf } from './attempt-failure.js';
import type { Log } from './log.js';

/** Turns whatever an activity threw into the failure that Temporal records. */
export function toFailure(error: unknown, now: number): ApplicationFailure {
  const { code, message, retried, afterMs, expected } = failureOf(error, now);
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !retried,
    ...(afterMs === undefined ? {} : { nextRetryDelay: afterMs }),
    ...(expected ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** Well inside the shortest heartbeat timeout of workflows/options.ts. */
const ALIVE_EVERY_MS = 1_000;

/** Wraps every activity for a Temporal worker. `ended`: one has ended, well or not, and may have written something. */
export function forTemporal<Input, Output>(
  activities: Record<string, (input: Input, attempt: Attempt) => Promise<Output>>,
  clock: Clock,
  log: Log,
  ended?: () => void,
): Record<string, (input: Input) => Promise<Output>> {
  return Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (input: Input): Promise<Output> => {
        const context = Context.current();
        // Only says that this process lives: effects are not cancellable, and what they did is in the records.
        const alive = setInterval(() => context.heartbeat(), ALIVE_EVERY_MS);
        try {
          return await run(input, {
            signal: context.cancellationSignal,
            heartbeat: (progress) => context.heartbeat(progress),
          });
        } catch (error) {
          const failure = toFailure(error, clock.now());
          const { frames } = failureOf(error, clock.now());
          const { workflowExecution, attempt } = activityInfo();
          log[failure.type === 'too-late' ? 'debug' : 'warn'](
            { incident: workflowExecution?.workflowId, activity: name, attempt, code: failure.type, frames },
            failure.message,
          );
          throw failure;
        } finally {
          clearInterval(alive);
          ended?.();
        }
      },
    ]),
  );
}
