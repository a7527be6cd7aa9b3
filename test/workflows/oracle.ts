/**
 * A second reading of a history. It knows the core (`open`, `apply`, `ready`) and nothing of the workflow around it:
 * it turns Temporal's raw events into facts by itself and says what the status must be after each workflow task.
 */
import type { Prepared } from '../../activities/contract.js';
import { FAILURE_CODES } from '../../playbooks/language/words.js';
import { apply } from '../../workflows/core/apply.js';
import type { AlertsJoined, Control, Message, Status } from '../../workflows/core/message.js';
import { ready } from '../../workflows/core/ready.js';
import { type Call, type Outcome, open, type Run } from '../../workflows/core/run.js';
import { openingStatus, status } from '../../workflows/core/status.js';

interface Payloads {
  payloads?: { data?: string }[];
}
interface Failure {
  message?: string;
  cause?: Failure;
  applicationFailureInfo?: { type?: string };
  timeoutFailureInfo?: { timeoutType?: string };
}
/** One event as `historyToJSON` writes it; only what is read here. */
export interface HistoryEvent {
  eventId: string;
  eventTime: string;
  eventType: string;
  workflowExecutionStartedEventAttributes?: { input?: Payloads };
  workflowTaskCompletedEventAttributes?: { startedEventId: string };
  activityTaskScheduledEventAttributes?: { activityType: { name: string }; input?: Payloads };
  activityTaskCompletedEventAttributes?: { scheduledEventId: string; result?: Payloads };
  activityTaskFailedEventAttributes?: { scheduledEventId: string; failure?: Failure };
  activityTaskTimedOutEventAttributes?: { scheduledEventId: string; failure?: Failure };
  activityTaskCancelRequestedEventAttributes?: { scheduledEventId: string };
  workflowExecutionSignaledEventAttributes?: { signalName: string; input?: Payloads };
  workflowExecutionUpdateAcceptedEventAttributes?: {
    acceptedRequest: { meta: { updateId: string }; input: { name: string; args?: Payloads } };
  };
  workflowExecutionUpdateCompletedEventAttributes?: { meta: { updateId: string }; outcome: { failure?: unknown } };
}

/** What one workflow task took in, and the commands with which it answered. */
interface Task {
  /** The event with which it began. */
  id: number;
  at: number;
  news: HistoryEvent[];
  commands: HistoryEvent[];
}

/** The one value of an input or a result; undefined = there is none. */
export const read = (payloads: Payloads | undefined): unknown => {
  const data = payloads?.payloads?.[0]?.data;
  return data === undefined || data === '' ? undefined : JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
};

/** Only what came from outside; a workflow task that failed or timed out left nothing behind but its news. */
function tasksOf(events: HistoryEvent[]): Task[] {
  const tasks: Task[] = [];
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const completed = events.filter((event) => event.workflowTaskCompletedEventAttributes !== undefined);
  let from = 0;
  completed.forEach((event, n) => {
    const { startedEventId } = event.workflowTaskCompletedEventAttributes!;
    const end = completed[n + 1]?.eventId ?? String(Number.POSITIVE_INFINITY);
    const between = (low: number, high: number) =>
      events.filter(({ eventId }) => Number(eventId) > low && Number(eventId) < high);
    tasks.push({
      id: Number(startedEventId),
      at: Date.parse(byId.get(startedEventId)!.eventTime),
      news: between(from, Number(startedEventId)),
      // Temporal writes an update beside the commands of the task that heard it.
      commands: between(Number(event.eventId), Number(end)),
    });
    from = Number(event.eventId);
  });
  return tasks;
}

/**
 * The status after each workflow task, by the event with which that began. Throws when the core asks for another call
 * than the history says was scheduled.
 */
export function fold(incident: string, events: HistoryEvent[]): Map<number, Status> {
  const oracle = new Oracle(incident);
  return new Map(tasksOf(events).map((task) => [task.id, oracle.take(task)]));
}

class Oracle {
  private run: Run | undefined;
  private early: AlertsJoined | undefined;
  private earlyCancel: Message | undefined;
  /** Calls by the event that scheduled them. */
  private readonly keys = new Map<string, string>();

  constructor(private readonly incident: string) {}

  take({ at, news, commands }: Task): Status {
    const scheduled = commands.filter((event) => event.activityTaskScheduledEventAttributes !== undefined);
    const dropped = new Set(
      commands.flatMap(({ activityTaskCancelRequestedEventAttributes: event }) => event?.scheduledEventId ?? []),
    );
    let isNews = false;
    // The SDK hands over what people and signals say before what activities answered, whatever came first.
    for (const event of news) isNews = this.signal(event, at) || isNews;
    for (const said of heard(commands)) isNews = this.say(said, at) || isNews;
    for (const event of news) isNews = this.end(event, at) || isNews;
    if (isNews) this.settle(at, scheduled, dropped);
    return this.run === undefined ? openingStatus(this.incident, at) : status(this.run);
  }

