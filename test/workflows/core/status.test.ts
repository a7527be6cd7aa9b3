import { describe, expect, it } from 'vitest';
import { openingStatus, remains, utc, viewOf } from '../../../workflows/core/status.js';
import { act, ask, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MINUTE, MONDAY, Story } from './story.js';

const phases = planOf([
  act('contain.disable', 'contain'),
  act('assess.scan_logs', 'read', { needs: ['contain.disable'] }),
  act('recover.rotate', 'replace', { needs: ['assess.scan_logs'] }),
  prove('close.dead', { needs: ['recover.rotate'] }),
]);

describe('the stage', () => {
  it.each([
    ['containing', 'contain.disable'],
    ['assessing', 'assess.scan_logs'],
    ['recovering', 'recover.rotate'],
    ['closing', 'close.dead'],
  ])('is %s as long as %s runs', (stage, step) => {
    const story = new Story(phases, but({ [step]: 'later' }));
    expect(story.status.stage).toBe(stage);
    expect(viewOf(story.run)).toMatchObject({ stage, held: '', at: MONDAY });
  });

  it('is closed at the end, closing while it is cancelled, opening before there is a plan', () => {
    expect(new Story(phases).status.stage).toBe('closed');
    const cancelled = new Story(phases, but({ 'contain.disable': 'later' }));
    cancelled.says('rob', 'cancel', { reason: 'exercise' });
    expect(cancelled.status.stage).toBe('closing');
    expect(openingStatus('INC-1', 7)).toMatchObject({
      incident: 'INC-1',
      mode: 'observe',
      stage: 'opening',
      steps: [],
      waiting: [],
      held: [],
      waitingFor: '',
      alerts: 1,
      exposure: 'unknown',
      updatedAt: 7,
    });
  });

  it('stays where a question was denied or left unanswered, and goes on past what was left out', () => {
    const plan = planOf([
      ask(['contain.disable']),
      act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
      act('recover.rotate', 'replace'),
    ]);
    const denied = new Story(plan, but({ 'recover.rotate': 'later' }));
    denied.answers('sam', 'disable', 'no');
    expect(denied.status.stage).toBe('containing');
    const silent = new Story(plan, but({ 'recover.rotate': 'later' }));
    silent.pass(HOUR);
    expect(silent.status.stage).toBe('containing');
    silent.says('rob', 'skip', { step: 'disable', reason: 'by hand' });
    expect(silent.status.stage).toBe('recovering');
  });
});

describe('a sentence', () => {
  const about = (question: string) =>
    planOf([
      act('contain.scan', 'read'),
      prove('contain.contained', { needs: ['contain.scan'] }),
      ask(['recover.rotate'], { question, needs: ['contain.contained'] }),
      act('recover.rotate', 'replace', { needs: ['contain.contained'], gate: 'recover.rotate.ask' }),
    ]);
  const scanned = { ok: true, value: { results: { verdict: 'misuse' }, line: 'x' } } as const;

  it('tells what is known: results and grades of what is done, the state of all that has ended', () => {
    const plan = about('<scan.verdict>, <scan.state>, <contained.grade>, <contained.state>?');
    expect(new Story(plan, but({ 'contain.scan': scanned })).status.waiting[0]?.sentence).toBe(
      'misuse, done, refused, done?',
    );
    const badly = but({ 'contain.scan': failed('unavailable'), 'contain.contained': failed('alive') });
    expect(new Story(plan, badly).status.waiting[0]?.sentence).toMatch(/^not known yet, failed, not known yet, failed/);
  });

  it("of the engine's own tasks is finished: a < in it is text", () => {
    const story = new Story(
      awsPlan(),
      but({
        'contain.disable/undo': { ok: true, value: { result: 'needs_human', line: 'a <credential> of another' } },
      }),
    );
    story.says('sam', 'false_alarm');
    expect(story.status.waiting[0]?.sentence).toBe(
      'Bring back by hand what "Do disable" changed: a <credential> of another',
    );
  });
});

