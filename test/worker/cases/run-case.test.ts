import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StepFailed } from '../../../activities/contract.js';
import { type Page, readPage } from '../../../playbooks/language/page.js';
import type { Plan } from '../../../playbooks/language/plan.js';
import type { Spoil } from '../../../worker/cases/case-site.js';
import { defaultTeam } from '../../../worker/cases/case-team.js';
import { type CaseResult, runCase } from '../../../worker/cases/run-case.js';
import { storyOf } from '../../../worker/cases/story-of.js';
import { catalogue } from '../../../worker/house.js';

const text = readFileSync(new URL('../../../playbooks/aws-access-key.yaml', import.meta.url), 'utf8');
const steps = text.slice(0, text.indexOf('cases:\n'));

/** The AWS page with one case of its own. */
function pageWith(line: string, from = steps): Page {
  const { page, problems } = readPage(`${from}cases:\n  - ${line}\n`, 'aws-access-key.yaml', catalogue);
  if (page === undefined) throw new Error(JSON.stringify(problems));
  return page;
}

async function play(line: string, spoil?: Spoil, from?: string): Promise<CaseResult> {
  const page = pageWith(line, from);
  const one = page.cases[0]!;
  return runCase({ page, one, team: defaultTeam(page), catalogue, ...(spoil === undefined ? {} : { spoil }) });
}

const withoutGate = (plan: Plan): Plan => ({
  ...plan,
  steps: plan.steps
    .filter(({ kind }) => kind !== 'ask')
    .map((step) => {
      const { gate: _, ...open } = step as typeof step & { gate?: string };
      return { ...open, needs: step.needs.filter((need) => !need.endsWith('.ask')) } as typeof step;
    }),
});

describe('a wrong expectation', () => {
  it('fails with what was expected, what was seen, and the story by the clock of the case', async () => {
    const result = await play(
      '{ name: silence deletes, people: { revoke: silent }, expect: { incident: dead, credential: gone, asked: [], done: [revoke], contained_within: 1s, grade: { contained: unproven } } }',
    );
    expect(result.passed).toBe(false);
    expect(result.differences).toEqual([
      'incident: expected dead, seen held',
      'credential: expected gone, seen inactive',
      'asked: expected none, seen revoke',
      expect.stringMatching(/^done, in order: expected revoke, seen .*rotate/),
      'contained within: expected 1 s, seen 14 s',
      'grade of contained: expected unproven, seen refused',
    ]);
    expect(storyOf(result)).toMatch(/\+00:01:14 {2}INC-1 · done · recover\.rotate/);
    expect(storyOf(result)).toMatch(/\+04:01:14 {2}INC-1 · unanswered · close\.revoke\.ask/);
  });

  it('fails for each list and word of it', async () => {
    const { differences } = await play(
      '{ name: nothing of this, expect: { replacement: none, incidents: 2, skipped: [disable], failed: [rotate], undone: [disable], told: [customer], done: [rotate, disable] } }',
    );
    expect(differences.map((line) => line.split(':')[0])).toEqual([
      'replacement',
      'incidents',
      'done, in order',
      'skipped',
      'failed',
      'undone',
      'told',
    ]);
  });
});

