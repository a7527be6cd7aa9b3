import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

const CLOSE =
  '  - { task: Say so., id: confirm }\n  - prove: dead\ncases:\n  - { name: a no, people: { confirm: deny }, expect: { incident: held } }\n';
const read = (contain: string, kind = 'aws-access-key') =>
  readPage(
    `playbook: ${kind}\nsummary: Freeze it.\ncontain:\n${contain}\n  - prove: contained\nclose:\n${CLOSE}`,
    kind,
    CATALOGUE,
  );
const problemsOf = (contain: string, kind?: string) =>
  formatProblems(read(contain, kind).problems).replaceAll(/^.*?:(?=\d)/gm, '');
const stepOf = (contain: string, kind?: string) => {
  const { page, problems } = read(contain, kind);
  return page === undefined ? formatProblems(problems) : page.phases.contain[0]!.steps[0];
};

describe('a step that is read', () => {
  it('is a verb with its question, each word of it', () => {
    const terms =
      'ask: Freeze it?, from: { security-on-call: 1, ciso: 2 }, within: 3m, then: [cto, ceo], if_silent: proceed, if_denied: skip';
    expect(stepOf(`  - { do: disable, id: freeze, when: { exposure: [public, unknown] }, ${terms} }`)).toEqual({
      name: 'freeze',
      phase: 'contain',
      at: { line: 4, column: 7 },
      head: 'do',
      verb: 'disable',
      class: 'contain',
      args: {},
      ask: 'Freeze it?',
      when: { exposure: ['public', 'unknown'] },
      gate: {
        from: { 'security-on-call': 1, ciso: 2 },
        withinSeconds: 180,
        tiers: ['cto', 'ceo'],
        ifSilent: 'proceed',
        ifDenied: 'skip',
      },
    });
  });

  it('is a verb by its own name, that says nothing of what it does not say', () => {
    expect(stepOf('  - do: disable')).toEqual({
      name: 'disable',
      phase: 'contain',
      at: { line: 4, column: 5 },
      head: 'do',
      verb: 'disable',
      class: 'contain',
      args: {},
      gate: {},
    });
  });

  it('is a proof, with the condition under which it is left out', () => {
    expect(stepOf('  - { prove: contained, id: seen_off, unless: { exposure: internal } }')).toEqual({
      name: 'seen_off',
      phase: 'contain',
      at: { line: 4, column: 7 },
      head: 'prove',
      proof: 'contained',
      class: 'read',
      unless: { exposure: ['internal'] },
    });
  });

  it('is a task of a hand, with who does it and how its end is seen', () => {
    const task =
      '{ task: Turn <credential> off., does: disable, done_when: contained, from: { ciso: 1 }, within: 1h, then: [cto] }';
    expect(stepOf(`  - ${task}`)).toEqual({
      name: 'disable',
      phase: 'contain',
      at: { line: 4, column: 7 },
      head: 'task',
      sentence: 'Turn <credential> off.',
      does: 'disable',
      doneWhen: 'contained',
      class: 'contain',
      people: { from: { ciso: 1 }, withinSeconds: 3600, tiers: ['cto'] },
    });
    expect(stepOf('  - { task: Tell trading., id: tell }')).toEqual({
      name: 'tell',
      phase: 'contain',
      at: { line: 4, column: 7 },
      head: 'task',
      sentence: 'Tell trading.',
      class: 'read',
      people: {},
    });
  });
});

describe('a step with a mistake', () => {
  it.each([
    ['a task that does what no hand can', '{ task: Tell., does: tell }', /FB06 does has no word tell; it has disable/],
    ['a task that takes a question', '{ task: Tell., id: t, if_silent: hold }', /FB06 a task has no key if_silent/],
    ['a proof with a question', '{ prove: contained, ask: "Is it?" }', /FB06 prove has no key ask/],
    [
      'a proof that is none',
      '{ prove: alive }',
      /FB06 prove has no word alive; it has contained, replacement_works, dead/,
    ],
    [
      'a fact as a name',
      '{ do: disable, id: credential }',
      /FB03 id takes a name that is not a fact, not "credential"/,
    ],
    ['a fact as a name', '{ do: disable, id: exposed_since }', /FB03 id takes a name that is not a fact/],
    [
      'an answer to no that is none',
      '{ do: disable, ask: "Off?", if_denied: stop }',
      /FB06 if_denied has no word stop; it has hold, skip/,
    ],
    [
      'hours that are none',
      '{ do: disable, ask: "Off?", hours: night }',
      /FB06 hours has no word night; it has any, office/,
    ],
    ['a tier that is no role', '{ do: disable, ask: "Off?", then: [Ciso] }', /FB03 then takes/],
    ['tiers that are no list', '{ do: disable, ask: "Off?", then: { ciso: 1 } }', /FB03 then takes/],
    ['a sentence about nothing', '{ task: Ask <nobody>., id: t }', /FB06 a sentence has no fact nobody/],
    ['a question about nothing', '{ do: disable, ask: "Freeze <nobody>?" }', /FB06 a sentence has no fact nobody/],
    ['a time without its question', '{ do: disable, hours: office }', /FB03 hours needs ask/],
    ['people without a question', '{ do: disable, from: { ciso: 1 } }', /FB03 from needs ask/],
    ['tiers without a question', '{ do: disable, then: [ciso] }', /FB03 then needs ask/],
    ['a no without a question', '{ do: disable, if_denied: skip }', /FB03 if_denied needs ask/],
    ['silence without a question', '{ do: disable, if_silent: hold }', /FB03 if_silent needs ask/],
  ])('%s is refused', (_what, step, problem) => {
    expect(problemsOf(`  - ${step}`)).toMatch(problem);
  });

  it('says what a kind can do that cannot do this', () => {
    expect(problemsOf('  - do: rotate', 'exchange-key')).toContain('FB13 exchange-key cannot rotate; it can restrict,');
    expect(problemsOf('  - do: disable', 'manual')).toContain('FB13 manual cannot disable; it can');
    expect(problemsOf('  - do: constructor')).toContain('FB06 aws-access-key has no verb constructor');
  });
});
