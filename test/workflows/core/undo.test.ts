import { describe, expect, it } from 'vitest';
import { act, ask, awsPlan, planOf, prove } from '../plans.js';
import { but, failed, MINUTE, Story } from './story.js';

const undone = (story: Story) => story.began.filter((key) => key.endsWith('/undo') || key === 'restored');
const untilAsked = () => new Story(awsPlan());

describe('a false alarm', () => {
  it('brings back containment latest first, proves it, then takes the replacement away, then corrects what was told', () => {
    const story = untilAsked();
    expect(story.says('sam', 'false_alarm')).toBeUndefined();

    expect(undone(story)).toEqual([
      'contain.cut_sessions/undo',
      'contain.disable/undo',
      'restored',
      'recover.rotate/undo',
      'alongside.open_ticket/undo',
      'close.resolve_alert/undo',
    ]);
    expect(story.status.closedAs).toBe('false_alarm');
    expect(story.done).not.toContain('close.revoke/1');
    expect(story.status.steps.find(({ name }) => name === 'disable')?.state).toBe('undone');
  });

  it('lets begun effects end first, drops reads, and starts nothing new', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': 'later', 'alongside.scan_logs': 'later' }));
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual([]);
    expect(story.status.stage).toBe('undoing');

    story.finish('contain.disable/1');
    expect(story.done).not.toContain('contain.cut_sessions/1');
    expect(undone(story)).toEqual([
      'contain.disable/undo',
      'restored',
      'alongside.open_ticket/undo',
      'close.resolve_alert/undo',
    ]);
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('closes although a retried step ends well afterwards and its proof had failed before', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      prove('contain.contained', { needs: ['contain.disable'] }),
    ]);
    const no = failed('permission-denied');
    const story = new Story(plan, but({ 'contain.disable': no, 'contain.contained': failed('alive') }));
    story.script = but({ 'contain.disable': 'later' });
    story.says('sam', 'retry', { step: 'contain.disable' });
    story.says('sam', 'false_alarm');
    story.finish('contain.disable/2');

    expect(story.state('contain.contained')).toBe('failed');
    expect(undone(story)).toEqual(['contain.disable/undo', 'restored']);
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('before anything was done undoes nothing and proves nothing', () => {
    const plan = planOf([ask(['contain.disable']), act('contain.disable', 'contain', { gate: 'contain.disable.ask' })]);
    const story = new Story(plan);
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual([]);
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('hands a failed undo to a person, goes on with the rest, and closes when it is done', () => {
    const needsHuman = { ok: true, value: { result: 'needs_human', line: 'somebody else changed it' } } as const;
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': needsHuman }));
    story.says('sam', 'false_alarm');

    expect(undone(story)).toContain('contain.disable/undo');
    expect(story.status.closedAs).toBeUndefined();
    expect(story.status.waiting).toMatchObject([
      {
        id: 'undo.contain.cut_sessions',
        kind: 'task',
        asked: ['security-on-call'],
        sentence: expect.stringMatching(/somebody else changed it/),
      },
    ]);
    expect(story.answers('sam', 'undo.contain.cut_sessions', 'done')).toBeUndefined();
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('waits by name for a person who did not do it in time, who may still do it after a retry', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable/undo': failed('unavailable') }));
    story.says('sam', 'false_alarm');
    story.pass(5 * 60 * MINUTE);
    expect(story.status.closedAs).toBeUndefined();
    expect(story.status.held.join()).toMatch(/Bring back by hand/);
    expect(story.status.waitingFor).not.toBe('');

    expect(story.says('rob', 'retry', { step: 'undo.contain.disable' })).toBeUndefined();
    story.answers('sam', 'undo.contain.disable', 'done');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it.each([
    ['invalid', ['undo.restored']],
    ['unknown-outcome', ['undo.restored', 'undo.replacement']],
  ] as const)('asks about a replacement only where one may have been made: %s', (code, tasks) => {
    const answers = {
      'recover.rotate': failed(code),
      'recover.rotate/settle': {
        ok: true as const,
        value: { state: 'needs_human' as const, line: 'one may be there' },
      },
      'contain.disable/restored': failed('unavailable'),
    };
    const story = new Story(awsPlan(), but(answers));
    story.says('sam', 'false_alarm');
    expect(story.status.waiting.map(({ id }) => id)).toEqual(tasks);
  });

  it('keeps the replacement when nobody can prove that the old one works', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable/restored': failed('unavailable') }));
    story.says('sam', 'false_alarm');
    expect(undone(story)).not.toContain('recover.rotate/undo');
    expect(story.status.waiting.map(({ id }) => id)).toEqual(['undo.restored', 'undo.replacement']);
  });

  it('after the key is gone keeps its replacement and says so to the owner', () => {
    const story = new Story(awsPlan(), but({ 'close.dead': 'later' }));
    story.answers('sam', 'revoke', 'yes');
    story.answers('mia', 'revoke', 'yes');
    story.says('sam', 'false_alarm');

    expect(undone(story)).toEqual([
      'contain.cut_sessions/undo',
      'alongside.open_ticket/undo',
      'close.resolve_alert/undo',
    ]);
    expect(story.status.waiting).toMatchObject([{ id: 'undo.gone', places: { 'service-owner': 1 } }]);
    story.answers('mia', 'undo.gone', 'done');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('does not lock what a rotation in place has lifted', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      act('contain.restrict', 'contain', { needs: ['contain.disable'] }),
      { ...act('recover.rotate', 'replace', { needs: ['contain.restrict'] }), undo: undefined as never },
      ask(['close.revoke']),
      act('close.revoke', 'destroy', { gate: 'close.revoke.ask', needs: ['recover.rotate'] }),
    ]);
    const story = new Story(plan);
    story.says('sam', 'false_alarm');
    expect(undone(story)).toEqual(['contain.restrict/undo']);
  });

  it('is held by a second alert until somebody resumes', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions/undo': 'later' }));
    story.says('sam', 'false_alarm');
    story.alert();
    story.finish('contain.cut_sessions/undo');
    expect(undone(story)).toEqual(['contain.cut_sessions/undo']);
    expect(story.status.held.join()).toMatch(/another alert/);

    story.says('rob', 'resume');
    expect(story.status.closedAs).toBe('false_alarm');
  });

  it('undoes an effect of which nobody knows how it ended', () => {
    const unclear = { ok: true, value: { state: 'needs_human', line: 'no answer came' } } as const;
    const answers = { 'contain.disable': failed('unknown-outcome'), 'contain.disable/settle': unclear };
    const story = new Story(awsPlan(), but(answers));
    expect(story.state('contain.disable')).toBe('failed');
    story.says('sam', 'false_alarm');
    expect(undone(story)).toContain('contain.disable/undo');
  });

  it('does not undo what settle found untouched', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': failed('too-late') }));
    story.says('sam', 'false_alarm');
    expect(undone(story)).not.toContain('contain.disable/undo');
  });
});
