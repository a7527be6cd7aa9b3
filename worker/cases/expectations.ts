/** What a case expects, against what was seen. */
import type { Case } from '../../playbooks/language/cases.js';
import type { ClosedAs, Grade } from '../../playbooks/language/words.js';
import { holds } from '../../workflows/core/order.js';
import { isAct, isAsk, runOf } from '../../workflows/core/run.js';
import type { CaseSite } from './case-site.js';
import type { LiveIncident } from './live-incident.js';
import { nameOnPage } from './script.js';

export interface Seen {
  incident: 'held' | 'waiting' | ClosedAs;
  credential: string;
  replacement: string;
  asked: string[];
  /** In the order in which they ended. */
  done: string[];
  skipped: string[];
  failed: string[];
  undone: string[];
  told: string[];
  containedAfterSeconds?: number;
  grade: Record<string, Grade>;
  /** Opened for what was found. */
  children: number;
  /** All others. */
  incidents: number;
}

/** Of the first incident; `children` and `incidents` count all. */
export async function observed(incidents: LiveIncident[], { records, provider }: CaseSite): Promise<Seen> {
  const all = await records.incidents.list({ state: 'all', limit: 200 });
  const children = all.filter(({ parent }) => parent !== undefined).length;
  const counts = { children, incidents: all.length - children };
  const { run, unplanned, endings } = incidents[0]!;
  if (run === undefined) {
    const nothing = { asked: [], done: [], skipped: [], failed: [], undone: [], told: [], grade: {} };
    const incident = unplanned?.result ?? 'waiting';
    return { incident, credential: 'unknown', replacement: 'none', ...nothing, ...counts };
  }
  const { steps, credential } = run.plan;
  const inState = (state: string) => steps.filter((step) => runOf(run, step.id).state === state);
  const names = (some: typeof steps) => some.map(({ name }) => name);
  return {
    incident: run.closed?.as ?? (holds(run).length > 0 ? 'held' : 'waiting'),
    credential: provider.credential(credential.id),
    replacement: await provider.replacement(credential.id),
    asked: incidents[0]!.opened.filter((name) => name.endsWith('.ask')).map(nameOnPage),
    done: endings.filter(({ state }) => state === 'done').map(({ name }) => name),
    skipped: names(inState('skipped').filter((step) => !isAsk(step))),
    failed: names(inState('failed')),
    undone: names(steps.filter(({ id }) => run.undo[id]?.state === 'undone')),
    told: inState('done').flatMap((step) =>
      isAct(step) && step.verb === 'notify' ? [String(step.args.audience)] : [],
    ),
    ...(run.contained === undefined ? {} : { containedAfterSeconds: (run.contained.at - run.openedAt) / 1_000 }),
    grade: Object.fromEntries(
      steps.flatMap(({ id, name }) => {
        const { grade } = runOf(run, id);
        return grade === undefined ? [] : [[name, grade]];
      }),
    ),
    ...counts,
  };
}

/** One line for each expectation that was not met; what is unsaid is not checked. */
export function differences(expect: Case['expect'], seen: Seen): string[] {
  const found: string[] = [];
  const tell = (what: string, wanted: unknown, got: unknown) =>
    found.push(`${what}: expected ${shown(wanted)}, seen ${shown(got)}`);
  for (const key of ['incident', 'credential', 'replacement', 'children', 'incidents'] as const) {
    if (expect[key] !== undefined && expect[key] !== seen[key]) tell(key, expect[key], seen[key]);
  }
  if (expect.asked !== undefined && !sameSet(expect.asked, seen.asked)) tell('asked', expect.asked, seen.asked);
  if (expect.done !== undefined && !isInOrder(expect.done, seen.done)) tell('done, in order', expect.done, seen.done);
  for (const key of ['skipped', 'failed', 'undone', 'told'] as const) {
    if (expect[key]?.some((name) => !seen[key].includes(name))) tell(key, expect[key], seen[key]);
  }
  const within = expect.containedWithinSeconds;
  if (within !== undefined && !(seen.containedAfterSeconds !== undefined && seen.containedAfterSeconds <= within)) {
    tell('contained within', `${within} s`, inSeconds(seen.containedAfterSeconds));
  }
  for (const [name, grade] of Object.entries(expect.grade ?? {})) {
    if (seen.grade[name] !== grade) tell(`grade of ${name}`, grade, seen.grade[name] ?? 'none');
  }
  return found;
}

const inSeconds = (seconds: number | undefined) => (seconds === undefined ? 'never' : `${seconds} s`);

function shown(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? 'none' : value.join(', ');
}

const sameSet = (a: string[], b: string[]) => [...new Set(a)].sort().join() === [...new Set(b)].sort().join();

/** Among others, in this order. */
function isInOrder(wanted: string[], seen: string[]): boolean {
  let next = 0;
  for (const name of seen) if (name === wanted[next]) next += 1;
  return next === wanted.length;
}
