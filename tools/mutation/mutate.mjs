// npm run mutate -- <room> [--files a.ts,b.ts:10-40] [--concurrency n]: changes the room's code piece by piece, with the changes of Stryker's
// instrumenter, and says which of them no test noticed. docs/once.md says how the figures are read. Exits 1 below 85 %.
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { printReport } from './report.mjs';
import { ROOMS } from './rooms.mjs';
import { sentences } from './sentences.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const SCORE_AT_LEAST = 85;
/** Beyond what its tests took without it, five times over, a change has made something endless. */
const PATIENCE_MS = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string' }, concurrency: { type: 'string', default: '1' } },
});
const [name = ''] = positionals;
const room = ROOMS[name];
if (room === undefined || positionals.length !== 1) {
  console.error(`npm run mutate -- <room> [--files a.ts,b.ts:10-40] [--concurrency n]
Rooms: ${Object.keys(ROOMS).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'firebreak-mutate-'));
/** Where there is one, files of tests lie in memory: no commit of theirs waits for a disk. */
const scratch = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/firebreak-mutate-') : folder;
const judges = new Set();
process.on('exit', () => {
  for (const judge of judges) judge.kill('SIGKILL');
  for (const own of [folder, scratch]) rmSync(own, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const { mutants, code } = await instrument(filesOf(room.mutate));
writeFileSync(join(folder, 'room.json'), JSON.stringify({ code, tests: filesOf(room.tests) }));
const chosen = mutants.filter(({ status, fileName, location }) => status !== 'Ignored' && isAsked(fileName, location));
console.log(`${name}: ${chosen.length} changes (${mutants.length} with those in sentences and those not asked for)`);

// The first judge measures the room without changes; the others begin with what it found.
const first = await newJudge();
const base = JSON.parse(readFileSync(join(folder, 'base.json'), 'utf8'));
const red = base.tests.filter(({ failure }) => failure !== undefined);
for (const { name: test, failure } of red) console.error(`fails without any change, run alone: ${test}: ${failure}`);
if (red.length > 0) process.exit(1);
const seconds = (ms) => Math.round(ms / 1_000);
console.log(`${base.tests.length} tests, ${seconds(timeOf(base.tests))} s`);

// What only tests reach comes first: it needs nothing loaded anew.
const queue = [...chosen].sort((a, b) => (a.id in base.loading) - (b.id in base.loading));
const verdicts = new Map();
const began = Date.now();
for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal).on(signal, finish);
await Promise.all(Array.from({ length: Number(values.concurrency) }, (_, n) => work(n === 0 ? first : undefined)));
finish();

/** Says what has been judged, all of it or up to an interruption. */
function finish() {
  const results = chosen.filter(({ id }) => verdicts.has(id)).map((one) => ({ ...one, ...verdicts.get(one.id) }));
  const score = printReport(results, root);
  const reports = join(root, 'reports', 'mutation');
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, `${name}.json`), JSON.stringify(results, undefined, 1));
  const part = results.length < chosen.length ? `interrupted at ${results.length} of ${chosen.length}; ` : '';
  console.log(`${part}${seconds(Date.now() - began)} s; every change with its verdict: reports/mutation/${name}.json`);
  process.exit(score >= SCORE_AT_LEAST && part === '' ? 0 : 1);
}

async function work(judge) {
  let current = judge;
  let judged = 0;
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    current ??= await newJudge();
    let verdict = await ask(current, mutant);
    // What an earlier change has spoilt may look like this one's doing: a new process decides.
    if (verdict.spoilt && judged > 0) {
      end(current);
      current = await newJudge();
      verdict = await ask(current, mutant);
    }
    judged += 1;
    if (verdict.spoilt) {
      end(current);
      current = undefined;
      judged = 0;
    }
    verdicts.set(mutant.id, verdict);
    if (verdicts.size % 100 === 0)
      console.log(`${verdicts.size} of ${chosen.length}, ${seconds(Date.now() - began)} s`);
  }
  if (current !== undefined) end(current);
}

/** A process of its own, ready to judge. */
async function newJudge() {
  const judge = fork(join(here, 'judge.mjs'), [folder], {
    cwd: root,
    execArgv: ['--max-old-space-size=2500'],
    env: {
      ...process.env,
      TMPDIR: scratch,
      TZ: 'UTC',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...room.env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  judges.add(judge);
  await new Promise((ready, broken) => {
    judge.once('message', ready);
    judge.once('exit', (status) => broken(new Error(`the tests of ${name} could not be loaded (exit ${status})`)));
  });
  judge.removeAllListeners('exit');
  return judge;
}

function end(judge) {
  judges.delete(judge);
  judge.removeAllListeners();
  judge.kill('SIGKILL');
}

/** Its verdict; a process that does not answer in time, or ends, has noticed the change too. */
function ask(judge, { id }) {
  const tests = id in base.loading ? base.tests : base.tests.filter(({ reaches }) => id in reaches);
  return new Promise((done) => {
    const settle = (verdict) => {
      clearTimeout(timer);
      judge.removeAllListeners();
      done(verdict);
    };
    const timer = setTimeout(() => settle({ status: 'Timeout', spoilt: true }), PATIENCE_MS + 5 * timeOf(tests));
    judge.once('message', settle);
    judge.once('exit', () => settle({ status: 'Died', spoilt: true }));
    judge.send({ id });
  });
}

function timeOf(tests) {
  return tests.reduce((sum, { ms }) => sum + ms, 0);
}

/** The code of these files with every change in it, each behind a switch. */
async function instrument(files) {
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: console.error, isDebugEnabled: () => false };
  const { files: changed, mutants } = await new Instrumenter(log).instrument(
    files.map((file) => ({ name: join(root, file), mutate: true, content: readFileSync(join(root, file), 'utf8') })),
    { plugins: null, excludedMutations: [], ignorers: [sentences], noHeader: true },
  );
  return { mutants, code: Object.fromEntries(changed.map((file) => [file.name, file.content])) };
}

/** Files of the tree that match a pattern and none with a `!`. */
function filesOf(patterns) {
  const tops = [...new Set(patterns.map((pattern) => pattern.replace('!', '').split('/')[0]))];
  const all = tops.flatMap((top) =>
    readdirSync(join(root, top), { recursive: true }).map((file) => `${top}/${file.replaceAll('\\', '/')}`),
  );
  const matches = (pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(.*/)?'));
    return (file) => new RegExp(`^${source}$`).test(file);
  };
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(matches);
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => matches(pattern.slice(1)));
  return all.filter((file) => wanted.some((is) => is(file)) && !unwanted.some((is) => is(file))).sort();
}

/** `--files` names its file, and its lines if it names any. */
function isAsked(fileName, { start }) {
  if (values.files === undefined) return true;
  return values.files.split(',').some((one) => {
    const [file, from = '1', to = from === '1' ? '1000000' : from] = one.split(/[:-](?=\d)/);
    return fileName === join(root, file) && start.line + 1 >= Number(from) && start.line + 1 <= Number(to);
  });
}
