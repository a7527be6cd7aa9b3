import { ALERT_STORM, type Alert } from '../../activities/alert.js';
import type { Log } from '../log.js';
import { type AlertDoors, takeAlert } from './take-alert.js';

export interface StormSettings {
  /** More than this many of one source … */
  alerts: number;
  /** … within so long, ms, are a storm. */
  withinMs: number;
}

export interface StormWatch {
  /** A verified alert of this source came, new or not. Returns at once. */
  saw(source: string): void;
  /** Whether what is no answer to a leak should wait: while a storm rages, for its first minutes. */
  sheds(): boolean;
  /** Resolves when what was begun has ended. */
  idle(): Promise<void>;
}

/** No ticket, scan or mail is put off for longer: what it is about happens whether there is a storm or not. */
const SHED_AT_MOST_MS = 120_000;

interface Doors extends AlertDoors {
  log: Log;
  wake(): void;
}

interface Seen {
  /** When the last so many came; the oldest stands at `next`. */
  at: number[];
  next: number;
  /** The storm that rages: when it began, and when it was last too fast. */
  storm?: { since: number; lastAt: number };
}

/**
 * Opens one incident of its own when alerts of a source come faster than settings say: once in each storm, and while one
 * is live it is joined. It only counts; whatever comes is taken all the same.
 */
export function createStormWatch(doors: Doors, { alerts, withinMs }: StormSettings): StormWatch {
  const sources = new Map<string, Seen>();
  const opening = new Set<Promise<void>>();

  async function open(source: string, seen: Seen, since: number): Promise<void> {
    try {
      const { incident, joined } = await takeAlert(doors, stormAlert(source, since), {
        by: 'source:firebreak',
        observe: false,
        playbook: ALERT_STORM,
      });
      doors.log.warn({ source, incident, joined }, 'alerts come in a storm');
      doors.wake();
    } catch (error) {
      // The next alert tries again.
      delete seen.storm;
      doors.log.error(
        { source, error: error instanceof Error ? error.name : 'unknown' },
        'a storm is not recorded yet',
      );
    }
  }

  function stormAlert(source: string, since: number): { key: string; alert: Alert; claims: string[] } {
    const summary = `Alerts of ${source} come faster than ${alerts} in ${withinMs / 1_000} s`;
    return {
      key: `${ALERT_STORM}/${source}/${since}`,
      alert: {
        v: 1,
        source: 'firebreak',
        event: 'alert_storm',
        credential: { kind: ALERT_STORM, id: source },
        exposure: 'internal',
        exposedSince: new Date(since).toISOString(),
        summary,
        secret: 'not_held',
      },
      claims: [`${ALERT_STORM}:${source}`],
    };
  }

  return {
    saw(source) {
      const now = doors.clock.now();
      const seen = sources.get(source) ?? { at: [], next: 0 };
      sources.set(source, seen);
      const oldest = seen.at[seen.next];
      seen.at[seen.next] = now;
      seen.next = (seen.next + 1) % alerts;
      if (oldest === undefined || now - oldest > withinMs) return;
      if (seen.storm !== undefined && now - seen.storm.lastAt <= withinMs) {
        seen.storm.lastAt = now;
        return;
      }
      seen.storm = { since: now, lastAt: now };
      const opened = open(source, seen, oldest).finally(() => opening.delete(opened));
      opening.add(opened);
    },
    sheds() {
      const now = doors.clock.now();
      return [...sources.values()].some(
        ({ storm }) => storm !== undefined && now - storm.lastAt <= withinMs && now - storm.since <= SHED_AT_MOST_MS,
      );
    },
    async idle() {
      await Promise.all(opening);
    },
  };
}
