import { describe, expect, it } from 'vitest';
import { act, ask, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MINUTE, MONDAY, Story } from './story.js';

const gated = (more: Parameters<typeof ask>[1] = {}) =>
  planOf([
    ask(['contain.disable', 'contain.cut_sessions'], more),
    act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
    act('contain.cut_sessions', 'interrupt', { needs: ['contain.disable'], gate: 'contain.disable.ask' }),
    prove('contain.contained', { needs: ['contain.cut_sessions'] }),
  ]);
const lines = (story: Story) =>
  story.run.lines.map(({ kind, step, line, tell }) => `${kind} ${step || '-'}${tell ? ' (told)' : ''}: ${line}`);

describe('the record', () => {
  it('has a no and what it leaves out, told to on-call', () => {
    const story = new Story(gated({ ifDenied: 'skip' }));
    story.answers('sam', 'disable', 'no');
    expect(lines(story)).toEqual([
      'denied contain.disable.ask (told): May contain.disable and contain.cut_sessions be done?: sam said no: "because"',
      'skipped contain.disable: Do disable: sam said no: "because"',
      'skipped contain.cut_sessions: Do cut_sessions: sam said no: "because"',
    ]);
    expect(story.run.steps['contain.disable']).toMatchObject({ skippedBy: 'sam', endedAt: MONDAY });
  });

  it('has the silence of a question, told to on-call, and what is held by it', () => {
    const story = new Story(gated());
    story.pass(15 * MINUTE);
    const silent = 'nobody answered "May contain.disable and contain.cut_sessions be done?"';
    expect(lines(story)).toEqual([
      `unanswered contain.disable.ask (told): ${silent}`,
      `held -: ${silent}; retry asks again, skip leaves it out`,
    ]);
    expect(story.run.steps['contain.cut_sessions']).toMatchObject({ state: 'unanswered', line: silent });
  });

  it('has who did what: a postponement, a lead, a note about a step, a retry, a skip', () => {
    const story = new Story(gated());
    story.answers('sam', 'disable', 'not_yet', { minutes: 30 });
    story.says('mia', 'take');
    story.says('mia', 'note', { reason: 'called trading' });
    story.says('mia', 'note', { reason: 'see there', step: 'contain.disable' });
    story.answers('sam', 'disable', 'no');
    story.says('rob', 'retry', { step: 'disable' });
    story.says('rob', 'skip', { step: 'disable', reason: 'by hand' });
    expect(lines(story).filter((line) => !/^(held|denied|resumed)/.test(line))).toEqual([
      'postponed contain.disable.ask: sam needs 30 minutes more: May contain.disable and contain.cut_sessions be done?',
      'lead -: mia takes the lead',
      'note -: mia: called trading',
      'note contain.disable: mia: see there',
      'retry contain.disable: rob has it tried again: Do disable',
      'skipped contain.disable: Do disable: skipped by rob: by hand',
    ]);
  });

  it.each([
    ['cancel', 'exercise', 'cancelled -: cancelled by rob: exercise', 'cancelled'],
    ['false_alarm', undefined, 'false_alarm -: false alarm by rob', 'false alarm'],
    ['close', 'enough', 'closed -: closed by rob: enough', 'closed'],
  ] as const)('has the end by %s, and every step left out says it', (control, reason, line, word) => {
    const story = new Story(awsPlan());
    story.says('rob', control, reason === undefined ? {} : { reason });
    expect(lines(story)).toContain(line);
    expect(story.run.steps['close.revoke']).toMatchObject({ state: 'skipped', line: word, endedAt: MONDAY });
  });

  it('has a failure with its code, told to on-call', () => {
    const story = new Story(
      planOf([act('contain.disable', 'contain'), task('contain.look', { class: 'read' })]),
      but({ 'contain.disable': failed('invalid') }),
    );
    expect(lines(story)).toEqual(['failed contain.disable (told): Do disable failed (invalid): it said invalid']);
  });

  it('of a hold without a reason ends at who pressed it', () => {
    const story = new Story(gated());
    story.says('rob', 'hold');
    expect(story.status.held).toEqual(['rob pressed hold; resume goes on']);
  });
});

