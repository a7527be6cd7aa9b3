import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bind } from '../../../playbooks/language/bind.js';
import { canonicalJson, planDigest } from '../../../playbooks/language/digest.js';
import { matchingColumns } from '../../../playbooks/language/gates.js';
import { type Page, readPage } from '../../../playbooks/language/page.js';
import type { AskStep, Places, Plan } from '../../../playbooks/language/plan.js';
import type { Gate, Policy } from '../../../playbooks/language/policy.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { fill, pieces } from '../../../playbooks/language/sentence.js';
import { formatTime, MAX_TIME_SECONDS, parseTime } from '../../../playbooks/language/time.js';
import { ASK_MODE_GATE } from '../../../playbooks/language/verbs.js';
import { EFFECT_CLASSES, MODES } from '../../../playbooks/language/words.js';
import { CATALOGUE, CREDENTIAL, facts } from './kinds-for-tests.js';

const ROLES = ['security-on-call', 'service-owner', 'ciso', 'treasury'];
const ENVIRONMENTS = ['production', 'staging', 'default'];

const places = fc.dictionary(fc.constantFrom(...ROLES), fc.integer({ min: 1, max: 5 }), { minKeys: 1, maxKeys: 3 });
const seconds = fc.constantFrom(60, 180, 900, 3600);
const gate: fc.Arbitrary<Gate> = fc.record(
  {
    from: places,
    withinSeconds: seconds,
    // biome-ignore lint/suspicious/noThenProperty: the word of the language
    then: fc.array(fc.array(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 2 }), { maxLength: 3 }),
    ifSilent: fc.constantFrom('hold' as const, 'proceed' as const),
    ifDenied: fc.constantFrom('hold' as const, 'skip' as const),
    hours: fc.constantFrom('any' as const, 'office' as const),
  },
  { requiredKeys: [] },
);
const columns = ['any', 'critical', 'public', 'not_public', ...ENVIRONMENTS];
const policy: fc.Arbitrary<Policy> = fc.dictionary(
  fc.constantFrom(...EFFECT_CLASSES),
  fc.dictionary(fc.constantFrom(...columns), fc.oneof(fc.constant('now' as const), gate), { maxKeys: 4 }),
);
const someFacts = fc
  .record({
    environment: fc.constantFrom(...ENVIRONMENTS),
    criticality: fc.constantFrom('critical', 'normal', 'unknown'),
    exposure: fc.constantFrom('public', 'internal', 'unknown'),
    secret: fc.constantFrom('held', 'not_held'),
    owner: fc.constantFrom('payments', 'unknown'),
  })
  .map(facts);

/** A step of a phase, as a page writes it; `n` makes its name. */
const condition = (names: string[]) =>
  fc.constantFrom(
    '',
    ', unless: { exposure: internal }',
    ', when: { environment: [production, staging] }',
    ...names.map((name) => `, when: { ${name}.state: failed }`),
    ...names.map((name) => `, unless: { ${name}.state: [done, skipped] }`),
  );
const asked = fc.constantFrom(
  '',
  ', ask: "Do it?"',
  ', ask: "Do it?", from: { ciso: 2 }, within: 5m, then: [treasury]',
  ', ask: "Do it?", if_silent: hold, if_denied: skip',
);

function step(phase: string, n: number): fc.Arbitrary<string> {
  const before = n === 0 ? [] : [`s${n - 1}`];
  const verbs = {
    alongside: ['do: scan_logs', 'do: open_ticket', 'task: Look at it.'],
    contain: ['do: disable', 'do: cut_sessions', 'do: hold_payouts', 'task: Turn it away., does: disable'],
    assess: ['do: resolve_alert', 'task: Look at it., within: 1h'],
    recover: ['do: rotate', 'task: Make a new one., does: rotate, done_when: replacement_works'],
    close: ['do: revoke', 'do: notify, audience: owner, say: It is dead.'],
  }[phase]!;
  return fc.tuple(fc.constantFrom(...verbs), condition(before), asked).map(([verb, when, ask]) => {
    const changes = /do: (disable|cut_sessions|hold_payouts|rotate|revoke)/.test(verb);
    return `{ ${verb}, id: s${n}${when}${changes ? ask : ''} }`;
  });
}

