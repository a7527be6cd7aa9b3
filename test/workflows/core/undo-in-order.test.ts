import { describe, expect, it } from 'vitest';
import { act, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, HOUR, MONDAY, Story } from './story.js';

const undone = (story: Story) => story.began.filter((key) => key.endsWith('/undo') || key === 'restored');
const needsHuman = { ok: true, value: { result: 'needs_human', line: 'somebody else changed it' } } as const;
const contain = [act('contain.disable', 'contain'), prove('contain.contained', { needs: ['contain.disable'] })];
const after = { needs: ['contain.contained'] };

describe('undoing', () => {
  it('stops at a hold, does not close meanwhile, and goes on at resume', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': 'later' }));
    story.says('sam', 'false_alarm');
    expect(story.says('mia', 'hold', { reason: 'wait' })).toBeUndefined();
    story.finish('contain.cut_sessions/undo');
    expect(undone(story)).toEqual(['contain.cut_sessions/undo']);
    expect(story.status).toMatchObject({ stage: 'undoing', held: ['mia pressed hold: wait; resume goes on'] });
    story.says('rob', 'resume');
    expect(undone(story)).toContain('contain.disable/undo');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('held when there is nothing to undo still waits for the resume before it closes', () => {
    const plan = planOf([act('contain.disable', 'contain'), act('alongside.scan_logs', 'read')]);
    const story = new Story(plan, but({ 'contain.disable': 'later', 'contain.disable/settle': 'later' }));
    story.says('sam', 'false_alarm');
    story.says('mia', 'hold');
    story.finish('contain.disable/1', failed('invalid'));
    expect(story.run.closed).toBeUndefined();
  });

  it('of containment does not wait for a message that is being sent; its correction does', () => {
    const story = new Story(
      planOf([...contain, act('alongside.open_ticket', 'tell'), act('alongside.notify', 'tell')]),
      but({ 'alongside.open_ticket': 'later', 'recover.rotate': 'later', 'contain.contained': 'later' }),
    );
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual(['contain.disable/undo', 'restored']);
    expect(story.run.closed).toBeUndefined();
    story.finish('alongside.open_ticket/1');
    expect(undone(story).slice(2).sort()).toEqual(['alongside.notify/undo', 'alongside.open_ticket/undo']);
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('waits for a change that still runs, and for none that only reads', () => {
    const plan = planOf([
      ...contain,
      act('recover.rotate', 'replace', after),
      act('alongside.scan_logs', 'read', { needs: [] }),
    ]);
    const story = new Story(plan, but({ 'recover.rotate': 'later', 'alongside.scan_logs': 'later' }));
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual([]);
    story.finish('recover.rotate/1');
    expect(undone(story)).toEqual(['contain.disable/undo', 'restored', 'recover.rotate/undo']);
  });

  it('never takes back a rotation in place, of which it has no undo, though nobody knows how that ended', () => {
    const { undo: _, ...inPlace } = act('recover.rotate', 'replace', after);
    const story = new Story(
      planOf([...contain, inPlace]),
      but({
        'recover.rotate': failed('too-late'),
        'recover.rotate/settle': { ok: true, value: { state: 'needs_human', line: 'perhaps' } },
      }),
    );
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual(['contain.disable/undo', 'restored']);
  });

  it.each(['destroy', 'burn'] as const)(
    'after a %s sets nothing back on what is gone, and the owner is told',
    (end) => {
      const plan = planOf([
        act('contain.restrict', 'contain'),
        act('contain.cut_sessions', 'interrupt', { needs: ['contain.restrict'] }),
        act('recover.revoke', end, { needs: ['contain.cut_sessions'] }),
        act('recover.late', 'read', { needs: ['recover.revoke'] }),
      ]);
      const story = new Story(plan, but({ 'recover.late': 'later' }));
      story.says('sam', 'false_alarm');
      expect(undone(story)).toEqual(['contain.cut_sessions/undo']);
      expect(story.status.waiting).toMatchObject([
        {
          id: 'undo.gone',
          places: { 'service-owner': 1 },
          sentence: expect.stringMatching(/cannot come back \("Do revoke" is done\)/),
          until: MONDAY + 4 * HOUR,
        },
      ]);
      story.pass(4 * HOUR);
      expect(story.status.waiting).toMatchObject([{ tier: 1, asked: ['service-owner', 'security-on-call'] }]);
    },
  );

  it('corrects an alert that was resolved once, and leaves out what the mode had left out', () => {
    const plan = (skip?: 'observe') =>
      planOf([
        ...contain,
        act('alongside.resolve_alert', 'tell', skip === undefined ? {} : { skip }),
        act('alongside.scan_logs', 'read'),
      ]);
    const resolved = new Story(plan(), but({ 'alongside.scan_logs': 'later' }));
    resolved.says('sam', 'false_alarm');
    expect(undone(resolved)).toEqual(['contain.disable/undo', 'restored', 'alongside.resolve_alert/undo']);
    const left = new Story(plan('observe'), but({ 'alongside.scan_logs': 'later' }));
    left.says('sam', 'false_alarm');
    expect(undone(left)).toEqual(['contain.disable/undo', 'restored']);
  });
});

describe('how an undo ended', () => {
  const lines = (story: Story) =>
    story.run.lines.map(({ kind, step, line, tell }) => ({ kind, step, line, tell })).slice(1);

  it('is written down for each step, and for the proof', () => {
    const story = new Story(
      planOf([...contain, act('alongside.scan_logs', 'read')]),
      but({ 'alongside.scan_logs': 'later' }),
    );
    story.says('sam', 'false_alarm');
    expect(lines(story)).toEqual([
      { kind: 'undone', step: 'contain.disable', line: 'Undo of Do disable: as before us', tell: false },
      {
        kind: 'undone',
        step: '',
        line: 'Proof that it works again: Prove that it works again: ok',
        tell: false,
      },
    ]);
  });

  it('by hand is written down with who took it back', () => {
    const story = new Story(
      planOf([task('contain.disable', { does: 'disable' }), prove('close.dead', { needs: ['contain.disable'] })]),
      but({ 'close.dead': 'later' }),
    );
    story.answers('sam', 'disable', 'done');
    story.says('sam', 'false_alarm');
    story.answers('both', 'undo.contain.disable', 'done');
    expect(lines(story)[0]).toEqual({
      kind: 'undone',
      step: 'contain.disable',
      line: 'Undo of By hand: contain.disable: both says it is done',
      tell: false,
    });
    expect(undone(story)).toEqual(['restored']);
  });

  it('badly is told to on-call, and a replacement that stays is for the owner to take away', () => {
    const story = new Story(awsPlan(), but({ 'recover.rotate/undo': needsHuman }));
    story.says('sam', 'false_alarm');
    expect(lines(story)).toContainEqual({
      kind: 'failed',
      step: 'recover.rotate',
      line: 'Undo of Do rotate: somebody else changed it',
      tell: true,
    });
    expect(story.status.waiting).toMatchObject([
      { id: 'undo.recover.rotate', places: { 'service-owner': 1 }, until: MONDAY + 4 * HOUR },
    ]);
  });

  it('badly at the proof asks about the replacement if any of several may be there', () => {
    const plan = planOf([
      ...contain,
      act('recover.rotate', 'replace', after),
      act('recover.again', 'replace', { needs: ['recover.rotate'] }),
      act('recover.late', 'read', { needs: ['recover.again'] }),
    ]);
    const story = new Story(
      plan,
      but({
        'recover.again': failed('invalid'),
        'contain.disable/restored': failed('alive'),
        'recover.late': 'later',
      }),
    );
    story.says('sam', 'false_alarm');
    expect(story.status.waiting.map(({ id }) => id)).toEqual(['undo.restored', 'undo.replacement']);
    expect(lines(story)).toContainEqual({
      kind: 'failed',
      step: '',
      line: 'Proof that it works again: it said alive',
      tell: true,
    });
  });
});
