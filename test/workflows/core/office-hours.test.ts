import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Office } from '../../../playbooks/language/policy.js';
import { addOfficeTime, nextOpen } from '../../../workflows/core/office-hours.js';

const at = (iso: string) => Date.parse(iso);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const HOUR = 3_600_000;
const zurich: Office = {
  zone: 'Europe/Zurich',
  days: [1, 2, 3, 4, 5],
  fromMinute: 540,
  toMinute: 1020,
  except: ['2026-12-25'],
};

describe('the office clock', () => {
  it.each([
    ['in the office it just runs', '2026-11-24T09:00Z', 4, '2026-11-24T13:00'],
    ['over night it stands still', '2026-11-24T15:00Z', 4, '2026-11-25T11:00'],
    ['over a weekend it stands still', '2026-11-27T15:00Z', 4, '2026-11-30T11:00'],
    ['on a holiday it stands still', '2026-12-24T15:00Z', 4, '2026-12-28T11:00'],
    ['before the morning it waits for it', '2026-11-24T03:00Z', 1, '2026-11-24T09:00'],
    // clocks go forward on 2026-03-29: Friday 16:00 is +01:00, Monday 9:00 is +02:00
    ['over the start of summer time', '2026-03-27T15:00Z', 4, '2026-03-30T10:00'],
    // and back on 2026-10-25
    ['over the end of summer time', '2026-10-23T14:00Z', 4, '2026-10-26T11:00'],
  ])('%s', (_, from, hours, until) => {
    expect(iso(addOfficeTime(zurich, at(from), hours * HOUR))).toBe(until);
  });

  it('counts a night shift over a clock change by what really passes', () => {
    // 01:00 to 04:00 local; at 02:00 it becomes 03:00, so the shift lasts two hours
    const night: Office = { zone: 'Europe/Zurich', days: [7], fromMinute: 60, toMinute: 240, except: [] };
    expect(iso(addOfficeTime(night, at('2026-03-29T00:00Z'), 2 * HOUR))).toBe('2026-03-29T02:00');
    expect(iso(addOfficeTime(night, at('2026-10-24T22:00Z'), 4 * HOUR))).toBe('2026-10-25T03:00');
  });

  it('opens at once, or next morning', () => {
    expect(iso(nextOpen(zurich, at('2026-11-24T09:30Z')))).toBe('2026-11-24T09:30');
    expect(iso(nextOpen(zurich, at('2026-11-28T09:30Z')))).toBe('2026-11-30T08:00');
    expect(nextOpen(undefined, 5)).toBe(5);
  });

  it('always ends, even if the office never opens', () => {
    expect(addOfficeTime({ ...zurich, days: [] }, 0, HOUR)).toBe(HOUR);
  });

  it('never runs faster than the wall, and two stretches are one', () => {
    const start = at('2026-01-01T00:00Z');
    fc.assert(
      fc.property(fc.nat(365 * 24 * 60), fc.nat(2000), fc.nat(2000), (minute, a, b) => {
        const from = start + minute * 60_000;
        const whole = addOfficeTime(zurich, from, (a + b) * 60_000);
        expect(whole).toBeGreaterThanOrEqual(from + (a + b) * 60_000);
        expect(addOfficeTime(zurich, addOfficeTime(zurich, from, a * 60_000), b * 60_000)).toBe(whole);
      }),
      { numRuns: 100 },
    );
  });
});