/** Pages that lint lets through, with together, conditions, questions and tasks in them. */
const page: fc.Arbitrary<Page> = fc
  .tuple(
    ...['alongside', 'contain', 'assess', 'recover', 'close'].map((phase, p) =>
      fc
        .integer({ min: 0, max: 4 })
        .chain((count) =>
          fc.tuple(fc.tuple(...Array.from({ length: count }, (_, i) => step(phase, p * 10 + i))), fc.boolean()),
        )
        .map(([steps, together]) => ({
          phase,
          steps,
          together: together && phase !== 'alongside' && steps.length > 1,
        })),
    ),
  )
  .map((phases) => {
    const defined = new Set(phases.flatMap(({ steps }) => steps.map((text) => /id: (s\d+)/.exec(text)![1]!)));
    const known = (text: string) =>
      text.replace(/, (?:when|unless): \{ (s\d+)\.state[^}]*\}/, (all, name: string) => (defined.has(name) ? all : ''));
    const text = phases.flatMap(({ phase, steps, together }) => {
      const items = steps.map(known).map((one) => `  - ${one}`);
      const body = together ? [`  - together: [ ${steps.map(known).join(', ')} ]`] : items;
      if (phase === 'contain') body.push('  - prove: contained');
      if (phase === 'recover') body.push('  - prove: replacement_works');
      if (phase === 'close') body.push('  - prove: dead');
      return body.length === 0 ? [] : [`${phase}:`, ...body];
    });
    const cases = 'cases:\n  - { name: a no, people: { dead: deny }, expect: { incident: held } }\n';
    const yaml = `playbook: api-key\nsummary: Stop it.\n${text.join('\n')}\n${cases}`;
    const read = readPage(yaml, 'page', CATALOGUE);
    return { yaml, read };
  })
  .map(({ yaml, read }) => {
    if (read.page === undefined) throw new Error(`${formatProblems(read.problems)}\n${yaml}`);
    return read.page;
  });

const bound = fc
  .record({ page, facts: someFacts, policy, mode: fc.constantFrom(...MODES) })
  .map(({ page, ...some }) => ({
    ...some,
    page,
    plan: bind(page, { incident: 'INC-1', credential: CREDENTIAL, catalogue: CATALOGUE, ...some }),
  }));

