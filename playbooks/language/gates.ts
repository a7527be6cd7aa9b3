/** Gates: the strictest wins (language.md 2.5). Rows of policy and written keys merge; an unwritten key says nothing. */
import type { WrittenGate } from './page.js';
import type { AskStep, Facts, Places } from './plan.js';
import type { Gate, Policy } from './policy.js';
import { ASK_MODE_GATE, changes, defaultGate, ON_CALL, WITHIN_SECONDS } from './verbs.js';
import type { EffectClass, Mode } from './words.js';

/** A question's terms with nothing left open. */
export type Terms = Pick<AskStep, 'places' | 'tiers' | 'withinSeconds' | 'ifSilent' | 'ifDenied' | 'hours' | 'because'>;

interface Source {
  because: AskStep['because'][number];
  gate: Gate;
}

/** Columns of a policy row that hold for these facts, in the order in which they are merged. */
export function matchingColumns(facts: Facts): string[] {
  const { environment, criticality, exposure } = facts;
  // what is unknown is gated as the worse of the two
  return [
    'any',
    environment.value,
    ...(criticality.value === 'normal' ? [] : ['critical']),
    exposure.value === 'public' ? 'public' : 'not_public',
  ];
}

/** All gates that hold for a class: rows of settings, else the class's own, and the mode's. */
export function gatesFor(effect: EffectClass, facts: Facts, policy: Policy, mode: Mode): Source[] {
  if (!changes(effect)) return [];
  const sources: Source[] = [];
  const rows = policy[effect];
  let matched = false;
  for (const column of new Set(matchingColumns(facts))) {
    const row = rows !== undefined && Object.hasOwn(rows, column) ? rows[column] : undefined;
    if (row === undefined) continue;
    matched = true;
    if (row !== 'now') sources.push({ because: { source: 'policy', row: `${effect}: ${column}` }, gate: row });
  }
  const fallback = matched ? undefined : defaultGate(effect, facts);
  if (fallback !== undefined) {
    sources.push({ because: { source: 'policy', row: `${effect}: ${fallback.row} (default)` }, gate: fallback.gate });
  }
  if (mode === 'ask') sources.push({ because: { source: 'mode', row: 'ask' }, gate: ASK_MODE_GATE });
  return sources;
}

/**
 * The terms on which a step of the class may run; undefined = nobody is asked. `written` are the keys of an `ask` on
 * the page, which always asks.
 */
export function mergeGates(
  effect: EffectClass,
  sources: readonly Source[],
  facts: Facts,
  written?: WrittenGate,
): Terms | undefined {
  if (sources.length === 0 && written === undefined) return undefined;
  const gates: Gate[] = sources.map(({ gate }) => gate);
  const pageTiers = (written?.tiers ?? []).map((role) => [role]);
  if (written !== undefined) gates.push(written);

  const silences = gates.flatMap((gate) => gate.ifSilent ?? []);
  const mayProceed = effect === 'contain' || effect === 'interrupt';
  const ifSilent = mayProceed && silences.length > 0 && !silences.includes('hold') ? 'proceed' : 'hold';
  const times = gates.flatMap((gate) => gate.withinSeconds ?? []);
  const denials = gates.flatMap((gate) => gate.ifDenied ?? []);
  const mayWait = effect === 'replace' || effect === 'destroy';
  const places = union(gates.map((gate) => gate.from ?? {}));
  return {
    places: withOwner(Object.keys(places).length === 0 ? { [ON_CALL]: 1 } : places, facts),
    tiers: distinct(
      [...pageTiers, ...sources.flatMap(({ gate }) => gate.then ?? [])].map((tier) => ownersOf(tier, facts)),
    ),
    withinSeconds:
      times.length === 0 ? WITHIN_SECONDS : ifSilent === 'proceed' ? Math.max(...times) : Math.min(...times),
    ifSilent,
    ifDenied: denials.length > 0 && !denials.includes('hold') ? 'skip' : 'hold',
    hours: mayWait && gates.some((gate) => gate.hours === 'office') ? 'office' : 'any',
    because: [
      ...(written === undefined ? [] : [{ source: 'page' as const, row: 'ask' }]),
      ...sources.map(({ because }) => because),
    ],
  };
}

/** The terms of a task, which policy says nothing about: it is done by whom the page names. */
export function taskTerms(people: WrittenGate, facts: Facts): Pick<Terms, 'places' | 'tiers' | 'withinSeconds'> {
  return {
    places: withOwner(people.from ?? { [ON_CALL]: 1 }, facts),
    tiers: distinct((people.tiers ?? []).map((role) => ownersOf([role], facts))),
    withinSeconds: people.withinSeconds ?? WITHIN_SECONDS,
  };
}

/** Why a class may not have such a gate, for settings and lint; undefined = it may. */
export function gateFault(effect: EffectClass, gate: Pick<Gate, 'ifSilent' | 'hours'>): string | undefined {
  if (!changes(effect)) return `${effect} changes nothing, so nobody is asked`;
  if (gate.ifSilent === 'proceed' && effect !== 'contain' && effect !== 'interrupt') {
    return `silence may not ${effect}; only contain and interrupt can proceed`;
  }
  if (gate.hours === 'office' && effect !== 'replace' && effect !== 'destroy') {
    return `${effect} does not wait for the morning; only replace and destroy can keep office hours`;
  }
  return undefined;
}

/** All roles, each with the largest number that anybody asks for. */
function union(all: readonly Places[]): Places {
  const places: Places = {};
  for (const one of all) {
    for (const [role, count] of Object.entries(one)) {
      places[role] = Math.max(count, Object.hasOwn(places, role) ? places[role]! : 0);
    }
  }
  return places;
}

/** Where nobody knows the owner, service-owner means security-on-call: as many people decide, each a different one. */
function withOwner(places: Places, facts: Facts): Places {
  const owners = Object.hasOwn(places, 'service-owner') ? places['service-owner']! : 0;
  if (facts.owner.value !== 'unknown' || owners === 0) return { ...places };
  const { 'service-owner': _, ...others } = places;
  return { ...others, [ON_CALL]: (Object.hasOwn(others, ON_CALL) ? others[ON_CALL]! : 0) + owners };
}

function ownersOf(tier: readonly string[], facts: Facts): string[] {
  if (facts.owner.value !== 'unknown') return [...tier];
  return [...new Set(tier.map((role) => (role === 'service-owner' ? ON_CALL : role)))];
}

function distinct(tiers: string[][]): string[][] {
  const seen = new Set<string>();
  return tiers.filter((tier) => {
    const key = JSON.stringify([...tier].sort());
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
