import { describe, expect, it } from 'vitest';
import { Alert, opensIncident } from '../../../activities/alert.js';
import { alertByHand, MAY_OPEN, pressedKey } from '../../../worker/intake/opened-by-hand.js';

const KEY = { kind: 'aws-access-key', id: 'AKIAIOSFODNN7EXAMPLE', person: 'sam' };

describe('the alert of a person', () => {
  it.each(['api', 'slack'] as const)('opens an incident, by %s', (source) => {
    const alert = alertByHand(source, KEY);
    expect(Alert.parse(alert)).toEqual(alert);
    expect(opensIncident(alert)).toBe(true);
  });

  it('says no more than they said, and that nobody knows the exposure', () => {
    expect(alertByHand('slack', KEY)).toStrictEqual({
      v: 1,
      source: 'slack',
      event: 'opened',
      credential: { kind: 'aws-access-key', id: 'AKIAIOSFODNN7EXAMPLE' },
      exposure: 'unknown',
      person: 'sam',
      secret: 'not_held',
    });
  });

  it('keeps all that they said, times in UTC', () => {
    const said = { account: '111122223333', exposure: 'public', url: 'https://example.com/leak', summary: 'in a log' };
    const alert = alertByHand('api', {
      ...KEY,
      ...said,
      exposedSince: '2026-11-23T11:00:00+01:00',
      secret: 'x9',
    } as never);
    expect(alert).toMatchObject({
      source: 'api',
      credential: { account: '111122223333' },
      exposure: 'public',
      exposedSince: '2026-11-23T10:00:00.000Z',
      url: 'https://example.com/leak',
      summary: 'in a log',
      secret: 'held',
    });
  });

  it('leaves out an address that is none, and the leaked value wherever the summary quotes it', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const alert = alertByHand('api', { ...KEY, url: 'javascript:alert(1)', summary: `see ${secret}`, secret });
    expect(alert).not.toHaveProperty('url');
    expect(JSON.stringify(alert)).not.toContain(secret);
  });
});

it('is opened by whoever answers for incidents', () => {
  expect([...MAY_OPEN].sort()).toEqual(['responder', 'security-on-call']);
});

describe('what is pressed twice', () => {
  it('has one key, and another for each person, act and thing', () => {
    const key = pressedKey('sam', 'start', 'A');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(pressedKey('sam', 'start', 'A')).toBe(key);
    const others = [pressedKey('mia', 'start', 'A'), pressedKey('sam', 'join', 'A'), pressedKey('sam', 'start', 'B')];
    // the parts are told apart, not only their letters
    const shifted = [pressedKey('sa', 'mstart', 'A'), pressedKey('sam', 'star', 'tA')];
    expect(new Set([key, ...others, ...shifted]).size).toBe(6);
  });
});