describe('an end', () => {
  it.each([
    ['denied', (story: Story): unknown => story.answers('sam', 'disable', 'no')],
    ['unanswered', (story: Story): unknown => story.pass(HOUR)],
  ] as const)('leaves out what was %s', (state, happens) => {
    const story = new Story(gated(), but({ '/close': 'later' }));
    happens(story);
    expect(story.state('contain.disable')).toBe(state);
    story.says('rob', 'cancel', { reason: 'x' });
    expect(story.state('contain.disable.ask')).toBe('skipped');
    expect(story.run.steps['contain.disable']).toMatchObject({ state: 'skipped', line: 'cancelled' });
  });
});

describe('a no', () => {
  it('leaves alone what has begun of a question over several steps', () => {
    const story = new Story(gated(), but({ 'contain.disable': 'later' }));
    story.answers('sam', 'disable', 'yes');
    story.says('both', 'decide', { step: 'disable', answer: 'no', reason: 'wait' });
    expect(story.state('contain.disable')).toBe('running');
    story.finish('contain.disable/1');
    expect(story.state('contain.disable')).toBe('done');
  });

  it('to a deed by hand means that nobody does it', () => {
    const story = new Story(planOf([task('contain.disable')]));
    story.answers('sam', 'disable', 'no');
    expect(story.run.steps['contain.disable']).toMatchObject({
      state: 'failed',
      code: 'nobody',
      line: 'sam said no: "because"',
    });
  });
});

describe('a deed by hand', () => {
  it('names all who did it, and proves without a grade of its own', () => {
    const plan = planOf([
      task('contain.contained', {
        class: 'read',
        proves: 'contained',
        places: { 'security-on-call': 1, 'service-owner': 1 },
      }),
    ]);
    const story = new Story(plan);
    story.answers('sam', 'contained', 'done');
    story.answers('mia', 'contained', 'done');
    expect(story.run.steps['contain.contained']).toMatchObject({
      state: 'done',
      grade: 'unproven',
      results: { by: 'sam and mia' },
      line: 'sam and mia says it is done',
    });
  });

  it('that came after one of ours is taken back before it', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      task('contain.restrict', { does: 'restrict', needs: ['contain.disable'] }),
      task('contain.look', { class: 'read', needs: ['contain.restrict'] }),
    ]);
    const story = new Story(plan);
    story.answers('sam', 'restrict', 'done');
    story.says('sam', 'false_alarm');
    expect(story.status.waiting).toMatchObject([{ id: 'undo.contain.restrict' }]);
    expect(story.began).not.toContain('contain.disable/undo');
    story.answers('sam', 'undo.contain.restrict', 'done');
    expect(story.began).toContain('contain.disable/undo');
  });
});

describe('a proof', () => {
  it('of death settles the proof of containment that had failed', () => {
    const plan = planOf([
      prove('contain.contained'),
      act('recover.rotate', 'replace', { needs: ['contain.contained'] }),
      prove('contain.dead', { needs: ['contain.contained'] }),
      act('close.notify', 'tell', { needs: ['contain.dead'] }),
    ]);
    const story = new Story(
      plan,
      but({ 'contain.contained': failed('alive'), 'recover.rotate': failed('permission-denied') }),
    );
    expect(story.run.steps['contain.contained']).toMatchObject({ state: 'failed', settled: true });
    // It says nothing of a replacement.
    expect(story.run.steps['recover.rotate']?.settled).toBeUndefined();
    expect(story.status.held).toHaveLength(1);
  });

  it('of containment settles no proof of death', () => {
    const plan = planOf([prove('contain.dead'), prove('contain.contained', { needs: ['contain.dead'] })]);
    const story = new Story(plan, but({ 'contain.dead': failed('alive') }));
    expect(story.run.steps['contain.dead']?.settled).toBeUndefined();
    expect(story.run.closed).toBeUndefined();
  });

  it('that had failed looks again after a retry of what comes before it, and only that one', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      act('contain.cut_sessions', 'interrupt'),
      act('contain.restrict', 'contain', { needs: ['contain.cut_sessions', 'contain.disable'] }),
      prove('contain.contained', { needs: ['contain.restrict'] }),
      prove('recover.replacement_works', { needs: ['contain.cut_sessions'] }),
      prove('recover.dead', { needs: ['contain.restrict'] }),
    ]);
    const story = new Story(
      plan,
      but({
        'contain.disable': failed('permission-denied'),
        'contain.contained': failed('alive'),
        'recover.replacement_works': failed('alive'),
      }),
    );
    story.script = but({});
    story.says('rob', 'retry', { step: 'disable' });
    expect(story.done.filter((key) => key.endsWith('/2'))).toEqual(['contain.disable/2', 'contain.contained/2']);
  });
});

