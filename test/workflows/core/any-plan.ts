/** Any plan: a random graph written directly, beyond what a page could say, or a random page bound under random policy. */
import fc from 'fast-check';
import { bind } from '../../../playbooks/language/bind.js';
import { readPage } from '../../../playbooks/language/page.js';
import type { AskStep, Condition, Facts, Plan, Step, TaskStep } from '../../../playbooks/language/plan.js';
import type { Gate, Policy } from '../../../playbooks/language/policy.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { type EffectClass, type Phase, PROOFS, STEP_STATES } from '../../../playbooks/language/words.js';
import { CATALOGUE, CREDENTIAL, facts } from '../../playbooks/language/kinds-for-tests.js';
import { act, ask, planOf, prove, task } from '../plans.js';

/** In the order of a plan: what contains stands first. */
const PHASES = ['contain', 'alongside', 'assess', 'recover', 'close'] as const;
const CLASSES: Record<Phase, EffectClass[]> = {
  contain: ['contain', 'interrupt', 'burn', 'contain'],
  alongside: ['read', 'tell'],
  assess: ['read', 'tell'],
  recover: ['replace', 'read', 'tell'],
  close: ['destroy', 'tell', 'read'],
};
const VERBS: Partial<Record<EffectClass, string>> = { contain: 'disable', interrupt: 'cut_sessions', burn: 'revoke' };
const DEEDS = { contain: 'disable', interrupt: 'cut_sessions', replace: 'rotate', destroy: 'revoke' } as const;
const SUBJECTS = ['none', 'none', 'none', 'none', 'sam', 'mia'] as const;

interface Item {
  phase: number;
  kind: 'act' | 'act' | 'proof' | 'task' | 'proofTask';
  pick: number;
  /** Which earlier steps it needs; none = it starts at once. */
  needs: number[];
  /** Needs the step before it as well, as a page would have it. */
  follows: boolean;
  condition?: { of: number; what: number; words: number; not: boolean };
  isSkipped: boolean;
  gate?: AnyGate;
  people: AnyGate;
}
type AnyGate = Pick<AskStep, 'places' | 'tiers' | 'withinSeconds' | 'ifSilent' | 'ifDenied' | 'hours'> & {
  /** How many of the steps after it share the question. */
  shares: number;
};

const gate: fc.Arbitrary<AnyGate> = fc.record({
  places: fc.constantFrom<Record<string, number>[]>(
    { 'security-on-call': 1 },
    { 'security-on-call': 2 },
    { 'security-on-call': 1, 'service-owner': 1 },
    { ciso: 1 },
  ),
  tiers: fc.constantFrom([], [], [['ciso']], [['responder'], ['ciso', 'service-owner']]),
  withinSeconds: fc.constantFrom(60, 180, 900, 4 * 3600),
  ifSilent: fc.constantFrom('hold', 'proceed'),
  ifDenied: fc.constantFrom('hold', 'skip'),
  hours: fc.constantFrom('any', 'office'),
  shares: fc.nat(2),
});
const item: fc.Arbitrary<Item> = fc.record(
  {
    phase: fc.nat(4),
    kind: fc.constantFrom('act', 'act', 'act', 'proof', 'task', 'proofTask'),
    pick: fc.nat(11),
    needs: fc.array(fc.nat(20), { maxLength: 3 }),
    follows: fc.boolean(),
    condition: fc.record({ of: fc.nat(20), what: fc.nat(5), words: fc.nat(9), not: fc.boolean() }),
    isSkipped: fc.constantFrom(...Array<boolean>(9).fill(false), true),
    gate,
    people: gate,
  },
  { requiredKeys: ['phase', 'kind', 'pick', 'needs', 'follows', 'isSkipped', 'people'] },
);

function conditionOf({ condition }: Item, before: Step[]): { when?: Condition; unless?: Condition; of?: Step } {
  if (condition === undefined) return {};
  const named = before.filter(({ kind }) => kind !== 'ask');
  const of = named.length === 0 || condition.what === 0 ? undefined : named[condition.of % named.length]!;
  const state = STEP_STATES[condition.words % STEP_STATES.length]!;
  const word: Condition =
    of === undefined
      ? { exposure: ['public'] }
      : condition.what < 4
        ? { [`${of.name}.state`]: [state, 'failed'] }
        : condition.what === 4
          ? { [`${of.name}.verdict`]: ['misuse', 'none'] }
          : { [`${of.name}.grade`]: ['refused'] };
  return { ...(condition.not ? { unless: word } : { when: word }), ...(of === undefined ? {} : { of }) };
}

