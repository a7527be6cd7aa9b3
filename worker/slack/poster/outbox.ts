/**
 * Puts one message into Slack once, and keeps it up to date. Before a message is posted there is a row that says so; when
 * nobody knows whether it arrived it is looked for by its metadata before it is posted again.
 */
import type { MessageMetadata } from '@slack/types';
import type { Post } from '../../../records/records.js';
import { reach } from './channels.js';
import type { PosterDoors } from './poster-doors.js';
import { LOST, NO_PLACE, troubleOf } from './slack-trouble.js';
import type { Wanted } from './wanted.js';
import { whoWeAre } from './who-we-are.js';

export const EVENT_TYPE = 'firebreak_post';

/** A request that was cut off may still arrive for so long. */
const SETTLE_MS = 5_000;
/** Slack's clock and ours. */
const SKEW_MS = 5 * 60_000;
const MOST_PAGES = 5;

/** `later`: nothing was sent; ms since epoch. `put`: it stands. `left`: it cannot be said there, and is not tried again. */
export type Sent =
  | { is: 'put'; post: Post }
  | { is: 'later'; at: number; down?: true; limited?: true }
  | { is: 'left'; why: string };

export interface Place {
  channel: string;
  /** `ts` of the card, for what stands below it. */
  thread?: string;
}

/** Posts it, or brings what stands up to date. `known`: what is known to stand there. */
export async function send(doors: PosterDoors, wanted: Wanted, place: Place, known: Post | undefined): Promise<Sent> {
  if (known === undefined) return post(doors, wanted, place);
  if (known.message !== '') return update(doors, wanted, known, place);
  if (doors.clock.now() < known.at + SETTLE_MS) return { is: 'later', at: known.at + SETTLE_MS };
  return lookFor(doors, wanted, { ...place, channel: known.channel }, known);
}

async function post(doors: PosterDoors, wanted: Wanted, { channel, thread }: Place): Promise<Sent> {
  const { records, web, clock } = doors;
  const { incident, part, digest, message, data } = wanted;
  const row: Post = {
    incident,
    part,
    channel,
    message: '',
    digest,
    at: clock.now(),
    ...(data === undefined ? {} : { data }),
  };
  await records.posts.put(row);
  try {
    const { ts } = await web.chat.postMessage({
      channel,
      ...(thread === undefined ? {} : { thread_ts: thread }),
      ...message,
      metadata: metadataOf(wanted),
      unfurl_links: false,
      unfurl_media: false,
    });
    return stands(doors, wanted, { ...row, message: ts ?? '' });
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.is === 'unknown') return { is: 'later', at: clock.now() + SETTLE_MS, down: true };
    await records.posts.drop(incident, part);
    if (trouble.is === 'limited') return { is: 'later', at: clock.now() + trouble.waitMs };
    const joined = trouble.code === 'not_in_channel' && (await join(doors, channel));
    return joined ? { is: 'later', at: clock.now() } : { is: 'left', why: trouble.code };
  }
}

/** A public channel takes us in; into a private one somebody has to invite us. */
async function join({ web, log }: PosterDoors, channel: string): Promise<boolean> {
  try {
    await web.conversations.join({ channel });
    return true;
  } catch (error) {
    log.warn({ channel, reason: troubleOf(error) }, 'Slack did not let us into a channel; invite the app there');
    return false;
  }
}

async function update(doors: PosterDoors, wanted: Wanted, known: Post, place: Place): Promise<Sent> {
  const { records, web, clock } = doors;
  try {
    const { channel, message: ts } = known;
    await web.chat.update({ channel, ts, ...wanted.message, metadata: metadataOf(wanted) });
    const post: Post = { ...known, digest: wanted.digest, at: clock.now() };
    await records.posts.put(post);
    return { is: 'put', post };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.is === 'unknown') return { is: 'later', at: clock.now() + 1_000, down: true };
    if (trouble.is === 'limited') return { is: 'later', at: clock.now() + trouble.waitMs, limited: true };
    if (!LOST.has(trouble.code)) return { is: 'left', why: trouble.code };
    await records.posts.drop(wanted.incident, wanted.part);
    return post(doors, wanted, place);
  }
}

