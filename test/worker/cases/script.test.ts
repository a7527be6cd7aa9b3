import { describe, expect, it } from 'vitest';
import type { Case } from '../../../playbooks/language/cases.js';
import { scriptOf } from '../../../worker/cases/script.js';
import { ask, planOf, task } from '../../workflows/plans.js';

const QUESTION = ask(['close.revoke']);
const TASK = task('close.revoke', { does: 'revoke', gate: QUESTION.id });
const plan = planOf([QUESTION, TASK]);
const all = (word: 'approve' | 'deny' | 'silent' | 'done' | 'claims') => ({ by: 'all' as const, word });

/** What is said to the question, then to the task. */
const said = (people: Case['people']) =>
  [QUESTION, TASK].map((step) => scriptOf(people, plan, step)(0, 'security-on-call'));

describe('the words of people', () => {
  it.each<[string, Case['people'], string[]]>([
    ['unsaid is a yes, and done', {}, ['approve', 'done']],
    ['a no is for the question', { revoke: all('deny') }, ['deny', 'done']],
    ['silence is for both', { revoke: all('silent') }, ['silent', 'silent']],
    ['a claim is for the task', { revoke: all('claims') }, ['approve', 'claims']],
    ['the question alone', { 'revoke.ask': all('silent') }, ['silent', 'done']],
    ['then the step is the task', { 'revoke.ask': all('approve'), revoke: all('deny') }, ['approve', 'deny']],
  ])('%s', (_, people, expected) => {
    expect(said(people)).toEqual(expected);
  });

  it('goes by tier and by role', () => {
    const tiers = scriptOf({ revoke: { by: 'tier', words: ['silent', 'approve'] } }, plan, QUESTION);
    expect([tiers(0, 'any'), tiers(1, 'any'), tiers(2, 'any')]).toEqual(['silent', 'approve', 'approve']);
    const roles = scriptOf({ revoke: { by: 'role', words: { ciso: 'deny' } } }, plan, QUESTION);
    expect([roles(0, 'ciso'), roles(0, 'security-on-call')]).toEqual(['deny', 'approve']);
  });
});
