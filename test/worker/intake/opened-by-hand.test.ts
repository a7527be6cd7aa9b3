import { expect, it } from 'vitest';
import { Alert, opensIncident } from '../../../activities/alert.js';
import { alertByHand, pressedKey } from '../../../worker/intake/opened-by-hand.js';

const hand = { kind: 'aws-access-key', id: 'AKIAQ2W3E4R5T6Y7UQX7', person: 'sam' };

it.each(['api', 'slack'] as const)(
  'opens an incident by %s, of unknown exposure unless the person says it',
  (source) => {
    const alert = alertByHand(source, hand);
    expect(Alert.parse(alert)).toEqual(alert);
    expect(opensIncident(alert)).toBe(true);
    expect(alert).toMatchObject({ source, exposure: 'unknown', person: 'sam', secret: 'not_held' });
  },
);

it('keeps no secret in the summary, no address but https, and times in UTC', () => {
  const alert = alertByHand('slack', {
    ...hand,
    secret: 'hunter2hunter2',
    summary: `it is hunter2hunter2, and ghp_${'a'.repeat(20)}\nsays Mia`,
    url: 'javascript:alert(1)',
    exposedSince: '2026-11-24T04:11:00+01:00',
  });
  expect(alert.summary).toBe('it is [secret], and [secret] says Mia');
  expect(alert.url).toBeUndefined();
  expect(alert.exposedSince).toBe('2026-11-24T03:11:00.000Z');
  expect(alert.secret).toBe('held');
});

it('has one delivery key for the same act of the same person on the same thing, and another for anything else', () => {
  const key = pressedKey('sam', 'a', 'K');
  expect(pressedKey('sam', 'a', 'K')).toBe(key);
  for (const other of [pressedKey('raj', 'a', 'K'), pressedKey('sam', 'b', 'K'), pressedKey('sam', 'a', 'L')]) {
    expect(other).not.toBe(key);
  }
});
