import { Alert, opensIncident } from '../../activities/alert.js';
import { noteMoment } from '../../activities/moments.js';
import type { Settled } from '../../activities/settle.js';
import type { EffectRow, InboxRow, IncidentRow, Records } from '../../records/records.js';
import type { Log } from '../log.js';
import { closeAbandoned } from './abandoned.js';
import type { DecisionDoor } from './decision-door.js';
import { joinedAlerts } from './joined-alerts.js';
import { createLane } from './lane.js';
import type { TemporalPort } from './port.js';
import { createReconciler } from './reconcile.js';
import { settleAll } from './settle-all.js';

export interface DispatcherDoors {
  records: Records;
  temporal: TemporalPort;
  decisions: DecisionDoor;
  /** Ends one open row that no workflow will end; throws Later and StepFailed. */
  settle(row: EffectRow): Promise<Settled>;
  clock: { now(): number };
  log: Log;
  /** For metrics: from the alert's arrival to Temporal's yes, ms. */
  started?(lagMs: number): void;
}

export interface Dispatcher {
  /** There is something new. Returns at once. */
  wake(): void;
  /** Does once all that can be done now; never throws for Temporal being down. */
  tick(): Promise<void>;
  /** Works when woken, and looks once a second in case nobody woke it, until `stop`. */
  run(): Promise<void>;
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>;
}

/** At most one signal a second and incident: a flood of alerts costs a workflow nothing. */
const SIGNAL_EVERY_MS = 1_000;
const EXPIRE_EVERY_MS = 60_000;
const BATCH = 50;

/**
 * Carries what is in the records to Temporal: starts incidents, tells of joined alerts, applies stored decisions, ends
 * what no workflow will. It
 * remembers nothing that matters: after a crash the records say what is left to do.
 */
export function createDispatcher(doors: DispatcherDoors): Dispatcher {
  const { records, temporal, clock, log } = doors;
  const toldAt = new Map<string, number>();
  let expireAt = 0;

  async function startIncidents(): Promise<void> {
    for (;;) {
      const incidents = await records.incidents.unstarted(BATCH);
      await settleAll(incidents.map(start));
      if (incidents.length < BATCH) return;
    }
  }

  async function start(incident: IncidentRow): Promise<void> {
    const result = await temporal.start(incident.id, summaryOf(incident));
    const now = clock.now();
    await records.incidents.started(incident.id, now);
    doors.started?.(now - incident.openedAt);
    log.info({ incident: incident.id, result, lagMs: now - incident.openedAt }, 'incident started');
  }

  async function tellOfJoined(): Promise<void> {
    const now = clock.now();
    for (const [incident, at] of toldAt) if (now - at >= SIGNAL_EVERY_MS) toldAt.delete(incident);
    // Many at once, so that one flooded incident does not hide the others of this second.
    const rows = (await records.inbox.unsettled(10_000)).filter(({ kind }) => kind === 'alert');
    await settleAll(
      [...byIncident(rows)].filter(([incident]) => !toldAt.has(incident)).map(([id, alerts]) => tell(id, alerts, now)),
    );
  }

  async function tell(incident: string, alerts: InboxRow[], now: number): Promise<void> {
    toldAt.set(incident, now);
    const result = await temporal.joined(incident, await joinedAlerts(records, incident, now));
    if (result === 'not-running') {
      const row = await records.incidents.get(incident);
      // Not started yet: it is told once it is.
      if (row === undefined || (row.closedAt === undefined && row.startedAt === undefined)) return;
      if (row.closedAt === undefined) await giveUp(row, now);
      for (const alert of alerts) await openAgain(row, alert);
    }
    await records.inbox.settle(
      alerts.map(({ id }) => id),
      { result },
      now,
    );
  }

  /** Started, open, and Temporal does not run it: terminated there, or its data lost. It must not swallow alerts. */
  async function giveUp({ id }: IncidentRow, at: number): Promise<void> {
    log.error({ incident: id }, 'its workflow is gone from Temporal; it is closed, and its alert is taken anew');
    const line = 'closed as cancelled: its workflow is gone from Temporal; what was done stays, look at its effects';
    await noteMoment(records, { incident: id, moment: 'unfinished', at, line, part: 'closed' });
    await closeAbandoned(records, id, at, line);
  }

  /** It joined in the moment in which its incident ended, so nobody has looked at it: it is taken anew. */
  async function openAgain(closed: IncidentRow, { id, source, receivedAt, body }: InboxRow): Promise<void> {
    const alert = Alert.parse(body);
    const claim = claimOf(alert) ?? closed.credential;
    if (claim === undefined) return;
    const { incident } = await records.receive(
      { source: closed.id, key: String(id), kind: 'alert', receivedAt, body: alert, claims: [claim] },
      { by: `source:${source}`, observe: closed.observe, joinOnly: !opensIncident(alert) },
    );
    if (incident !== '')
      log.info({ incident, after: closed.id }, 'an alert that came while its incident closed was taken anew');
  }

  async function expireSealed(): Promise<void> {
    const now = clock.now();
    if (now < expireAt) return;
    expireAt = now + EXPIRE_EVERY_MS;
    const expired = await records.sealed.expire(now);
    if (expired > 0) log.info({ expired }, 'sealed secrets past their time removed');
  }

  const lanes = [
    createLane('start', startIncidents, doors),
    createLane('joined', tellOfJoined, doors),
    createLane('decisions', () => doors.decisions.applyStored(), doors),
    createLane('expire', expireSealed, doors),
    createLane('reconcile', createReconciler(doors), doors),
  ];
  return {
    wake() {
      for (const lane of lanes) lane.wake();
    },
    async tick() {
      for (const lane of lanes) await lane.tick();
    },
    async run() {
      await Promise.all(lanes.map((lane) => lane.run()));
    },
    async stop() {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

/** What intake claims for such an alert, too. */
function claimOf({ credential, github }: Alert): string | undefined {
  if (credential !== undefined) return `${credential.kind}:${credential.id}`;
  return github === undefined ? undefined : `github:${github.owner}/${github.repo}#${github.number}`.toLowerCase();
}

function byIncident(rows: InboxRow[]): Map<string, InboxRow[]> {
  const groups = new Map<string, InboxRow[]>();
  for (const row of rows) {
    const group = groups.get(row.incident);
    if (group === undefined) groups.set(row.incident, [row]);
    else group.push(row);
  }
  return groups;
}

function summaryOf({ id, openedBy, credential }: IncidentRow): string {
  return `${id}${credential === undefined ? '' : ` · ${credential}`} · opened by ${openedBy.replace(/^\w+:/, '')}`;
}
