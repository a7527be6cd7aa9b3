// A process that judges changes of one room: `node judge.mjs FOLDER`. FOLDER/room.json holds the room's code with every change in it, each behind
// a switch; a message `{ id }` asks what the room's tests say while that switch is on. A change in code that only runs inside tests is judged by
// the tests that reach it; one that takes part in loading (a table, a constant) by loading everything anew and running all tests.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSourceServer, root } from '../source-server.mjs';
import * as api from './test-api.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
const { code, tests: testFiles } = JSON.parse(readFileSync(join(folder, 'room.json'), 'utf8'));
/** Loading everything anew leaves the old behind. */
const RSS_AT_MOST = 1_500_000_000;
/** A test that takes longer than this and five times its usual time waits for what never comes. */
const PATIENCE_MS = 4_000;
/** A loop that a change has made endless is cut at so many times its usual turns. */
const HITS = 100;

// ---- the switches: the instrumented code calls these two by name

let active;
let hits = 0;
let hitsAtMost = Number.POSITIVE_INFINITY;
let covered = {};
globalThis.stryMutAct_9fa48 = (id) => {
  if (id !== active) return false;
  hits += 1;
  if (hits > hitsAtMost) throw new Error('this loop does not end');
  return true;
};
const cover = (...ids) => {
  for (const id of ids) covered[id] = (covered[id] ?? 0) + 1;
};
const coverNothing = () => undefined;
globalThis.stryCov_9fa48 = coverNothing;

function turnOn(id, limit = Number.POSITIVE_INFINITY) {
  active = id;
  hits = 0;
  hitsAtMost = limit;
}

// ---- loading

const server = await openSourceServer({
  // Else it would be taken as it is, without asking the plugin.
  ssr: { noExternal: ['vitest'] },
  plugins: [
    {
      name: 'changed-code-and-its-tests',
      enforce: 'pre',
      resolveId: (id) => (id === 'vitest' ? '\0test-api' : undefined),
      load: (id) =>
        id === '\0test-api' ? `export const { ${Object.keys(api.forTests)} } = globalThis.testApi;` : code[id],
    },
  ],
});
globalThis.testApi = api.forTests;
const { runner } = server.environments.ssr;

async function loadAll() {
  runner.clearCache();
  await runner.import(join(here, 'fast-check.ts'));
  return api.collect(testFiles, (file) => runner.import(join(root, file)));
}

// ---- the room as it is

/** What each test reaches, how long it takes, and what loading reaches. */
async function measure() {
  globalThis.stryCov_9fa48 = cover;
  const tests = await loadAll();
  const base = { loading: covered, tests: [] };
  for (const test of tests) {
    covered = {};
    const began = performance.now();
    let failure;
    await api.run(test).catch((error) => {
      failure = String(error?.message ?? error);
    });
    base.tests.push({ name: test.name, ms: performance.now() - began, reaches: covered, failure });
  }
  globalThis.stryCov_9fa48 = coverNothing;
  return base;
}

const basePath = join(folder, 'base.json');
if (!existsSync(basePath)) writeFileSync(basePath, JSON.stringify(await measure()));
const base = JSON.parse(readFileSync(basePath, 'utf8'));
/** How often a test has noticed something lately: those go first. */
const kills = base.tests.map(() => 0);
let clean = await loadAll();
// Servers under test tell their console of each error that a change makes.
for (const say of ['log', 'info', 'warn', 'error']) console[say] = () => undefined;
// What a change leaves behind after its test has ended is nobody's failure.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);

// ---- judging

const byChance = (a, b) => kills[b] - kills[a] || base.tests[a].ms - base.tests[b].ms;

/** How it ends, alone; `Timeout` when it does not, since what it waits for never comes. */
async function outcome(test, usualMs) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS + 5 * usualMs, 'Timeout');
  });
  const ends = api.run(test).then(
    () => 'passed',
    () => 'Killed',
  );
  return Promise.race([ends, late]).finally(() => clearTimeout(timer));
}

/** In code that loading does not reach. */
async function judgeInside(id) {
  const reached = base.tests.flatMap(({ reaches }, index) => (id in reaches ? [index] : [])).sort(byChance);
  if (reached.length === 0) return { status: 'NoCoverage' };
  for (const index of reached) {
    turnOn(id, base.tests[index].reaches[id] * HITS);
    const status = await outcome(clean[index], base.tests[index].ms);
    turnOn(undefined);
    if (status === 'passed') continue;
    kills.forEach((count, other) => {
      kills[other] = count * 0.9;
    });
    kills[index] += 1;
    // A change may spoil what later tests share: then its verdict, too, is worth nothing.
    const spoilt = status === 'Timeout' || (await outcome(clean[index], base.tests[index].ms)) !== 'passed';
    return { status, by: base.tests[index].name, spoilt };
  }
  return { status: 'Survived', tests: reached.length };
}

async function judgeLoading(id) {
  turnOn(id);
  try {
    const tests = await loadAll();
    const order = tests.map((_, index) => index).filter((index) => base.tests[index] !== undefined);
    for (const index of order.sort(byChance)) {
      const status = await outcome(tests[index], base.tests[index].ms);
      if (status === 'passed') continue;
      kills[index] += 1;
      return { status, by: tests[index].name, spoilt: status === 'Timeout' };
    }
    return { status: 'Survived', tests: tests.length };
  } catch (error) {
    return { status: 'Killed', by: `loading: ${String(error?.message ?? error).slice(0, 200)}` };
  } finally {
    turnOn(undefined);
    clean = undefined;
  }
}

process.on('message', async ({ id }) => {
  const loading = id in base.loading;
  if (!loading) clean ??= await loadAll();
  const verdict = await (loading ? judgeLoading(id) : judgeInside(id));
  process.send({ id, ...verdict, spoilt: verdict.spoilt === true || process.memoryUsage().rss > RSS_AT_MOST });
});
process.send({ ready: true });
