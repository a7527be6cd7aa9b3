import { describe, expect, it } from 'vitest';
import { apply } from '../../../workflows/core/apply.js';
import type { Call } from '../../../workflows/core/run.js';
import { act, ask, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MINUTE, MONDAY, Story } from './story.js';

const call = (story: Story, key: string): Call => {
  const found = story.calls.get(key);
  if (found === undefined) throw new Error(`${key} did not begin, but ${story.began.join(', ')}`);
  return found;
};
const how = (story: Story, key: string) => {
  const { activity, row, limitSeconds } = call(story, key);
  return [activity, row, limitSeconds];
};

describe('a call', () => {
  it('names its activity, the row of its timeouts and its limit', () => {
    const story = new Story(
      awsPlan(),
      but({ 'recover.rotate': failed('too-late'), 'contain.disable/undo': failed('unavailable') }),
    );
    story.says('sam', 'false_alarm');
    story.answers('sam', 'undo.contain.disable', 'done');
    expect(how(story, 'contain.disable/1')).toEqual(['disable', 'contain', 600]);
    expect(how(story, 'contain.contained/1')).toEqual(['prove', 'proof', 120]);
    expect(how(story, 'alongside.scan_logs/1')).toEqual(['scan_logs', 'read', 600]);
    expect(how(story, 'recover.rotate/1/settle')).toEqual(['settle', 'settle', 3600]);
    expect(how(story, 'contain.disable/undo')).toEqual(['undo', 'undo', 3600]);
    expect(how(story, 'restored')).toEqual(['prove_restored', 'proof', 120]);
    expect(how(story, 'undo.contain.disable/1/ask/0')).toEqual(['ask_people', 'say', 4 * 3600]);
    expect(how(story, 'close/1')).toEqual(['close_incident', 'close', undefined]);
  });

  it('says which incident, plan, step and generation, and where the incident stands', () => {
    const story = new Story(awsPlan());
    const known = { incident: 'INC-1', digest: 'd'.repeat(64) };
    const view = { stage: 'containing', held: '', waiting: '', at: MONDAY };
    expect(call(story, 'contain.disable/1').input).toEqual({ ...known, step: 'contain.disable', generation: 1, view });
    story.says('sam', 'false_alarm');
    expect(call(story, 'contain.disable/undo').input).toMatchObject({
      ...known,
      step: 'contain.disable',
      because: 'false_alarm',
      view: { stage: 'undoing' },
    });
    expect(call(story, 'restored').input).toMatchObject({ ...known, step: 'contain.disable', generation: 1 });
  });

  it('to people has the question, the deadline, who is asked and who has answered, and ends with its tier', () => {
    const story = new Story(awsPlan({ ask: { tiers: [['ciso']] } }));
    story.answers('sam', 'revoke', 'yes');
    story.pass(4 * HOUR);
    expect(call(story, 'close.revoke.ask/1/ask/1')).toMatchObject({
      step: 'close.revoke.ask',
      limitSeconds: 4 * 3600,
      summary: 'Ask ciso: May close.revoke be done to AKIAEXAMPLE?',
      input: {
        tier: 1,
        until: MONDAY + 8 * HOUR,
        sentence: 'May close.revoke be done to AKIAEXAMPLE?',
        filled: ['security-on-call: sam'],
        roles: ['ciso'],
      },
    });
  });

  it('that looks for a deed by hand lasts as long as its tier, a look after a click two minutes', () => {
    const story = new Story(planOf([task('contain.disable', { doneWhen: 'contained' })]));
    story.answers('sam', 'disable', 'not_yet', { minutes: 30 });
    story.answers('sam', 'disable', 'done');
    expect(how(story, 'contain.disable/1/look/0+0')).toEqual(['prove', 'proof', 900]);
    expect(how(story, 'contain.disable/1/look/0+30')).toEqual(['prove', 'proof', 2700]);
    expect(how(story, 'contain.disable/1/look/done/1')).toEqual(['prove', 'proof', 120]);
    const noLook = new Story(planOf([task('contain.disable')]));
    expect(noLook.began).toEqual(['contain.disable/1/ask/0']);
  });

  it.each(['contain', 'burn', 'interrupt', 'replace', 'tell'] as const)('that takes long: %s', (effectClass) => {
    const story = new Story(planOf([act('contain.disable', effectClass)]), but({ 'contain.disable': 'later' }));
    story.pass(MINUTE);
    const told = ['contain', 'burn', 'interrupt'].includes(effectClass);
    expect(story.run.lines.map(({ kind }) => kind)).toEqual(told ? ['slow'] : []);
  });
});

