import { describe, expect, it } from 'vitest';
import { formatProblems, MAX_PROBLEMS, nearest, Report } from '../../../playbooks/language/problem.js';

const at = (line: number, column = 1) => ({ line, column });

describe('a report', () => {
  it('keeps a hundred problems, and beyond them the first error, without which the page would load', () => {
    const report = new Report('p');
    for (let line = 1; line <= MAX_PROBLEMS + 5; line++) report.add('W61', at(line), 'odd');
    expect(report.problems).toHaveLength(MAX_PROBLEMS);
    expect(report.failed).toBe(false);
    report.add('FB03', at(7), 'wrong');
    report.add('FB03', at(8), 'wrong, too');
    report.add('W61', at(9), 'odd');
    expect(report.problems).toHaveLength(MAX_PROBLEMS + 1);
    expect(report.problems.at(-1)).toEqual({
      code: 'FB03',
      severity: 'error',
      file: 'p',
      line: 7,
      column: 1,
      message: 'wrong',
      fix: '',
    });
    expect(report.failed).toBe(true);
  });

  it('is in the order of the file, and of codes where two stand at one place', () => {
    const report = new Report('p');
    report.add('W60', at(2, 3), 'b');
    report.add('FB06', at(2, 3), 'b', 'do it');
    report.add('FB01', at(10), 'c', 'Ask?');
    report.add('FB03', at(2, 1), 'a!');
    report.add('FB03', at(2, 3), 'b?');
    const sorted = 'p:2:1 FB03 a!\np:2:3 FB03 b?\np:2:3 FB06 b. Do it.\np:2:3 W60 b.\np:10:1 FB01 c. Ask?';
    expect(formatProblems(report.sorted())).toBe(sorted);
    expect(report.problems[0]).toMatchObject({ code: 'W60', severity: 'warning' });
  });
});

describe('the word that was probably meant', () => {
  it.each([
    ['nmae', 'name', 'a swap'],
    ['nam', 'name', 'a letter too few'],
    ['namee', 'name', 'a letter too many'],
    ['nane', 'name', 'another letter'],
    ['ab', 'ax', 'one of two letters'],
    ['Cut-Sessions', 'cut_sessions', 'its case and its dashes'],
    ['security_on_cal', 'security-on-call', 'dashes and a letter'],
    ['disalbex', 'disable', 'a swap and a letter'],
    ['abcdefgh', 'abcdef', 'two letters too many'],
    ['abcdef', 'abcdefgh', 'two letters too few'],
    ['abxyef', 'abcdef', 'two other letters of six'],
    ['badc', 'badc', 'nothing'],
  ])('%s is %s, but for the slip', (word, meant) => {
    expect(nearest(word, [meant])).toBe(meant);
  });

  it.each([
    ['ab', 'xy', 'two slips in two letters'],
    ['abcde', 'abxye', 'two slips in five letters'],
    ['abxyefz', 'abcdef', 'three slips in seven letters'],
    ['abcdefghijklmno', 'abcdefghijklxyz', 'three slips in fifteen letters'],
    ['abcdefghijklmno', 'abcdefghijkl', 'three letters too many'],
    ['abc', 'bxc', 'half a swap'],
    ['abc', 'xac', 'the other half of one'],
    ['abc', 'xyc', 'two other letters'],
    ['nmaex', 'namey', 'a swap and a letter in five'],
    ['disable', 'rotate', 'another word'],
  ])('%s is not %s: %s', (word, other) => {
    expect(nearest(word, [other])).toBeUndefined();
  });

  it('is the nearest one, and the first of two that are as near', () => {
    expect(nearest('abcdef', ['abcdxx', 'abcdex', 'abcxef'])).toBe('abcdex');
    expect(nearest('abcdef', [])).toBeUndefined();
  });
});