/** Whoever finds it has it; else it never arrived, and is posted. */
async function lookFor(doors: PosterDoors, wanted: Wanted, place: Place, known: Post): Promise<Sent> {
  const { records, clock } = doors;
  try {
    const found = await find(doors, wanted, place, known.at - SKEW_MS);
    if (found === undefined) {
      await records.posts.drop(wanted.incident, wanted.part);
      return post(doors, wanted, place);
    }
    // It says what it said then; what has changed since is an update.
    return stands(doors, wanted, { ...known, message: found.ts, digest: found.digest });
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.is === 'unknown') return { is: 'later', at: clock.now() + SETTLE_MS, down: true };
    if (trouble.is === 'limited') return { is: 'later', at: clock.now() + trouble.waitMs };
    // Where we may not look we cannot know, and a question that nobody reads is worse than one that stands there twice.
    await records.posts.drop(wanted.incident, wanted.part);
    return NO_PLACE.has(trouble.code) ? { is: 'left', why: trouble.code } : post(doors, wanted, place);
  }
}

async function find(
  { web }: PosterDoors,
  { incident, part }: Wanted,
  { channel, thread }: Place,
  since: number,
): Promise<{ ts: string; digest: string } | undefined> {
  const { botId } = await whoWeAre({ web });
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = {
      channel,
      oldest: String(Math.max(0, since / 1_000)),
      include_all_metadata: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer =
      thread === undefined
        ? await web.conversations.history(query)
        : await web.conversations.replies({ ...query, ts: thread });
    for (const { ts, metadata, bot_id } of answer.messages ?? []) {
      const { event_type, event_payload: payload } = (metadata ?? {}) as {
        event_type?: string;
        event_payload?: Record<string, unknown>;
      };
      // another app may write the same metadata: what it posted is not ours, and nobody reads our words in it
      if (ts === undefined || event_type !== EVENT_TYPE || bot_id !== botId) continue;
      if (payload?.incident === incident && payload.part === part) return { ts, digest: String(payload.digest) };
    }
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return undefined;
  }
  return undefined;
}

/** Of cards and questions it is kept where they stand, for others to link to; what does not fit follows as a file. */
async function stands(doors: PosterDoors, wanted: Wanted, post: Post): Promise<Sent> {
  const { records, web, log } = doors;
  // First of all, so that it is known whatever comes after.
  await records.posts.put(post);
  const isLinkedTo = wanted.to === 'channel' && wanted.isKept;
  const kept = isLinkedTo ? await withPermalink(doors, post) : post;
  if (kept !== post) await records.posts.put(kept);
  if (wanted.rest !== undefined) {
    try {
      await web.filesUploadV2({
        channel_id: post.channel,
        thread_ts: post.message,
        filename: `${wanted.incident}.txt`,
        title: `${wanted.incident}: the rest`,
        content: wanted.rest,
      });
    } catch (error) {
      log.warn(
        { incident: wanted.incident, part: wanted.part, reason: troubleOf(error) },
        'a file was not put into Slack',
      );
    }
  }
  return { is: 'put', post: kept };
}

async function withPermalink({ web }: PosterDoors, post: Post): Promise<Post> {
  try {
    const { permalink } = await web.chat.getPermalink({ channel: post.channel, message_ts: post.message });
    return permalink === undefined ? post : { ...post, data: { permalink } };
  } catch {
    return post; // what others cannot link to stands there all the same
  }
}

function metadataOf({ incident, part, digest }: Wanted): MessageMetadata {
  return { event_type: EVENT_TYPE, event_payload: { incident, part, digest } };
}

/** Where it goes: the incident's channel, or the direct messages of a person; undefined where they have none. */
export async function placeOf(
  doors: PosterDoors,
  wanted: Wanted,
  { home, card, accountOf }: { home: string; card?: string; accountOf(person: string): string | undefined },
): Promise<Place | undefined> {
  if (wanted.to === 'channel')
    return { channel: home, ...(wanted.inThread && card !== undefined ? { thread: card } : {}) };
  const account = accountOf(wanted.to.person);
  return account === undefined ? undefined : { channel: await reach(doors, account) };
}