describe('what is waited for', () => {
  it('is named with the roles still needed, the deadline and the question', () => {
    const story = new Story(awsPlan({ ask: { tiers: [['ciso']] } }));
    const question = 'May close.revoke be done to AKIAEXAMPLE?';
    expect(story.status.waitingFor).toBe(
      `1 of security-on-call and 1 of service-owner until 2026-11-23 14:00 UTC: ${question}`,
    );
    story.answers('sam', 'revoke', 'yes');
    story.pass(4 * HOUR);
    expect(story.status.waitingFor).toBe(
      `1 of service-owner (asked so far: security-on-call, service-owner, ciso) until 2026-11-23 18:00 UTC: ${question}`,
    );
    expect(story.status.waiting).toEqual([
      {
        id: 'close.revoke.ask',
        kind: 'question',
        sentence: question,
        places: { 'security-on-call': 1, 'service-owner': 1 },
        filled: [{ role: 'security-on-call', person: 'sam', at: MONDAY }],
        asked: ['security-on-call', 'service-owner', 'ciso'],
        tier: 1,
        until: MONDAY + 8 * HOUR,
        onSilence: 'hold',
        generation: 1,
      },
    ]);
  });

  it('is said of each that is open, and a task that is not done in time will have failed', () => {
    const story = new Story(planOf([task('contain.disable'), task('contain.restrict', { withinSeconds: 60 })]));
    expect(story.status.waitingFor).toBe(
      '1 of security-on-call until 2026-11-23 10:15 UTC: Do contain.disable by hand for AKIAEXAMPLE. · ' +
        '1 of security-on-call until 2026-11-23 10:01 UTC: Do contain.restrict by hand for AKIAEXAMPLE.',
    );
    expect(story.status.waiting.map(({ kind, onSilence }) => [kind, onSilence])).toEqual([
      ['task', 'fail'],
      ['task', 'fail'],
    ]);
  });

  it('is a person where it is held, nobody while something runs or all goes on', () => {
    const plan = planOf([act('contain.disable', 'contain'), act('contain.restrict', 'contain')]);
    const story = new Story(plan, but({ 'contain.restrict': 'later', 'contain.disable': 'later' }));
    expect(story.status.waitingFor).toBe('');
    story.says('rob', 'hold');
    expect(story.status.waitingFor).toBe('');
    story.finish('contain.disable/1');
    story.finish('contain.restrict/1');
    expect(story.status.waitingFor).toBe('security-on-call or a responder: it is held');
    story.says('sam', 'hold', { reason: 'still' });
    expect(viewOf(story.run).held).toBe('sam pressed hold: still; resume goes on');
  });

  it('is nothing any more once it is closed', () => {
    const story = new Story(planOf([act('contain.disable', 'contain'), task('alongside.look', { class: 'read' })]));
    story.says('rob', 'cancel', { reason: 'x' });
    expect(story.status).toMatchObject({ closedAs: 'cancelled', held: [], waitingFor: '', waiting: [] });
  });
});

describe('a step', () => {
  it('shows when it began and ended, its line, results, grade and code, and only what there is', () => {
    const story = new Story(
      planOf([
        act('contain.disable', 'contain'),
        prove('contain.contained', { needs: ['contain.disable'] }),
        act('recover.rotate', 'replace', { needs: ['contain.contained'] }),
        act('close.revoke', 'destroy', { needs: ['recover.rotate'] }),
      ]),
      but({ 'contain.disable': 'later', 'recover.rotate': failed('invalid') }),
    );
    story.pass(MINUTE / 2);
    story.finish('contain.disable/1');
    const at = MONDAY + MINUTE / 2;
    const same = { generation: 1, kind: 'act' };
    expect(story.status.steps).toEqual([
      {
        ...same,
        id: 'contain.disable',
        name: 'disable',
        phase: 'contain',
        title: 'Do disable',
        state: 'done',
        startedAt: MONDAY,
        endedAt: at,
        line: 'Do disable: ok',
        results: {},
      },
      {
        ...same,
        id: 'contain.contained',
        name: 'contained',
        phase: 'contain',
        title: 'Do contained',
        state: 'done',
        startedAt: at,
        endedAt: at,
        line: 'Do contained: ok',
        results: {},
        grade: 'refused',
      },
      {
        ...same,
        id: 'recover.rotate',
        name: 'rotate',
        phase: 'recover',
        title: 'Do rotate',
        state: 'failed',
        startedAt: at,
        endedAt: at,
        line: 'it said invalid',
        code: 'invalid',
      },
      { ...same, id: 'close.revoke', name: 'revoke', phase: 'close', title: 'Do revoke', state: 'pending' },
    ]);
  });

  it('that was undone says so in the words of the undo', () => {
    const story = new Story(awsPlan());
    story.says('sam', 'false_alarm');
    expect(story.status.steps[0]).toMatchObject({ name: 'disable', state: 'undone', line: 'as before us' });
    const badly = new Story(awsPlan(), but({ 'contain.disable/undo': failed('unavailable') }));
    badly.says('sam', 'false_alarm');
    expect(badly.status.steps[0]).toMatchObject({ name: 'disable', state: 'done', line: 'it said unavailable' });
  });
});

