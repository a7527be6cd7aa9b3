import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BUGS } from '../tools/planted-bugs/bugs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

// `npm run planted` plants them, one at a time, and takes minutes. Here: that they can still be planted.
describe('planted bugs', () => {
  it.each(BUGS)('$name can still be planted', ({ file, edits }) => {
    const text = read(file);
    expect(edits.length).toBeGreaterThan(0);
    for (const [find, replacement] of edits) {
      expect(text.split(find).length - 1, `${file} holds: ${find}`).toBe(1);
      expect(replacement).not.toBe(find);
    }
  });

  it.each(BUGS)('$name has its test', ({ test }) => {
    const titles = titlesIn(test.file);
    for (const part of test.name.split(' > ')) {
      expect(
        titles.some((title) => title.test(part)),
        `${test.file} has a title like: ${part}`,
      ).toBe(true);
    }
  });

  it('are told apart by name', () => {
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  });
});

/** What a test file, and the suites it imports from beside it, may call a test: `%s` and `${x}` stand for anything. */
function titlesIn(file: string): RegExp[] {
  const text = read(file);
  const suites = [...text.matchAll(/from '(\.\/[\w./-]+|\.\.\/[\w./-]*describe-[\w-]+)\.js'/g)]
    .map(([, path]) => join(dirname(file), `${path}.ts`))
    .filter((path) => existsSync(join(root, path)));
  return [text, ...suites.map(read)].flatMap(literals).map(pattern);
}

function literals(text: string): string[] {
  const found = text.matchAll(
    /(?:describe|it|promises)(?:\.each)?\(\s*(['"`])((?:\\.|(?!\1).)+)\1|\)\(\s*(['"`])((?:\\.|(?!\3).)+)\3/gs,
  );
  return [...found].map(([, , direct, , each]) => (direct ?? each)!.replace(/\\(.)/g, '$1'));
}

function pattern(title: string): RegExp {
  const escaped = title.replace(/[.*+?^()|[\]\\{}]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\$\\\{.*?\\\}|\$[\w.\\]+|%[sjdoi]/g, '.*')}$`);
}
