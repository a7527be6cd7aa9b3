import { describe, expect, it } from 'vitest';
import { act, planOf, prove, task } from '../plans.js';
import { HOUR, Story } from './story.js';

const undone = (story: Story) => story.began.filter((key) => key.endsWith('/undo') || key === 'restored');
const stateOf = (story: Story, name: string) => story.status.steps.find((step) => step.name === name)?.state;

/** A hand turns it off, Firebreak cuts its sessions; on-call is still asked whether it is contained. */
const plan = (proves: boolean) =>
  planOf([
    task('contain.disable', { does: 'disable', places: { 'service-owner': 1 } }),
    act('contain.cut_sessions', 'interrupt', { needs: ['contain.disable'] }),
    proves
      ? task('contain.contained', { class: 'read', proves: 'contained', needs: ['contain.cut_sessions'] })
      : task('contain.look', { class: 'read', needs: ['contain.cut_sessions'] }),
    prove('close.dead', { needs: [proves ? 'contain.contained' : 'contain.look'] }),
  ]);

const untilContained = (proves = true) => {
  const story = new Story(plan(proves));
  story.answers('mia', 'disable', 'done');
  return story;
};

describe('a false alarm after a hand has contained', () => {
  it('closes only after a hand of the same role has taken it back, what came later first', () => {
    const story = untilContained();
    story.says('sam', 'false_alarm');

    expect(undone(story)).toEqual(['contain.cut_sessions/undo']);
    expect(story.status.closedAs).toBeUndefined();
    expect(story.status.waiting).toMatchObject([{ id: 'undo.contain.disable', places: { 'service-owner': 1 } }]);

    expect(story.answers('sam', 'undo.contain.disable', 'done')).toMatchObject({ code: 'role' });
    expect(story.answers('mia', 'undo.contain.disable', 'done')).toBeUndefined();
    expect(stateOf(story, 'disable')).toBe('undone');
    expect(undone(story)).not.toContain('restored');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('proves that it works again where the provider can be looked at, and not before the hand has taken it back', () => {
    const story = untilContained(false);
    story.says('sam', 'false_alarm');
    expect(undone(story)).not.toContain('restored');

    story.answers('mia', 'undo.contain.disable', 'done');
    expect(undone(story)).toEqual(['contain.cut_sessions/undo', 'restored']);
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('stays open, and says so, when nobody takes it back', () => {
    const story = untilContained();
    story.says('sam', 'false_alarm');
    story.pass(5 * HOUR);

    expect(story.status.closedAs).toBeUndefined();
    expect(story.status.held).toEqual([expect.stringMatching(/^Take back by hand .*nobody did it in time/)]);
    expect(stateOf(story, 'disable')).toBe('done');

    story.says('sam', 'retry', { step: 'undo.contain.disable' });
    story.answers('mia', 'undo.contain.disable', 'done');
    expect(stateOf(story, 'disable')).toBe('undone');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('asks nobody to take back what no hand had done', () => {
    const story = new Story(plan(true));
    story.says('sam', 'false_alarm');
    expect(story.status.closedAs).toBe('false_alarm');
  });
});
