import { describe, expect, it } from 'vitest';
import type { Control } from '../../../workflows/core/message.js';
import { act, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MINUTE, Story } from './story.js';

const seen = { ok: true, value: { results: {}, line: 'refused', grade: 'refused' } } as const;

describe('hold', () => {
  it('starts nothing new in the phases; what has begun ends, alongside and proofs go on', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': 'later', 'alongside.scan_logs': 'later' }));
    story.says('rob', 'hold');
    story.finish('contain.disable/1');
    story.finish('alongside.scan_logs/1');
    expect(story.state('contain.disable')).toBe('done');
    expect(story.state('contain.cut_sessions')).toBe('pending');
    expect(story.status.held).toHaveLength(1);

    story.says('rob', 'resume');
    expect(story.done).toContain('recover.rotate/1');
    expect(story.run.lines.map(({ kind }) => kind)).toEqual(['held', 'resumed']);
  });

  it('ends by itself when it was given a time', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': 'later' }));
    story.says('rob', 'hold', { minutes: 10 });
    story.finish('contain.disable/1');
    story.pass(9 * MINUTE);
    expect(story.state('contain.cut_sessions')).toBe('pending');
    story.pass(MINUTE);
    expect(story.state('contain.cut_sessions')).toBe('done');
  });

  it('adds up with other reasons: each has to go', () => {
    const story = new Story(awsPlan());
    story.says('rob', 'hold');
    story.answers('sam', 'revoke', 'no');
    expect(story.status.held).toHaveLength(2);
    story.says('rob', 'resume');
    expect(story.status.held).toHaveLength(1);
  });

  it('keeps it from closing', () => {
    const story = new Story(planOf([prove('contain.dead')]), but({ 'contain.dead': 'later' }));
    story.says('rob', 'hold');
    story.finish('contain.dead/1');
    expect(story.status.closedAs).toBeUndefined();
    story.says('rob', 'resume');
    expect(story.status.closedAs).toBe('dead');
  });
});

describe('retry', () => {
  it('runs the step anew, and its success looks again at the proofs that had failed', () => {
    const script = but({ 'contain.disable': failed('permission-denied'), 'contain.contained': failed('alive') });
    const story = new Story(awsPlan(), script);
    expect(story.status.contained).toBeUndefined();

    story.script = but({});
    story.says('rob', 'retry', { step: 'disable' });
    expect(story.done).toContain('contain.disable/2');
    expect(story.done).toContain('contain.contained/2');
    expect(story.status.contained?.grade).toBe('refused');
    expect(story.state('close.revoke.ask')).toBe('waiting');
  });

  it('brings back what a person had skipped, and nothing that a condition had', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      act('contain.restrict', 'contain', { needs: ['contain.disable'], when: { environment: ['staging'] } }),
      prove('contain.contained', { needs: ['contain.restrict'] }),
    ]);
    const story = new Story(plan, but({ 'contain.contained': 'later', 'contain.disable': failed('invalid') }));
    story.says('rob', 'skip', { step: 'disable', reason: 'by hand' });
    expect(story.says('rob', 'retry', { step: 'restrict' })?.code).toBe('not-possible');
    expect(story.says('rob', 'retry', { step: 'contained' })?.code).toBe('not-possible');
    expect(story.says('rob', 'retry', { step: 'disable' })).toBeUndefined();
    expect(story.done).toContain('contain.disable/2');
  });
});

describe('skip', () => {
  it('takes neither what runs nor what is done', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions': 'later' }));
    for (const step of ['disable', 'cut_sessions']) {
      expect(story.says('rob', 'skip', { step, reason: 'no' })?.code).toBe('not-possible');
    }
  });
});

