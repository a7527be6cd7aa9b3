import { expect, it } from 'vitest';
import { failureOf } from '../../worker/attempt-failure.js';

it('says where an error was thrown that nobody foresaw, and never what it said', () => {
  const cause = new RangeError('canary-in-a-cause');
  const { message, retried, frames = [] } = failureOf(new TypeError('canary\n    at canary', { cause }), 0);
  expect(message).toBe("unexpected TypeError inside Firebreak; the worker's log has more");
  expect(retried).toBe(true);
  expect(frames[0]).toContain('attempt-failure.test');
  expect(frames).toContain('caused by RangeError');
  expect(frames.join('\n')).not.toContain('canary');
});

it('says so too of what is no error', () => {
  expect(failureOf('canary', 0)).toMatchObject({ code: 'unexpected-answer', frames: [] });
});