describe('what is always checked', () => {
  const fine = '{ name: nothing is expected of it but an end, expect: { incident: dead } }';

  it('catches a deletion that nobody was asked about', async () => {
    const { differences } = await play(fine, { plan: withoutGate });
    expect(differences).toEqual([
      expect.stringMatching(/^DeleteAccessKey AKIA\w+: nobody was asked, and somebody had to be$/),
    ]);
  });

  it('catches a secret in a line of the timeline, wherever it is kept', async () => {
    const { differences } = await play(fine, {
      activities: (given, site) => ({
        ...given,
        open_ticket: async (input, attempt) => {
          const [secret = ''] = site.provider.secrets().slice(-2);
          const entry = { incident: 'INC-1', at: 0, kind: 'note', step: '', generation: 1, line: `the key ${secret}` };
          await site.records.timeline.append({ ...entry, key: 'planted' });
          return given.open_ticket!(input, attempt);
        },
      }),
    });
    expect(differences).toContain('a secret stands in timeline of INC-1');
    expect(differences).toContainEqual(expect.stringMatching(/^a secret stands in records\.db/));
  });

  it('catches a change at the provider that no step of the plan makes', async () => {
    const { differences } = await play('{ name: nothing, expect: { replacement: works } }', {
      activities: (given, site) => ({
        ...given,
        scan_logs: async (input, attempt) => {
          const { plan } = (await site.records.incidents.get('INC-1')) as { plan: Plan };
          const { now } = site.agenda;
          const call = { credential: plan.credential, incident: 'INC-1', args: {}, now };
          const [disable] = site.provider.connector!.intend('disable', call);
          const sending = { signedAt: now(), signal: AbortSignal.timeout(5_000) };
          await disable!.change.apply('Active', sending);
          await disable!.change.apply('Inactive', sending);
          return given.scan_logs!(input, attempt);
        },
      }),
    });
    expect(differences).toEqual([
      expect.stringMatching(/^at the provider \d times, the plan has it 1 times: UpdateAccessKey AKIA\w+ Inactive$/),
      expect.stringMatching(/^at the provider.*: UpdateAccessKey AKIA\w+ Active/),
      expect.stringMatching(/^at the provider: UpdateAccessKey AKIA\w+ Active, though it was no false alarm$/),
    ]);
  });

  it('catches an incident that stands still and waits for nobody', async () => {
    const stuck = (plan: Plan): Plan => ({
      ...plan,
      steps: plan.steps.map((step) => (step.name === 'rotate' ? { ...step, needs: [...step.needs, step.id] } : step)),
    });
    const { differences } = await play('{ name: nothing, expect: { credential: inactive } }', { plan: stuck });
    expect(differences).toContain('it stands still, is not closed, and waits for nobody');
  });

  it('fails, and does not throw, when the house breaks', async () => {
    const broken: Spoil = {
      activities: (given) => ({
        ...given,
        prepare: async () => {
          throw new StepFailed('invalid', 'no page fits');
        },
      }),
    };
    const { passed, differences } = await play(fine, broken);
    expect(passed).toBe(false);
    expect(differences[0]).toMatch(/the story broke off: .*no plan: no page fits/);
  });
});

describe('what a case may say', () => {
  const byHand = steps.replace(
    '  - do: disable\n',
    '  - do: disable\n  - task: Turn <credential> off by hand.\n    id: off_by_hand\n    does: disable\n    when: { disable.state: failed }\n    done_when: contained\n',
  );
  it.each([
    [
      'a hand does at the provider what the provider did not let us',
      '{ name: x, given: { disable: permission-denied }, expect: { incident: dead, failed: [disable], done: [off_by_hand, contained] } }',
      byHand,
    ],
    [
      'a hand that only claims it is not believed where one can look',
      '{ name: x, given: { disable: permission-denied }, people: { off_by_hand: claims }, expect: { incident: held, credential: active, failed: [off_by_hand] } }',
      byHand,
    ],
    [
      'a key that goes on working keeps its replacement and is not deleted',
      '{ name: x, given: { contained: alive }, expect: { incident: held, credential: inactive, failed: [contained], asked: [] } }',
    ],
    [
      'a slow provider is waited for',
      '{ name: x, given: { disable: slow, revoke: slow }, expect: { incident: dead } }',
    ],
    [
      'without the secret the provider’s own state is the proof',
      '{ name: x, given: { secret: not_held }, expect: { incident: dead, grade: { dead: provider-state } } }',
    ],
    [
      'whose key it is does not decide about it',
      '{ name: x, given: { subject: mia }, expect: { incident: dead, credential: gone } }',
    ],
    ['a hold holds', '{ name: x, after: { contained: hold }, expect: { incident: held, replacement: none } }'],
    ['and a resume goes on', '{ name: x, after: { contained: [hold, resume] }, expect: { incident: dead } }'],
    ['a person closes it once contained', '{ name: x, after: { contained: close }, expect: { incident: contained } }'],
    [
      'a person cancels it',
      '{ name: x, after: { disable: cancel }, expect: { incident: cancelled, credential: inactive } }',
    ],
    [
      'a second no after a retry still holds',
      '{ name: x, people: { revoke: deny }, after: { revoke: retry }, expect: { incident: held, credential: inactive } }',
    ],
    [
      'a false alarm after the deletion says that it cannot come back',
      '{ name: x, after: { revoke: false_alarm }, expect: { incident: false_alarm, credential: gone, replacement: works } }',
    ],
    [
      'the verdict is found in the logs',
      '{ name: x, given: { scan_logs.verdict: misuse }, expect: { incident: dead } }',
    ],
    ['and so is a doubt', '{ name: x, given: { scan_logs.verdict: suspicious }, expect: { incident: dead } }'],
  ])('%s', async (_, line, from = steps) => {
    const result = await play(line, undefined, from);
    expect(result.differences, storyOf(result)).toEqual([]);
    expect(result.givenDirectly).toEqual([]);
  });

  it('what no twin can play is given directly, and the result says so', async () => {
    const result = await play(
      '{ name: x, given: { revoke: not-found }, expect: { incident: held, failed: [revoke] } }',
    );
    expect(result.differences, storyOf(result)).toEqual([]);
    expect(result.givenDirectly).toEqual(['revoke: not-found']);
  });
});
