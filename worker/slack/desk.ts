import type { SecretSealer } from '../../activities/secrets/seal.js';
import { Secret } from '../../activities/secrets/secret.js';
import type { Records, Said } from '../../records/records.js';
import { RecordsError } from '../../records/records-error.js';
import { createLane } from '../dispatcher/lane.js';
import { TemporalUnavailable } from '../dispatcher/port.js';
import type { Log } from '../log.js';
import type { Place } from './answer.js';
import type { Answer, Handle, Handler, Interaction, Message } from './contract.js';
import { FAILED, NO_LONGER_ACTIVE } from './texts.js';

/** Handlers by kind and name: `action yes`, `command status`, `command `, `home home`. */
export type Handlers = Readonly<Record<string, Handler>>;

export interface DeskDoors {
  records: Records;
  /** `slack/T0ACME` */
  source: string;
  handlers: Handlers;
  answer(place: Place): Answer;
  /** A sentence for somebody who may not decide here although the workspace is ours: a guest. */
  turnAway(said: Interaction): Promise<Message | undefined>;
  sealer: Pick<SecretSealer, 'seal' | 'open'>;
  clock: { now(): number };
  log: Log;
}

export interface Desk {
  /** Stores it, then works on it. False = it was taken before. Throws RecordsError: nothing is stored, nothing will be done. */
  take(key: string, said: Interaction): Promise<boolean>;
  /** Puts what an earlier process left behind in line, before anything new is; does not wait for it. */
  begin(): Promise<void>;
  /** Does once what was left behind, by an earlier process or for want of records or Temporal. */
  tick(): Promise<void>;
  run(): Promise<void>;
  /** Resolves when what was begun has ended, or after a while: what has not is unsettled, and the next process takes it up. */
  stop(): Promise<void>;
}

/** So many at once: each waits for Slack, Temporal or a provider, none of them for the processor. */
const AT_ONCE = 16;
const BATCH = 100;
/** Between two tries of one that the records or Temporal stopped. */
const AGAIN_MS = 5_000;
/** Somebody whom Slack lets nobody answer is not waited for. */
const DRAIN_MS = 10_000;

export const handlerName = ({ kind, name }: Pick<Interaction, 'kind' | 'name'>): string => `${kind} ${name}`;

/** The context under which the response_url of this row is sealed. */
export const respondContext = (key: string): string => `slack/respond/${key}`;

/**
 * Works on what people said, in the order in which they said it of one incident, and settles each row. What a process left
 * unsettled the next one takes up: handlers derive what they write from the row's key, so it counts once.
 */
