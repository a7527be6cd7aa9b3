import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Case, CaseEvent } from '../../../playbooks/language/cases.js';
import { readPage } from '../../../playbooks/language/page.js';
import { defaultTeam } from '../../../worker/cases/case-team.js';
import { runCase } from '../../../worker/cases/run-case.js';
import { storyOf } from '../../../worker/cases/story-of.js';
import { catalogue } from '../../../worker/house.js';

const file = 'playbooks/aws-access-key.yaml';
const page = readPage(readFileSync(new URL(`../../../${file}`, import.meta.url)), file, catalogue).page!;
const STEPS = ['disable', 'cut_sessions', 'contained', 'rotate', 'replacement_works', 'revoke', 'dead'];
const FAULTS = ['permission-denied', 'rate-limited', 'unavailable', 'unknown-outcome', 'lost-answer', 'slow'] as const;

const some = <T>(values: fc.Arbitrary<T>) => fc.dictionary(fc.constantFrom(...STEPS), values, { maxKeys: 2 });

/** Whatever goes wrong with whom, and nothing is expected of it: only what is promised always. */
const cases: fc.Arbitrary<Case> = fc.record({
  name: fc.constant('anything'),
  at: fc.constant({ line: 1, column: 1 }),
  given: fc.record({
    facts: fc.record({
      environment: fc.constant('production'),
      criticality: fc.constantFrom('critical', 'normal', 'unknown'),
      exposure: fc.constantFrom('public', 'internal', 'unknown'),
      secret: fc.constantFrom('held', 'not_held'),
      owner: fc.constantFrom('known', 'unknown'),
      subject: fc.constantFrom('none', 'sam'),
    }),
    results: fc.constantFrom<Case['given']['results']>({}, { 'scan_logs.verdict': 'misuse' }),
    provider: some(fc.constantFrom(...FAULTS)),
  }),
  people: some(fc.constantFrom('approve', 'deny', 'silent').map((word) => ({ by: 'all' as const, word }))),
  after: fc
    .tuple(
      fc.constantFrom(...STEPS.slice(0, 5)),
      fc.constantFrom<CaseEvent>('second_alert', 'false_alarm', 'hold', 'cancel'),
    )
    .map(([step, event]): Case['after'] => ({ [step]: [event] })),
  expect: fc.constant({}),
  now: fc.constantFrom({ day: 1, minute: 600 }, { day: 6, minute: 180 }),
});

it('keeps what is always promised, whatever fails and whoever says what', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const result = await runCase({ page, one, team: defaultTeam(page), catalogue });
      expect(result.differences, storyOf(result)).toEqual([]);
    }),
    { numRuns: 8 },
  );
}, 600_000);
