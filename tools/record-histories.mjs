/**
 * Tells incidents of test/workflows/{outcomes,tales}.ts on a real Temporal server and records their histories into
 * test/histories: `npm run record-histories -- NAME ...`; without a name, those that have none yet. What is recorded
 * stays: a second history of NAME becomes NAME.2.json beside the first (test/histories/README.md says why).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = ['outcomes', 'tales'].map((file) => readFileSync(`${root}test/workflows/${file}.ts`, 'utf8')).join('\n');
const all = [...text.matchAll(/^ {4}name: '([a-z-]+)',$/gm)].map(([, name]) => name);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(
    `no such incident: ${unknown.join(', ')}. Write it into test/workflows/tales.ts; there are ${all.join(', ')}`,
  );
  process.exit(2);
}
const names = asked.length > 0 ? asked : all.filter((name) => !existsSync(`${root}test/histories/${name}.json`));
if (names.length === 0) {
  console.info('every incident has its history');
  process.exit(0);
}
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', 'test/workflows/run-playbook.test.ts', '--testNamePattern', 'closes as'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, RECORD_HISTORIES: names.join(',') } },
);
process.exit(status ?? 1);