describe('a retry', () => {
  it('asks again for what a yes had covered, and does not do again what is done', () => {
    const story = new Story(
      gated(),
      but({ 'contain.cut_sessions': failed('permission-denied'), 'contain.contained': 'later' }),
    );
    story.answers('sam', 'disable', 'yes');
    story.script = but({});
    story.says('rob', 'retry', { step: 'cut_sessions' });
    expect(story.status.waiting).toMatchObject([{ id: 'contain.disable.ask', generation: 2, filled: [] }]);
    story.answers('sam', 'disable', 'yes', { generation: 2 });
    expect(story.done.filter((key) => !key.startsWith('contain.contained'))).toEqual([
      'contain.disable/1',
      'contain.cut_sessions/1',
      'contain.cut_sessions/2',
    ]);
  });

  it('of one step gives back all that the no had denied, in one generation', () => {
    const story = new Story(gated());
    story.answers('sam', 'disable', 'no');
    story.says('rob', 'retry', { step: 'cut_sessions' });
    story.answers('sam', 'disable', 'yes');
    expect(story.done.slice(0, 2)).toEqual(['contain.disable/2', 'contain.cut_sessions/2']);
  });

  it('of a question that was left out brings it back, and not what it covered and a person had left out', () => {
    const story = new Story(gated(), but({ 'contain.contained': 'later' }));
    story.says('rob', 'skip', { step: 'contain.disable.ask', reason: 'x' });
    expect(story.says('rob', 'retry', { step: 'disable' })).toBeUndefined();
    expect(story.state('contain.cut_sessions')).toBe('skipped');
    story.answers('sam', 'disable', 'yes');
    expect(story.done).toContain('contain.disable/2');
    expect(story.state('contain.cut_sessions')).toBe('skipped');
  });

  it('forgets nothing that may have changed the world: undo still brings it back', () => {
    const perhaps = { ok: true, value: { state: 'needs_human', line: 'perhaps' } } as const;
    const story = new Story(
      awsPlan(),
      but({ 'contain.disable': failed('too-late'), 'contain.disable/settle': perhaps }),
    );
    story.says('rob', 'hold');
    story.says('rob', 'retry', { step: 'disable' });
    expect(story.state('contain.disable')).toBe('pending');
    story.says('sam', 'false_alarm');
    expect(story.began).toContain('contain.disable/undo');
  });
});

describe('a resume', () => {
  it('gives new time to what goes on in silence, and moves no other deadline', () => {
    const plan = planOf([
      ask(['contain.disable'], { ifSilent: 'proceed' }),
      act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
      ask(['contain.restrict']),
      act('contain.restrict', 'contain', { gate: 'contain.restrict.ask' }),
      ask(['recover.rotate'], { needs: ['contain.disable'], ifSilent: 'proceed' }),
      act('recover.rotate', 'replace', { needs: ['contain.disable'], gate: 'recover.rotate.ask' }),
    ]);
    const story = new Story(plan);
    story.says('rob', 'hold');
    story.pass(5 * MINUTE);
    story.says('rob', 'resume');
    expect(story.status.waiting.map(({ id, until }) => [id, (until - MONDAY) / MINUTE])).toEqual([
      ['contain.disable.ask', 20],
      ['contain.restrict.ask', 15],
    ]);
  });
});
