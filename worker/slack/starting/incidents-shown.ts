/** Incidents as one person is shown them, from the records alone. */
import type { Records } from '../../../records/records.js';
import { incidentView } from '../incident-view/incident-view.js';
import { loadIncident } from '../incident-view/load-incident.js';
import type { StartDoors } from './start-doors.js';
import type { Listed, Shown } from './status-message.js';

type Doors = Pick<StartDoors, 'records' | 'clock' | 'addressOf' | 'people'>;

/** Undefined: there is no such incident. */
export async function shownOf(doors: Omit<Doors, 'people'>, incident: string): Promise<Shown | undefined> {
  const held = await loadIncident(doors.records, incident);
  if (held === undefined) return undefined;
  const card = await cardOf(doors, incident);
  return { view: incidentView(held, doors.clock.now()), ...(card === undefined ? {} : { card }) };
}

/** Where the card of an incident stands; undefined as long as it was not posted. */
export async function cardOf(
  { records, addressOf }: Omit<Doors, 'people' | 'clock'>,
  incident: string,
): Promise<string | undefined> {
  const post = await records.posts.get(incident, 'card');
  return post === undefined || post.message === '' ? undefined : addressOf(post.channel, post.message);
}

/** The incident whose thread this is. */
export async function incidentHere(
  records: Records,
  said: { channel?: string; thread?: string },
): Promise<string | undefined> {
  if (said.channel === undefined || said.thread === undefined) return undefined;
  return (await records.posts.at(said.channel, said.thread))?.incident;
}

const PAGE = 10;
/** Of those that wait for people, so many are looked through for what waits for one. */
const LOOKED_THROUGH = 60;

/** A page of open incidents below a number, newest first; on the first page those that wait for the person lead. */
export async function listedFor(doors: Doors, person: string, before?: number): Promise<Listed> {
  const { records } = doors;
  const rows = await records.incidents.list({
    state: 'open',
    limit: LOOKED_THROUGH,
    ...(before === undefined ? {} : { before }),
  });
  const waiting = before === undefined ? rows.filter(({ waiting, held }) => waiting !== '' || held !== '') : [];
  const looked = new Map(await Promise.all(waiting.map(async ({ id }) => [id, await shownOf(doors, id)] as const)));
  const mine = [];
  for (const shown of looked.values()) {
    if (shown !== undefined && (await waitsFor(doors, shown, person))) mine.push(shown);
  }
  const first = mine.slice(0, PAGE);
  const named = new Set(first.map(({ view }) => view.incident));
  const rest = rows.filter(({ id }) => !named.has(id)).slice(0, PAGE - Math.min(first.length, PAGE - 1));
  const others = (await Promise.all(rest.map(({ id }) => looked.get(id) ?? shownOf(doors, id)))).filter(
    (shown) => shown !== undefined,
  );
  const last = rest.at(-1)?.number;
  const isMore = last !== undefined && (rows.at(-1)?.number !== last || rows.length === LOOKED_THROUGH);
  return { mine: first, others, ...(isMore ? { more: last } : {}) };
}

/** They were asked, or hold a role that is. */
async function waitsFor({ people }: Doors, { view }: Shown, person: string): Promise<boolean> {
  const open = view.questions.filter(
    ({ end, filled, kind }) =>
      end === undefined &&
      !filled.some((place) => place.person === person) &&
      // whoever had it opened decides nothing about it
      (kind === 'task' || view.requester !== person),
  );
  if (open.length === 0) return false;
  if (open.some(({ asked }) => asked.some((tier) => tier.people.includes(person)))) return true;
  const roles = new Set((await people.rolesOf(person, view.owner.name)).roles.map(({ role }) => role));
  return open.some(({ asked, places }) =>
    [...Object.keys(places), ...asked.flatMap((tier) => tier.roles)].some((role) => roles.has(role)),
  );
}
