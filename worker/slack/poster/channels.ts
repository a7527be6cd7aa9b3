/** Where cards stand: the channel of the severity, or one that is opened for the incident; and direct messages. */
import type { IncidentView } from '../incident-view/incident-view.js';
import { NEW_CHANNEL, ON_CALL, type PosterDoors } from './poster-doors.js';
import { troubleOf } from './slack-trouble.js';
import { whoWeAre } from './who-we-are.js';

const MOST_PAGES = 20;
const MOST_NAMES = 9;

/** Accounts to their direct messages; they never change. */
const known = new WeakMap<object, Map<string, string>>();

/** The direct messages of an account. Throws what Slack answers. */
export async function reach({ web }: Pick<PosterDoors, 'web'>, account: string): Promise<string> {
  const open = known.get(web) ?? new Map<string, string>();
  known.set(web, open);
  const there = open.get(account);
  if (there !== undefined) return there;
  const { channel } = await web.conversations.open({ users: account });
  if (channel?.id === undefined) throw new Error('Slack opened direct messages and did not say where');
  open.set(account, channel.id);
  return channel.id;
}

/** As settings say; `NEW_CHANNEL` is one of its own. */
export const wantedChannel = ({ channels }: PosterDoors, { severity }: IncidentView): string =>
  channels.severity[severity] ?? channels.default;

/** Once its card stands somewhere it stays there, whatever becomes of the severity. Throws what Slack answers. */
export async function channelFor(
  doors: PosterDoors,
  view: IncidentView,
  accountOf: (person: string) => string | undefined,
): Promise<string> {
  const { records } = doors;
  const card = await records.posts.get(view.incident, 'card');
  if (card !== undefined) return card.channel;
  const wanted = wantedChannel(doors, view);
  if (wanted !== NEW_CHANNEL) return wanted;
  const own = await records.posts.get(view.incident, 'channel');
  if (own !== undefined && own.message !== '') return own.channel;
  return openChannel(doors, view, accountOf, own !== undefined);
}

/** `wasTried`: an earlier try may have made it already. */
async function openChannel(
  doors: PosterDoors,
  view: IncidentView,
  accountOf: (person: string) => string | undefined,
  wasTried: boolean,
): Promise<string> {
  const { records, web, clock, log } = doors;
  const row = { incident: view.incident, part: 'channel', digest: '', at: clock.now() };
  const name = channelName(view);
  await records.posts.put({ ...row, channel: '', message: '' });
  const channel = (wasTried ? await find(doors, name) : undefined) ?? (await create(doors, name));
  await records.posts.put({ ...row, channel, message: channel });
  const people = await doors.audience(ON_CALL, view.owner.name);
  const users = people.map(accountOf).filter((account) => account !== undefined);
  try {
    if (users.length > 0) await web.conversations.invite({ channel, users: users.join(',') });
  } catch (error) {
    log.warn({ incident: view.incident, channel, reason: troubleOf(error) }, 'people were not invited to the channel');
  }
  return channel;
}

/** Another one of that name, of another installation or another year, is left alone. */
async function create({ web }: PosterDoors, name: string): Promise<string> {
  for (let nth = 1; ; nth += 1) {
    try {
      const { channel } = await web.conversations.create({ name: nth === 1 ? name : `${name.slice(0, 76)}-${nth}` });
      if (channel?.id === undefined) throw new Error('Slack made a channel and did not say which');
      return channel.id;
    } catch (error) {
      const trouble = troubleOf(error);
      if (nth === MOST_NAMES || trouble.is !== 'refused' || trouble.code !== 'name_taken') throw error;
    }
  }
}

/** Ours alone: its name can be known before it is made, and whoever made one first would read along. */
async function find({ web }: PosterDoors, name: string): Promise<string | undefined> {
  const { user } = await whoWeAre({ web });
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await web.conversations.list({
      exclude_archived: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = answer.channels?.find((channel) => channel.name === name && channel.creator === user);
    if (found?.id !== undefined) return found.id;
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return undefined;
  }
  return undefined;
}

/** `inc-142-svc-payouts`: Slack's names are lower case, without spaces, at most 80 characters. */
export function channelName({ incident, credential }: Pick<IncidentView, 'incident' | 'credential'>): string {
  const name = `${incident}-${credential.name}`.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-');
  return name.slice(0, 80).replace(/-+$/, '');
}