describe('cancel', () => {
  it('lets begun effects end, undoes nothing and says what stays', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions': 'later', 'alongside.scan_logs': 'later' }));
    expect(story.says('rob', 'cancel', { reason: 'exercise' })).toBeUndefined();
    expect(story.status.closedAs).toBeUndefined();
    story.finish('contain.cut_sessions/1');

    expect(story.status.closedAs).toBe('cancelled');
    expect(story.began.some((key) => key.endsWith('/undo'))).toBe(false);
    const close = story.calls.get('close/1');
    expect(close?.purpose === 'close' && close.input.remains).toEqual([
      'Do disable: done, and stays',
      'Do cut_sessions: done, and stays',
      'its death was not proven',
    ]);
  });

  it('stops an undo that has not begun', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': 'later' }));
    story.says('sam', 'false_alarm');
    story.says('sam', 'cancel', { reason: 'it was real after all' });
    story.finish('contain.cut_sessions/undo');
    expect(story.done).not.toContain('contain.disable/undo');
    expect(story.status.closedAs).toBe('cancelled');
  });
});

describe('close', () => {
  it('is refused until it is proven contained', () => {
    const story = new Story(awsPlan(), but({ 'contain.contained': failed('alive') }));
    expect(story.says('rob', 'close', { reason: 'enough' })).toMatchObject({
      code: 'not-possible',
      message: expect.stringMatching(/not proven contained/),
    });
  });

  it('leaves the rest out once it is contained', () => {
    const story = new Story(awsPlan());
    story.says('rob', 'close', { reason: 'deleted tomorrow' });
    expect(story.status.closedAs).toBe('contained');
    expect(story.done).not.toContain('close.revoke/1');
    expect(story.says('rob', 'note', { reason: 'x' })?.code).toBe('closed');
  });
});

describe('a second alert', () => {
  it('runs nothing again, counts, and shows the worse exposure', () => {
    const story = new Story(awsPlan());
    const before = [...story.done];
    story.alert({ exposure: 'public', secretHeld: true });
    expect(story.done).toEqual(before);
    expect(story.status).toMatchObject({ alerts: 2, exposure: 'public' });
    story.alert({ alerts: 2, exposure: 'internal' });
    expect(story.status).toMatchObject({ alerts: 2, exposure: 'public' });
  });
});

describe('take and note', () => {
  it('are written down', () => {
    const story = new Story(awsPlan());
    story.says('mia', 'take');
    story.says('mia', 'note', { reason: 'called trading' });
    expect(story.status.lead).toBe('mia');
    expect(story.run.lines.map(({ line }) => line)).toEqual(['mia takes the lead', 'mia: called trading']);
  });
});

describe('who may press what', () => {
  const needsDuty: Control[] = ['retry', 'skip', 'false_alarm', 'cancel', 'close'];
  const anybody: Control[] = ['hold', 'note', 'take'];
  it.each([...needsDuty, ...anybody])('%s', (control) => {
    const say = (person: string) => new Story(awsPlan()).says(person, control, { step: 'revoke', reason: 'why' })?.code;
    expect(say('eve')).toBe('role');
    expect(say('mia')).toBe(needsDuty.includes(control) ? 'role' : undefined);
    expect(say('sam')).not.toBe('role');
    expect(say('rob')).not.toBe('role');
  });

  it.each([
    ['skip', {}, 'invalid'],
    ['cancel', { reason: ' ' }, 'invalid'],
    ['note', { reason: 'x'.repeat(301) }, 'invalid'],
    ['hold', { minutes: 0.5 }, 'invalid'],
    ['skip', { step: 'stauts', reason: 'why' }, 'unknown-step'],
    ['decide', { answer: 'yes' as const }, 'unknown-step'],
    ['decide', { step: 'disable', answer: 'yes' as const }, 'not-waiting'],
    ['decide', { step: 'revoke', answer: 'done' as const }, 'invalid'],
    ['decide', { step: 'revoke', answer: 'no' as const }, 'invalid'],
    ['resume', {}, 'not-possible'],
  ] as const)('%s with %j is refused as %s, in a sentence', (control, more, code) => {
    const refusal = new Story(awsPlan()).says('sam', control, {
      step: 'revoke',
      ...more,
      ...(code === 'unknown-step' && control === 'decide' ? { step: undefined as never } : {}),
    });
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toMatch(/^[A-Z].*[.]$/);
  });

  it('a question of what comes later is not asked yet', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': 'later' }));
    expect(story.answers('sam', 'revoke', 'yes')?.code).toBe('not-waiting');
  });
});

