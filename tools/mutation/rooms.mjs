// The rooms whose tests are tested by changing the code: what is changed, and which tests must notice.
// Only a room's own fast tests run (no process, no server), so that a mutant costs milliseconds.

/** @type {Record<string, { mutate: string[], tests: string[], env?: Record<string, string> }>} */
export const ROOMS = {
  language: {
    mutate: ['playbooks/language/*.ts'],
    tests: [
      'test/playbooks/language/**/*.test.ts',
      'test/playbooks/pages.test.ts',
      '!test/playbooks/language/large-page.test.ts',
    ],
  },
  core: {
    mutate: ['workflows/core/**/*.ts'],
    // Laws count what they have seen, and that needs more time than a property has here; weeks of alerts take seconds.
    tests: [
      'test/workflows/core/**/*.test.ts',
      '!test/workflows/core/laws*.test.ts',
      '!test/workflows/core/weeks.test.ts',
    ],
  },
  'apply-effect': {
    mutate: [
      'activities/apply-effect.ts',
      'activities/begin-effect.ts',
      'activities/effect-rules.ts',
      'activities/effect.ts',
      'activities/effect-key.ts',
      'activities/settle.ts',
    ],
    tests: [
      'test/activities/apply-effect*.test.ts',
      // the real code through random schedules: slow, and each change would pay for it
      '!test/activities/apply-effect-schedules.test.ts',
      'test/activities/begin-effect.test.ts',
      'test/activities/rotate.test.ts',
      'test/activities/effect-key.test.ts',
      'test/activities/judge-looks.test.ts',
      'test/activities/undo.test.ts',
      'test/activities/settle*.test.ts',
    ],
    env: { FIREBREAK_SCHEDULES: '30' },
  },
  records: {
    mutate: ['records/*.ts'],
    tests: ['test/records/*.test.ts', '!test/records/many-processes.test.ts'],
    env: { FIREBREAK_RUNS: '3' },
  },
  intake: {
    mutate: ['worker/intake/*.ts'],
    tests: ['test/worker/intake/**/*.test.ts', 'test/worker/api/openapi.test.ts'],
  },
};
