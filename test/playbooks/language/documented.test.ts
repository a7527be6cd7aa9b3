import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems, PROBLEM_CODES } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

const text = readFileSync(new URL('../../../docs/language.md', import.meta.url), 'utf8');
const PAGES = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split(/^---\n/m));
const nameOf = (page: string) => /^playbook: (.+)$/m.exec(page)?.[1] ?? '';

describe('docs/language.md', () => {
  it('has a row for every code of lint, and for no other', () => {
    const rows = [...text.matchAll(/^\| (FB\d\d|W\d\d) \|/gm)].map(([, code]) => code);
    expect(rows, 'write the row of the code into section 6').toEqual([...PROBLEM_CODES]);
  });

  it('has pages to check', () => {
    expect(PAGES.map(nameOf)).toEqual([
      'aws-access-key',
      'github-token',
      'postgres-role',
      'api-key',
      'exchange-key',
      'manual',
    ]);
  });

  it.each(PAGES.map((page) => [nameOf(page), page] as const))('shows a page %s that loads', (name, page) => {
    const { page: read, problems } = readPage(page, `${name}.yaml`, CATALOGUE);
    expect(read, formatProblems(problems)).toBeDefined();
  });
});
