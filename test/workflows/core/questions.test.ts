import { describe, expect, it } from 'vitest';
import type { AskStep } from '../../../playbooks/language/plan.js';
import { apply } from '../../../workflows/core/apply.js';
import { ready } from '../../../workflows/core/ready.js';
import { act, ask, awsPlan, planOf, prove } from '../plans.js';
import { but, failed, HOUR, MINUTE, MONDAY, Story } from './story.js';

const gated = (more: Partial<AskStep> = {}, second = false) =>
  planOf([
    ask(second ? ['contain.disable', 'contain.cut_sessions'] : ['contain.disable'], more),
    act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
    act('contain.cut_sessions', 'interrupt', {
      needs: ['contain.disable'],
      ...(second ? { gate: 'contain.disable.ask' } : {}),
    }),
    prove('contain.contained', { needs: ['contain.cut_sessions'] }),
  ]);

describe('silence', () => {
  it('cuts nobody off when the approver is silent and it holds', () => {
    const story = new Story(gated());
    story.pass(16 * MINUTE);
    expect(story.done).toEqual([]);
    expect(story.state('contain.disable')).toBe('unanswered');
    expect(story.status.held.join()).toMatch(/nobody answered/);
    expect(story.status.waitingFor).not.toBe('');
  });

  it('goes on when it proceeds, and the record says so', () => {
    const story = new Story(gated({ ifSilent: 'proceed', withinSeconds: 180 }));
    story.pass(3 * MINUTE - 1);
    expect(story.done).toEqual([]);
    story.pass(1);
    expect(story.status.closedAs).toBe('contained');
    expect(story.run.lines.find(({ kind }) => kind === 'proceeded')?.line).toMatch(/nobody answered in time/);
  });

  it('does not proceed while it is held, and resume gives its time anew', () => {
    const story = new Story(gated({ ifSilent: 'proceed', withinSeconds: 180 }));
    story.says('eve', 'hold');
    expect(story.says('rob', 'hold', { reason: 'wait for trading' })).toBeUndefined();
    story.pass(HOUR);
    expect(story.done).toEqual([]);
    expect(story.state('contain.disable.ask')).toBe('waiting');

    story.says('rob', 'resume');
    story.pass(2 * MINUTE);
    expect(story.done).toEqual([]);
    story.pass(MINUTE);
    expect(story.done).toContain('contain.disable/1');
  });

  it('has on-call told when the people who are asked could not be told', () => {
    const story = new Story(gated(), but({ 'contain.disable.ask/ask': failed('not-found') }));
    expect(story.run.lines.find(({ line }) => line.startsWith('could not tell'))).toMatchObject({ tell: true });
  });

  it('calls a reminder no failure that nobody needs any more because there is an answer', () => {
    const story = new Story(gated(), but({ 'contain.disable.ask/ask': 'later' }));
    story.answers('sam', 'disable', 'yes');
    expect(story.state('contain.disable.ask')).toBe('done');
    expect(story.run.lines.filter(({ line }) => line.startsWith('could not tell'))).toEqual([]);
  });

  it('asks the next tier, each for its own time, and those asked before may still answer', () => {
    const story = new Story(gated({ tiers: [['ciso'], ['responder']], withinSeconds: 300 }));
    expect(story.answers('ana', 'disable', 'yes')?.code).toBe('role');
    story.pass(5 * MINUTE);
    expect(story.status.waiting[0]).toMatchObject({
      tier: 1,
      asked: ['security-on-call', 'ciso'],
      until: MONDAY + 10 * MINUTE,
    });
    story.pass(5 * MINUTE);
    expect(story.began.filter((key) => key.includes('/ask/'))).toEqual([
      'contain.disable.ask/1/ask/0',
      'contain.disable.ask/1/ask/1',
      'contain.disable.ask/1/ask/2',
    ]);
    expect(story.answers('sam', 'disable', 'yes')).toBeUndefined();
    expect(story.done).toContain('contain.disable/1');
  });

  it('passes a tier that nobody holds at once, but not the last', () => {
    const story = new Story(gated({ tiers: [['ciso'], ['responder']] }), undefined, {
      emptyRoles: ['security-on-call', 'ciso', 'responder'],
    });
    expect(story.status.waiting[0]).toMatchObject({ tier: 2, until: MONDAY + 15 * MINUTE });
    story.pass(15 * MINUTE);
    expect(story.state('contain.disable.ask')).toBe('unanswered');
  });

  it('starts a tier when it is asked, even if the clock was late', () => {
    const story = new Story(gated({ tiers: [['ciso']], withinSeconds: 300 }));
    story.now += HOUR;
    story.pass(0);
    expect(story.status.waiting[0]).toMatchObject({ tier: 1, until: MONDAY + HOUR + 5 * MINUTE });
  });

  it('ends at the same moment however often it is asked when it ends', () => {
    const story = new Story(gated({ withinSeconds: 300 }));
    for (const minutes of [0, 1, 3]) {
      story.pass(minutes * MINUTE);
      expect(ready(story.run, story.now).wakeAt).toBe(MONDAY + 5 * MINUTE);
    }
  });

  it('counts only office hours where the question says so', () => {
    const office = { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] };
    const friday = MONDAY + 4 * 24 * HOUR + 6 * HOUR; // 16:00
    const story = new Story(gated({ hours: 'office', withinSeconds: 4 * 3600, tiers: [['ciso']] }), undefined, {
      office,
      at: friday,
    });
    // One hour on Friday, three on Monday.
    expect(story.status.waiting[0]?.until).toBe(friday + 3 * 24 * HOUR - 4 * HOUR);
    // Noon on Monday: the next tier is asked, until 16:00.
    story.pass(3 * 24 * HOUR - 4 * HOUR);
    expect(story.status.waiting[0]).toMatchObject({ tier: 1, until: friday + 3 * 24 * HOUR });
  });

  it('at night asks in the morning', () => {
    const office = { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] };
    const night = MONDAY + 10 * HOUR; // 20:00
    const story = new Story(gated({ hours: 'office', withinSeconds: 3600 }), undefined, { office, at: night });
    expect(story.began).toEqual([]);
    story.pass(13 * HOUR);
    expect(story.began).toEqual(['contain.disable.ask/1/ask/0']);
    expect(story.status.waiting[0]?.until).toBe(night + 14 * HOUR);
  });
});

