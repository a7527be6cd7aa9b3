import { writeFileSync } from 'node:fs';

/** Writes how each test ended, and whether an assertion failed, to the file named by PLANTED_RESULTS. */
export default class {
  tests = [];
  broken = [];

  onTestCaseResult(test) {
    const { state, errors = [] } = test.result();
    this.tests.push({ name: test.fullName, state, errors: errors.map(said) });
  }

  onTestModuleEnd(module) {
    this.broken.push(...module.errors().map(said));
  }

  onTestRunEnd(_modules, unhandled) {
    this.broken.push(...unhandled.map(said));
    writeFileSync(process.env.PLANTED_RESULTS, JSON.stringify({ tests: this.tests, broken: this.broken }));
  }
}

/** A property of fast-check fails with the assertion as its cause. */
function said(error) {
  const chain = [];
  for (let one = error; one !== undefined && one !== null && chain.length < 5; one = one.cause) chain.push(one);
  return {
    assertion: chain.some(({ name, code }) => name === 'AssertionError' || code === 'ERR_ASSERTION'),
    message: String(error.message ?? error).split('\n')[0],
  };
}
