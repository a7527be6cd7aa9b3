import { describe, expect, it } from 'vitest';
import { act, ask, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MINUTE, Story } from './story.js';

const gated = (more: Parameters<typeof ask>[1] = {}) =>
  planOf([
    ask(['contain.disable'], more),
    act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
    prove('contain.contained', { needs: ['contain.disable'] }),
  ]);
const byHand = (more: Parameters<typeof task>[1] = {}) =>
  planOf([task('contain.disable', more), prove('contain.contained', { needs: ['contain.disable'] })]);
const days = (count: number) => count * 24 * 60;

describe('a control is refused', () => {
  it('while the last line of the incident is being written, and not before that', () => {
    const story = new Story(planOf([prove('contain.dead')]), but({ 'contain.dead': 'later', '/close': 'later' }));
    expect(story.says('rob', 'note', { reason: 'x' })).toBeUndefined();
    story.finish('contain.dead/1');
    expect(story.began).toContain('close/1');
    expect(story.says('rob', 'note', { reason: 'x' })).toMatchObject({
      code: 'closed',
      message: 'INC-1 is closed. If something is wrong with it, open a new incident.',
    });
  });

  it('after a close that could not be written no longer: the incident is still open', () => {
    const story = new Story(planOf([prove('contain.dead')]), but({ '/close': failed('unavailable') }));
    expect(story.says('rob', 'note', { reason: 'x' })).toBeUndefined();
  });

  it.each([
    [1, undefined],
    [days(90), undefined],
    [0, 'invalid'],
    [-1, 'invalid'],
    [1.5, 'invalid'],
    [days(90) + 1, 'invalid'],
  ])('if it would hold for %d minutes: %s', (minutes, code) => {
    expect(new Story(gated()).says('rob', 'hold', { minutes })?.code).toBe(code);
  });

  it('with a reason of 301 characters, not with one of 300', () => {
    const say = (length: number) => new Story(gated()).says('rob', 'note', { reason: 'x'.repeat(length) });
    expect(say(300)).toBeUndefined();
    expect(say(301)).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('301 characters, at most 300'),
    });
  });

  it('about a step that is not there, and the steps that are there are named', () => {
    const story = new Story(gated());
    expect(story.says('rob', 'skip', { step: 'stauts', reason: 'why' })?.message).toBe(
      'INC-1 has no step stauts; it has disable and contained.',
    );
    expect(story.says('rob', 'retry')?.message).toMatch(/^INC-1 has no step \(none named\);/);
  });

  it.each([
    [
      'mia',
      'cancel',
      'Cancelling an incident needs security-on-call or responder, and you hold service-owner. Ask one of them.',
    ],
    [
      'eve',
      'cancel',
      'Cancelling an incident needs security-on-call or responder, and you hold no role. Ask one of them.',
    ],
    ['eve', 'take', 'Taking the lead needs anybody with a role here, and you hold no role. Ask one of them.'],
    [
      'mia',
      'false_alarm',
      'A false alarm needs security-on-call or responder, and you hold service-owner. Ask one of them.',
    ],
    ['eve', 'note', 'A note needs anybody with a role here, and you hold no role. Ask one of them.'],
  ] as const)('to %s who has not the role for %s', (person, control, message) => {
    expect(new Story(gated()).says(person, control, { reason: 'why' })).toEqual({ code: 'role', message });
  });

  it.each(['resume', 'retry', 'skip', 'false_alarm', 'cancel', 'close'] as const)(
    'to the person whose own credential it is: %s',
    (control) => {
      const plan = gated();
      plan.facts.subject = { value: 'rob', source: 'test' };
      const story = new Story(plan);
      expect(story.says('rob', 'hold')).toBeUndefined();
      expect(story.says('rob', control, { step: 'disable', reason: 'why' })?.code).toBe('subject');
    },
  );

  it('once it is being undone, with who began that', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions': 'later', 'contain.disable/undo': 'later' }));
    story.says('sam', 'false_alarm');
    const over = 'INC-1 is being undone as a false alarm by sam, so nothing of it can be';
    expect(story.says('rob', 'retry', { step: 'rotate' })?.message).toBe(`${over} retried.`);
    expect(story.says('rob', 'skip', { step: 'rotate', reason: 'x' })?.message).toBe(`${over} skipped.`);
    expect(story.says('rob', 'close', { reason: 'x' })?.message).toBe(`${over} ended again.`);
    expect(story.says('rob', 'false_alarm')?.message).toBe(`${over} ended again.`);
    expect(story.says('rob', 'cancel', { reason: 'x' })).toBeUndefined();
    expect(story.says('rob', 'cancel', { reason: 'x' })?.message).toBe(
      'INC-1 was cancelled by rob, so nothing of it can be ended again.',
    );
  });

  it('while it is being closed, with who began that', () => {
    const story = new Story(awsPlan(), but({ 'recover.rotate': 'later' }));
    story.says('rob', 'close', { reason: 'enough' });
    expect(story.says('rob', 'cancel', { reason: 'x' })?.message).toBe(
      'INC-1 is being closed by rob, so nothing of it can be ended again.',
    );
  });

  it('if nobody pressed hold and it should resume; after a resume it is refused again', () => {
    const story = new Story(gated());
    expect(story.says('rob', 'resume')?.code).toBe('not-possible');
    story.says('rob', 'hold');
    expect(story.says('rob', 'resume')).toBeUndefined();
    expect(story.says('rob', 'resume')?.code).toBe('not-possible');
  });
});

