import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { hmacMatches } from '../../../worker/intake/signature.js';

const keys = [Buffer.from('new'), Buffer.from('old')];
const sign = (key: string, text: string) => createHmac('sha256', key).update(text).digest();

it('finds one right signature under any of the keys, wherever it stands', () => {
  const wrong = sign('older', 'ab');
  for (const key of ['new', 'old']) {
    expect(hmacMatches(keys, ['a', Buffer.from('b')], [sign(key, 'ab')])).toBe(true);
    expect(hmacMatches(keys, ['a', 'b'], [wrong, sign(key, 'ab'), wrong])).toBe(true);
  }
});

it('finds none under another key, of another text, of another length, or where there is none', () => {
  const right = sign('new', 'ab');
  expect(hmacMatches(keys, ['ab'], [sign('older', 'ab')])).toBe(false);
  expect(hmacMatches(keys, ['b', 'a'], [right])).toBe(false);
  expect(hmacMatches(keys, ['ab'], [right.subarray(1), Buffer.alloc(0), Buffer.concat([right, right])])).toBe(false);
  expect(hmacMatches(keys, ['ab'], [])).toBe(false);
  expect(hmacMatches([], ['ab'], [right])).toBe(false);
});
