import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Later, StepFailed } from '../../activities/contract.js';
import { judge } from '../../activities/prove.js';
import type { Grade } from '../../playbooks/language/words.js';

const needed = { looks: 3, spreadSeconds: 10, windowSeconds: 120 };
type Seen = 'yes' | 'no' | 'unknown';
const looks = (...list: [seconds: number, seen: Seen, grade?: Grade][]) =>
  list.map(([seconds, seen, grade = 'refused']) => ({ at: seconds * 1_000, seen, grade, line: `sts: ${seen}` }));
const verdict = (...list: Parameters<typeof looks>) => judge(looks(...list), needed, 'dead', 'AKIA…');

describe('judging the looks of a proof', () => {
  it('does not believe one refusal, nor three at once', () => {
    expect(() => verdict([0, 'yes'])).toThrow(Later);
    expect(() => verdict([0, 'yes'], [1, 'yes'], [2, 'yes'])).toThrow(Later);
  });
  it('begins anew when the key was let in between', () => {
    expect(() => verdict([0, 'yes'], [5, 'yes'], [8, 'no'], [12, 'yes'])).toThrow(Later);
  });
  it('takes an answer that says nothing for no answer', () => {
    expect(() => verdict([0, 'yes'], [5, 'unknown'], [10, 'yes'])).toThrow(Later);
    expect(() => verdict([0, 'unknown'], [500, 'unknown'])).toThrow(Later);
  });
  it('says what it saw last, for whoever reads it when time is over', () => {
    expect(() => verdict([0, 'yes'], [5, 'unknown'])).toThrow(/by 0 of 3 looks; the last: sts: unknown/);
  });
  it('says alive only when the provider has had its time', () => {
    expect(() => verdict([0, 'no'], [100, 'no'])).toThrow(Later);
    expect(() => verdict([0, 'no'], [120, 'no'])).toThrow(expect.objectContaining({ code: 'alive' }));
  });
  it('proves by three refusals over ten seconds, and says so', () => {
    expect(verdict([0, 'no'], [4, 'yes'], [9, 'yes'], [14, 'yes'])).toMatchObject({
      grade: 'refused',
      line: 'the old one was refused 3 of 3 times over 10 s',
    });
  });
  it('is as good as the worst look that it rests on', () => {
    expect(verdict([0, 'yes'], [5, 'yes', 'provider-state'], [10, 'yes'])).toMatchObject({ grade: 'provider-state' });
  });
  it('never proves by fewer looks or less time than asked, whatever came before', () => {
    const list = fc.array(fc.tuple(fc.nat(60), fc.constantFrom<Seen>('yes', 'no', 'unknown')), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(list, (steps) => {
        let at = 0;
        const all = steps.map(([pause, seen]) => {
          at += pause;
          return [at, seen] as [number, Seen];
        });
        try {
          verdict(...all);
        } catch (error) {
          expect(error instanceof Later || error instanceof StepFailed).toBe(true);
          return;
        }
        const run = all.slice(all.findLastIndex(([, seen]) => seen !== 'yes') + 1);
        expect(run.length).toBeGreaterThanOrEqual(3);
        expect((run.at(-1)?.[0] ?? 0) - (run[0]?.[0] ?? 0)).toBeGreaterThanOrEqual(10);
      }),
    );
  });
});
