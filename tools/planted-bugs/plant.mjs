// npm run planted -- [--only a,b] [--list]: plants each bug of bugs.mjs in a copy of the tree, one at a time, and runs the one test that must
// catch it. Caught = that test passes without the bug and fails by an assertion with it. Exits 1 if any bug survives.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BUGS } from './bugs.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } });
const only = values.only?.split(',');
const unknown = only?.filter((name) => !BUGS.some((bug) => bug.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no planted bug is called ${unknown.join(', ')}; npm run planted -- --list names them`);
  process.exit(2);
}
const bugs = BUGS.filter(({ name }) => only === undefined || only.includes(name));
if (values.list) {
  for (const { name, why, test } of bugs) console.log(`${name}\n  ${why}\n  ${test.file} > ${test.name}`);
  process.exit(0);
}

/** Not copied: what is built, installed or kept by others. Matched at the top of the tree only. */
const LEFT_OUT = /^(node_modules|\.git|dist(\..*)?|reports|coverage|\.firebreak)$/;
const copy = mkdtempSync(join(tmpdir(), 'firebreak-planted-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

cpSync(root, copy, {
  recursive: true,
  filter: (source) => dirname(source) !== root || !LEFT_OUT.test(basename(source)),
});
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const files = [...new Set(bugs.map(({ test }) => test.file))];
console.log(`without bugs: ${files.length} test files`);
const healthy = new Map(files.map((file) => [file, run(file)]));

const rows = [];
for (const bug of bugs) {
  const row = { ...bug, ...judge(bug) };
  rows.push(row);
  console.log(`${row.caught ? 'caught  ' : 'SURVIVED'}  ${row.name}  (${row.seconds} s)  ${row.line}`);
}
console.log('\n| planted bug | in | caught by |\n|---|---|---|');
for (const { name, file, test, caught } of rows) {
  console.log(
    `| ${name} | \`${file}\` | ${caught ? `\`${test.file}\`: ${test.name.replaceAll('|', '\\|')}` : 'nothing'} |`,
  );
}
const survived = rows.filter(({ caught }) => !caught);
console.log(`\n${rows.length - survived.length} of ${rows.length} caught`);
process.exitCode = survived.length === 0 ? 0 : 1;

function judge({ file, edits, test }) {
  const began = Date.now();
  const ends = (caught, line) => ({ caught, line, seconds: Math.round((Date.now() - began) / 1_000) });
  const before = healthy.get(test.file).tests.filter(({ name }) => name === test.name);
  if (before.length !== 1) return ends(false, `${before.length} tests of ${test.file} have that name`);
  if (before[0].state !== 'passed') return ends(false, `its test fails without the bug: ${firstOf(before[0])}`);

  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  let planted = text;
  for (const [find, replacement] of edits) {
    if (planted.split(find).length !== 2) return ends(false, `${file} does not hold exactly once: ${find}`);
    planted = planted.replace(find, () => replacement);
  }
  writeFileSync(path, planted);
  try {
    const { tests, broken } = run(test.file, test.name);
    const after = tests.find(({ name }) => name === test.name);
    if (after?.state !== 'failed') return ends(false, broken[0]?.message ?? `its test is ${after?.state ?? 'not run'}`);
    return ends(
      after.errors.some(({ assertion }) => assertion),
      firstOf(after),
    );
  } finally {
    writeFileSync(path, text);
  }
}

function firstOf({ errors }) {
  const { assertion, message } = errors[0] ?? { assertion: false, message: 'it failed without an error' };
  return assertion ? message : `not by an assertion: ${message}`;
}

/** Runs one test, or all of its file; Temporal is not needed by any of them. */
function run(file, name) {
  const results = join(copy, 'planted-results.json');
  rmSync(results, { force: true });
  const args = ['run', file, '--reporter', join(copy, 'tools', 'planted-bugs', 'reporter.mjs')];
  if (name !== undefined)
    args.push('--testNamePattern', `^${name.replaceAll(' > ', ' ').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  const { stderr, stdout } = spawnSync(
    process.execPath,
    [join(copy, 'node_modules', 'vitest', 'vitest.mjs'), ...args],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: 300_000,
      env: { ...process.env, FIREBREAK_TEST_WITHOUT_TEMPORAL: '1', PLANTED_RESULTS: results },
    },
  );
  try {
    return JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return { tests: [], broken: [{ assertion: false, message: `${file} could not be run: ${stderr || stdout}` }] };
  }
}