  /** Until nothing more begins. What it begins must be what the history says was scheduled, in that order. */
  private settle(at: number, scheduled: HistoryEvent[], dropped: Set<string>): void {
    const { run } = this;
    if (run === undefined) return;
    for (let turns = 0; turns < 100 && run.closed === undefined; turns += 1) {
      apply(run, { kind: 'time', at });
      const { calls, unwanted } = ready(run, at);
      const gone = [...this.keys].filter(([event, key]) => unwanted.includes(key) && dropped.has(event));
      for (const call of calls) this.begin(run, call, at, scheduled);
      for (const [, key] of gone) {
        const nobody: Outcome = { ok: false, code: 'too-late', message: 'nobody waits for it any more' };
        apply(run, { kind: 'ended', key, outcome: nobody, at });
      }
      if (calls.length === 0 && gone.length === 0) break;
    }
    if (scheduled.length > 0) throw new Error(`the core never asked for ${typeOf(scheduled[0]!)}`);
  }

  private begin(run: Run, call: Call, at: number, scheduled: HistoryEvent[]): void {
    const event = scheduled.shift();
    const input = event === undefined ? undefined : read(event.activityTaskScheduledEventAttributes!.input);
    const wanted = JSON.stringify([call.activity, call.input]);
    const found = event === undefined ? 'nothing' : JSON.stringify([typeOf(event), input]);
    if (wanted !== found) throw new Error(`the core asks for ${wanted}, the history has ${found}`);
    this.keys.set(event!.eventId, call.key);
    apply(run, { kind: 'begun', call, at });
  }

  private signal(event: HistoryEvent, at: number): boolean {
    if (event.eventType.endsWith('WORKFLOW_EXECUTION_CANCEL_REQUESTED')) {
      const by = { id: 'temporal', person: 'Temporal', roles: ['security-on-call'], reason: 'cancelled in Temporal' };
      return this.say({ ...by, control: 'cancel', at }, at);
    }
    if (event.workflowExecutionSignaledEventAttributes?.signalName !== 'alerts_joined') return false;
    const joined = read(event.workflowExecutionSignaledEventAttributes.input) as AlertsJoined;
    if (this.run === undefined) this.early = joined;
    else apply(this.run, { kind: 'alerts', joined, at });
    return true;
  }

  private say(message: Message, at: number): boolean {
    if (this.run !== undefined) apply(this.run, { kind: 'said', message, at });
    else if (message.control === 'cancel') this.earlyCancel = message;
    return true;
  }

  /** Of an activity or a timer; false = it is nobody's news. */
  private end(event: HistoryEvent, at: number): boolean {
    if (event.eventType.endsWith('TIMER_FIRED')) return true;
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    if (ended === undefined) return false;
    const key = this.keys.get(ended.scheduledEventId);
    const outcome = outcomeOf(event);
    if (this.run !== undefined && key !== undefined) apply(this.run, { kind: 'ended', key, outcome, at });
    const prepared = this.run === undefined && outcome.ok ? (outcome.value as Prepared | undefined) : undefined;
    if (prepared?.result === 'planned') this.open(prepared, at);
    return this.run !== undefined;
  }

  private open(prepared: Extract<Prepared, { result: 'planned' }>, at: number): void {
    this.run = open(prepared, at);
    if (this.early !== undefined) apply(this.run, { kind: 'alerts', joined: this.early, at });
    if (this.earlyCancel !== undefined) apply(this.run, { kind: 'said', message: this.earlyCancel, at });
  }
}

const typeOf = (event: HistoryEvent) => event.activityTaskScheduledEventAttributes?.activityType.name ?? '';

/** Updates that were taken; one that was refused after it had been accepted changed nothing. */
function heard(commands: HistoryEvent[]): Message[] {
  const refused = new Set(
    commands.flatMap(({ workflowExecutionUpdateCompletedEventAttributes: event }) =>
      event?.outcome.failure === undefined ? [] : [event.meta.updateId],
    ),
  );
  return commands.flatMap(({ workflowExecutionUpdateAcceptedEventAttributes: event }) => {
    if (event === undefined || refused.has(event.acceptedRequest.meta.updateId)) return [];
    const { name, args } = event.acceptedRequest.input;
    return [{ ...(read(args) as Message), control: name as Control }];
  });
}

function outcomeOf(event: HistoryEvent): Outcome {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed !== undefined) return { ok: true, value: read(completed.result) as never };
  const failure =
    event.activityTaskFailedEventAttributes?.failure ?? event.activityTaskTimedOutEventAttributes?.failure;
  const said = [failure, failure?.cause].find((one) => one?.applicationFailureInfo !== undefined);
  if (said !== undefined) {
    const code = FAILURE_CODES.find((known) => known === said.applicationFailureInfo!.type) ?? 'unexpected-answer';
    return { ok: false, code, message: said.message ?? '' };
  }
  const type = (failure?.timeoutFailureInfo?.timeoutType ?? '').replace('TIMEOUT_TYPE_', '');
  return { ok: false, code: 'too-late', message: `no answer within its time (${type})` };
}