describe('an answer', () => {
  const two = () =>
    new Story(
      planOf([act('contain.disable', 'contain'), act('contain.cut_sessions', 'interrupt')]),
      but({ 'contain.disable': 'later', 'contain.cut_sessions': 'later' }),
    );

  it('to a call that nobody made changes nothing', () => {
    const story = two();
    const before = structuredClone(story.run);
    apply(story.run, { kind: 'ended', key: 'contain.disable/7', outcome: failed('invalid'), at: story.now });
    expect(story.run).toEqual(before);
  });

  it('that comes twice counts once', () => {
    const story = two();
    story.finish('contain.disable/1', failed('invalid'));
    story.finish('contain.disable/1');
    expect(story.state('contain.disable')).toBe('failed');
    expect(story.run.lines).toHaveLength(1);
  });

  it('after the close changes nothing, and time never runs backwards', () => {
    const story = new Story(planOf([prove('contain.contained')]));
    expect(story.run.closed?.as).toBe('contained');
    const before = structuredClone(story.run);
    apply(story.run, { kind: 'time', at: story.now + HOUR });
    apply(story.run, {
      kind: 'said',
      message: { id: 'm', control: 'take', person: 'rob', roles: ['responder'], at: 1 },
      at: 1,
    });
    expect(story.run).toEqual(before);

    const open = two();
    apply(open.run, { kind: 'time', at: MONDAY - HOUR });
    expect(open.status.updatedAt).toBe(MONDAY);
  });

  it('of an earlier generation does not end the later one', () => {
    const story = new Story(planOf([task('contain.disable', { doneWhen: 'contained', withinSeconds: 300 })]));
    const seen = { ok: true, value: { results: {}, line: 'x', grade: 'refused' } } as const;
    const from = { id: 'm', person: 'sam', roles: ['security-on-call'], at: MONDAY, step: 'disable' };
    // It is on its way while the no and the retry are said.
    const no = { ...from, control: 'decide', answer: 'no', reason: 'wait' } as const;
    apply(story.run, { kind: 'said', message: no, at: MONDAY });
    apply(story.run, { kind: 'said', message: { ...from, control: 'retry' }, at: MONDAY });
    apply(story.run, { kind: 'ended', key: 'contain.disable/1/look/0+0', outcome: seen, at: MONDAY });
    expect(story.run.steps['contain.disable']).toMatchObject({ state: 'waiting', generation: 2 });
    story.pass(0);
    story.finish('contain.disable/2/look/0+0', seen);
    expect(story.state('contain.disable')).toBe('done');
    expect(story.run.steps['contain.disable']?.results).toEqual({});
  });

  it('of the look before anybody has said that it is done is no news', () => {
    const story = new Story(planOf([task('contain.disable', { doneWhen: 'contained' })]));
    story.finish('contain.disable/1/look/0+0', failed('alive'));
    expect(story.run.lines).toEqual([]);
    story.answers('sam', 'disable', 'done');
    story.finish('contain.disable/1/look/done/1', failed('alive'));
    expect(story.run.lines).toMatchObject([{ kind: 'not-seen', step: 'contain.disable' }]);
  });

  it.each([
    ['is done', { ok: true, value: { state: 'done', line: 'it is off' } }, 'done', 'it is off', undefined],
    [
      'is not done',
      { ok: true, value: { state: 'not_applied', line: 'it is on' } },
      'failed',
      'it said too-late; it is on',
      'too-late',
    ],
    [
      'is not known',
      { ok: true, value: { state: 'needs_human', line: 'who knows' } },
      'failed',
      'it said too-late; who knows',
      'unknown-outcome',
    ],
    [
      'could not be found out',
      failed('unavailable'),
      'failed',
      'it said too-late; how it ended is not known',
      'unknown-outcome',
    ],
  ] as const)('of settling that %s decides how the step ends', (_, outcome, state, line, code) => {
    const answers = { 'contain.disable': failed('too-late'), 'contain.disable/settle': outcome };
    const story = new Story(planOf([act('contain.disable', 'contain')]), but(answers));
    expect(story.run.steps['contain.disable']).toMatchObject({ state, line });
    expect(story.run.steps['contain.disable']?.code).toBe(code);
  });

  it.each(['permission-denied', 'not-found', 'invalid', 'protected', 'over-budget'] as const)(
    'that clearly says %s needs no settling',
    (code) => {
      const story = new Story(planOf([act('contain.disable', 'contain')]), but({ 'contain.disable': failed(code) }));
      expect(story.began).not.toContain('contain.disable/1/settle');
      expect(story.run.steps['contain.disable']).toMatchObject({ state: 'failed', code });
    },
  );

  it('of a read that fails is never settled, nor is it undone', () => {
    const plan = planOf([act('contain.scan', 'read'), act('contain.late', 'read', { needs: ['contain.scan'] })]);
    const story = new Story(plan, but({ 'contain.scan': failed('too-late'), 'contain.late': 'later' }));
    expect(story.run.steps['contain.scan']).toMatchObject({ state: 'failed', code: 'too-late' });
    expect(story.run.steps['contain.scan']?.begun).toBeUndefined();
    story.says('sam', 'false_alarm');
    expect(story.began.filter((key) => /undo|restored/.test(key))).toEqual([]);
  });
});

