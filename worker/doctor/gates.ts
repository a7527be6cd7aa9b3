/** Which gates policy makes, and whether somebody could answer each right now. */
import { gatesFor, mergeGates, type Terms } from '../../playbooks/language/gates.js';
import type { AskStep, Facts } from '../../playbooks/language/plan.js';
import { changes } from '../../playbooks/language/verbs.js';
import { EFFECT_CLASSES, type EffectClass } from '../../playbooks/language/words.js';
import { filledPlaces, inWords, seatsOf } from '../../workflows/core/questions.js';
import type { Asking } from '../../workflows/core/run.js';
import type { Holders } from '../people/directory.js';
import type { Settings } from '../settings/settings.js';

export interface GateReport {
  environment: string;
  class: EffectClass;
  /** `critical`, `public`, …: what of a credential makes this gate; empty = it is so for all of them. */
  when: string;
  owner: string;
  /** `1 of security-on-call and 1 of service-owner`. */
  needs: string;
  /** Asked next, in this order. */
  tiers: string[];
  within: number;
  /** `unread`: nobody can say, because a source cannot be read. */
  answer: 'somebody' | 'nobody' | 'unread';
  /** Why not, in a sentence; empty where somebody could. */
  why: string;
  holders: Record<string, string[]>;
}

type Ask = (role: string, owner: string) => Promise<Holders>;

const CASES = [
  { criticality: 'critical', exposure: 'public' },
  { criticality: 'critical', exposure: 'internal' },
  { criticality: 'normal', exposure: 'public' },
  { criticality: 'normal', exposure: 'internal' },
] as const;

/** Every gate of every environment that changes anything, for every owner that settings know and for one that nobody knows. */
export async function gateReports(settings: Settings, ask: Ask): Promise<GateReport[]> {
  const reports: GateReport[] = [];
  for (const environment of settings.environments.filter(({ mode }) => mode !== 'observe')) {
    for (const effect of EFFECT_CLASSES.filter(changes)) {
      for (const owner of ownersOf(settings)) {
        const terms = CASES.map((one) => ({ ...one, terms: termsOf(settings, environment, effect, owner, one) }));
        const different = new Map(
          terms.flatMap(({ terms: found }) => (found === undefined ? [] : [[JSON.stringify(found), found] as const])),
        );
        for (const [text, found] of different) {
          const made = terms.filter((one) => JSON.stringify(one.terms) === text);
          const report = await reportOf(found, owner, ask);
          reports.push({ environment: environment.name, class: effect, when: whenOf(made), owner, ...report });
        }
      }
    }
  }
  return reports;
}

/** Teams, owners that are roles, and nobody. */
function ownersOf({ people, owners }: Settings): string[] {
  const written = owners.flatMap((rule) =>
    rule.by === 'default' ? [rule.owner] : rule.by === 'csv' ? rule.rows.map(({ owner }) => owner) : [],
  );
  return [...new Set([...people.flatMap(({ teams }) => teams), ...written, 'unknown'])];
}

function termsOf(
  { policy }: Settings,
  environment: Settings['environments'][number],
  effect: EffectClass,
  owner: string,
  { criticality, exposure }: (typeof CASES)[number],
): Terms | undefined {
  const facts = {
    environment: { value: environment.name },
    criticality: { value: criticality },
    exposure: { value: exposure },
    owner: { value: owner },
  } as Facts;
  const terms = mergeGates(effect, gatesFor(effect, facts, policy, environment.mode), facts);
  // why it is asked tells two gates apart that are one
  return terms && { ...terms, because: [] };
}

/** What the cases have in common and others have not. */
function whenOf(made: { criticality: string; exposure: string }[]): string {
  if (made.length === CASES.length) return '';
  const one = (key: 'criticality' | 'exposure') => {
    const values = [...new Set(made.map((each) => each[key]))];
    return values.length === 1 ? [values[0] as string] : [];
  };
  return [...one('criticality'), ...one('exposure')].join(', ');
}

async function reportOf(
  terms: Terms,
  owner: string,
  ask: Ask,
): Promise<Omit<GateReport, 'environment' | 'class' | 'when' | 'owner'>> {
  const roles = [...new Set([...Object.keys(terms.places), ...terms.tiers.flat()])];
  const held = await Promise.all(roles.map(async (role) => ({ role, holders: await ask(role, owner) })));
  const names = Object.fromEntries(
    held.map(({ role, holders }) => [role, 'people' in holders ? holders.people.map(({ name }) => name) : []]),
  );
  const people = [...new Set(Object.values(names).flat())];
  const yes = people.map((person) => ({ person, at: 0, roles: roles.filter((role) => names[role]?.includes(person)) }));
  const step = { places: terms.places, tiers: terms.tiers } as AskStep;
  const filled = filledPlaces(step, { tier: terms.tiers.length } as Asking, yes);
  const unread = held.flatMap(({ holders }) => ('unreachable' in holders ? [holders.unreachable] : []));
  const isFull = filled.length === seatsOf(terms.places);
  const open = Object.entries(terms.places)
    .map(([role, count]) => [role, count - filled.filter((place) => place.role === role).length] as const)
    .filter(([, missing]) => missing > 0);
  return {
    needs: inWords(Object.entries(terms.places).map(([role, count]) => `${count} of ${role}`)),
    tiers: terms.tiers.map((tier) => tier.join(' or ')),
    within: terms.withinSeconds,
    answer: isFull ? 'somebody' : unread.length > 0 ? 'unread' : 'nobody',
    why: isFull
      ? ''
      : unread.length > 0
        ? [...new Set(unread)].join('; ')
        : `${inWords(open.map(([role, missing]) => `${missing} of ${role}`))} ${open.length === 1 && open[0]?.[1] === 1 ? 'is' : 'are'} missing, and nobody else may answer`,
    holders: names,
  };
}
