import { describe, expect, it } from 'vitest';
import { describePlan } from '../../../playbooks/language/describe-plan.js';
import type { VerbSpec } from '../../../playbooks/language/kinds.js';
import { readPage } from '../../../playbooks/language/page.js';
import type { Plan } from '../../../playbooks/language/plan.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { catalogueOf } from '../../../playbooks/language/verbs.js';
import { AWS, CATALOGUE, planOfPage } from './kinds-for-tests.js';

const page = (phases: string) => `playbook: aws-access-key
summary: Freeze it.
${phases}
cases:
  - { name: a no, people: { disable: deny }, expect: { incident: held } }
`;
const FOLLOWS = `contain:
  - do: disable
  - prove: contained
assess:
  - do: find_created
  - respond_to_each: find_created
recover:
  - do: rotate
  - prove: replacement_works
close:
  - do: revoke
  - prove: dead`;

const planOf = (phases: string, more: Parameters<typeof planOfPage>[1] = {}): Plan => planOfPage(page(phases), more);
const problemsOf = (phases: string) =>
  formatProblems(readPage(page(phases), 'aws-access-key.yaml', CATALOGUE).problems);
const stepOf = (plan: Plan, id: string) => plan.steps.find((step) => step.id === id);
const EACH = 'assess.respond_to_each';

describe('a respond_to_each in a plan', () => {
  it('becomes the step itself, and beside the phases a question, more, a task and a wait', () => {
    const plan = planOf(FOLLOWS);
    const made = plan.steps.filter(({ id }) => id.startsWith(EACH));

    expect(made.map(({ id, kind, phase }) => [id, kind, phase])).toEqual([
      [EACH, 'each', 'assess'],
      [`${EACH}.more.ask`, 'ask', 'alongside'],
      [`${EACH}.more`, 'each', 'alongside'],
      [`${EACH}.rest`, 'task', 'alongside'],
      [`${EACH}.contained`, 'each', 'alongside'],
    ]);
    expect(stepOf(plan, EACH)).toMatchObject({
      part: 'open',
      of: 'assess.find_created',
      atMost: 20,
      needs: ['assess.find_created'],
      unless: { 'find_created.credentials': ['none'] },
      title: 'Open an incident for each credential that was made with AKIA…PLE',
    });
    expect(stepOf(plan, `${EACH}.more.ask`)).toMatchObject({
      covers: [`${EACH}.more`],
      places: { 'security-on-call': 1 },
      ifSilent: 'hold',
      ifDenied: 'skip',
      needs: [EACH],
      unless: { 'respond_to_each.left': ['none'] },
      question:
        '<credential> made <find_created.credentials> credentials, more than at_most 20. Open an incident for the <respond_to_each.left> others, too?',
      because: [{ source: 'page', row: 'at_most 20' }],
    });
    expect(stepOf(plan, `${EACH}.more`)).toMatchObject({ part: 'more', gate: `${EACH}.more.ask`, atMost: 20 });
    expect(stepOf(plan, `${EACH}.rest`)).toMatchObject({
      needs: ['assess.find_created'],
      unless: { 'find_created.others': ['none'] },
      places: { 'security-on-call': 1 },
      withinSeconds: 4 * 3600,
      sentence: expect.stringContaining('the <find_created.others> other things'),
    });
    expect(stepOf(plan, `${EACH}.contained`)).toMatchObject({
      part: 'contained',
      needs: [EACH],
      unless: { 'respond_to_each.state': ['skipped'] },
    });
  });

  it('keeps recover waiting for nothing, and the first of close until all are contained', () => {
    const plan = planOf(FOLLOWS);
    expect(stepOf(plan, 'recover.rotate')?.needs).toEqual([EACH]);
    expect(stepOf(plan, 'close.revoke')?.needs).toContain(`${EACH}.contained`);
    expect(stepOf(plan, 'close.dead')?.needs).toEqual(['close.revoke']);
  });

  it('keeps close waiting for one beside the phases too', () => {
    const plan = planOf(
      `alongside:
  - { do: find_created, when: { contained.state: done } }
  - respond_to_each: find_created
contain:
  - do: disable
  - prove: contained
close:
  - prove: dead`,
    );
    expect(stepOf(plan, 'alongside.respond_to_each')?.needs).toEqual(['alongside.find_created']);
    expect(stepOf(plan, 'close.dead')?.needs).toEqual(['contain.contained', 'alongside.respond_to_each.contained']);
  });

  it('waits for no circle where it stands in close itself, or beside it', () => {
    const inClose = planOf(
      'contain:\n  - do: disable\n  - prove: contained\nclose:\n  - prove: dead\n  - do: find_created\n  - respond_to_each: find_created',
    );
    expect(stepOf(inClose, 'close.dead')?.needs).toEqual(['contain.contained']);
    const beside = planOf(
      'alongside:\n  - respond_to_each: find_created\ncontain:\n  - do: disable\n  - prove: contained\nclose:\n  - prove: dead\n  - do: find_created',
    );
    expect(stepOf(beside, 'close.dead')?.needs).toEqual(['contain.contained']);
  });

  it('says the page’s own name, number and conditions', () => {
    const plan = planOf(
      FOLLOWS.replace('- do: find_created', '- { do: find_created, id: made }').replace(
        '- respond_to_each: find_created',
        '- { respond_to_each: made, id: follow, at_most: 3, unless: { made.credentials: none } }',
      ),
    );
    expect(stepOf(plan, 'assess.follow')).toMatchObject({
      atMost: 3,
      of: 'assess.made',
      unless: { 'made.credentials': ['none'] },
    });
    expect(stepOf(plan, 'assess.follow.rest')?.unless).toEqual({
      'made.credentials': ['none'],
      'made.others': ['none'],
    });
    expect(stepOf(plan, 'assess.follow.more.ask')).toMatchObject({
      question: expect.stringContaining('more than at_most 3. Open an incident for the <follow.left> others'),
    });
  });

  it('is left out with all that belongs to it in mode observe, and where a fact says so', () => {
    for (const plan of [
      planOf(FOLLOWS, { mode: 'observe' }),
      planOf(
        FOLLOWS.replace(
          '- respond_to_each: find_created',
          '- { respond_to_each: find_created, when: { exposure: internal } }',
        ),
      ),
    ]) {
      const made = plan.steps.filter(({ id }) => id.startsWith(EACH));
      expect(made).toHaveLength(5);
      for (const step of made) expect(step.skip, step.id).toBeDefined();
      expect(stepOf(plan, 'assess.find_created')?.skip).toBeUndefined();
    }
  });

  it('replaces nothing of what another incident found', () => {
    const plan = planOf(FOLLOWS, { foundBy: 'INC-7' });
    const skipped = plan.steps.filter(({ skip }) => skip !== undefined);

    expect(skipped.map(({ id }) => id)).toEqual(['recover.rotate', 'recover.replacement_works']);
    expect(skipped[0]?.skip).toBe('INC-7 found it: what a leaked credential made is taken away, not replaced');
    expect(stepOf(plan, 'close.revoke')?.skip).toBeUndefined();
  });

  it('is described with what it opens and what it waits for', () => {
    const text = describePlan(planOf(FOLLOWS), AWS);
    expect(text).toMatch(/the newest 20 of what \d+ found; each is answered by its own page; .* is linked/);
    expect(text).toMatch(/all others of what \d+ found/);
    expect(text).toContain('looks until each of them is contained or closed; close waits for it');
    expect(text).toContain('because the page asks');
  });
});

