import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const installed = Object.keys({ ...dependencies, ...devDependencies }).sort();
  const explained = read('docs/dependencies.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] as string))
    .sort();

  it('gives a reason for every package, and for no other', () => {
    expect(explained).toEqual(installed);
  });
  it('goes with exact versions: what is tested is what is installed', () => {
    expect(
      Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => /^[~^*]/.test(version)),
    ).toEqual([]);
  });
});
