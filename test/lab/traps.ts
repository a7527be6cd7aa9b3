import type { Fault, FaultKind } from '../../sandbox/twin/faults.js';
import type { Site } from '../system/site.js';
import type { Bench, Subject, TwinName } from './cell.js';

/** How long what the twins said of their faults is good for: many cells ask at once. */
const FRESH_MS = 150;
const asked = new WeakMap<
  Site,
  Map<TwinName, { at: number; answer: Promise<{ pending: Fault[]; holding: Fault[] }> }>
>();

function faultsOf(site: Site, twin: TwinName) {
  const known: NonNullable<ReturnType<typeof asked.get>> = asked.get(site) ?? new Map();
  asked.set(site, known);
  const last = known.get(twin);
  if (last !== undefined && Date.now() - last.at < FRESH_MS) return last.answer;
  const answer = site[twin].faults();
  known.set(twin, { at: Date.now(), answer });
  return answer;
}

/** Words that only the request of this cell's effect says. */
async function wordsOf(bench: Bench, subject: Subject): Promise<string[]> {
  return (await subject.cell.effect.at?.about?.(subject, bench)) ?? subject.names();
}

/** The next request of the cell's effect meets this fault. What sends no request has no trap. */
export async function arm(bench: Bench, subject: Subject, kind: FaultKind, more: Partial<Fault> = {}): Promise<void> {
  const { at } = subject.cell.effect;
  if (at === undefined) return;
  const about = await wordsOf(bench, subject);
  subject.trap = { twin: at.twin, about };
  await bench.site[at.twin].fault({ method: at.method, kind, about, ...more });
}

const isIts = ({ trap }: Subject, { about }: Fault) => about !== undefined && about.join() === trap?.about.join();

/** Its request is held by a twin. */
export async function isHeld({ site }: Bench, subject: Subject): Promise<boolean> {
  if (subject.trap === undefined) return false;
  return (await faultsOf(site, subject.trap.twin)).holding.some((fault) => isIts(subject, fault));
}

/** Its request has met its fault. */
export async function isMet({ site }: Bench, subject: Subject): Promise<boolean> {
  if (subject.trap === undefined) return true;
  return !(await faultsOf(site, subject.trap.twin)).pending.some((fault) => isIts(subject, fault));
}

/** Lets the held requests of these go on, or cuts their connections. */
export async function release({ site }: Bench, subjects: Subject[], { cut = false } = {}): Promise<void> {
  for (const twin of ['aws', 'github', 'mail', 'vault'] as const) {
    const about = subjects.flatMap(({ trap }) => (trap?.twin === twin ? trap.about : []));
    if (about.length > 0) await site[twin].release({ about, cut });
  }
}