describe('a page that responds', () => {
  it.each([
    [
      'to another step than one that finds',
      FOLLOWS.replace('respond_to_each: find_created', 'respond_to_each: disable'),
      'respond_to_each has no find_created step disable; it has find_created.',
    ],
    [
      'to none at all',
      FOLLOWS.replace('respond_to_each: find_created', 'respond_to_each: 0x'),
      'FB03 respond_to_each takes a name of a-z, 0-9 and _',
    ],
    [
      'with no number',
      FOLLOWS.replace('- respond_to_each: find_created', '- { respond_to_each: find_created, at_most: 0 }'),
      'FB03 at_most takes a number from 1 to 100, not the number 0.',
    ],
    [
      'to what stands in alongside, from a phase',
      FOLLOWS.replace('  - do: find_created\n', '').replace(
        'contain:',
        'alongside:\n  - { do: find_created, when: { contained.state: done } }\ncontain:',
      ),
      'W60 respond_to_each waits for find_created in alongside, up to 10m.',
    ],
    [
      'to what waits for itself',
      FOLLOWS.replace('- do: find_created', '- { do: find_created, when: { respond_to_each.state: done } }'),
      'FB23 find_created waits for itself: find_created > respond_to_each > find_created.',
    ],
    [
      'after a proof that may be left out',
      FOLLOWS.replace('- prove: contained', '- { prove: contained, unless: { secret: not_held } }'),
      'FB33 find_created must stand after the proof of contained, in assess. Move it.',
    ],
  ])('%s is refused or warned of', (_, phases, problem) => {
    expect(problemsOf(phases)).toContain(problem);
  });

  it('may find after the proof of death, and read what became of what was found', () => {
    const says = 'say: "<respond_to_each.opened> opened, <respond_to_each.refused> refused."';
    const phases = FOLLOWS.replace('prove: contained', 'prove: dead').replace(
      '  - do: revoke\n  - prove: dead',
      `  - { do: notify, audience: owner, ${says}, unless: { respond_to_each.linked: none } }`,
    );
    expect(problemsOf(phases)).not.toMatch(/FB/);
  });
});

it('refuses a connector whose find_created changes something, or does not count', () => {
  const find = AWS.verbs.find_created!;
  const wrongs: VerbSpec[] = [
    { ...find, class: 'contain' as const },
    { ...find, results: { credentials: 'count' as const } },
    { ...find, results: { credentials: 'count' as const, others: 'text' as const } },
  ];
  for (const wrong of wrongs) {
    expect(() => catalogueOf([{ ...AWS, verbs: { ...AWS.verbs, find_created: wrong } }])).toThrow(
      'find_created is of class read and counts credentials and others',
    );
  }
});
