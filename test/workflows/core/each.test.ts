import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../playbooks/language/plan.js';
import type { Mode } from '../../../playbooks/language/words.js';
import { apply } from '../../../workflows/core/apply.js';
import { ready } from '../../../workflows/core/ready.js';
import type { Call, Outcome } from '../../../workflows/core/run.js';
import { planOfPage } from '../../playbooks/language/kinds-for-tests.js';
import { but, failed, HOUR, MINUTE, type Script, Story, works } from './story.js';

const PAGE = `playbook: aws-access-key
summary: Freeze it, follow what it made, prove that it is dead.
contain:
  - do: disable
  - prove: contained
assess:
  - do: find_created
  - respond_to_each: find_created
recover:
  - do: rotate
  - prove: replacement_works
close:
  - prove: dead
cases:
  - { name: a no, people: { rotate: deny }, expect: { incident: held } }
`;

const EACH = 'assess.respond_to_each';
const FIND = 'assess.find_created';

const planOf = (mode: Mode = 'act', page = PAGE): Plan => planOfPage(page, { mode });

const ok = (results: Record<string, number>, line = 'ok'): Outcome => ({ ok: true, value: { results, line } });
const found = (credentials: number, others = 0) => ok({ credentials, others });
const opened = (counts: Partial<Record<'opened' | 'linked' | 'refused' | 'left', number>>) =>
  ok({ opened: 0, linked: 0, refused: 0, left: 0, ...counts });

/** The children are not contained until the test says so. */
const waits = (answers: Record<string, Outcome | 'later'>): Script =>
  but({ [`${EACH}.contained`]: 'later', ...answers });

const began = (story: Story, activity: string): Call[] =>
  [...story.calls.values()].filter((call) => call.activity === activity);

