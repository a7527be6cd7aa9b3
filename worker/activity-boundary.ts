/**
 * Where plain functions become Temporal activities: what they throw becomes a failure that says whether it is retried,
 * and when. Failure `type` is a FailureCode, so workflow, reports and tests never parse a message.
 */
import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { ConnectorError } from '../activities/connectors/contract.js';
import { Later, StepFailed } from '../activities/contract.js';
import type { Attempt, Clock } from '../activities/seams.js';
import type { ConnectorErrorCode } from '../playbooks/language/words.js';
import { RecordsError } from '../records/records-error.js';
import type { Log } from './log.js';

/** The one table of what is worth another attempt; how often and how long is the workflow's (workflows/options.ts). */
const RETRIED: Record<ConnectorErrorCode, boolean> = {
  'permission-denied': false,
  'not-found': false,
  'rate-limited': true,
  unavailable: true,
  invalid: false,
  'unknown-outcome': true,
  'unexpected-answer': true,
};

/** Turns whatever an activity threw into the failure that Temporal records. Its message never holds what we did not write. */
export function toFailure(error: unknown, now: number): ApplicationFailure {
  if (error instanceof Later) {
    return ApplicationFailure.create({
      type: 'too-late',
      message: error.message,
      nextRetryDelay: Math.max(1, error.until - now),
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  if (error instanceof StepFailed) {
    return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable: true });
  }
  if (error instanceof ConnectorError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: !RETRIED[error.code],
      ...(error.retryAfterSeconds === undefined ? {} : { nextRetryDelay: error.retryAfterSeconds * 1000 }),
    });
  }
  if (error instanceof RecordsError) {
    return ApplicationFailure.create({ type: 'unavailable', message: error.message });
  }
  // A bug of ours, or a library's error that nobody foresaw: its text may hold anything, so only its class crosses.
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.create({
    type: 'unexpected-answer',
    message: `unexpected ${name} inside Firebreak; the worker's log has more`,
  });
}

/** Well inside the shortest heartbeat timeout of workflows/options.ts. */
const ALIVE_EVERY_MS = 1_000;

/** Wraps every activity for a Temporal worker. */
export function forTemporal<Input, Output>(
  activities: Record<string, (input: Input, attempt: Attempt) => Promise<Output>>,
  clock: Clock,
  log: Log,
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
          const { workflowExecution, attempt } = activityInfo();
          log[failure.type === 'too-late' ? 'debug' : 'warn'](
            { incident: workflowExecution?.workflowId, activity: name, attempt, code: failure.type },
            failure.message,
          );
          throw failure;
        } finally {
          clearInterval(alive);
        }
      },
    ]),
  );
}
