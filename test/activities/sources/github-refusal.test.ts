import { describe, expect, it } from 'vitest';
import { changeFailed, readFailed, refusalOf } from '../../../activities/sources/github-refusal.js';

const NOW = Date.parse('2026-11-24T03:00:00Z');
const answer = (status: number, headers: Record<string, string> = {}, message = 'canary') => ({
  response: { status, headers, data: { message } },
});

describe('refusalOf', () => {
  it.each<[string, unknown, object]>([
    ['a bad token', answer(401), { code: 'permission-denied', clear: true }],
    ['a missing right', answer(403), { code: 'permission-denied', clear: true }],
    [
      'a secondary limit by header',
      answer(403, { 'retry-after': '30' }),
      { code: 'rate-limited', retryAfterSeconds: 30, clear: true },
    ],
    [
      'a secondary limit by words alone',
      answer(403, {}, 'You have exceeded a secondary rate limit'),
      { code: 'rate-limited', retryAfterSeconds: 60 },
    ],
    [
      'the hourly limit',
      answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 600) }),
      { code: 'rate-limited', retryAfterSeconds: 600 },
    ],
    [
      'a limit in the past',
      answer(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
      { code: 'rate-limited', retryAfterSeconds: 1 },
    ],
    ['nothing there', answer(404), { code: 'not-found', clear: true }],
    ['a feature that is off', answer(410), { code: 'invalid', clear: true }],
    ['a wrong request', answer(422), { code: 'invalid', clear: true }],
    ['a server error', answer(502), { code: 'unavailable', clear: false }],
    ['a teapot', answer(418), { code: 'unexpected-answer', clear: true }],
    [
      'no answer',
      Object.assign(new Error('canary'), { status: 500, cause: { code: 'ECONNRESET' } }),
      { code: 'unavailable', what: 'no answer, ECONNRESET', clear: false },
    ],
    [
      'a deadline',
      Object.assign(new Error('x'), { name: 'TimeoutError' }),
      { code: 'unavailable', what: 'no answer in time', clear: false },
    ],
  ])('reads %s', (_, error, expected) => {
    expect(refusalOf(error, NOW)).toMatchObject(expected);
    expect(
      JSON.stringify([refusalOf(error, NOW), readFailed('x', error).message, changeFailed('x', error)]),
    ).not.toContain('canary');
  });
});