describe('a retry', () => {
  it('is for what has failed, was denied or left unanswered, and for nothing else', () => {
    const states = planOf([
      act('contain.disable', 'contain'),
      act('contain.cut_sessions', 'interrupt'),
      act('contain.restrict', 'contain'),
    ]);
    const story = new Story(
      states,
      but({ 'contain.cut_sessions': 'later', 'contain.restrict': failed('permission-denied') }),
    );
    expect(story.says('rob', 'retry', { step: 'disable' })).toEqual({
      code: 'not-possible',
      message: expect.stringMatching(/^Do disable is done; only what failed/),
    });
    expect(story.says('rob', 'retry', { step: 'cut_sessions' })?.message).toMatch(/is running/);
    expect(story.says('rob', 'retry', { step: 'restrict' })).toBeUndefined();

    const silent = new Story(gated());
    silent.pass(HOUR);
    expect(silent.says('rob', 'retry', { step: 'disable' })).toBeUndefined();
    expect(silent.says('rob', 'retry', { step: 'disable' })?.message).toMatch(/is pending/);
  });
});

describe('a skip', () => {
  it('takes a question while one of its steps is left, and not after that', () => {
    const both = planOf([
      ask(['contain.disable', 'contain.cut_sessions']),
      act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
      act('contain.cut_sessions', 'interrupt', { gate: 'contain.disable.ask', needs: ['contain.disable'] }),
      prove('contain.contained', { needs: ['contain.cut_sessions'] }),
    ]);
    const skip = (story: Story) => story.says('rob', 'skip', { step: 'contain.disable.ask', reason: 'why' })?.code;
    const begun = new Story(both, but({ 'contain.disable': 'later', 'contain.contained': 'later' }));
    begun.answers('sam', 'disable', 'yes');
    expect(skip(begun)).toBeUndefined();
    expect(begun.state('contain.cut_sessions')).toBe('skipped');
    begun.finish('contain.disable/1');
    expect(skip(begun)).toBe('not-possible');

    const over = new Story(both, but({ 'contain.contained': 'later' }));
    over.answers('sam', 'disable', 'yes');
    expect(skip(over)).toBe('not-possible');
  });
});

