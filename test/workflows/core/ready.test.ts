import { describe, expect, it } from 'vitest';
import { apply } from '../../../workflows/core/apply.js';
import { ready } from '../../../workflows/core/ready.js';
import { open } from '../../../workflows/core/run.js';
import { act, ask, planOf, prove, task } from '../plans.js';
import { but, failed, MINUTE, MONDAY, Story, works } from './story.js';

const contain = [act('contain.disable', 'contain'), prove('contain.contained', { needs: ['contain.disable'] })];
const again = (story: Story) => ready(story.run, story.now);

describe('what may start', () => {
  it('is what acts, then whom to ask, then lines of the record: only three calls start at once', () => {
    const steps = [ask(['recover.rotate']), act('alongside.scan_logs', 'read'), ...contain];
    const rotate = act('recover.rotate', 'replace', { needs: ['recover.rotate.ask'], gate: 'recover.rotate.ask' });
    const run = open({ result: 'planned', plan: planOf([...steps, rotate]), alerts: 1, emptyRoles: [] }, MONDAY);
    apply(run, {
      kind: 'alerts',
      joined: { alerts: 2, exposure: 'public', secretHeld: false, at: MONDAY },
      at: MONDAY,
    });
    expect(ready(run, MONDAY).calls.map(({ key }) => key)).toEqual([
      'alongside.scan_logs/1',
      'contain.disable/1',
      'recover.rotate.ask/1/ask/0',
      'note/exposure/0',
    ]);
  });

  it('is looked at again at the nearest of all deadlines', () => {
    const near = task('alongside.look', { class: 'read', withinSeconds: 300 });
    const far = task('alongside.write', { class: 'read', withinSeconds: 900 });
    const story = new Story(planOf([far, near, ...contain]), but({ 'contain.contained': 'later' }));
    expect(again(story).wakeAt).toBe(story.now + 5 * MINUTE);
    story.says('sam', 'hold', { minutes: 2 });
    expect(again(story).wakeAt).toBe(story.now + 2 * MINUTE);
  });
});

describe('what nobody waits for any more', () => {
  const hand = [task('contain.disable', { doneWhen: 'contained' })];

  it('is dropped if it only looks or reminds', () => {
    const story = new Story(planOf(hand), (call) => (call.purpose === 'ask' ? undefined : works(call)));
    const { unwanted } = (() => {
      apply(story.run, {
        kind: 'said',
        at: story.now,
        message: { id: '1', control: 'cancel', person: 'rob', roles: ['responder'], reason: 'x', at: story.now },
      });
      return again(story);
    })();
    expect(unwanted.sort()).toEqual(['contain.disable/1/ask/0', 'contain.disable/1/look/0+0']);
  });

  it('is not dropped if it changes the world, and the end waits for it', () => {
    const story = new Story(planOf(contain), but({ 'contain.disable': 'later' }));
    story.says('rob', 'cancel', { reason: 'x' });
    expect(again(story)).toMatchObject({ calls: [], unwanted: [] });
    expect(story.began).not.toContain('close/1');
    story.finish('contain.disable/1');
    expect(story.run.closed?.as).toBe('cancelled');
  });
});

describe('the last call', () => {
  it('waits until the last line of the record is written', () => {
    const story = new Story(planOf(contain), (call) => (call.purpose === 'note' ? undefined : works(call)));
    expect(story.run.closed?.as).toBe('contained');
    const noted = new Story(planOf([...contain, task('alongside.look', { class: 'read' })]), (call) =>
      call.purpose === 'note' ? undefined : works(call),
    );
    noted.says('mia', 'note', { reason: 'mine' });
    noted.answers('sam', 'look', 'done');
    expect(noted.began).not.toContain('close/1');
    noted.finish('note/note/0');
    expect(noted.run.closed?.as).toBe('contained');
  });

  it('is made again a minute after it failed, until it works', () => {
    const story = new Story(planOf(contain), (call) =>
      call.purpose === 'close' && !call.key.endsWith('/3') ? failed('unavailable') : works(call),
    );
    expect(again(story)).toEqual({ calls: [], unwanted: [], wakeAt: story.now + MINUTE });
    story.pass(MINUTE - 1);
    expect(story.began.filter((key) => key.startsWith('close/'))).toEqual(['close/1']);
    story.pass(1 + MINUTE);
    expect(story.began.filter((key) => key.startsWith('close/'))).toEqual(['close/1', 'close/2', 'close/3']);
    expect(again(story)).toEqual({ calls: [], unwanted: [] });
  });
});
