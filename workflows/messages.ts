/** What a live incident hears and answers: an update per control, the alerts that joined, the query `status`. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
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

  constructor(readonly incident: string) {}

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
  }

  /** Until something was heard, or the deadline is there. */
  async news(wakeAt?: number): Promise<void> {
    if (wakeAt === undefined) await condition(() => this.hasNews);
    else if (wakeAt > Date.now()) await condition(() => this.hasNews, wakeAt - Date.now());
    this.hasNews = false;
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
export function listen(incident: string): Desk {
  const desk = new Desk(incident);
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
