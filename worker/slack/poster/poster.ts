/**
 * Keeps Slack as the records are, outside the workflow: when Slack is down or limits us the incident goes on, and what
 * stands there catches up, in order, with nothing lost. One message a second into a channel, one update a second of a
 * message; the last state always arrives.
 */
import type { ChangeCursor, IncidentRow, Post } from '../../../records/records.js';
import { createLane } from '../../dispatcher/lane.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import { data } from '../mrkdwn.js';
import type { Names } from '../rendering/draft.js';
import { capital } from '../rendering/words.js';
import { channelFor, wantedChannel } from './channels.js';
import { createHomes, type Homes } from './homes.js';
import { placeOf, send } from './outbox.js';
import { NEW_CHANNEL, type PosterDoors } from './poster-doors.js';
import { troubleOf } from './slack-trouble.js';
import { type Wanted, wantedOf } from './wanted.js';

export interface Poster {
  run(): Promise<void>;
  /** Does once all that can be done now. */
  tick(): Promise<void>;
  /** There is something new. Returns at once; many calls are one. */
  wake(): void;
  stop(): Promise<void>;
  /** Somebody opened their home: it is published, and kept up to date from then on. */
  homeOpened(user: string): Promise<void>;
}

/** Between two posts into one channel, and between two updates of one message. */
export const PACE_MS = 1_000;
/** What is written all the time is looked at no more often than this. */
const SOON_MS = PACE_MS / 4;
const BATCH = 500;
const MOST_RENDERED = 200;
const AT_ONCE = 8;
const MOST_REMEMBERED = 10_000;
/** An incident that had ended before we knew Slack is not told of there. */
const OLD_MS = 60 * 60_000;
const AGAIN_MS = { first: 1_000, most: 30_000 };
/** What Slack refused to take there is tried again after this time. */
const LEFT_MS = 10 * 60_000;
/** Says that everything about an ended incident was said. */
const END = 'end';
/** Slack limits updates by their number in the whole workspace, posts by channel. */
const UPDATES = 'updates';

interface Job {
  wanted: Wanted;
  view: IncidentView;
  known: Post | undefined;
}

