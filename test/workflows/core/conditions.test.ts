import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../playbooks/language/plan.js';
import type { Outcome } from '../../../workflows/core/run.js';
import { act, ask, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, Story } from './story.js';

const contain = [act('contain.disable', 'contain'), prove('contain.contained', { needs: ['contain.disable'] })];
const graded = (grade: 'refused' | 'provider-state'): Outcome => ({
  ok: true,
  value: { results: {}, line: 'seen', grade },
});

/** Disabled and proven, then a step that runs on this condition about them. */
function then(when: Condition, answers: Parameters<typeof but>[0] = {}): string {
  const step = act('recover.rotate', 'replace', { needs: ['contain.contained'], when });
  return new Story(planOf([...contain, step]), but(answers)).state('recover.rotate');
}

describe('a condition', () => {
  it('on a grade waits for just that grade', () => {
    expect(then({ 'contained.grade': ['refused'] }, { 'contain.contained': graded('refused') })).toBe('done');
    expect(then({ 'contained.grade': ['refused'] }, { 'contain.contained': graded('provider-state') })).toBe('skipped');
  });

  it('on the result of a step that failed, of one without results and of one that is not there, finds none', () => {
    const late = { ok: true, value: { results: { verdict: 'misuse' }, line: 'x' } } as const;
    expect(then({ 'disable.verdict': ['misuse'] }, { 'contain.disable': late })).toBe('done');
    expect(then({ 'disable.verdict': ['none'] })).toBe('done');
    expect(then({ 'nowhere.verdict': ['none'] })).toBe('done');
    expect(then({ 'nowhere.state': ['done'] })).toBe('skipped');
  });

  it('on an empty list reads it as none and as 0', () => {
    const none = { ok: true, value: { results: { held: 0 }, line: 'x' } } as const;
    expect(then({ 'disable.held': ['0'] }, { 'contain.disable': none })).toBe('done');
    expect(then({ 'disable.held': ['none'] }, { 'contain.disable': none })).toBe('done');
    expect(then({ 'disable.held': ['1'] }, { 'contain.disable': none })).toBe('skipped');
  });

  it('of several must hold in all its paths, and unless one in any', () => {
    const both = { 'disable.state': ['done'], 'contained.state': ['failed'] };
    expect(then(both)).toBe('skipped');
    const step = act('recover.rotate', 'replace', { needs: ['contain.contained'], unless: both });
    expect(new Story(planOf([...contain, step])).state('recover.rotate')).toBe('skipped');
  });
});

describe('what follows a question that was not passed', () => {
  const plan = (state: string) =>
    planOf([
      ...contain,
      ask(['close.revoke'], { needs: ['contain.contained'] }),
      act('close.revoke', 'destroy', { needs: ['contain.contained', 'close.revoke.ask'], gate: 'close.revoke.ask' }),
      act('alongside.notify', 'tell', { needs: ['close.revoke'], when: { 'revoke.state': [state] } }),
      act('close.resolve_alert', 'tell', { needs: ['close.revoke'] }),
    ]);
  const no = (story: Story) => void story.answers('sam', 'revoke', 'no');
  const silence = (story: Story) => story.pass(HOUR);

  it.each([
    ['denied', no, 'done'],
    ['denied', silence, 'skipped'],
    ['unanswered', silence, 'done'],
    ['unanswered', no, 'skipped'],
  ] as const)('beside the phases, on %s, goes by what it names', (state, happens, end) => {
    const story = new Story(plan(state));
    happens(story);
    expect(story.state('alongside.notify')).toBe(end);
    // Whatever names it not waits, and the incident is held.
    expect(story.state('close.resolve_alert')).toBe('pending');
    expect(story.status.held).toHaveLength(1);
  });
});

describe('in close', () => {
  it('what a proof has settled stands in the way of nothing', () => {
    const story = new Story(
      planOf([
        ...contain,
        act('close.revoke', 'destroy', { needs: ['contain.contained'] }),
        task('close.by_hand', {
          does: 'revoke',
          class: 'destroy',
          needs: ['close.revoke'],
          when: { 'revoke.state': ['failed'] },
          doneWhen: 'dead',
        }),
        act('close.resolve_alert', 'tell', { needs: ['close.revoke', 'close.by_hand'] }),
      ]),
      but({ 'close.revoke': failed('permission-denied'), 'close.by_hand/look': graded('refused') }),
    );
    expect(story.run.steps['close.revoke']).toMatchObject({ state: 'failed', settled: true });
    expect(story.state('close.resolve_alert')).toBe('done');
    expect(story.status.closedAs).toBe('dead');
  });

  it('what failed holds the rest, and not while another step of it still runs', () => {
    const story = new Story(
      planOf([
        ...contain,
        act('close.revoke', 'destroy', { needs: ['contain.contained'] }),
        act('close.notify', 'tell', { needs: ['contain.contained'] }),
        act('close.resolve_alert', 'tell', { needs: ['close.revoke'] }),
      ]),
      but({ 'close.revoke': failed('permission-denied'), 'close.notify': 'later' }),
    );
    expect(story.status.held).toEqual([]);
    expect(story.state('close.resolve_alert')).toBe('pending');
    story.finish('close.notify/1');
    expect(story.status.held).toEqual([
      'Do revoke failed: it said permission-denied; retry it, or skip it with a reason',
    ]);
    expect(story.state('close.resolve_alert')).toBe('pending');
  });
});

describe('while a false alarm is undone', () => {
  const story = () => {
    const told = new Story(
      planOf([...contain, act('recover.rotate', 'replace', { needs: ['contain.contained'] })]),
      but({
        'recover.rotate': 'later',
        'contain.disable/undo': { ok: true, value: { result: 'needs_human', line: 'somebody changed it' } },
      }),
    );
    told.says('sam', 'false_alarm');
    return told;
  };

  it('nothing is held as long as something runs, and what nobody brought back in time then holds it open', () => {
    const told = story();
    expect(told.status.held).toEqual([]);
    told.finish('recover.rotate/1');
    expect(told.status).toMatchObject({ stage: 'undoing', held: [] });
    expect(told.status.waiting.map(({ id }) => id)).toEqual(['undo.contain.disable']);
    told.pass(5 * HOUR);
    expect(told.status.held).toEqual([expect.stringContaining('nobody did it in time; retry it, or skip it')]);
    expect(told.status.waitingFor).toBe('security-on-call or a responder: it is held');
    expect(told.run.closed).toBeUndefined();
    told.says('rob', 'skip', { step: 'undo.contain.disable', reason: 'deleted meanwhile' });
    expect(told.run.closed?.as).toBe('false_alarm');
  });

  it('no step of the plan begins any more, not even one that was retried', () => {
    const told = story();
    expect(told.says('rob', 'retry', { step: 'disable' })).toMatchObject({ code: 'not-possible' });
    told.finish('recover.rotate/1', failed('unavailable'));
    expect(told.done.filter((key) => /^recover.*\/\d+$/.test(key))).toEqual(['recover.rotate/1']);
  });
});