/** The graph of these items. Whatever destroys stands behind a question; silence lets only contain and interrupt run. */
function graphOf(items: Item[], more: Partial<Plan>): Plan {
  const steps: Step[] = [];
  let shared: { ask: AskStep; left: number } | undefined;
  const sorted = [...items].sort((a, b) => a.phase - b.phase);
  sorted.forEach((one, index) => {
    const phase = PHASES[one.phase]!;
    const step = stepOf(one, `${phase}.s${index}`, phase, steps);
    const { of, ...condition } = conditionOf(one, steps);
    const earlier = steps.filter(({ kind }) => kind !== 'ask').map(({ id }) => id);
    const chosen = one.needs.flatMap((n) => (earlier.length === 0 ? [] : [earlier[n % earlier.length]!]));
    const last = one.follows && phase !== 'alongside' ? earlier.slice(-1) : [];
    step.needs = [...new Set([...last, ...chosen, ...(of === undefined ? [] : [of.id])])];
    if (one.isSkipped) {
      steps.push({ ...step, skip: 'not for these facts' });
      return;
    }
    const changes = step.kind !== 'ask' && step.kind !== 'each' && !['read', 'tell'].includes(step.class);
    const mayShare = shared !== undefined && shared.left > 0 && shared.ask.phase === phase && changes;
    if (mayShare && one.gate !== undefined && one.condition === undefined) {
      shared!.left -= 1;
      shared!.ask.covers.push(step.id);
      if (!mayProceed(step)) shared!.ask.ifSilent = 'hold';
      cover(step, shared!.ask);
      steps.push(step);
      return;
    }
    Object.assign(step, condition);
    const terms = one.gate ?? (changes && step.class === 'destroy' ? one.people : undefined);
    if (terms !== undefined && changes) {
      const { shares, ...gateTerms } = terms;
      const question = ask([step.id], {
        ...gateTerms,
        ...condition,
        needs: [...step.needs],
        ifSilent: mayProceed(step) ? terms.ifSilent : 'hold',
        hours: step.class === 'replace' || step.class === 'destroy' ? terms.hours : 'any',
      });
      cover(step, question);
      steps.push(question);
      shared = one.condition === undefined ? { ask: question, left: shares } : undefined;
    }
    steps.push(step);
  });
  return planOf(steps, more);
}

const mayProceed = (step: Step) => step.kind === 'act' && ['contain', 'interrupt'].includes(step.class);

function cover(step: Step, question: AskStep): void {
  if (step.kind === 'ask') return;
  step.gate = question.id;
  step.needs = [...step.needs, question.id];
}

function stepOf({ kind, pick, people }: Item, id: string, phase: Phase, before: Step[]): Step {
  const effect = CLASSES[phase][pick % CLASSES[phase].length]!;
  const asked = { places: people.places, tiers: people.tiers, withinSeconds: people.withinSeconds };
  const proof = PROOFS[pick % PROOFS.length]!;
  if (kind === 'proof' && phase !== 'alongside') return { ...prove(id), proof };
  if (kind === 'proofTask' && phase !== 'alongside') {
    const doers = before.filter((step): step is TaskStep => step.kind === 'task' && step.does !== undefined);
    return task(id, { ...asked, class: 'read', proves: proof, notBy: doers.map(({ name }) => name) });
  }
  if (kind === 'act') return { ...act(id, effect), verb: VERBS[effect] ?? id.split('.')[1]! };
  const does = DEEDS[effect as keyof typeof DEEDS];
  return task(id, {
    ...asked,
    class: does === undefined ? 'read' : effect,
    ...(does === undefined || pick % 2 ? {} : { does }),
    ...(pick % 3 ? {} : { doneWhen: proof }),
  });
}

const someFacts: fc.Arbitrary<Partial<Facts>> = fc.record({
  exposure: fc.constantFrom('public', 'internal', 'unknown').map((value) => ({ value, source: 'test' })),
  subject: fc.constantFrom(...SUBJECTS).map((value) => ({ value, source: 'test' })),
});

/** Beyond what a page can say: any needs, any conditions, any phase without its proof. */
export const anyGraph: fc.Arbitrary<Plan> = fc
  // Few phases make wide ones.
  .tuple(fc.array(item, { minLength: 1, maxLength: 9 }), someFacts, fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }))
  .map(([items, some, phases]) =>
    graphOf(
      items.map((one) => ({ ...one, phase: phases[one.phase % phases.length]! })),
      { facts: { ...planOf([]).facts, ...some } },
    ),
  );

// ---- pages