describe('respond_to_each', () => {
  it('is skipped where nothing was found, and nothing waits', () => {
    const story = new Story(planOf(), but({ [FIND]: found(0) }));

    expect(story.state(EACH)).toBe('skipped');
    expect(began(story, 'respond_to_each')).toEqual([]);
    expect(began(story, 'await_children')).toEqual([]);
    // What stands beside it follows from that, so that no other line of the record repeats it.
    expect(story.run.lines.map(({ kind, step }) => [kind, step])).toEqual([['skipped', EACH]]);
    expect(story.run.closed?.as).toBe('dead');
  });

  it('left out by a person is written down', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(2), [EACH]: failed('unavailable') }));
    story.says('sam', 'skip', { step: EACH, reason: 'by hand' });
    expect(story.run.lines.filter(({ kind }) => kind === 'skipped')).toMatchObject([{ step: EACH }]);
  });

  it('is not followed again because some other step has worked at last', () => {
    const found2 = { [FIND]: found(2), [EACH]: opened({ opened: 2 }) };
    const story = new Story(
      planOf(),
      waits({ ...found2, 'recover.rotate': failed('unavailable'), 'recover.rotate/settle': failed('unavailable') }),
    );
    story.script = waits(found2);
    expect(story.says('sam', 'retry', { step: 'rotate' })).toBeUndefined();
    expect(story.state('recover.rotate')).toBe('done');
    expect(story.run.steps[EACH]).toMatchObject({ state: 'done', generation: 1 });
    expect(story.run.steps[`${EACH}.rest`]).toMatchObject({ state: 'skipped', generation: 1 });
    expect(began(story, 'respond_to_each')).toHaveLength(1);
  });

  it('ends when they are opened, the parent goes on, and close waits until they are contained', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(2), [EACH]: opened({ opened: 1, linked: 1 }) }));

    expect(story.state(EACH)).toBe('done');
    expect(story.state('recover.replacement_works')).toBe('done');
    expect(story.state('close.dead')).toBe('pending');
    expect(story.status.waitingFor).toBe('2 of what it made to be contained');

    story.finish(`${EACH}.contained/1`);
    expect(story.run.closed?.as).toBe('dead');
  });

  it('waits for weeks with one call, and wakes for nothing', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(1), [EACH]: opened({ opened: 1 }) }));

    expect(ready(story.run, story.now)).toEqual({ calls: [], unwanted: [] });
    expect(began(story, 'await_children')).toHaveLength(1);
    expect(began(story, 'await_children')[0]?.limitSeconds).toBeUndefined();
  });

  it('asks about those beyond at_most beside the phases, and opens them on a yes', () => {
    const more = `${EACH}.more`;
    const story = new Story(
      planOf(),
      waits({ [FIND]: found(60), [EACH]: opened({ opened: 20, left: 40 }), [more]: opened({ opened: 40 }) }),
    );
    expect(story.status.waiting[0]?.sentence).toBe(
      'AKIA…PLE made 60 credentials, more than at_most 20. Open an incident for the 40 others, too?',
    );
    expect(story.state('recover.replacement_works')).toBe('done');

    story.answers('sam', more, 'yes');
    expect(story.state(more)).toBe('done');
    expect(began(story, 'respond_to_each')).toHaveLength(2);
    // the look that was under way may have seen the first twenty alone
    story.finish(`${EACH}.contained/1`);
    expect(story.run.closed).toBeUndefined();
    story.finish(`${EACH}.contained/2`);
    expect(story.run.closed?.as).toBe('dead');
  });

  it('leaves those beyond at_most on a no, and says so', () => {
    const script = but({ [FIND]: found(21), [EACH]: opened({ opened: 20, left: 1 }) });
    const story = new Story(planOf(), script);
    story.answers('sam', `${EACH}.more`, 'no');

    expect(story.state(`${EACH}.more`)).toBe('skipped');
    expect(story.run.closed?.as).toBe('dead');
    expect(story.calls.get('close/1')?.input).toMatchObject({
      remains: expect.arrayContaining([expect.stringContaining('sam said no')]),
    });
  });

  it('keeps the door of close, and no phase, while nobody answers about the others', () => {
    const story = new Story(
      planOf(),
      waits({ [FIND]: found(21), [EACH]: opened({ opened: 20, left: 1 }), 'recover.rotate': 'later' }),
    );
    story.pass(16 * MINUTE);
    expect(story.state(`${EACH}.more.ask`)).toBe('unanswered');
    expect(story.status.held).toEqual([]);

    story.finish('recover.rotate/1');
    expect(story.state('recover.replacement_works')).toBe('done');
    expect(story.status.held).toHaveLength(1);
    story.finish(`${EACH}.contained/1`);
    expect(story.run.closed).toBeUndefined();
  });

  it('makes one task of all else, beside the phases', () => {
    const story = new Story(planOf(), but({ [FIND]: found(0, 3) }));

    expect(story.status.waiting).toMatchObject([
      {
        id: `${EACH}.rest`,
        sentence: expect.stringContaining('the 3 other things that were made or changed with AKIA…PLE'),
      },
    ]);
    expect(story.state('close.dead')).toBe('done');
    expect(story.run.closed).toBeUndefined();
    story.answers('sam', `${EACH}.rest`, 'done');
    expect(story.run.closed?.as).toBe('dead');
  });

  it('does not close over what nobody looked at', () => {
    const story = new Story(planOf(), but({ [FIND]: found(0, 3) }));
    story.pass(5 * HOUR);

    expect(story.run.steps[`${EACH}.rest`]).toMatchObject({ state: 'failed', code: 'nobody' });
    expect(story.run.closed).toBeUndefined();
  });

  it('follows what a second look has found after the first one failed', () => {
    let looks = 0;
    const story = new Story(planOf(), (call, run) => {
      if (call.step === FIND && call.purpose === 'step') {
        looks += 1;
        return looks === 1 ? failed('unavailable') : found(1, 1);
      }
      return waits({ [EACH]: opened({ opened: 1 }) })(call, run);
    });
    expect(story.state(EACH)).toBe('skipped');
    expect(story.state(`${EACH}.rest`)).toBe('skipped');

    story.says('sam', 'retry', { step: 'find_created' });
    expect(story.state(EACH)).toBe('done');
    expect(story.run.steps[`${EACH}.rest`]).toMatchObject({ state: 'waiting', generation: 2 });
    expect(story.state(`${EACH}.contained`)).toBe('running');
  });

  it('waits for those that a retry has opened, although the rest was contained', () => {
    let tries = 0;
    const story = new Story(planOf(), (call, run) => {
      if (call.step === EACH && call.purpose === 'step') {
        tries += 1;
        return tries === 1 ? failed('too-late') : opened({ opened: 2 });
      }
      return (call.step === `${EACH}.contained` && tries < 2 ? works : waits({ [FIND]: found(2) }))(call, run);
    });
    expect(story.state(`${EACH}.contained`)).toBe('done');
    expect(story.status.held).toHaveLength(1);

    story.says('sam', 'retry', { step: 'respond_to_each' });
    expect(story.state(`${EACH}.contained`)).toBe('running');
    expect(story.run.closed).toBeUndefined();
  });

  it('opens none in mode observe, and closes as observed', () => {
    const story = new Story(planOf('observe'), but({ [FIND]: found(5, 2) }));

    expect(story.state(FIND)).toBe('done');
    expect(began(story, 'respond_to_each')).toEqual([]);
    expect(story.run.closed?.as).toBe('observed');
  });

  it.each(['false_alarm', 'cancel', 'close'] as const)(
    'stops waiting at %s, touches no child, and says that they go on',
    (control) => {
      const story = new Story(planOf(), waits({ [FIND]: found(2), [EACH]: opened({ opened: 2 }) }));
      story.says('sam', control, { reason: 'ours' });

      expect(story.run.closed).toBeDefined();
      expect(story.calls.get('close/1')?.input).toMatchObject({
        remains: expect.arrayContaining(['Incidents that it opened or found live go on: 2']),
      });
    },
  );

  it('lets opening end before a false alarm is undone, so that what was opened is known', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(2), [EACH]: 'later' }));
    story.says('sam', 'false_alarm', { reason: 'ours' });
    expect(story.run.closed).toBeUndefined();

    story.finish(`${EACH}/1`, opened({ opened: 2 }));
    expect(story.run.closed?.as).toBe('false_alarm');
    expect(began(story, 'await_children')).toEqual([]);
  });

  it('is not followed any more when a retried opening ends after a false alarm', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(60), [EACH]: failed('unavailable') }));
    story.script = waits({ [EACH]: 'later' });
    story.says('sam', 'retry', { step: EACH });
    story.says('sam', 'false_alarm', { reason: 'ours' });
    story.finish(`${EACH}/2`, opened({ opened: 20, left: 40 }));

    expect(story.state(`${EACH}.more`)).toBe('skipped');
    expect(story.run.closed?.as).toBe('false_alarm');
  });

  it('goes on opening and waiting while the phases are held', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(2), [EACH]: 'later' }));
    story.says('sam', 'hold');
    story.finish(`${EACH}/1`, opened({ opened: 2 }));

    expect(story.state(`${EACH}.contained`)).toBe('running');
    expect(story.state('recover.rotate')).toBe('pending');
  });

  it('is not left out while it waits', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(1), [EACH]: opened({ opened: 1 }) }));
    expect(story.says('sam', 'skip', { step: `${EACH}.contained`, reason: 'slow' })).toMatchObject({
      code: 'not-possible',
    });
  });

  it('takes in the same end once', () => {
    const story = new Story(planOf(), waits({ [FIND]: found(1), [EACH]: opened({ opened: 1 }) }));
    apply(story.run, { kind: 'ended', key: `${EACH}/1`, outcome: opened({ opened: 9 }), at: story.now });
    expect(story.run.steps[EACH]?.results).toMatchObject({ opened: 1 });
  });
});