describe('the whole', () => {
  it('has who leads, and what was proven when, only once that is so', () => {
    const story = new Story(awsPlan(), but({ 'recover.rotate': 'later' }));
    expect(Object.keys(story.status)).not.toEqual(expect.arrayContaining(['lead']));
    expect(story.status).toMatchObject({
      incident: 'INC-1',
      digest: 'd'.repeat(64),
      mode: 'act',
      playbook: 'test',
      contained: { at: MONDAY, grade: 'refused' },
      alerts: 1,
      exposure: 'internal',
      updatedAt: MONDAY,
    });
    expect(story.status).not.toHaveProperty('replaced');
    expect(story.status).not.toHaveProperty('dead');
    expect(story.status).not.toHaveProperty('closedAs');
    story.says('mia', 'take');
    story.finish('recover.rotate/1');
    expect(story.status).toMatchObject({ lead: 'mia', replaced: { at: MONDAY, grade: 'refused' } });
  });

  it('tells moments to the minute, in UTC', () => {
    expect(utc(MONDAY + 59_999)).toBe('2026-11-23 10:00 UTC');
  });
});

describe('what remains at the end', () => {
  it('names what failed, what a person left out, and what nobody saw', () => {
    const story = new Story(
      awsPlan(),
      but({
        'alongside.open_ticket': failed('invalid'),
        'contain.cut_sessions': failed('permission-denied'),
        'close.dead': failed('alive'),
      }),
    );
    story.says('rob', 'skip', { step: 'revoke', reason: 'kept' });
    story.says('rob', 'skip', { step: 'dead', reason: 'kept, too' });
    expect(story.status.closedAs).toBe('contained');
    expect(remains(story.run)).toEqual([
      'Do open_ticket failed: it said invalid',
      'Do revoke: skipped by rob: kept',
      'Do dead: skipped by rob: kept, too',
      'its death was not proven',
    ]);
  });

  it('is nothing after all that was asked for was proven, nor where no death was asked for', () => {
    expect(remains(new Story(phases).run)).toEqual([]);
    expect(remains(new Story(planOf([prove('contain.contained')])).run)).toEqual([]);
    expect(remains(new Story(planOf([prove('contain.contained'), prove('close.dead', { skip: 'x' })])).run)).toEqual(
      [],
    );
  });

  it('of a false alarm is what was not brought back, and no death is missed', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable/undo': failed('unavailable') }));
    story.says('sam', 'false_alarm');
    story.answers('sam', 'undo.contain.disable', 'done');
    expect(story.status.closedAs).toBe('false_alarm');
    expect(remains(story.run)).toEqual(['Do disable was not brought back: it said unavailable']);
  });

  it('of a cancelled undo is what is still done, without what was already brought back, read or told', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': 'later' }));
    story.says('sam', 'false_alarm');
    story.says('sam', 'cancel', { reason: 'it was real' });
    story.finish('contain.cut_sessions/undo');
    expect(remains(story.run)).toEqual([
      'Do disable: done, and stays',
      'Do rotate: done, and stays',
      'its death was not proven',
    ]);
  });
});
