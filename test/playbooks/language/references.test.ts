import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

const read = (steps: string, settings = {}) =>
  readPage(
    `playbook: aws-access-key\nsummary: Freeze it.\ncontain:\n  - do: disable\n  - prove: contained\nassess:\n  - do: scan_logs\n${steps}\nclose:\n  - prove: dead\ncases:\n  - { name: a no, people: { look: deny }, expect: { incident: held } }\n`,
    'aws-access-key',
    CATALOGUE,
    settings,
  );
const problemsOf = (steps: string, settings?: object) => formatProblems(read(steps, settings).problems);
const look = (more: string) => `  - { task: Look., id: look, ${more} }`;
const says = (sentence: string) => `  - { task: "${sentence}", id: look }`;

describe('a sentence', () => {
  it('may name every fact and every result of a step', () => {
    for (const path of [
      'credential',
      'credential.id',
      'credential.account',
      'credential.name',
      'credential.kind',
      'owner',
      'subject',
      'exposed_since',
      'environment',
      'criticality',
      'exposure',
      'secret',
      'scan_logs.verdict',
      'scan_logs.uses',
      'scan_logs.state',
      'contained.grade',
    ]) {
      expect(problemsOf(says(`Look at <${path}>.`)), path).toBe('');
    }
  });

  it('may name nothing else, once for each', () => {
    expect(problemsOf(says('<nobody> <nobody>')).split('\n')).toHaveLength(1);
    expect(problemsOf(says('<credential.secret>'))).toContain(
      'FB06 a sentence has no fact credential.secret; it has credential,',
    );
    expect(problemsOf(says('<disable.grade>'))).toContain('FB06 disable has no result grade; it has state');
    expect(problemsOf(says('<look.grade>'))).toContain('FB06 look has no result grade; it has state');
    expect(problemsOf(says('<scan_logs.constructor>'))).toContain('FB06 scan_logs has no result constructor');
  });
});

describe('a condition', () => {
  it('compares a fact or a result with the words that it may have', () => {
    for (const condition of [
      '{ environment: production }',
      '{ criticality: [critical, unknown] }',
      '{ exposure: internal }',
      '{ secret: not_held }',
      '{ credential.kind: aws-access-key }',
      '{ scan_logs.verdict: [misuse, none] }',
      '{ scan_logs.state: failed }',
      '{ scan_logs.uses: none }',
      '{ contained.grade: [refused, none] }',
    ]) {
      expect(problemsOf(look(`when: ${condition}`)), condition).toBe('');
    }
    expect(read(look('when: { exposure: internal, secret: [held] }')).page?.phases.assess[1]?.steps[0]?.when).toEqual({
      exposure: ['internal'],
      secret: ['held'],
    });
  });

  it('compares with no other word', () => {
    expect(problemsOf(look('when: { credential.kind: mysql }'))).toContain(
      'FB06 credential.kind has no word mysql; it has manual,',
    );
    expect(problemsOf(look('when: { secret: maybe }'))).toContain(
      'FB06 secret has no word maybe; it has held, not_held',
    );
    expect(problemsOf(look('when: { scan_logs.state: none }'))).toContain(
      'FB06 scan_logs.state has no word none; it has done,',
    );
    expect(problemsOf(look('when: { contained.grade: good }'))).toContain(
      'FB06 contained.grade has no word good; it has refused,',
    );
    expect(problemsOf(look('when: { environment: Production }'))).toContain('FB03 environment takes a slug');
  });

  it('knows the environments of settings, and the one that is always there', () => {
    const settings = { environments: ['production', 'default'] };
    expect(problemsOf(look('when: { environment: [production, default] }'), settings)).toBe('');
    expect(problemsOf(look('when: { environment: staging }'), settings)).toContain(
      'FB06 environment has no word staging; it has production, default',
    );
  });

  it('is a map that is not empty, and one path for `unless`', () => {
    expect(problemsOf(look('when: production'))).toContain('FB03 when takes a map of path to word or list');
    expect(problemsOf(look('when: {}'))).toContain('FB03 when takes a map of path to word or list');
    expect(problemsOf(look('unless: {}'))).toContain('FB03 unless takes a map of path to word or list');
    expect(problemsOf(look('unless: { exposure: public, secret: held }'))).toContain(
      'FB03 unless takes one path, not 2',
    );
    expect(problemsOf(look('when: { exposure: public, secret: held }'))).toBe('');
    expect(problemsOf(look('when: { credential.id: x }'))).toContain('FB06 a condition cannot look at credential.id');
    expect(problemsOf(look('when: { scan_logs: done }'))).toContain('FB06 a condition has no fact scan_logs');
  });
});
