import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

const STEPS = `playbook: api-key
summary: Stop it.
alongside:
  - do: scan_logs
contain:
  - do: hold_payouts
  - do: disable
  - { task: Call the desk., id: call, from: { treasury: 1 } }
  - prove: contained
close:
  - do: revoke
  - prove: dead
`;

function read(...cases: string[]) {
  return readPage(`${STEPS}cases:\n${cases.map((one) => `  - ${one}\n`).join('')}`, 'page', CATALOGUE);
}
function problemsOf(one: string, settings = {}): string {
  const text = `${STEPS}cases:\n  - { name: a no, people: { revoke: deny }, expect: { incident: held } }\n  - ${one}\n`;
  return formatProblems(readPage(text, 'page', CATALOGUE, settings).problems).replaceAll('page:', '');
}

describe('cases', () => {
  it('have the defaults of a plain Monday', () => {
    const { page, problems } = read('{ name: all goes well, people: { revoke: silent }, expect: { incident: held } }');
    expect(problems).toEqual([]);
    expect(page?.cases[0]).toEqual({
      name: 'all goes well',
      at: { line: 14, column: 5 },
      given: {
        facts: {
          environment: 'production',
          criticality: 'normal',
          exposure: 'public',
          secret: 'held',
          owner: 'known',
          subject: 'none',
        },
        results: {},
        provider: {},
      },
      people: { revoke: { by: 'all', word: 'silent' } },
      after: {},
      expect: { incident: 'held' },
      now: { day: 1, minute: 600 },
    });
  });

  it('tell facts, results and providers apart', () => {
    const { page } = read(
      '{ name: a no, given: { exposure: internal, owner: unknown, scan_logs.verdict: inconclusive, hold_payouts.held: 3, disable: lost-answer }, people: { revoke: [silent, deny], disable: { ciso: approve }, call: claims, revoke.ask: approve }, after: { disable: [hold, resume], contained: false_alarm }, now: sat 03:00, expect: { asked: [], told: [customer], contained_within: 90s, grade: { dead: refused }, incidents: 1, done: [disable, revoke] } }',
    );
    expect(page?.cases[0]).toMatchObject({
      given: {
        facts: { exposure: 'internal', owner: 'unknown' },
        results: { 'scan_logs.verdict': 'inconclusive', 'hold_payouts.held': 3 },
        provider: { disable: 'lost-answer' },
      },
      people: {
        revoke: { by: 'tier', words: ['silent', 'deny'] },
        'revoke.ask': { by: 'all', word: 'approve' },
        disable: { by: 'role', words: { ciso: 'approve' } },
        call: { by: 'all', word: 'claims' },
      },
      after: { disable: ['hold', 'resume'], contained: ['false_alarm'] },
      now: { day: 6, minute: 180 },
      expect: {
        asked: [],
        told: ['customer'],
        containedWithinSeconds: 90,
        grade: { dead: 'refused' },
        incidents: 1,
        done: ['disable', 'revoke'],
      },
    });
  });

  it.each([
    ['{ name: x }', 'FB03 a case needs expect'],
    ['{ name: a no, expect: { incident: held } }', 'FB05 two cases are called "a no" (line 14). Rename one.'],
    ['{ name: x, expect: {} }', 'FB03 expect takes at least one expectation, not an empty map'],
    ['{ name: x, expect: { incident: ded } }', 'FB06 incident has no word ded; it has held, dead, contained,'],
    [
      '{ name: x, expect: { credential: dead } }',
      'FB06 credential has no word dead; it has active, restricted, inactive, gone.',
    ],
    [
      '{ name: x, expect: { done: [disabel] } }',
      'FB06 this page has no step disabel; it has scan_logs, hold_payouts, disable, call, contained, revoke, dead. Did you mean disable?',
    ],
    [
      '{ name: x, expect: { done: disable } }',
      'FB03 done takes a list of names, not "disable". Write done: [disable].',
    ],
    ['{ name: x, expect: { children: -1 } }', 'FB03 children takes a number from 0, not the number -1.'],
    ['{ name: x, expect: { incidents: 0 } }', 'FB03 incidents takes a number from 1, not the number 0.'],
    [
      '{ name: x, expect: { grade: { dead: sure } } }',
      'FB06 dead has no word sure; it has refused, provider-state, unproven.',
    ],
    [
      '{ name: x, given: { expsure: public }, expect: { incident: dead } }',
      'FB06 given has no fact or step expsure; it has environment, criticality, exposure,',
    ],
    [
      '{ name: x, given: { exposure: everywhere }, expect: { incident: dead } }',
      'FB06 exposure has no word everywhere',
    ],
    [
      '{ name: x, given: { scan_logs.verdict: fine }, expect: { incident: dead } }',
      'FB06 scan_logs.verdict has no word fine',
    ],
    [
      '{ name: x, given: { hold_payouts.held: many }, expect: { incident: dead } }',
      'FB03 hold_payouts.held takes a count, not "many". Write hold_payouts.held: 1.',
    ],
    [
      '{ name: x, given: { disable.state: failed }, expect: { incident: dead } }',
      'FB03 given takes a result, not a state. Write what its provider does: `disable: unavailable`.',
    ],
    [
      '{ name: x, given: { disable: broken }, expect: { incident: dead } }',
      'FB06 disable has no word broken; it has permission-denied,',
    ],
    [
      '{ name: x, given: { find_created.credentials: 1 }, expect: { incident: dead } }',
      'FB06 this page has no step find_created',
    ],
    [
      '{ name: x, people: { revoke: maybe }, expect: { incident: dead } }',
      'FB06 revoke has no word maybe; it has approve, deny, silent, done, claims.',
    ],
    [
      '{ name: x, people: { revoke: claims }, expect: { incident: dead } }',
      'FB06 the question revoke has no word claims; it has approve, deny, silent.',
    ],
    ['{ name: x, people: { nobody: deny }, expect: { incident: dead } }', 'FB06 this page has no step nobody'],
    [
      '{ name: x, after: { disable: storm }, expect: { incident: dead } }',
      'FB06 disable has no word storm; it has second_alert, false_alarm,',
    ],
    [
      '{ name: x, now: sunday, expect: { incident: dead } }',
      'FB03 now takes a day and a time, not "sunday". Write now: sat 03:00.',
    ],
    ['{ name: x, now: sat 24:00, expect: { incident: dead } }', 'FB03 now takes a day and a time'],
  ])('refuse %s', (one, problem) => {
    expect(problemsOf(one)).toContain(problem);
  });

  it('know a team’s roles when given them', () => {
    const one = '{ name: x, people: { revoke: { cisso: deny } }, expect: { incident: held } }';
    expect(problemsOf(one, { roles: ['ciso', 'treasury'] })).toContain(
      'FB06 firebreak.yaml has no role cisso; it has ciso',
    );
    expect(problemsOf(one)).toBe('');
  });
});

