import { expect, it } from 'vitest';
import { factOf, unlessHolds, whenHolds } from '../../../playbooks/language/condition.js';
import { CREDENTIAL, facts } from './kinds-for-tests.js';

const read = (path: string) => ({ 'scan_logs.verdict': 'misuse', environment: 'staging' })[path] ?? '';
const misuse = { 'scan_logs.verdict': ['suspicious', 'misuse'] };
const production = { environment: ['production'] };

it('`when` lets a step run only if every path has one of its words', () => {
  expect(whenHolds(misuse, read)).toBe(true);
  expect(whenHolds(production, read)).toBe(false);
  expect(whenHolds({ ...misuse, ...production }, read)).toBe(false);
});

it('`unless` leaves a step out as soon as one path has one of its words', () => {
  expect(unlessHolds(misuse, read)).toBe(true);
  expect(unlessHolds(production, read)).toBe(false);
  expect(unlessHolds({ ...production, ...misuse }, read)).toBe(true);
});

it('a fact is known with where it came from; anything else is no fact', () => {
  const known = facts({ environment: 'staging', criticality: 'critical', exposure: 'internal', secret: 'not_held' });
  const value = (path: string) => factOf(path, known, CREDENTIAL);
  expect(value('environment')).toEqual({ value: 'staging', source: 'firebreak.yaml:31 aws_account' });
  expect(value('criticality')?.value).toBe('critical');
  expect(value('exposure')).toEqual({ value: 'internal', source: 'alert' });
  expect(value('secret')?.value).toBe('not_held');
  expect(value('credential.kind')).toEqual({ value: 'aws-access-key', source: 'the alert' });
  for (const path of ['owner', 'credential.id', 'scan_logs.verdict', '']) expect(value(path)).toBeUndefined();
});