describe('joined alerts', () => {
  const open = (exposure: 'public' | 'internal' | 'unknown') => {
    const plan = awsPlan();
    plan.facts.exposure = { value: exposure, source: 'test' };
    plan.facts.secret = { value: 'not_held', source: 'test' };
    return new Story(plan);
  };

  it.each([
    ['internal', 'unknown', 'unknown'],
    ['unknown', 'internal', 'unknown'],
    ['unknown', 'public', 'public'],
    ['public', 'unknown', 'public'],
    ['internal', 'internal', 'internal'],
  ] as const)('about %s that say %s leave %s, and say so once', (was, said, is) => {
    const story = open(was);
    story.alert({ exposure: said });
    story.alert({ exposure: said });
    expect(story.status).toMatchObject({ exposure: is, alerts: 3 });
    const lines = was === is ? [] : [{ kind: 'exposure', step: '', line: `another alert says that it is ${is}` }];
    expect(story.run.lines).toMatchObject(lines);
    expect(story.run.lines).toHaveLength(lines.length);
  });

  it('bring a secret, and never take one away; an old count changes nothing', () => {
    const story = open('internal');
    expect(story.run.secretHeld).toBe(false);
    story.alert({ alerts: 1, exposure: 'internal', secretHeld: true });
    expect(story.run).toMatchObject({ secretHeld: true, alerts: 1 });
    story.alert({ alerts: 5, exposure: 'internal' });
    expect(story.run).toMatchObject({ secretHeld: true, alerts: 5 });
    story.alert({ alerts: 4, exposure: 'public', secretHeld: true });
    expect(story.run).toMatchObject({ exposure: 'internal', alerts: 5 });
  });

  it('hold an undo, but not when they only bring the same count again', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': 'later' }));
    story.says('sam', 'false_alarm');
    story.alert({ alerts: 1, secretHeld: false });
    expect(story.run.undoHeld).toBeUndefined();
    story.alert();
    expect(story.run.undoHeld).toBeDefined();
  });
});

describe('a close', () => {
  it('by a person waits for what runs, and calls it contained', () => {
    const story = new Story(awsPlan(), but({ 'recover.rotate': 'later' }));
    story.says('rob', 'close', { reason: 'enough' });
    expect(story.run.closed).toBeUndefined();
    story.finish('recover.rotate/1');
    expect(story.run.closed).toEqual({ as: 'contained', at: MONDAY });
  });

  it('never calls dead what a person left out among several proofs of death', () => {
    const plan = planOf([
      prove('contain.dead'),
      task('close.gone', { class: 'read', proves: 'dead', needs: ['contain.dead'] }),
    ]);
    const story = new Story(plan);
    story.says('rob', 'skip', { step: 'gone', reason: 'x' });
    expect(story.run.closed?.as).toBe('contained');
  });

  it('asks about several steps with one question, which is left out when the binder or people leave no step', () => {
    const plan = planOf([
      ask(['contain.disable'], { skip: 'mode observe' }),
      act('contain.disable', 'contain', { gate: 'contain.disable.ask', skip: 'mode observe' }),
      prove('contain.contained', { needs: ['contain.disable'] }),
    ]);
    const story = new Story(plan);
    expect(story.run.steps['contain.disable.ask']).toMatchObject({ state: 'skipped', line: 'mode observe' });
    expect(story.began.filter((key) => key.includes('/ask/'))).toEqual([]);
  });
});
