/** Runs the calls of the core as activities; what they throw comes back as a value. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { FixedActivities, VerbActivity } from '../activities/contract.js';
import { FAILURE_CODES, type FailureCode } from '../playbooks/language/words.js';
import type { Call, Outcome } from './core/run.js';
import { optionsOf } from './options.js';

type Activity = FixedActivities[keyof FixedActivities] | VerbActivity;

/** A call under way. `drop` gives up waiting for it; only reads and reminders are ever dropped. */
export interface UnderWay {
  outcome: Promise<Outcome>;
  drop(): void;
}

/** Schedules the activity at once and never throws. One that is never dropped needs no scope, which costs nine promises. */
export function perform(call: Call, isDroppable: boolean): UnderWay {
  const scope = isDroppable ? new CancellationScope({ cancellable: true }) : undefined;
  const run = () => callActivity(call.activity, optionsOf(call), call.input);
  const outcome = (scope === undefined ? run() : scope.run(run)).then(
    (value) => ({ ok: true, value }) as Outcome,
    (error: unknown) => ({ ok: false, ...failureOf(error) }) as Outcome,
  );
  return { outcome, drop: () => scope?.cancel() };
}

/** By its name, so that Temporal's history reads `disable`, `rotate`, `prove`. */
export function callActivity<Answer>(
  name: string,
  options: ReturnType<typeof optionsOf>,
  input: unknown,
): Promise<Answer> {
  const activity = proxyActivities<Record<string, Activity>>(options)[name] as unknown as (
    input: unknown,
  ) => Promise<Answer>;
  return activity(input);
}

/** The code and the sentence that the activity gave; a time limit without either is `too-late`. */
export function failureOf(error: unknown): { code: FailureCode; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (isCancellation(error)) return { code: 'too-late', message: 'nobody waits for it any more' };
  if (cause instanceof TimeoutFailure) {
    // What the last attempt said is nearer to the truth than that time was over.
    return cause.cause instanceof ApplicationFailure
      ? failureOf(cause.cause)
      : { code: 'too-late', message: `no answer within its time (${cause.timeoutType})` };
  }
  if (cause instanceof ApplicationFailure) {
    const code = FAILURE_CODES.find((known) => known === cause.type);
    return { code: code ?? 'unexpected-answer', message: cause.message };
  }
  return { code: 'unexpected-answer', message: 'it failed in a way that Firebreak does not know' };
}