describe('an answer is refused', () => {
  it('about a step that nobody is asked about', () => {
    expect(new Story(gated()).answers('sam', 'contained', 'yes')).toEqual({
      code: 'not-waiting',
      message: 'Nobody is asked about contained. Retry and skip are the controls for a step.',
    });
  });

  it.each([
    ['a question', gated(), 'done', 'Answer yes, no or not yet.'],
    ['a task', byHand(), 'yes', 'Answer done, no or not yet.'],
  ] as const)('in words that are not for %s', (_, plan, answer, message) => {
    expect(new Story(plan).answers('sam', 'disable', answer)).toEqual({ code: 'invalid', message });
    expect(new Story(plan).answers('sam', 'disable', undefined)).toEqual({ code: 'invalid', message });
  });

  it('to whoever began it, with who is asked, tier by tier', () => {
    const plan = gated({ places: { 'security-on-call': 1, 'service-owner': 1 }, tiers: [['ciso']] });
    expect(new Story(plan, undefined, { requester: 'person:sam' }).answers('sam', 'disable', 'yes')?.message).toBe(
      'You started INC-1, so someone else has to decide. Asked: security-on-call, service-owner, then ciso.',
    );
  });

  it('to nobody who does a task with their own hands, be it their own credential; only to prove it needs others', () => {
    const plan = planOf([
      task('contain.disable'),
      task('contain.contained', { class: 'read', proves: 'contained', needs: ['contain.disable'] }),
    ]);
    plan.facts.subject = { value: 'sam', source: 'test' };
    const story = new Story(plan, undefined, { requester: 'person:sam' });
    expect(story.answers('sam', 'disable', 'done')).toBeUndefined();
    expect(story.answers('sam', 'contained', 'done')?.code).toBe('subject');
  });

  it('to whoever did just that deed, not to whoever did another', () => {
    const plan = planOf([
      task('contain.disable'),
      task('contain.restrict', { places: { 'service-owner': 1 } }),
      task('contain.contained', {
        class: 'read',
        proves: 'contained',
        notBy: ['disable'],
        needs: ['contain.disable', 'contain.restrict'],
        places: { 'security-on-call': 1, 'service-owner': 1 },
      }),
    ]);
    const story = new Story(plan);
    story.answers('sam', 'disable', 'done');
    story.answers('mia', 'restrict', 'done');
    expect(story.answers('sam', 'contained', 'done')).toEqual({
      code: 'self',
      message: 'You did disable yourself, so someone else has to say that it worked.',
    });
    expect(story.answers('mia', 'contained', 'done')).toBeUndefined();
  });

  it('after the question was asked again, with how often', () => {
    const story = new Story(gated());
    story.answers('sam', 'disable', 'no');
    story.says('rob', 'retry', { step: 'disable' });
    expect(story.answers('sam', 'disable', 'yes', { generation: 1 })?.message).toMatch(/asked 2 times now/);
    expect(story.answers('sam', 'disable', 'yes', { digest: 'd'.repeat(64) })).toBeUndefined();
  });

  const expired =
    'Closed at 2026-11-23 10:15 UTC without an answer; asked: security-on-call and ciso. Retry asks again.';
  const two = { withinSeconds: 450, tiers: [['ciso']] };

  it('after its time, whether the timer was heard or not, and with when that was', () => {
    const heard = new Story(gated(two));
    heard.pass(HOUR);
    expect(heard.answers('ana', 'disable', 'yes')).toEqual({ code: 'expired', message: expired });

    const unheard = new Story(gated(two));
    unheard.pass(8 * MINUTE);
    unheard.now += 7 * MINUTE - 1;
    expect(unheard.answers('mia', 'disable', 'yes')?.code).toBe('role');
    unheard.now += 1;
    expect(unheard.answers('ana', 'disable', 'yes')).toEqual({ code: 'expired', message: expired });
  });

  it('to a task that nobody did in time as expired, to one that somebody said no to as late', () => {
    const silent = new Story(byHand(two));
    silent.pass(HOUR);
    expect(silent.answers('sam', 'disable', 'done')).toEqual({ code: 'expired', message: expired });

    const proof = { class: 'read', proves: 'contained' } as const;
    const denied = new Story(byHand(proof));
    denied.answers('sam', 'disable', 'no');
    expect(denied.answers('sam', 'disable', 'done')).toMatchObject({
      code: 'late',
      message: expect.stringMatching(/sam said no.* failed at 2026-11-23 10:00 UTC/),
    });
  });

  it('not to a question that goes on in silence and waits for a resume', () => {
    const story = new Story(gated({ ifSilent: 'proceed', withinSeconds: 180 }));
    story.says('rob', 'hold');
    story.pass(HOUR);
    expect(story.answers('sam', 'disable', 'yes')).toBeUndefined();
  });

  it('before it is asked, with the question that will be asked', () => {
    const plan = planOf([
      act('contain.cut_sessions', 'interrupt'),
      ask(['contain.disable'], { needs: ['contain.cut_sessions'] }),
      act('contain.disable', 'contain', {
        needs: ['contain.cut_sessions', 'contain.disable.ask'],
        gate: 'contain.disable.ask',
      }),
    ]);
    expect(new Story(plan, but({ 'contain.cut_sessions': 'later' })).answers('sam', 'disable', 'no')).toEqual({
      code: 'not-waiting',
      message:
        'It is not asked yet: May contain.disable be done to AKIAEXAMPLE? What stands before it has to end first.',
    });
  });

  it('once it is decided, with who decided and what has begun since', () => {
    const story = new Story(gated(), but({ 'contain.disable': 'later', 'contain.contained': 'later' }));
    story.answers('sam', 'disable', 'yes');
    const decided = 'That is decided: by decision of sam. Do disable:';
    expect(story.answers('both', 'disable', 'yes')).toEqual({
      code: 'late',
      message: `${decided} running since 2026-11-23 10:00 UTC. Nothing was done twice.`,
    });
    story.pass(MINUTE);
    story.finish('contain.disable/1');
    expect(story.answers('both', 'disable', 'no')?.message).toBe(
      `${decided} done at 2026-11-23 10:01 UTC. Nothing was done twice.`,
    );
  });

  it('once a no has decided, and nothing is said of what never began', () => {
    const story = new Story(gated());
    story.answers('sam', 'disable', 'no');
    expect(story.answers('both', 'disable', 'yes')).toEqual({
      code: 'late',
      message: 'That is decided: sam said no: "because". Nothing was done twice.',
    });
    expect(story.answers('both', 'disable', 'no')?.code).toBe('late');
  });

  it.each([
    ['rob', 'responder'],
    ['eve', 'no role'],
  ])('to %s who is not asked, with who is', (person, held) => {
    const plan = gated({ places: { 'security-on-call': 1, 'service-owner': 1 } });
    expect(new Story(plan).answers(person, 'disable', 'yes')).toEqual({
      code: 'role',
      message: `This needs security-on-call and service-owner, and you hold ${held}. Ask one of them.`,
    });
  });

  it('if it puts the question off beyond 24 hours, and not at 24 hours', () => {
    const story = new Story(gated());
    for (let n = 0; n < 23; n += 1) story.answers('sam', 'disable', 'not_yet', { minutes: 60 });
    story.answers('sam', 'disable', 'not_yet', { minutes: 30 });
    expect(story.answers('sam', 'disable', 'not_yet', { minutes: 60 })?.code).toBe('not-possible');
    expect(story.answers('sam', 'disable', 'not_yet', { minutes: 30 })).toBeUndefined();
    expect(story.answers('sam', 'disable', 'not_yet')?.code).toBe('invalid');
  });

  it('said twice to a task while it is being looked at', () => {
    const story = new Story(byHand({ doneWhen: 'contained' }));
    expect(story.answers('sam', 'disable', 'done')).toBeUndefined();
    expect(story.answers('sam', 'disable', 'done')).toEqual({
      code: 'same-person',
      message: 'You already said done (1 of 1). It is being looked at.',
    });
    expect(story.answers('both', 'disable', 'done')).toBeUndefined();
  });

  it('if the place is taken, with what is still needed', () => {
    const story = new Story(gated({ places: { 'security-on-call': 1, 'service-owner': 2 } }));
    story.answers('sam', 'disable', 'yes');
    expect(story.says('zoe', 'decide', { step: 'disable', answer: 'yes', roles: ['security-on-call'] })).toEqual({
      code: 'role',
      message: 'Your place is taken; it still needs 2 of service-owner, and one person fills one place.',
    });
    expect(story.answers('sam', 'disable', 'no')).toBeUndefined();
  });
});