describe('a no', () => {
  it('changes nothing, holds, and a retry asks again', () => {
    const story = new Story(gated());
    expect(story.answers('sam', 'disable', 'no')).toBeUndefined();
    expect(story.done).toEqual([]);
    expect(story.state('contain.disable')).toBe('denied');
    expect(story.status.held.join()).toMatch(/sam said no: "because"/);

    story.says('rob', 'retry', { step: 'disable' });
    expect(story.status.held).toEqual([]);
    expect(story.status.waiting[0]).toMatchObject({ generation: 2 });
    expect(story.answers('sam', 'disable', 'yes', { generation: 1 })?.code).toBe('late');
    expect(story.answers('sam', 'disable', 'yes', { generation: 2 })).toBeUndefined();
    expect(story.done).toContain('contain.disable/2');
    expect(story.status.closedAs).toBe('contained');
  });

  it('leaves the step out where the page says so', () => {
    const story = new Story(gated({ ifDenied: 'skip' }));
    story.answers('sam', 'disable', 'no');
    expect(story.state('contain.disable')).toBe('skipped');
    expect(story.state('contain.contained')).toBe('done');
    expect(story.status.closedAs).toBe('contained');
  });

  it('that leaves a step out does not hold up what comes after it', () => {
    const plan = gated({ ifDenied: 'skip' });
    plan.steps[1]!.needs = ['contain.disable.ask'];
    const story = new Story(plan);
    story.answers('sam', 'disable', 'no');
    expect(story.state('contain.cut_sessions')).toBe('done');
  });

  it('wins over a full yes until the step has begun', () => {
    const story = new Story(gated({}, true), but({ 'contain.disable': 'later' }));
    story.answers('sam', 'disable', 'yes');
    expect(story.done).toEqual(['contain.disable/1']);
    // disable has begun, cut_sessions has not.
    expect(story.says('both', 'decide', { step: 'disable', answer: 'no', reason: 'wait' })).toBeUndefined();
    expect(story.state('contain.cut_sessions')).toBe('denied');
    story.finish('contain.disable/1');
    expect(story.done).not.toContain('contain.cut_sessions/1');
  });

  it('comes too late when everything it covers has begun', () => {
    const story = new Story(gated(), but({ 'contain.disable': 'later' }));
    story.answers('sam', 'disable', 'yes');
    const refusal = story.answers('both', 'disable', 'no');
    expect(refusal?.code).toBe('late');
    expect(refusal?.message).toMatch(/by decision of sam.*running since.*Nothing was done twice/);
  });

  it('from somebody who is not asked does not count', () => {
    const story = new Story(gated());
    expect(story.answers('mia', 'disable', 'no')?.code).toBe('role');
    expect(story.state('contain.disable.ask')).toBe('waiting');
  });
});

