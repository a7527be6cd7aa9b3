// Collects the tests of a room, so that one process can run any of them alone and as often as it likes. `forTests` is what they get as `vitest`:
// what the rooms use of it; assertions are vitest's own.
import { expect } from 'vitest';

/** @typedef {{ beforeAll: Function[], beforeEach: Function[], afterEach: Function[], afterAll: Function[], parent?: Suite }} Suite */

const newSuite = (parent) => ({ parent, beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] });
const SKIPPED = Symbol('skipped');
let suite = newSuite();
let path = [];
let collected = [];
let finished = [];

/** Loads test files one by one with `load` and gives the tests in them, in order. */
export async function collect(files, load) {
  collected = [];
  for (const file of files) {
    suite = newSuite();
    path = [file];
    await load(file);
  }
  return collected;
}

/** Runs one test alone, with all hooks around it; rejects as the test does. */
export async function run({ suites, body }) {
  finished = [];
  const undo = [];
  try {
    for (const one of suites) {
      undo.unshift(...one.afterAll);
      for (const hook of one.beforeAll) undo.unshift(await hook());
    }
    for (const one of suites) {
      undo.unshift(...one.afterEach);
      for (const hook of one.beforeEach) undo.unshift(await hook());
    }
    await body({ skip, onTestFinished });
  } catch (error) {
    if (error !== SKIPPED) throw error;
  } finally {
    for (const step of [...finished.reverse(), ...undo]) if (typeof step === 'function') await step();
  }
}

const skip = () => {
  throw SKIPPED;
};

const onTestFinished = (hook) => finished.push(hook);

const functionAmong = (args) => args.find((one) => typeof one === 'function');

function describe(name, ...rest) {
  const outer = suite;
  suite = newSuite(outer);
  path.push(name);
  try {
    functionAmong(rest)();
  } finally {
    path.pop();
    suite = outer;
  }
}

function it(name, ...rest) {
  const suites = [];
  for (let one = suite; one !== undefined; one = one.parent) suites.unshift(one);
  collected.push({ name: [...path, name].join(' > '), suites, body: functionAmong(rest) });
}

const each =
  (take) =>
  (rows) =>
  (name, ...rest) =>
    rows.forEach((row, index) => {
      const body = functionAmong(rest);
      take(`${name} #${index + 1}`, () => body(...(Array.isArray(row) ? row : [row])));
    });
describe.each = each(describe);
it.each = each(it);
it.skipIf = (condition) => (condition ? () => undefined : it);
describe.skipIf = (condition) => (condition ? () => undefined : describe);

export const forTests = {
  expect,
  describe,
  it,
  test: it,
  onTestFinished,
  beforeAll: (hook) => suite.beforeAll.push(hook),
  beforeEach: (hook) => suite.beforeEach.push(hook),
  afterEach: (hook) => suite.afterEach.unshift(hook),
  afterAll: (hook) => suite.afterAll.unshift(hook),
};
