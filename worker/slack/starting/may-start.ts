import { MAY_OPEN } from '../../intake/opened-by-hand.js';
import { UnknownName } from '../../people/people.js';
import type { Answer, Message } from '../contract.js';
import { button, data } from '../mrkdwn.js';
import { message } from './message.js';
import type { StartDoors } from './start-doors.js';

type Doors = Pick<StartDoors, 'people' | 'records' | 'clock' | 'banner'>;

/** Who it is, or what they are told instead. */
export type Who = { person: string } | { refused: string; message: Message };

/** The person behind an account, confirmed by a link; else the way to link it. */
export async function whoIs({ people, records, clock, banner }: Doors, user: string): Promise<Who> {
  const person = await people.linkedTo(user);
  if (person !== undefined) return { person: person.name };
  const handle = await records.handles.give(`link/${user}`, { of: 'link', user }, clock.now());
  const link = button('link_account', 'Link your account', { value: handle });
  return {
    refused: 'not-linked',
    message: message(banner, ["I don't know who you are yet. Link your account, then press again."], [link]),
  };
}

/** Tells them so; the word for the inbox. */
export async function refuse(
  answer: Answer,
  { refused, message }: Extract<Who, { refused: string }>,
  how: 'tell' | 'replace' = 'tell',
): Promise<string> {
  await answer[how](message);
  return `refused: ${refused}`;
}

/** Whether they may start an incident now: read when they press, wherever roles are kept. Unknown is no. */
export async function mayStart(doors: Doors, user: string): Promise<Who> {
  const who = await whoIs(doors, user);
  if ('refused' in who) return who;
  const held = await doors.people.rolesOf(who.person, NOBODYS);
  if (held.roles.some(({ role }) => MAY_OPEN.includes(role))) return who;
  const unread = held.unread.filter(({ role }) => MAY_OPEN.includes(role));
  const needed = `Starting an incident needs ${MAY_OPEN.join(' or ')}`;
  const those = await whoMay(doors);
  const first =
    unread.length === 0
      ? `${needed}, and you hold neither.`
      : `${needed}. ${unread.map(({ why }) => data(why, 300)).join('; ')}, so I can't say whether you do. Press again in a minute.`;
  const second = those.length === 0 ? 'Nobody that I can name does now.' : `Now that is ${those.join(', ')}.`;
  return {
    refused: unread.length === 0 ? 'role' : 'role-unread',
    message: message(doors.banner, [first, second]),
  };
}

/** Of a credential that nobody has looked at, the owner is nobody. */
const NOBODYS = 'unknown';
const MOST_NAMED = 6;

/** `Sam (responder)`, as mentions where they have an account: Slack notifies nobody of a message that one person sees. */
async function whoMay(doors: Doors): Promise<string[]> {
  const roleOf = new Map<string, string>();
  for (const role of MAY_OPEN) {
    for (const name of await holdersOf(doors, role, NOBODYS)) if (!roleOf.has(name)) roleOf.set(name, role);
  }
  const named = [...roleOf].slice(0, MOST_NAMED).map(async ([name, role]) => {
    const account = await doors.people.accountOf(name);
    return `${account === undefined ? data(name) : `<@${account}>`} (${role})`;
  });
  return Promise.all(named);
}

/** Who can be named as holding it now; none where that is not known, or settings have no such role (any more). */
export async function holdersOf({ people }: Pick<Doors, 'people'>, role: string, owner: string): Promise<string[]> {
  try {
    const holders = await people.holders(role, owner);
    return 'people' in holders ? holders.people.map(({ name }) => name) : [];
  } catch (error) {
    if (error instanceof UnknownName) return [];
    throw error;
  }
}
