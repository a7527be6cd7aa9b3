/** What a live incident hears and answers: an update per control, the alerts that joined, the query `status`. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { apply } from './core/apply.js';
import { type AlertsJoined, CONTROLS, type Control, type Message, type Status } from './core/message.js';
import { MAY } from './core/permissions.js';
import { refuse } from './core/refuse.js';
import type { Fact, Run } from './core/run.js';
import { openingStatus, status } from './core/status.js';

export const alertsJoined = defineSignal<[AlertsJoined]>('alerts_joined');
export const statusQuery = defineQuery<Status>('status');
/** `controls.decide`, `controls.hold`, … each an update of that name. A refusal fails it with its code as type. */
export const controls = Object.fromEntries(
  CONTROLS.map((name) => [name, defineUpdate<void, [Message]>(name)]),
) as Record<Control, ReturnType<typeof defineUpdate<void, [Message]>>>;

/** Where facts arrive. Before the plan is there, only cancel and retry mean something; alerts are kept for it. */
export class Desk {
  run: Run | undefined;
  /** A person wants the preparation tried again. */
  retryPressed = false;
  /** A person, or Temporal's own cancel, ends it before there is a plan. */
  cancelPressed: Message | undefined;
  private early: AlertsJoined | undefined;
  private hasNews = false;
  private hearNews: (() => void) | undefined;

  private alarm: { at: number; timer: CancellationScope } | undefined;

  constructor(
    readonly incident: string,
    private readonly revision = 0,
  ) {}

  /** From here on it is an incident with a plan; what was heard before counts now. */
  open(run: Run): void {
    this.run = run;
    if (this.early !== undefined) this.tell({ kind: 'alerts', joined: this.early, at: Date.now() });
    if (this.cancelPressed !== undefined) this.tell({ kind: 'said', message: this.cancelPressed, at: Date.now() });
  }

  /** Takes in a fact and wakes the main loop. */
  tell(fact: Fact): void {
    if (this.run !== undefined) apply(this.run, fact);
    this.wake();
  }

  wake(): void {
    this.hasNews = true;
    this.hearNews?.();
  }

  /** Whether something was heard since the last time. */
  takeNews(): boolean {
    const had = this.hasNews;
    this.hasNews = false;
    return had;
  }

  /** Until something was heard, or the deadline is there; sometimes earlier. */
  async news(wakeAt?: number): Promise<void> {
    if (wakeAt === undefined) await this.untilNews();
    else if (wakeAt > Date.now() && this.revision < 1) await condition(() => this.hasNews, wakeAt - Date.now());
    else if (wakeAt > Date.now()) {
      this.wakeBy(wakeAt);
      await this.untilNews();
    }
    this.takeNews();
  }

  /** A condition would be asked by the SDK once more for each activation, and costs six promises instead of one. */
  private untilNews(): Promise<void> | undefined {
    if (this.revision < 2) return condition(() => this.hasNews);
    if (this.hasNews) return undefined;
    return new Promise((resolve) => {
      this.hearNews = resolve;
    });
  }

  /**
   * One timer for all deadlines: it is set again only for an earlier one, and one that rings too early rings once. A timer
   * for each wait would cost every step two events and an action.
   */
  private wakeBy(at: number): void {
    if (this.alarm !== undefined && this.alarm.at <= at) return;
    this.alarm?.timer.cancel();
    const timer = new CancellationScope();
    this.alarm = { at, timer };
    timer
      .run(() => sleep(at - Date.now()))
      .then(
        () => {
          this.alarm = undefined;
          this.wake();
        },
        () => undefined,
      );
  }

  refuse(message: Message): void {
    const refusal =
      this.run === undefined ? refuseEarly(this.incident, message) : refuse(this.run, message, Date.now());
    if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal.message, refusal.code);
  }

  hear(message: Message): void {
    // Two updates of one activation are validated before either is heard, so the second is asked again.
    this.refuse(message);
    if (this.run === undefined && message.control === 'retry') this.retryPressed = true;
    if (this.run === undefined && message.control === 'cancel') this.cancelPressed = message;
    this.tell({ kind: 'said', message, at: Date.now() });
  }

  hearAlerts(joined: AlertsJoined): void {
    if (this.run === undefined) this.early = joined;
    else this.tell({ kind: 'alerts', joined, at: Date.now() });
  }
}

function refuseEarly(incident: string, { control, roles }: Message) {
  const mayEnd = control === 'cancel' || control === 'retry';
  if (mayEnd && roles.some((role) => MAY[control].includes(role))) return undefined;
  return { code: 'not-waiting', message: `${incident} is still being looked up; try again in a moment.` };
}

/** Registers every handler before anything is awaited. Handlers never await. */
export function listen(incident: string, revision?: number): Desk {
  const desk = new Desk(incident, revision);
  for (const name of CONTROLS) {
    setHandler(controls[name], (message) => desk.hear({ ...message, control: name }), {
      validator: (message) => desk.refuse({ ...message, control: name }),
    });
  }
  setHandler(alertsJoined, (joined) => desk.hearAlerts(joined));
  setHandler(statusQuery, () => (desk.run === undefined ? openingStatus(incident, Date.now()) : status(desk.run)));
  hearCancellation(desk);
  return desk;
}

/** `cancel` pressed in Temporal's own UI is the control of that name: what has begun ends, then it closes. */
function hearCancellation(desk: Desk): void {
  CancellationScope.current().cancelRequested.catch(() => {
    const at = Date.now();
    const by = { id: 'temporal', person: 'Temporal', roles: ['security-on-call'], reason: 'cancelled in Temporal' };
    const message: Message = { ...by, control: 'cancel', at };
    if (desk.run === undefined) desk.cancelPressed = message;
    desk.tell({ kind: 'said', message, at });
  });
}
