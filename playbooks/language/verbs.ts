/**
 * The built-in verbs and what their classes mean (language.md section 1). A connector says which of them it can do and
 * adds its own; the house's reads and tells come to every kind.
 */
import type { Catalogue, KindSpec, ValueType, VerbSpec } from './kinds.js';
import type { Facts } from './plan.js';
import type { Gate } from './policy.js';
import { type EffectClass, type Mode, PROOFS, type Proof, VERDICTS } from './words.js';

/** Verbs that a page may hand to people (`does`), and whose class no connector may change. */
export const HAND_VERBS = ['disable', 'restrict', 'cut_sessions', 'rotate', 'revoke'] as const;
export type HandVerb = (typeof HAND_VERBS)[number];

/** What `respond_to_each` says of itself, in conditions and sentences: counts of credentials. */
export const EACH_RESULTS: Record<string, ValueType> = {
  opened: 'count',
  linked: 'count',
  refused: 'count',
  left: 'count',
};

/** The steps that a `respond_to_each` becomes, and what they say. Placeholders of results are filled when shown. */
export const EACH_TITLES = {
  open: 'Open an incident for each credential that was made with <credential>',
  more: 'Open an incident for each other credential that was made with <credential>',
  contained: 'Wait until all that was opened for <credential> is contained',
  rest: 'Look at what else was made or changed with <credential>',
} as const;
export const EACH_AT_MOST = 20;
export const EACH_MOST = 100;
/** How long people have for what else was found. */
export const REST_SECONDS = 4 * 3600;

/** The reads and tells that the house adds to every kind. */
export const HOUSE_VERBS: Record<string, VerbSpec> = {
  scan_logs: {
    class: 'read',
    title: 'Scan the logs for uses of <credential>',
    args: { since: { type: 'time', required: false, default: '30d' } },
    results: { verdict: { words: VERDICTS }, uses: 'count' },
    timeLimitSeconds: 4 * 3600,
  },
  open_ticket: { class: 'tell', title: 'Open a ticket', results: { url: 'text' }, undo: 'correction' },
  notify: {
    class: 'tell',
    title: 'Tell people about <credential>',
    args: { audience: { type: 'audience', required: true }, say: { type: 'sentence', required: true } },
    undo: 'correction',
  },
  resolve_alert: { class: 'tell', title: 'Resolve the alert at its source', undo: 'correction' },
};

/** What people are asked when policy inserts the question, and what a hand's deed is called. */
export const HAND_TITLES: Record<HandVerb, { title: string; question: string }> = {
  disable: { title: 'Disable <credential>', question: 'Freeze <credential>?' },
  restrict: { title: 'Restrict what <credential> may do', question: 'Restrict what <credential> may do?' },
  cut_sessions: { title: 'End the sessions of <credential>', question: 'End all sessions of <credential>?' },
  rotate: { title: 'Replace <credential> by a new one', question: 'Replace <credential> by a new one?' },
  revoke: {
    title: 'Delete <credential> for good',
    question: 'Delete <credential> for good? This cannot be undone.',
  },
};

export const PROOF_TITLES: Record<Proof, string> = {
  contained: 'Prove that new use of <credential> is refused',
  replacement_works: 'Prove that the replacement of <credential> works',
  dead: 'Prove that <credential> is dead',
};

/** The sentence by which a person proves what nobody else can see. */
export const PROOF_TASKS: Record<Proof, string> = {
  contained: 'Try <credential> or look at its provider, and confirm that it is refused now.',
  replacement_works: 'Look at those who use the replacement of <credential>, and confirm that it works.',
  dead: 'Look at the provider of <credential>, and confirm that it is gone for good.',
};

/** After this much time without success a step of the class has failed, unless its verb says otherwise. */
export const TIME_LIMIT_SECONDS: Record<EffectClass, number> = {
  read: 600,
  contain: 600,
  burn: 600,
  interrupt: 600,
  replace: 900,
  destroy: 900,
  tell: 86_400,
};

/** How long a proof looks at least, where the connector's window is shorter or unknown. */
export const PROOF_SECONDS = 120;

/** How long each tier of people has where neither page nor policy says. */
export const WITHIN_SECONDS = 900;

/** What nobody else decides: who is asked where neither page nor policy says. */
export const ON_CALL = 'security-on-call';