describe('places', () => {
  const two = { 'security-on-call': 1, 'service-owner': 1 };
  const asked = () => new Story(gated({ places: two }));

  it('are filled by different people, whatever the order of their answers', () => {
    for (const order of [
      ['both', 'sam'],
      ['sam', 'both'],
      ['both', 'mia'],
      ['mia', 'both'],
    ]) {
      const story = asked();
      expect(story.answers(order[0]!, 'disable', 'yes')).toBeUndefined();
      expect(story.done).toEqual([]);
      expect(story.answers(order[1]!, 'disable', 'yes')).toBeUndefined();
      expect(story.done, order.join()).toContain('contain.disable/1');
    }
  });

  it('are not filled twice by one person in two roles', () => {
    const story = asked();
    story.answers('both', 'disable', 'yes');
    expect(story.answers('both', 'disable', 'yes')).toMatchObject({
      code: 'same-person',
      message: 'You already said yes (1 of 2). A second person has to.',
    });
    expect(story.done).toEqual([]);
  });

  it('are not filled by a second person of the same role', () => {
    const story = asked();
    story.answers('sam', 'disable', 'yes');
    const refusal = story.says('zoe', 'decide', { step: 'disable', answer: 'yes', roles: ['security-on-call'] });
    expect(refusal).toMatchObject({ code: 'role', message: expect.stringMatching(/still needs 1 of service-owner/) });
  });

  it('may be filled by anybody of a later tier', () => {
    const story = new Story(gated({ places: two, tiers: [['ciso']] }));
    story.answers('mia', 'disable', 'yes');
    story.pass(15 * MINUTE);
    story.answers('ana', 'disable', 'yes');
    expect(story.done).toContain('contain.disable/1');
  });
});

describe('who may not decide', () => {
  it.each(['yes', 'no', 'not_yet'] as const)('whoever started it (%s)', (answer) => {
    const story = new Story(gated(), undefined, { requester: 'person:sam' });
    const refusal = story.answers('sam', 'disable', answer, { minutes: 10 });
    expect(refusal).toMatchObject({
      code: 'self',
      message: expect.stringMatching(/^You started INC-1, so someone else has to decide/),
    });
  });

  it('whoever was refused, though the answer reaches the state all the same', () => {
    const story = new Story(gated(), undefined, { requester: 'person:sam' });
    const at = story.now;
    const message = { id: 'm1', control: 'decide' as const, person: 'sam', roles: ['security-on-call'], at };
    apply(story.run, { kind: 'said', message: { ...message, step: 'disable', answer: 'yes' }, at });
    expect(story.state('contain.disable.ask')).toBe('waiting');
    expect(story.status.waiting[0]).toMatchObject({ until: MONDAY + 15 * MINUTE });
    expect(story.run.steps['contain.disable.ask']?.asking?.yes).toEqual([]);
  });

  it('the person whose own credential it is, not even to end it', () => {
    const plan = gated();
    plan.facts.subject = { value: 'sam', source: 'test' };
    const story = new Story(plan);
    expect(story.answers('sam', 'disable', 'yes')?.code).toBe('subject');
    expect(story.says('sam', 'false_alarm')?.code).toBe('subject');
    expect(story.says('sam', 'note', { reason: 'it is mine' })).toBeUndefined();
  });

  it('anybody, with an answer to another plan', () => {
    expect(new Story(gated()).answers('sam', 'disable', 'yes', { digest: 'other' })?.code).toBe('plan-changed');
  });

  it('anybody, after its time', () => {
    const story = new Story(gated());
    story.now += 15 * MINUTE; // the timer has not fired yet
    expect(story.answers('sam', 'disable', 'yes')?.code).toBe('expired');
    expect(story.answers('sam', 'disable', 'yes')?.code).toBe('expired');
    expect(story.done).toEqual([]);
  });
});

describe('not yet', () => {
  it('moves the deadline by 10, 30 or 60 minutes, 24 h in all', () => {
    const story = new Story(gated());
    expect(story.answers('sam', 'disable', 'not_yet', { minutes: 20 })?.code).toBe('invalid');
    for (let n = 0; n < 24; n += 1) expect(story.answers('sam', 'disable', 'not_yet', { minutes: 60 })).toBeUndefined();
    expect(story.status.waiting[0]?.until).toBe(MONDAY + 24 * HOUR + 15 * MINUTE);
    expect(story.answers('sam', 'disable', 'not_yet', { minutes: 10 })?.code).toBe('not-possible');
    expect(story.answers('sam', 'disable', 'yes')).toBeUndefined();
  });
});

describe('a question', () => {
  it('shows what is known when it is shown', () => {
    const plan = gated({ question: 'Freeze <credential> (scan: <contained.grade>)?' });
    expect(new Story(plan).status.waiting[0]?.sentence).toBe('Freeze AKIAEXAMPLE (scan: not known yet)?');
  });

  it('is not asked when nothing of it is needed any more', () => {
    const story = new Story(gated());
    story.says('rob', 'skip', { step: 'disable', reason: 'done by hand' });
    expect(story.state('contain.disable.ask')).toBe('skipped');
    expect(story.status.closedAs).toBe('contained');
  });

  it('that was denied holds no longer when a person leaves its step out', () => {
    const story = new Story(gated());
    story.answers('sam', 'disable', 'no');
    story.says('rob', 'skip', { step: 'disable', reason: 'done by hand' });
    expect(story.status.held).toEqual([]);
    expect(story.status.closedAs).toBe('contained');
  });

  it('left out leaves out its step: nothing runs because its question was skipped', () => {
    const story = new Story(awsPlan());
    story.says('sam', 'skip', { step: 'close.revoke.ask', reason: 'keep it frozen' });
    expect(story.done).not.toContain('close.revoke/1');
    expect(story.state('close.revoke')).toBe('skipped');
  });
});
