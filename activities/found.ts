/** What a `find_created` step found, kept in records: the workflow holds counts only. */
import type { Records, TimelineEntry } from '../records/records.js';
import type { Found } from './connectors/contract.js';
import type { StepCall } from './contract.js';

/** So many are kept by name; of the rest only the number, in words. */
export const MOST_KEPT = 1_000;

/** What the timeline holds of it: credentials first, newest first, those without a date last. */
interface Kept {
  found: Found[];
  /** Counts of all that was found, kept by name or not. */
  credentials: number;
  others: number;
}

/** Writes the list down, once for each generation of the step. */
export async function recordFound(records: Records, call: StepCall, found: Found[], at: number): Promise<void> {
  const sorted = [...found].sort(credentialsFirstNewestFirst);
  const credentials = found.filter(({ what }) => what === 'credential').length;
  const kept: Kept = { found: sorted.slice(0, MOST_KEPT), credentials, others: found.length - credentials };
  await records.timeline.append({
    incident: call.incident,
    at,
    kind: 'found',
    step: call.step,
    generation: call.generation,
    line: lineOf(kept),
    data: kept,
    key: `${call.step}/${call.generation}/found`,
  });
}

/** What the latest generation of the step found; its last entry says how many more there are. Undefined: none ended. */
export async function readFound(records: Records, incident: string, step: string): Promise<Found[] | undefined> {
  const kept = await latest(records, incident, step);
  if (kept === undefined) return undefined;
  const more = kept.credentials + kept.others - kept.found.length;
  if (more === 0) return kept.found;
  return [
    ...kept.found,
    { what: 'other', title: `${more} more, which are not listed here: find them again`, ways: [] },
  ];
}

/** How many it found, as the step's results. Undefined: nothing was written down. */
export async function countFound(
  records: Records,
  incident: string,
  step: string,
): Promise<{ credentials: number; others: number } | undefined> {
  const kept = await latest(records, incident, step);
  return kept && { credentials: kept.credentials, others: kept.others };
}

/** The one name under which a thing that was found twice is one thing. */
export const identityOf = ({ identity, title }: Found): string => identity ?? title;

/**
 * What the incident that opened this one found, and what opened that: they see to it. Else each of a hundred children
 * would find all its siblings, ask about them and wait for them.
 */
export async function foundAbove(records: Records, incident: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = await records.incidents.get(incident); at?.parent !== undefined; ) {
    at = await records.incidents.get(at.parent);
    for (const { kind, data } of at === undefined ? [] : await records.timeline.ofIncident(at.id)) {
      if (kind === 'found') for (const one of (data as Kept).found) found.add(identityOf(one));
    }
  }
  return found;
}

async function latest(records: Records, incident: string, step: string): Promise<Kept | undefined> {
  return latestIn(await records.timeline.ofIncident(incident), step);
}

function latestIn(timeline: TimelineEntry[], step: string): Kept | undefined {
  const entries = timeline.filter((entry) => entry.kind === 'found' && entry.step === step);
  return entries.sort((a, b) => a.generation - b.generation).at(-1)?.data as Kept | undefined;
}

/** What the latest generation of each step found, of those that are kept by name. */
export function foundIn(timeline: TimelineEntry[]): Found[] {
  const steps = new Set(timeline.filter(({ kind }) => kind === 'found').map(({ step }) => step));
  return [...steps].flatMap((step) => latestIn(timeline, step)?.found ?? []);
}

function credentialsFirstNewestFirst(a: Found, b: Found): number {
  if (a.what !== b.what) return a.what === 'credential' ? -1 : 1;
  return (b.at ?? 0) - (a.at ?? 0);
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

function lineOf({ credentials, others }: Kept): string {
  if (credentials + others === 0) return 'nothing was made since the exposure';
  return `found ${count(credentials, 'credential')} and ${count(others, 'other thing')} made or changed since the exposure`;
}