/** Whether `asked` demands at least what `row` demands, for the facts at hand. */
function atLeast(
  asked: Pick<AskStep, 'places' | 'ifSilent' | 'ifDenied' | 'withinSeconds' | 'hours'>,
  row: Gate,
  ownerKnown: boolean,
) {
  const people = (from: Places) =>
    Object.entries(from).map(
      ([role, n]) => [ownerKnown || role !== 'service-owner' ? role : 'security-on-call', n] as const,
    );
  for (const [role, count] of people(row.from ?? {})) expect(asked.places[role] ?? 0).toBeGreaterThanOrEqual(count);
  const total = Object.values(row.from ?? {}).reduce((sum, n) => sum + n, 0);
  expect(Object.values(asked.places).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(total);
  if (row.ifSilent === 'hold') expect(asked.ifSilent).toBe('hold');
  if (row.ifDenied === 'hold') expect(asked.ifDenied).toBe('hold');
  if (row.withinSeconds !== undefined) {
    if (asked.ifSilent === 'proceed') expect(asked.withinSeconds).toBeGreaterThanOrEqual(row.withinSeconds);
    else expect(asked.withinSeconds).toBeLessThanOrEqual(row.withinSeconds);
  }
}

describe('every bound plan', () => {
  it('is in an order in which each step comes after all that it needs, so that it ends', () => {
    fc.assert(
      fc.property(bound, ({ plan }) => {
        const seen = new Set<string>();
        for (const { id, needs } of plan.steps) {
          for (const need of needs) expect(seen.has(need), `${id} needs ${need}`).toBe(true);
          seen.add(id);
        }
        expect(seen.size).toBe(plan.steps.length);
      }),
      { numRuns: 300 },
    );
  });

  it('asks before each change at least what each matching row, the page and the mode ask', () => {
    fc.assert(
      fc.property(bound, ({ plan, page, policy, mode }) => {
        const questions = new Map(plan.steps.flatMap((one) => (one.kind === 'ask' ? [[one.id, one] as const] : [])));
        const written = new Map(
          Object.values(page.phases)
            .flat()
            .flatMap(({ steps }) => steps)
            .map((one) => [one.name, one]),
        );
        const ownerKnown = plan.facts.owner.value !== 'unknown';
        for (const one of plan.steps) {
          if (one.kind === 'ask' || one.kind === 'each' || one.skip !== undefined) continue;
          const question = one.gate === undefined ? undefined : questions.get(one.gate);
          if (one.class === 'read' || one.class === 'tell') {
            expect(question).toBeUndefined();
            continue;
          }
          const rows = matchingColumns(plan.facts).flatMap((column) => policy[one.class]?.[column] ?? []);
          const gates = [...rows.filter((row) => row !== 'now'), ...(mode === 'ask' ? [ASK_MODE_GATE] : [])];
          const source = written.get(one.name);
          if (source?.head === 'do' && source.ask !== undefined) {
            expect(question?.because[0]).toEqual({ source: 'page', row: 'ask' });
            gates.push({
              from: source.gate.from ?? {},
              ...(source.gate.ifSilent === undefined ? {} : { ifSilent: source.gate.ifSilent }),
            });
          }
          if (gates.length > 0) expect(question, `${one.id} is not asked about`).toBeDefined();
          if (question === undefined) continue;
          expect(question.covers).toContain(one.id);
          expect(one.needs).toContain(question.id);
          expect(Object.keys(question.places).length).toBeGreaterThan(0);
          for (const row of gates) atLeast(question, row, ownerKnown);
          const mayProceed = one.class === 'contain' || one.class === 'interrupt';
          if (!mayProceed) expect(question.ifSilent).toBe('hold');
          const mayWait = one.class === 'replace' || one.class === 'destroy';
          if (mayWait && gates.some((row) => row.hours === 'office')) expect(question.hours).toBe('office');
        }
        for (const question of questions.values()) {
          for (const covered of question.covers) {
            expect(plan.steps.find(({ id }) => id === covered)).toMatchObject({
              gate: question.id,
              phase: question.phase,
            });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has a digest that neither the order of keys nor line numbers change', () => {
    fc.assert(
      fc.property(bound, fc.integer({ min: 1, max: 999 }), ({ plan }, line) => {
        const moved = { ...plan, steps: plan.steps.map((one) => ({ ...one, line: one.line + line })) };
        expect(planDigest(backwards(moved) as Plan)).toBe(plan.digest);
        expect(planDigest(JSON.parse(JSON.stringify(plan)))).toBe(plan.digest);
      }),
      { numRuns: 100 },
    );
  });
});

/** The same value with the keys of every object in the opposite order. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, backwards(member)]),
  );
}

describe('canonical JSON', () => {
  it('says the same as the value, and is its own canonical form', () => {
    const value = fc.jsonValue({ noUnicodeString: false }).filter((one) => !/\\ud[89a-f]/i.test(JSON.stringify(one)));
    fc.assert(
      fc.property(value, (one) => {
        const text = canonicalJson(one);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(one)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(backwards(one))).toBe(text);
      }),
    );
  });
});

describe('lint', () => {
  const words = fc.constantFrom(
    'playbook',
    'summary',
    'for',
    'contain',
    'alongside',
    'close',
    'cases',
    'do',
    'prove',
    'task',
    'together',
    'when',
    'unless',
    'ask',
    'from',
    'disable',
    'revoke',
    'contained',
    'manual',
    'name',
    'given',
    'people',
    'expect',
    'done',
    ': ',
    ':\n',
    '\n',
    '\n  ',
    '\n  - ',
    '- ',
    '{ ',
    ' }',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '#',
    '&a',
    '*a',
    '!x',
    '<<',
    '|',
    '<credential>',
    'yes',
    '010',
    '~',
    '1',
    '\t',
    '---\n',
    '...',
    '%',
    'constructor',
    '__proto__',
    '\u2028',
  );
  it('never throws and always says what is wrong with text that is no page', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 60 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        const { page, problems } = readPage(one, 'page.yaml', CATALOGUE);
        expect(page).toBeUndefined();
        expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
        for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on bytes, nor on a good page with something put into it', () => {
    const good = `playbook: api-key\nsummary: Stop it.\ncontain:\n  - do: disable\n    ask: Freeze <credential>?\n  - prove: contained\nclose:\n  - prove: dead\ncases:\n  - { name: a no, people: { disable: deny }, expect: { incident: held } }\n`;
    fc.assert(
      fc.property(fc.nat({ max: good.length }), words, fc.nat({ max: 9 }), (at, word, gone) => {
        const { page, problems } = readPage(good.slice(0, at) + word + good.slice(at + gone), 'page', CATALOGUE);
        expect(page === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
        formatProblems(problems);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => readPage(bytes, 'page', CATALOGUE).page === undefined));
  });
});

describe('small things', () => {
  it('a sentence is its pieces, and filling it with its own placeholders gives it back', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('<', '>', 'credential', '.', 'id', ' ', '<owner>', '<a.b>', 'é')), (all) => {
        const sentence = all.join('');
        expect(
          pieces(sentence)
            .map((one) => ('text' in one ? one.text : `<${one.path}>`))
            .join(''),
        ).toBe(sentence);
        expect(fill(sentence, (path) => `<${path}>`)).toBe(sentence);
      }),
    );
  });

  it('a time that is written is the time that is read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_TIME_SECONDS }), (time) => {
        expect(parseTime(formatTime(time))).toBe(time);
      }),
    );
    expect(parseTime(formatTime(MAX_TIME_SECONDS + 1))).toBeUndefined();
  });
});