describe('cases with a mistake', () => {
  it('are read as far as they can be, each mistake said once and where it is', () => {
    const one = (text: string) =>
      problemsOf(text)
        .split('\n')
        .filter((line) => line !== '');
    const expected = ', expect: { incident: dead } }';
    expect(one(`{ name: [x]${expected}`)).toEqual([
      '15:13 FB03 name takes a sentence, not a list. Write name: silence deletes nothing.',
    ]);
    expect(one('{ name: x, expect: held }')).toEqual([
      '15:24 FB03 expect takes a map, not "held". Write `key: value`.',
    ]);
    expect(one('hello')).toEqual(['15:5 FB03 a case takes a map, not "hello". Write `key: value`.']);
    for (const [key, example] of [
      ['given', 'given: { exposure: internal }'],
      ['people', 'people: { revoke: silent }'],
      ['after', 'after: { disable: second_alert }'],
    ]) {
      for (const [value, shown] of [
        ['{}', 'an empty map'],
        ['dead', '"dead"'],
        ['[dead]', 'a list'],
      ]) {
        const column = 19 + key!.length - 1;
        expect(one(`{ name: x, ${key}: ${value}${expected}`)).toEqual([
          `15:${column} FB03 ${key} takes a map, not ${shown}. Write ${example}.`,
        ]);
      }
    }
    expect(one(`{ name: x, now: [sat]${expected}`)).toEqual([
      '15:21 FB03 now takes a day and a time, not a list. Write now: sat 03:00.',
    ]);
    for (const now of ['asat 03:00', 'sat 03:001', 'sat 3:00', 'sat 03:60']) {
      expect(one(`{ name: x, now: "${now}"${expected}`)).toEqual([
        `15:21 FB03 now takes a day and a time, not "${now}". Write now: sat 03:00.`,
      ]);
    }
    expect(one('{ name: x, expect: { done: [[dead]] } }')).toEqual([
      '15:33 FB03 done takes names of steps, not a list. Write done: [disable].',
    ]);
    expect(one('{ name: x, expect: { told: owner } }')).toEqual([
      '15:32 FB03 told takes a list of names, not "owner". Write told: [disable].',
    ]);
    expect(one('{ name: x, expect: { grade: refused } }')).toEqual([
      '15:33 FB03 grade takes a map, not "refused". Write grade: { dead: refused }.',
    ]);
    for (const [value, shown] of [
      ['1.5', 'the number 1.5'],
      ['"1"', '"1"'],
      ['[1]', 'a list'],
    ]) {
      expect(one(`{ name: x, expect: { children: ${value} } }`)).toEqual([
        `15:36 FB03 children takes a number from 0, not ${shown}. Write children: 1.`,
      ]);
      expect(one(`{ name: x, given: { hold_payouts.held: ${value} }${expected}`)).toEqual([
        `15:44 FB03 hold_payouts.held takes a count, not ${shown}. Write hold_payouts.held: 1.`,
      ]);
    }
    expect(one(`{ name: x, given: { hold_payouts.held: -1 }${expected}`)).toHaveLength(1);
    expect(one(`{ name: x, given: { find.credentials: 1 }${expected}`)).toHaveLength(1);
    for (const owner of ['Payments', 'payments team', '[payments]', `${'x'.repeat(65)}`]) {
      expect(one(`{ name: x, given: { owner: ${owner} }${expected}`)).toHaveLength(1);
      expect(one(`{ name: x, given: { owner: ${owner} }${expected}`)[0]).toContain(' FB03 owner takes a word, not ');
    }
    for (const people of [
      'revoke: []',
      'nobody: { ciso: deny }',
      'revoke: { Ciso: deny }',
      'revoke.ask: done',
      'call.ask: done',
    ]) {
      expect(one(`{ name: x, people: { ${people} }${expected}`)).toHaveLength(1);
    }
  });

  it('leave out what was refused, and keep the rest', () => {
    const { problems } = read(
      '{ name: x, people: { contained: done, call: done, revoke: deny }, expect: { incident: held } }',
    );
    expect(problems).toEqual([]);
    const { page } = read(
      '{ name: x, people: { revoke: deny }, given: { hold_payouts.held: 0, subject: a@b.c }, expect: { done: [], children: 0, replacement: none } }',
    );
    expect(page?.cases[0]).toMatchObject({
      given: { results: { 'hold_payouts.held': 0 }, facts: { subject: 'a@b.c', owner: 'known' } },
      expect: { done: [], children: 0, replacement: 'none' },
    });
  });

  it.each([
    ['mon 00:00', 1, 0],
    ['tue 09:59', 2, 599],
    ['wed 10:05', 3, 605],
    ['thu 19:30', 4, 1170],
    ['fri 20:00', 5, 1200],
    ['sun 23:59', 7, 1439],
  ])('come at %s', (now, day, minute) => {
    const { page } = read(`{ name: x, people: { revoke: deny }, now: "${now}", expect: { incident: held } }`);
    expect(page?.cases[0]?.now).toEqual({ day, minute });
  });

  it('may be fifty', () => {
    const cases = (count: number) =>
      Array.from(
        { length: count },
        (_, n) => `{ name: no ${n}, people: { revoke: deny }, expect: { incident: held } }`,
      );
    expect(read(...cases(50)).page?.cases).toHaveLength(50);
    expect(formatProblems(read(...cases(51)).problems)).toContain(
      'FB03 cases is a list of 51, at most 50. Shorten it.',
    );
  });
});