const STEPS: Record<string, string[]> = {
  alongside: ['do: scan_logs', 'do: open_ticket', 'task: Look at it.'],
  contain: ['do: disable', 'do: cut_sessions', 'task: Turn it off., does: disable, done_when: contained'],
  assess: ['task: Look at it., within: 1h', 'do: notify, audience: owner, say: It leaked.'],
  recover: ['do: rotate', 'task: Make a new one., does: rotate, within: 4h'],
  close: ['do: revoke', 'do: resolve_alert'],
};

const lines = fc.record(
  Object.fromEntries(
    Object.entries(STEPS).map(([phase, all]) => [
      phase,
      fc.array(
        fc.tuple(
          fc.constantFrom(...all),
          fc.constantFrom('', ', unless: { exposure: internal }', ', when: { PREVIOUS.state: [failed, denied] }'),
          fc.constantFrom('', ', ask: "Do it?"', ', ask: "Do it?", from: { ciso: 1 }, within: 5m, if_denied: skip'),
        ),
        { maxLength: 3 },
      ),
    ]),
  ),
) as fc.Arbitrary<Record<string, [string, string, string][]>>;

function pageOf(written: Record<string, [string, string, string][]>, together: boolean, follows: boolean): string {
  const text = ['alongside', 'contain', 'assess', 'recover', 'close'].flatMap((phase) => {
    const items = (written[phase] ?? []).map(([head, condition, question], n) => {
      const changes = /^do: (disable|cut_sessions|rotate|revoke)/.test(head);
      const when =
        phase === 'alongside' || n === 0 || together ? '' : condition.replace('PREVIOUS', `${phase}_${n - 1}`);
      return `{ ${head}, id: ${phase}_${n}${when}${changes ? question : ''} }`;
    });
    const body =
      together && phase !== 'alongside' && items.length > 1
        ? [`  - together: [ ${items.join(', ')} ]`]
        : items.map((one) => `  - ${one}`);
    if (phase === 'contain') body.push('  - prove: contained');
    if (phase === 'assess' && follows)
      body.push('  - do: find_created', '  - { respond_to_each: find_created, at_most: 2 }');
    if (phase === 'recover') body.push('  - prove: replacement_works');
    if (phase === 'close') body.push('  - prove: dead');
    return body.length === 0 ? [] : [`${phase}:`, ...body];
  });
  return `playbook: aws-access-key\nsummary: Stop it.\n${text.join('\n')}\ncases:\n  - { name: a no, people: { dead: deny }, expect: { incident: held } }\n`;
}

const row: fc.Arbitrary<Gate> = gate.map(({ places: from, withinSeconds, ifSilent, ifDenied, tiers }) => ({
  from,
  withinSeconds,
  ifSilent,
  ifDenied,
  // biome-ignore lint/suspicious/noThenProperty: the word of the language
  then: tiers,
}));
const columns = fc.constantFrom('any', 'critical', 'public', 'not_public', 'production');
const rows = (one: fc.Arbitrary<Gate | 'now'>) => fc.dictionary(columns, one, { maxKeys: 2 });
const askOrNow = rows(fc.oneof(fc.constant('now' as const), row));
/** Where settings say that it is destroyed `now`, nobody decides; these do not. */
const policy: fc.Arbitrary<Policy> = fc.record(
  { contain: askOrNow, interrupt: askOrNow, replace: askOrNow, destroy: rows(row) },
  { requiredKeys: [] },
);

/** As an incident has it: a random page, facts, policy and mode, bound. */
export const anyBound: fc.Arbitrary<Plan> = fc
  .record({
    text: fc.tuple(lines, fc.boolean(), fc.boolean()).map((all) => pageOf(...all)),
    facts: fc
      .record({
        criticality: fc.constantFrom('critical', 'normal', 'unknown'),
        exposure: fc.constantFrom('public', 'internal', 'unknown'),
        owner: fc.constantFrom('payments', 'unknown'),
        subject: fc.constantFrom(...SUBJECTS),
      })
      .map(facts),
    policy,
    mode: fc.constantFrom('act', 'act', 'ask', 'observe'),
  })
  .map(({ text, ...some }) => {
    const { page, problems } = readPage(text, 'aws-access-key.yaml', CATALOGUE);
    if (page === undefined) throw new Error(`${formatProblems(problems)}\n${text}`);
    return bind(page, { incident: 'INC-1', credential: CREDENTIAL, catalogue: CATALOGUE, ...some });
  });

export const anyPlan: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 3, arbitrary: anyGraph },
  { weight: 1, arbitrary: anyBound },
);
