import type { Settled } from '../../activities/settle.js';
import type { EffectRow, IncidentRow, Records } from '../../records/records.js';
import type { Log } from '../log.js';
import type { DecisionDoor } from './decision-door.js';
import { createJoinedAlerts } from './joined-alerts.js';
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
  /** For metrics: from an alert's arrival to Temporal's yes, ms. */
  told?(how: 'opened' | 'joined', lagMs: number): void;
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

const EXPIRE_EVERY_MS = 60_000;
const BATCH = 50;

/**
 * Carries what is in the records to Temporal: starts incidents, tells of joined alerts, applies stored decisions, ends
 * what no workflow will. It remembers nothing that matters: after a crash the records say what is left to do.
 */
export function createDispatcher(doors: DispatcherDoors): Dispatcher {
  const { records, temporal, clock, log } = doors;
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
    doors.told?.('opened', now - incident.openedAt);
    log.info({ incident: incident.id, result, lagMs: now - incident.openedAt }, 'incident started');
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
    createLane('joined', createJoinedAlerts(doors), doors),
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

function summaryOf({ id, openedBy, credential }: IncidentRow): string {
  return `${id}${credential === undefined ? '' : ` · ${credential}`} · opened by ${openedBy.replace(/^\w+:/, '')}`;
}
