import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

// in a file of its own: mutation testing leaves it out, for each of these takes seconds once every line is instrumented
describe('a page as large as it may be', () => {
  it.each(['[', '- ', '{a: ', '? ', '"', '&a ', 'a: b\n', '- \n', '? a\n', '- - a\n'])(
    'outlives 64 KiB of %j',
    (piece) => {
      const { page, problems } = readPage(piece.repeat(Math.floor(65_536 / piece.length)), 'x.yaml', CATALOGUE);
      expect(page).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(101);
    },
  );

  it('outlives ten thousand keys that do not exist, and answers soon', () => {
    const text = Array.from({ length: 9_000 }, (_, n) => `k${n}:`).join('\n');
    expect(readPage(text, 'x.yaml', CATALOGUE).problems).toHaveLength(100);
    const keys = Array.from({ length: 7_000 }, (_, n) => `k${n}: a`).join('\n');
    expect(readPage(keys, 'x.yaml', CATALOGUE).problems).toHaveLength(100);
  });

  // building the tree of such a text can take the whole process down, so it must be refused before
  it.each(['[', '- ', '{a: ', '? '])('refuses 64 KiB of %j by its depth alone', (piece) => {
    const { problems } = readPage(piece.repeat(Math.floor(65_536 / piece.length)), 'x.yaml', CATALOGUE);
    expect(formatProblems(problems)).toBe(
      'x.yaml:1:1 FB01 this is not YAML that Firebreak reads: it is nested more than 40 levels deep. Write it flat.',
    );
  });
});
