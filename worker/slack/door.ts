import type { SecretSealer } from '../../activities/secrets/seal.js';
import { Secret } from '../../activities/secrets/secret.js';
import { RecordsError } from '../../records/records-error.js';
import type { Log } from '../log.js';
import type { Place } from './answer.js';
import type { Answer, Interaction, Message } from './contract.js';
import { type Desk, sealRespond } from './desk.js';
import { type Heard, readInteraction } from './read-interaction.js';
import { takeOutSecrets } from './take-out-secrets.js';
import { NO_LONGER_ACTIVE, NOT_STORED, NOT_STORED_YET, outsiders, STORED_LATE, UNKNOWN_COMMAND } from './texts.js';
import { placeOf } from './who-did-it.js';

/** What became of it. `again`: a replay, which does nothing. */
export type HeardResult = 'taken' | 'again' | 'outsider' | 'unknown' | 'not-stored';

export interface DoorDoors {
  desk: Pick<Desk, 'take'>;
  answer(place: Place): Answer;
  sealer: Pick<SecretSealer, 'seal'>;
  company: string;
  clock: { now(): number };
  log: Log;
  /** For metrics. */
  heard?(kind: string, result: HeardResult, ackMs: number): void;
  /** Slack is acknowledged after so long, stored or not; 2,000 ms. */
  storeAtMostMs?: number;
}

export interface Door {
  /**
   * Stores what somebody did, then acknowledges it; what comes of it is the desk's. Acknowledges always, except for an
   * event that is not stored: it throws RecordsError, so that Slack sends it again.
   */
  hear(body: unknown, ack: () => Promise<void>): Promise<void>;
  /** Tells somebody of another workspace that they cannot decide here. Returns at once. */
  turnAway(body: unknown): void;
  /** Resolves when what was begun has ended. */
  idle(): Promise<void>;
}

const STORE_AT_MOST_MS = 2_000;
const LATE = Symbol('late');

/** The one door for what people do in Slack. Replays are acknowledged and do nothing. */
export function createDoor(doors: DoorDoors): Door {
  const { desk, clock, log } = doors;
  const begun = new Set<Promise<void>>();

  function goOn(work: Promise<void>): void {
    const ending = work.finally(() => begun.delete(ending));
    begun.add(ending);
  }

  async function hear(body: unknown, ack: () => Promise<void>): Promise<void> {
    const began = performance.now();
    const reading = readInteraction(body);
    if (reading.is === 'nothing') return ack();
    const { heard } = reading;
    const now = clock.now();
    const answer = doors.answer({ ...heard, at: now });
    const tell = (message: Message) => goOn(answer.tell(message));
    let ackMs = 0;
    const acked = async () => {
      await ack();
      ackMs = performance.now() - began;
    };
    const done = (result: HeardResult) => doors.heard?.(heard.kind, result, ackMs);
    if (reading.is === 'unknown') {
      await acked();
      done('unknown');
      return tell(reading.what === 'command' ? UNKNOWN_COMMAND : NO_LONGER_ACTIVE);
    }

    const { key } = reading;
    const storing = desk.take(key, withoutSecrets(key, heard, now));
    try {
      const isNew = await Promise.race([storing, late()]);
      await acked();
      if (isNew !== LATE) return done(isNew ? 'taken' : 'again');
    } catch (error) {
      notStored(heard, error);
      if (!isEvent(heard)) await acked();
      done('not-stored');
      if (isEvent(heard)) throw error;
      return tell(NOT_STORED);
    }
    // Acknowledged and not stored: the person must know, whatever becomes of it and of this process.
    goOn(storedLate(storing, answer, heard).then(done));
  }

  async function storedLate(storing: Promise<boolean>, answer: Answer, heard: Heard) {
    const told = answer.tell(NOT_STORED_YET);
    try {
      const isNew = await storing;
      await told;
      if (isNew) await answer.tell(STORED_LATE);
      return isNew ? ('taken' as const) : ('again' as const);
    } catch (error) {
      notStored(heard, error);
      await told;
      await answer.tell(NOT_STORED);
      return 'not-stored' as const;
    }
  }

  function notStored({ kind, name }: Heard, error: unknown): void {
    const code = error instanceof RecordsError ? error.code : error instanceof Error ? error.name : 'unknown';
    log.error({ kind, name, code }, 'said in Slack, and not stored');
  }

  function late(): Promise<typeof LATE> {
    return new Promise((resolve) => setTimeout(() => resolve(LATE), doors.storeAtMostMs ?? STORE_AT_MOST_MS).unref());
  }

  function withoutSecrets(key: string, { respond, ...heard }: Heard, at: number): Interaction {
    const sealed: Interaction['sealed'] = [];
    const clean = (text: string): string => {
      const taken = takeOutSecrets(text);
      for (const { value, what } of taken.secrets) {
        const context = `slack/said/${key}/${sealed.length + 1}`;
        sealed.push({ box: doors.sealer.seal(new Secret(value), context), context, what });
      }
      return taken.text;
    };
    return {
      ...heard,
      at,
      text: clean(heard.text),
      fields: Object.fromEntries(Object.entries(heard.fields).map(([field, value]) => [field, clean(value)])),
      sealed,
      ...(respond === undefined ? {} : { respond: sealRespond(doors.sealer, key, respond) }),
    };
  }

  return {
    hear,
    turnAway(body) {
      const place = placeOf(body);
      if (place === undefined) return;
      doors.heard?.('action', 'outsider', 0);
      log.warn({ user: place.user }, 'somebody of another workspace was turned away');
      goOn(doors.answer({ ...place, at: clock.now() }).tell(outsiders(doors.company)));
    },
    async idle() {
      while (begun.size > 0) await Promise.all(begun);
    },
  };
}

const isEvent = ({ kind }: Heard): boolean => kind === 'mention' || kind === 'home';