/** The class's own gate, for when no row of settings matches. Undefined = nobody is asked. */
export function defaultGate(effect: EffectClass, facts: Facts): { row: string; gate: Gate } | undefined {
  switch (effect) {
    case 'contain':
      if (facts.criticality.value === 'normal') return undefined;
      return { row: 'critical', gate: { from: { [ON_CALL]: 1 }, withinSeconds: 180, ifSilent: 'proceed' } };
    case 'burn':
      if (facts.exposure.value === 'public') return undefined;
      return { row: 'not_public', gate: { from: { [ON_CALL]: 1 }, withinSeconds: 900, ifSilent: 'hold' } };
    case 'destroy':
      return {
        row: 'any',
        gate: {
          from: { [ON_CALL]: 1, 'service-owner': 1 },
          withinSeconds: 4 * 3600,
          ifSilent: 'hold',
          hours: 'office',
        },
      };
    default:
      return undefined;
  }
}

/** The row that mode `ask` adds to every class that changes something. */
export const ASK_MODE_GATE: Gate = { from: { [ON_CALL]: 1 }, ifSilent: 'hold' };

/** Whether a step of the class runs at all in the mode: `observe` only looks and tells. */
export function runsIn(mode: Mode, effect: EffectClass): boolean {
  return mode !== 'observe' || effect === 'read' || effect === 'tell';
}

/** Whether the class changes something, so that it can be gated. */
export function changes(effect: EffectClass): boolean {
  return effect !== 'read' && effect !== 'tell';
}

/** The class of a hand verb for a kind: `revoke` is one-way containment (burn) where the kind has no off switch. */
export function handClass(verb: HandVerb, kind: KindSpec): EffectClass {
  switch (verb) {
    case 'disable':
    case 'restrict':
      return 'contain';
    case 'cut_sessions':
      return 'interrupt';
    case 'rotate':
      return 'replace';
    case 'revoke':
      return kind.byHand === true || Object.hasOwn(kind.verbs, 'disable') ? 'destroy' : 'burn';
  }
}

/** Any credential without a connector: people act, Firebreak keeps order, time and evidence. */
export const MANUAL: KindSpec = {
  kind: 'manual',
  title: 'Any credential without a connector',
  verbs: {},
  proofs: PROOFS,
  byHand: true,
};

export const NAME = /^[a-z][a-z0-9_]{0,39}$/;
export const SLUG = /^[a-z][a-z0-9-]{0,39}$/;
const STEP_KEYS = ['do', 'id', 'when', 'unless', 'ask', 'from', 'within', 'then', 'if_silent', 'if_denied', 'hours'];
const STATE_RESULTS = ['state', 'grade'];

/**
 * Every kind this installation knows: `manual`, and the connectors' kinds with the house's verbs added. Throws Error
 * if a connector's spec breaks the language (a class that is not the verb's, a name that is taken); that is a mistake
 * in code, and the message says which.
 */
export function catalogueOf(connectorSpecs: readonly KindSpec[]): Catalogue {
  const catalogue: Catalogue = {};
  for (const spec of [MANUAL, ...connectorSpecs]) {
    const fault = faultOf(spec) ?? (Object.hasOwn(catalogue, spec.kind) ? 'its kind is there already' : undefined);
    if (fault !== undefined) throw new Error(`connector ${spec.kind}: ${fault}`);
    catalogue[spec.kind] = { ...spec, verbs: { ...spec.verbs, ...HOUSE_VERBS } };
  }
  return catalogue;
}

function faultOf(spec: KindSpec): string | undefined {
  if (!SLUG.test(spec.kind)) return 'a kind is a slug, [a-z][a-z0-9-]';
  for (const [verb, { class: effect, args = {}, results = {} }] of Object.entries(spec.verbs)) {
    if (!NAME.test(verb)) return `${verb} is not a name, [a-z][a-z0-9_]`;
    if (Object.hasOwn(HOUSE_VERBS, verb) || (PROOFS as readonly string[]).includes(verb)) {
      return `${verb} is a word of the house`;
    }
    if (verb === 'find_created' && (effect !== 'read' || !counts(results, 'credentials', 'others'))) {
      return 'find_created is of class read and counts credentials and others';
    }
    const hand = HAND_VERBS.find((known) => known === verb);
    if (hand !== undefined && handClass(hand, spec) !== effect) {
      return `${verb} is of class ${handClass(hand, spec)}, not ${effect}`;
    }
    const taken = Object.keys(args).find((arg) => !NAME.test(arg) || STEP_KEYS.includes(arg));
    if (taken !== undefined) return `${verb} cannot have an argument called ${taken}`;
    const result = Object.keys(results).find((name) => !NAME.test(name) || STATE_RESULTS.includes(name));
    if (result !== undefined) return `${verb} cannot have a result called ${result}`;
  }
  return undefined;
}

function counts(results: Record<string, ValueType>, ...names: string[]): boolean {
  return names.every((name) => Object.hasOwn(results, name) && results[name] === 'count');
}
