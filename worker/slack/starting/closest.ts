/** The credentials that somebody may have meant who typed an id that nobody knows. Never taken silently: a person picks. */
import { nearest } from '../../../playbooks/language/problem.js';
import type { Records } from '../../../records/records.js';
import type { NamedCredential, PartOfId } from '../../intake/credential-ids.js';

/** Of open and recent incidents, so many; none of their providers lists its keys cheaply. */
const INCIDENTS = 200;
/** Of incidents that are open, the keys beside the one that leaked. */
const WITH_SIBLINGS = 20;
/** More than anybody reads. */
export const MOST_MEANT = 3;

/** Of the kind, those of incidents first, the newest first. */
export async function knownIds(records: Records, kind: string): Promise<string[]> {
  const rows = await records.incidents.list({ state: 'all', limit: INCIDENTS });
  const named = rows.flatMap(({ credential = '' }) =>
    credential.startsWith(`${kind}:`) ? [credential.slice(kind.length + 1)] : [],
  );
  const open = rows.filter(({ closedAt }) => closedAt === undefined).slice(0, WITH_SIBLINGS);
  const beside = await Promise.all(open.map(({ id }) => siblingsOf(records, id)));
  return [...new Set([...named, ...beside.flat()])];
}

async function siblingsOf(records: Records, incident: string): Promise<string[]> {
  const identified = (await records.timeline.ofIncident(incident)).find(({ kind }) => kind === 'identified');
  const { siblings } = (identified?.data ?? {}) as { siblings?: unknown };
  return Array.isArray(siblings) ? siblings.filter((id): id is string => typeof id === 'string') : [];
}

/** Those that are a slip or two away from an id. */
export function closestTo({ id }: Pick<NamedCredential, 'id'>, known: readonly string[]): string[] {
  const others = known.filter((one) => one !== id);
  const found = nearest(id, others);
  return found === undefined ? [] : [found];
}

/** Those that a part of an id may stand for: beginning and end fit; else the nearest beginning, or the nearest whole. */
export function meantBy({ head, tail }: PartOfId, known: readonly string[]): string[] {
  const fits = known.filter((id) => id.startsWith(head) && id.endsWith(tail) && id.length >= head.length + tail.length);
  if (fits.length > 0) return fits;
  if (tail !== '') return [];
  const whole = nearest(head, known);
  if (whole !== undefined) return [whole];
  const beginnings = new Map(known.map((id) => [id.slice(0, head.length), id]));
  const begins = nearest(head, [...beginnings.keys()]);
  return begins === undefined ? [] : [beginnings.get(begins) as string];
}