export function createDesk(doors: DeskDoors): Desk {
  const { records, source, clock, log } = doors;
  /** Keys that are being stored or worked on by this process. */
  const busy = new Set<string>();
  /** What is being stored: a repeat waits for it, so that none is acknowledged of which nothing is kept. */
  const storing = new Map<string, Promise<boolean>>();
  const notBefore = new Map<string, number>();
  /** The last of each line. */
  const lines = new Map<string, Promise<void>>();
  const working = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let placing: Promise<unknown> = Promise.resolve();
  let free = AT_ONCE;
  let isStopped = false;

  async function take(key: string, said: Interaction): Promise<boolean> {
    const first = storing.get(key);
    if (first !== undefined) {
      await first;
      return false;
    }
    if (busy.has(key)) return false;
    const stored = store(key, said).finally(() => storing.delete(key));
    storing.set(key, stored);
    return stored;
  }

  async function store(key: string, said: Interaction): Promise<boolean> {
    busy.add(key);
    try {
      const isNew = await records.said.take({ source, key, receivedAt: said.at, body: said });
      if (isNew) void queue(key, said);
      else busy.delete(key);
      return isNew;
    } catch (error) {
      busy.delete(key);
      throw error;
    }
  }

  function queue(key: string, said: Interaction): Promise<void> {
    busy.add(key);
    // Places are given one after the other, so that reading the handle of one changes no order.
    const turn = placing.then(() => placed(key, said));
    placing = turn.then(() => undefined);
    const ended = turn
      .then(({ done }) => done)
      .finally(() => {
        busy.delete(key);
        working.delete(ended);
      });
    working.add(ended);
    return ended;
  }

  async function placed(key: string, said: Interaction): Promise<{ done: Promise<void> }> {
    const line = await lineOf(said);
    const done = (lines.get(line) ?? Promise.resolve()).then(() => atMost(() => work(key, said)));
    lines.set(line, done);
    void done.then(() => {
      if (lines.get(line) === done) lines.delete(line);
    });
    return { done };
  }

  /** Clicks on one incident wait for each other; else one person's do, and so do those of somebody who is linked to nobody. */
  async function lineOf({ handle, user }: Interaction): Promise<string> {
    if (handle === undefined) return user;
    // a stranger who presses a hundred times waits for themselves: whoever decides does not wait for their refusals
    const isSomebody = await records.links.get(source, user).then(
      (link) => link !== undefined,
      () => true,
    );
    if (!isSomebody) return user;
    const known = await records.handles.get(handle).catch(() => undefined);
    const body = known?.body as Handle | undefined;
    return body !== undefined && 'incident' in body ? body.incident : user;
  }

  async function atMost(job: () => Promise<void>): Promise<void> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  }

  /** Never throws. */
  async function work(key: string, said: Interaction): Promise<void> {
    const answer = doors.answer(placeOf(key, said));
    let outcome: string;
    try {
      outcome = await handle(key, said, answer);
      await records.said.settle(source, key, outcome, clock.now(), settledBody(said));
      notBefore.delete(key);
      log.info({ said: handlerName(said), outcome }, 'said in Slack');
    } catch (error) {
      // The records are closed under it: nothing is known of it, and it is not settled.
      if (isStopped) return;
      if (error instanceof RecordsError || error instanceof TemporalUnavailable) {
        if (!notBefore.has(key))
          log.warn({ said: handlerName(said), error: error.name }, 'said in Slack, and done later');
        notBefore.set(key, clock.now() + AGAIN_MS);
        return;
      }
      log.error(
        { said: handlerName(said), error: error instanceof Error ? error.name : 'unknown' },
        'said in Slack, and failed',
      );
      await answer.tell(FAILED);
      await records.said
        .settle(source, key, 'failed', clock.now(), settledBody(said))
        .catch(() => notBefore.set(key, clock.now() + AGAIN_MS));
    }
  }

  async function handle(key: string, said: Interaction, answer: Answer): Promise<string> {
    const refusal = await doors.turnAway(said);
    if (refusal !== undefined) {
      await answer.tell(refusal);
      return 'refused: outsider';
    }
    const handler = doors.handlers[handlerName(said)];
    if (handler !== undefined) return handler(said, answer, key);
    await answer.tell(NO_LONGER_ACTIVE);
    return 'unknown';
  }

  function placeOf(key: string, said: Interaction): Place {
    const { user, channel, thread, ephemeral, trigger, at } = said;
    return {
      user,
      at,
      ...(channel === undefined ? {} : { channel }),
      ...(thread === undefined ? {} : { thread }),
      ...(ephemeral === undefined ? {} : { ephemeral }),
      ...(trigger === undefined ? {} : { trigger }),
      ...opened(key, said.respond),
    };
  }

  function opened(key: string, box: string | undefined): { respond?: string } {
    if (box === undefined) return {};
    try {
      return { respond: doors.sealer.open(box, respondContext(key)).reveal() };
    } catch {
      // A key that is gone: there are other ways to answer.
      return {};
    }
  }

  async function leftBehind(): Promise<void> {
    for (;;) {
      const { begun, all } = await putInLine();
      if (all || begun.length === 0) return;
      await Promise.all(begun);
    }
  }

  async function putInLine(): Promise<{ begun: Promise<void>[]; all: boolean }> {
    const rows = await records.said.unsettled(source, BATCH);
    const begun: Promise<void>[] = [];
    for (const row of rows) {
      if (busy.has(row.key) || clock.now() < (notBefore.get(row.key) ?? 0)) continue;
      // It may have been settled since it was read.
      const now = await records.said.get(source, row.key);
      if (now === undefined || now.settledAt !== undefined || busy.has(row.key)) continue;
      begun.push(queue(row.key, bodyOf(row)));
    }
    return { begun, all: rows.length < BATCH };
  }

  async function drained(): Promise<void> {
    while (working.size > 0) await Promise.all(working);
  }

  const lane = createLane('slack', leftBehind, { clock, log });
  return {
    take,
    async begin() {
      // Records that are locked now are read by the lane.
      await putInLine().catch(() => undefined);
    },
    async tick() {
      await lane.tick();
      await Promise.all(working);
    },
    run: () => lane.run(),
    async stop() {
      await lane.stop();
      const patience = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_MS).unref());
      await Promise.race([drained(), patience]);
      isStopped = true;
    },
  };
}

/** Nobody opens what is sealed in it any more: a secret lives on with its offer or its incident, a response_url for 30 minutes. */
function settledBody({ respond: _, ...said }: Interaction): Interaction {
  return { ...said, sealed: [] };
}

const bodyOf = ({ body }: Said): Interaction => body as Interaction;

export const sealRespond = (sealer: Pick<SecretSealer, 'seal'>, key: string, url: string): string =>
  sealer.seal(new Secret(url), respondContext(key));