describe('a task', () => {
  const byHand = planOf([
    task('contain.disable', { does: 'disable', tiers: [['ciso']], withinSeconds: 300 }),
    task('contain.contained', { needs: ['contain.disable'], proves: 'contained', notBy: ['disable'], class: 'read' }),
    act('recover.rotate', 'replace', { needs: ['contain.contained'] }),
  ]);

  it('that nobody does in time has failed, and others go on', () => {
    const story = new Story(byHand);
    story.pass(10 * MINUTE);
    expect(story.run.steps['contain.disable']).toMatchObject({ state: 'failed', code: 'nobody' });
    expect(story.answers('sam', 'disable', 'done')?.code).toBe('expired');
    expect(story.state('contain.contained')).toBe('waiting');

    story.says('rob', 'retry', { step: 'disable' });
    expect(story.answers('sam', 'disable', 'done')).toBeUndefined();
    expect(story.state('contain.disable')).toBe('done');
  });

  it('is a proof by a word, not of whoever did the deed, and settles what the proof settles', () => {
    const story = new Story(byHand);
    story.answers('sam', 'disable', 'done');
    expect(story.answers('sam', 'contained', 'done')).toMatchObject({ code: 'self' });
    story.says('zoe', 'decide', { step: 'contained', answer: 'done', roles: ['security-on-call'] });
    expect(story.status).toMatchObject({ contained: { grade: 'unproven' }, closedAs: 'contained' });
    expect(story.run.steps['contain.contained']?.line).toBe('zoe says it is done');
  });

  it('denied is alive, and nothing closes over it', () => {
    const story = new Story(byHand);
    story.pass(10 * MINUTE);
    story.says('zoe', 'decide', {
      step: 'contained',
      answer: 'no',
      reason: 'still works',
      roles: ['security-on-call'],
    });
    expect(story.run.steps['contain.contained']).toMatchObject({ state: 'failed', code: 'alive' });
    expect(story.done).toContain('recover.rotate/1');
    expect(story.status.closedAs).toBeUndefined();
    expect(story.status.held).toHaveLength(2);
  });

  const looked = planOf([
    task('contain.revoke', { does: 'revoke', doneWhen: 'dead', tiers: [['ciso']], withinSeconds: 300 }),
  ]);

  it('that the provider can be asked about is done when the look sees it, click or not', () => {
    const story = new Story(looked);
    story.finish('contain.revoke/1/look/0+0', seen);
    expect(story.status).toMatchObject({ closedAs: 'dead', dead: { grade: 'refused' } });
  });

  it('is not done by a click: a look decides, and who claimed it is named', () => {
    const story = new Story(looked);
    story.answers('sam', 'revoke', 'done');
    expect(story.state('contain.revoke')).toBe('waiting');
    story.finish('contain.revoke/1/look/done/1', failed('alive'));
    expect(story.run.lines.at(-1)).toMatchObject({
      tell: true,
      line: expect.stringMatching(/^sam said it is done, but dead was not seen/),
    });
    // sam may say it again, and then it is true
    expect(story.answers('sam', 'revoke', 'done')).toBeUndefined();
    story.finish('contain.revoke/1/look/done/2', seen);
    expect(story.status.closedAs).toBe('dead');
    expect(story.run.steps['contain.revoke']?.results).toEqual({ by: 'sam' });
  });

  it('claimed and never seen has failed in the end', () => {
    const story = new Story(looked);
    story.answers('sam', 'revoke', 'done');
    story.finish('contain.revoke/1/look/done/1', failed('alive'));
    story.pass(HOUR);
    expect(story.state('contain.revoke')).toBe('failed');
    expect(story.status.held.join()).toMatch(/By hand: contain.revoke failed/);
  });
});