export function createPoster(doors: PosterDoors): Poster {
  const { records, clock, log } = doors;
  let cursor: ChangeCursor = { timeline: 0, chain: 0 };
  let isCaughtUp = false;
  let newest = 0;
  /** Must be looked at again. */
  const dirty = new Set<string>();
  /** What is still to be said, by incident, in its order. */
  const queued = new Map<string, Job[]>();
  /** When a channel, a message, a part or all of Slack is spoken to again. */
  const notBefore = new Map<string, number>();
  let lastLinked = '';
  let failures = 0;
  let downUntil = 0;
  const homes: Homes = createHomes(doors);
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function work(): Promise<void> {
    lookedAt = clock.now();
    await hear();
    const links = new Map((await records.links.all(doors.source)).map(({ person, account }) => [person, account]));
    const accountOf = (person: string) => links.get(person);
    // Whoever has linked an account since is asked there too.
    const linked = JSON.stringify([...links]);
    if (linked !== lastLinked) for (const incident of homes.open()) dirty.add(incident);
    lastLinked = linked;
    const names = namesOf(accountOf);
    await render(names, accountOf);
    await sendAll(accountOf);
    if (clock.now() >= downUntil) await homes.publish(names, links);
    forgetPast();
    // The next moment at which a channel takes something.
    if (queued.size > 0 || dirty.size > 0) wakeIn(SOON_MS);
  }

  function forgetPast(): void {
    if (notBefore.size < MOST_REMEMBERED) return;
    for (const [name, at] of notBefore) if (at <= clock.now()) notBefore.delete(name);
  }

  /** What has changed, and what has been opened and has no line yet. */
  async function hear(): Promise<void> {
    for (;;) {
      const { incidents, cursor: next } = await records.changed(cursor, BATCH);
      for (const incident of incidents) if (isCaughtUp || !(await isSettled(incident))) dirty.add(incident);
      const isAll = next.timeline === cursor.timeline && next.chain === cursor.chain;
      cursor = next;
      if (isAll) break;
    }
    isCaughtUp = true;
    for (const { id, number } of await records.incidents.list({ state: 'open', limit: 50 })) {
      if (number <= newest) break;
      dirty.add(id);
    }
    newest = Math.max(
      newest,
      ...(await records.incidents.list({ state: 'all', limit: 1 })).map(({ number }) => number),
    );
  }

  /** Ended, and all was said; or ended before anybody spoke of it in Slack. */
  async function isSettled(incident: string): Promise<boolean> {
    const row: IncidentRow | undefined = await records.incidents.get(incident);
    if (row?.closedAt === undefined) return row === undefined;
    if ((await records.posts.get(incident, END)) !== undefined) return true;
    return row.closedAt < clock.now() - OLD_MS && (await records.posts.ofIncident(incident)).length === 0;
  }

  async function render(names: Names, accountOf: (person: string) => string | undefined): Promise<void> {
    const some = [...dirty].slice(0, MOST_RENDERED);
    for (const incident of some) {
      const posts = await records.posts.ofIncident(incident);
      const made = await wantedOf(doors, incident, posts, names);
      dirty.delete(incident);
      if (made === undefined) continue;
      homes.saw(made.view);
      const known = new Map(posts.map((post) => [post.part, post]));
      const jobs = made.wanted
        // Whoever has no account here was told by mail.
        .filter(({ to }) => to === 'channel' || accountOf(to.person) !== undefined)
        .map((wanted) => ({ wanted, view: made.view, known: known.get(wanted.part) }))
        .filter(
          ({ wanted, known: post }) =>
            post === undefined || post.message === '' || (wanted.isKept && post.digest !== wanted.digest),
        );
      if (jobs.length > 0) queued.set(incident, jobs);
      else await nothingLeft(incident, made.view, known);
    }
  }

  async function nothingLeft(incident: string, view: IncidentView, known: ReadonlyMap<string, Post>): Promise<void> {
    queued.delete(incident);
    if (view.closed === undefined || known.has(END)) return;
    await records.posts.put({ incident, part: END, channel: '', message: END, digest: '', at: clock.now() });
  }

  async function sendAll(accountOf: (person: string) => string | undefined): Promise<void> {
    // Whoever waits for an answer comes first; among equals whoever has waited longest.
    const jobs = [...queued.values()].flat();
    const turns = new Map<string, Job[]>();
    for (const job of jobs.sort((a, b) => a.wanted.urgency - b.wanted.urgency)) {
      const { to } = job.wanted;
      // What is updated keeps nobody from posting.
      const isUpdate = job.known !== undefined && job.known.message !== '';
      const turn = isUpdate
        ? `update ${job.known!.channel} ${job.known!.message}`
        : to === 'channel'
          ? `post ${homeOf(job)}`
          : `to ${to.person}`;
      turns.set(turn, [...(turns.get(turn) ?? []), job]);
    }
    const waiting = [...turns];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (clock.now() < downUntil) return;
        for (const job of next[1]) if (await sendOne(job, accountOf)) break;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  const homeOf = ({ view }: Job): string => {
    const wanted = wantedChannel(doors, view);
    return wanted === NEW_CHANNEL ? view.incident : wanted;
  };

  /** True = its turn is over: something was sent there, or nothing may be. */
  async function sendOne(job: Job, accountOf: (person: string) => string | undefined): Promise<boolean> {
    const { wanted, view } = job;
    const { incident, part } = wanted;
    const name = `${incident}/${part}`;
    if (clock.now() < (notBefore.get(name) ?? 0)) return false;
    const known = await records.posts.get(incident, part);
    try {
      const card = await records.posts.get(incident, 'card');
      if (wanted.inThread && (card === undefined || card.message === '')) return false;
      const home = card?.channel ?? (wanted.to === 'channel' ? await channelFor(doors, view, accountOf) : '');
      const place = await placeOf(doors, wanted, {
        home,
        accountOf,
        ...(card === undefined ? {} : { card: card.message }),
      });
      if (place === undefined) {
        done(job);
        return false;
      }
      const isUpdate = known !== undefined && known.message !== '';
      const pace = isUpdate ? `${known.channel}/${known.message}` : place.channel;
      if (clock.now() < Math.max(notBefore.get(pace) ?? 0, isUpdate ? (notBefore.get(UPDATES) ?? 0) : 0)) return true;
      notBefore.set(pace, clock.now() + PACE_MS);
      const sent = await send(doors, wanted, place, known);
      if (sent.is === 'put') {
        failures = 0;
        notBefore.set(`${sent.post.channel}/${sent.post.message}`, clock.now() + PACE_MS);
        done(job);
        // It may have been found saying something older; and whoever ended has to be marked so.
        if (sent.post.digest !== wanted.digest || !queued.has(incident)) dirty.add(incident);
        return true;
      }
      if (sent.is === 'left') {
        log.warn({ incident, part, reason: sent.why }, 'Slack does not take a message');
        notBefore.set(name, clock.now() + LEFT_MS);
        dirty.add(incident);
        done(job);
        return true;
      }
      notBefore.set(pace, Math.max(sent.at, notBefore.get(pace) ?? 0));
      if (sent.limited) notBefore.set(UPDATES, sent.at);
      if (sent.down) isDown('no answer');
      return true;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.is === 'refused') {
        log.warn({ incident, part, reason: trouble.code }, 'Slack does not take a message');
        notBefore.set(name, clock.now() + LEFT_MS);
        return false;
      }
      if (trouble.is === 'limited') notBefore.set(name, clock.now() + trouble.waitMs);
      else isDown(trouble.reason);
      return true;
    }
  }

  function done({ wanted: { incident, part } }: Job): void {
    const left = (queued.get(incident) ?? []).filter(({ wanted }) => wanted.part !== part);
    if (left.length === 0) queued.delete(incident);
    else queued.set(incident, left);
  }

  function isDown(reason: string): void {
    // Several calls find out at once; it is one outage.
    if (clock.now() < downUntil) return;
    const waitMs = Math.min(AGAIN_MS.most, AGAIN_MS.first * 2 ** Math.min(failures, 10));
    failures += 1;
    downUntil = clock.now() + waitMs;
    log.warn({ reason, waitMs, failures }, 'Slack does not answer; what is to be said there waits');
  }

  const lane = createLane('slack posts', work, { clock, log });
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;

  function wakeIn(ms: number): void {
    if (!isRunning || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      lane.wake();
    }, ms);
    timer.unref();
  }

  return {
    async run() {
      isRunning = true;
      await lane.run();
    },
    tick: () => lane.tick(),
    wake() {
      const waitMs = lookedAt + SOON_MS - clock.now();
      if (waitMs > 0) wakeIn(waitMs);
      else lane.wake();
    },
    async stop() {
      isRunning = false;
      clearTimeout(timer);
      await lane.stop();
    },
    async homeOpened(user) {
      await homes.opened(user);
      lane.wake();
    },
  };
}

/** A person by the account that they confirmed, or else by their name. */
export function namesOf(accountOf: (person: string) => string | undefined): Names {
  return {
    mention(person) {
      const account = accountOf(person);
      return account === undefined ? data(capital(person), 60) : `<@${account}>`;
    },
    plain: (person) => data(capital(person), 60),
  };
}
