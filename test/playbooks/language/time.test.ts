import { expect, it } from 'vitest';
import { formatTime, parseTime } from '../../../playbooks/language/time.js';

it('reads a time as a whole, or not at all', () => {
  expect(['45s', '15m', '4h', '90d'].map(parseTime)).toEqual([45, 900, 14_400, 7_776_000]);
  for (const text of ['91d', '015m', '0m', '-1m', '1.5h', '15', 'm', ' 15m', '15m ', '15min', '1h30m', '9999999999s']) {
    expect(parseTime(text), text).toBeUndefined();
  }
});

it('writes a time in the largest unit that loses nothing', () => {
  expect([0, 45, 60, 90, 900, 3600, 5400, 86_400, 90_000].map(formatTime)).toEqual([
    '0s',
    '45s',
    '1m',
    '90s',
    '15m',
    '1h',
    '90m',
    '1d',
    '25h',
  ]);
});
