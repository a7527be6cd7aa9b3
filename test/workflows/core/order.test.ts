import { describe, expect, it } from 'vitest';
import { act, ask, awsPlan, planOf, prove, task } from '../plans.js';
import { but, failed, MINUTE, Story } from './story.js';

describe('a failure', () => {
  it('stops nothing before close, and keeps close shut', () => {
    const story = new Story(awsPlan(), but({ 'contain.cut_sessions': failed('permission-denied') }));

    expect(story.done).toContain('recover.rotate/1');
    expect(story.state('recover.replacement_works')).toBe('done');
    // The proof has judged: what it sees is contained, so the door is open.
    expect(story.state('close.revoke.ask')).toBe('waiting');
  });

  it('that no proof settles holds at the door of close until a person skips it', () => {
    const script = but({ 'contain.cut_sessions': failed('permission-denied'), 'contain.contained': failed('alive') });
    const story = new Story(awsPlan(), script);

    expect(story.state('close.revoke.ask')).toBe('pending');
    expect(story.status.stage).toBe('closing');
    expect(story.status.held.join()).toMatch(/cut_sessions failed.*retry it, or skip it/);
    expect(story.status.waitingFor).toMatch(/security-on-call or a responder/);

    story.says('rob', 'skip', { step: 'cut_sessions', reason: 'looked by hand' });
    expect(story.state('close.revoke.ask')).toBe('pending');
    story.says('rob', 'skip', { step: 'contained', reason: 'looked by hand' });
    expect(story.state('close.revoke.ask')).toBe('waiting');
  });

  it('is told to security-on-call at once, a failed tell is only written down', () => {
    const script = but({
      'contain.cut_sessions': failed('permission-denied'),
      'alongside.open_ticket': failed('invalid'),
    });
    const story = new Story(awsPlan(), script);

    const told = Object.fromEntries(story.run.lines.map(({ step, tell }) => [step, tell]));
    expect(told).toMatchObject({ 'contain.cut_sessions': true, 'alongside.open_ticket': false });
  });

  it.each(['alongside.open_ticket', 'alongside.scan_logs'])('of %s keeps nothing from closing', (step) => {
    const story = new Story(awsPlan(), but({ [step]: failed('invalid') }));
    story.answers('sam', 'revoke', 'yes');
    story.answers('mia', 'revoke', 'yes');
    expect(story.status.closedAs).toBe('dead');
  });

  it('inside close stops the rest, and a retry brings it on', () => {
    const story = new Story(awsPlan(), but({ 'close.revoke': failed('permission-denied') }));
    story.answers('sam', 'revoke', 'yes');
    story.answers('mia', 'revoke', 'yes');

    expect(story.state('close.dead')).toBe('pending');
    expect(story.status.held.join()).toMatch(/revoke failed/);

    story.script = but({});
    story.says('rob', 'retry', { step: 'revoke' });
    expect(story.state('close.revoke.ask')).toBe('waiting');
    story.answers('sam', 'revoke', 'yes');
    story.answers('mia', 'revoke', 'yes');
    expect(story.status.closedAs).toBe('dead');
  });

  it('inside close has a plan B where a condition names it, and the proof settles it', () => {
    const plan = planOf([
      prove('contain.contained'),
      act('close.revoke', 'destroy', { needs: ['contain.contained'] }),
      task('close.by_hand', {
        needs: ['close.revoke'],
        when: { 'revoke.state': ['failed'] },
        doneWhen: 'dead',
        does: 'revoke',
      }),
      prove('close.dead', { needs: ['close.by_hand'] }),
    ]);
    const story = new Story(plan, but({ 'close.revoke': failed('permission-denied') }));

    expect(story.state('close.by_hand')).toBe('waiting');
    expect(story.status.held).toEqual([]);
    story.finish('close.by_hand/1/look/0+0', {
      ok: true,
      value: { results: {}, line: 'gone', grade: 'provider-state' },
    });
    expect(story.status.closedAs).toBe('dead');
    expect(story.status.dead?.grade).toBe('provider-state');
  });

  it('whose outcome is in doubt is settled before it counts as failed', () => {
    const story = new Story(
      awsPlan(),
      but({ 'contain.disable': failed('too-late'), 'contain.disable/settle': 'later' }),
    );
    expect(story.state('contain.disable')).toBe('running');
    expect(story.state('contain.cut_sessions')).toBe('pending');

    story.finish('contain.disable/1/settle', { ok: true, value: { state: 'done', line: 'it is inactive' } });
    expect(story.state('contain.disable')).toBe('done');
    expect(story.state('contain.contained')).toBe('done');
  });

  it.each([
    ['not_applied', 'too-late'],
    ['needs_human', 'unknown-outcome'],
  ] as const)('that settle calls %s has the code %s', (state, code) => {
    const value = { state, line: 'looked' };
    const story = new Story(
      awsPlan(),
      but({ 'contain.disable': failed('too-late'), 'contain.disable/settle': { ok: true, value } }),
    );
    expect(story.run.steps['contain.disable']).toMatchObject({ state: 'failed', code });
  });
});

describe('order', () => {
  it('runs contain first, then top to bottom, and alongside beside it', () => {
    const story = new Story(awsPlan());
    expect(story.done).toEqual([
      'contain.disable/1',
      'alongside.open_ticket/1',
      'alongside.scan_logs/1',
      'contain.cut_sessions/1',
      'contain.contained/1',
      'recover.rotate/1',
      'recover.replacement_works/1',
    ]);
  });

  it('does not let a skipped step overtake what stood before it', () => {
    const plan = planOf([
      act('contain.disable', 'contain'),
      act('contain.restrict', 'contain', { needs: ['contain.disable'], skip: 'observe' }),
      act('contain.cut_sessions', 'interrupt', { needs: ['contain.restrict'] }),
    ]);
    const story = new Story(plan, but({ 'contain.disable': 'later' }));
    expect(story.state('contain.restrict')).toBe('skipped');
    expect(story.done).toEqual(['contain.disable/1']);

    story.finish('contain.disable/1');
    expect(story.done).toContain('contain.cut_sessions/1');
  });

  it('closes only when alongside has ended too', () => {
    const plan = planOf([prove('contain.dead'), act('alongside.scan_logs', 'read')]);
    const story = new Story(plan, but({ 'alongside.scan_logs': 'later' }));
    expect(story.status.closedAs).toBeUndefined();
    story.finish('alongside.scan_logs/1');
    expect(story.status.closedAs).toBe('dead');
  });

  it('says after a minute that it still tries to contain, and goes on trying', () => {
    const story = new Story(awsPlan(), but({ 'contain.disable': 'later' }));
    story.pass(59_000);
    expect(story.run.lines).toEqual([]);
    story.pass(2_000);
    expect(story.run.lines).toMatchObject([{ kind: 'slow', step: 'contain.disable', tell: true }]);
    story.pass(60 * MINUTE);
    expect(story.run.lines).toHaveLength(1);
  });
});

describe('conditions', () => {
  const withVerdict = (verdict: string | number, conditions: Parameters<typeof act>[2]) =>
    new Story(
      planOf([
        act('contain.scan', 'read'),
        act('contain.disable', 'contain', { needs: ['contain.scan'], ...conditions }),
      ]),
      but({ 'contain.scan': { ok: true, value: { results: { verdict }, line: 'scanned' } } }),
    ).state('contain.disable');

  it.each([
    ['misuse', { when: { 'scan.verdict': ['misuse', 'suspicious'] } }, 'done'],
    ['inconclusive', { when: { 'scan.verdict': ['misuse', 'suspicious'] } }, 'skipped'],
    ['misuse', { when: { 'scan.verdict': ['misuse'], environment: ['staging'] } }, 'skipped'],
    ['misuse', { when: { 'scan.verdict': ['misuse'], environment: ['production'] } }, 'done'],
    ['no_misuse_found', { unless: { 'scan.verdict': ['no_misuse_found'] } }, 'skipped'],
    ['inconclusive', { unless: { 'scan.verdict': ['no_misuse_found'] } }, 'done'],
    ['', { when: { 'scan.verdict': ['none'] } }, 'done'],
    [0, { unless: { 'scan.verdict': ['none'] } }, 'skipped'],
    [3, { unless: { 'scan.verdict': ['none'] } }, 'done'],
    ['x', { when: { 'scan.state': ['done'] } }, 'done'],
    ['x', { when: { 'scan.state': ['failed'] } }, 'skipped'],
    ['x', { when: { 'credential.kind': ['aws-access-key'] } }, 'done'],
  ] as const)('verdict "%s" with %j: %s', (verdict, conditions, state) => {
    expect(withVerdict(verdict, conditions as never)).toBe(state);
  });

  it('see none for every result of a step that is not done', () => {
    const plan = planOf([
      act('contain.scan', 'read'),
      act('contain.disable', 'contain', {
        needs: ['contain.scan'],
        when: { 'scan.verdict': ['none'], 'scan.state': ['failed'] },
      }),
    ]);
    expect(new Story(plan, but({ 'contain.scan': failed('unavailable') })).state('contain.disable')).toBe('done');
  });

  it('never spread: what follows a skipped step runs', () => {
    const plan = planOf([
      act('contain.restrict', 'contain', { when: { environment: ['staging'] } }),
      act('contain.disable', 'contain', { needs: ['contain.restrict'] }),
    ]);
    const story = new Story(plan);
    expect(story.state('contain.restrict')).toBe('skipped');
    expect(story.run.steps['contain.restrict']?.line).toBe('not needed: environment is production');
    expect(story.state('contain.disable')).toBe('done');
  });
});

describe('how it closes', () => {
  it.each([
    [
      'observed',
      planOf([act('contain.disable', 'contain', { skip: 'observe' }), act('alongside.scan_logs', 'read')], {
        mode: 'observe',
      }),
    ],
    ['contained', planOf([prove('contain.contained')])],
    ['dead', planOf([prove('contain.dead')])],
  ] as const)('as %s', (as, plan) => {
    expect(new Story(plan).status.closedAs).toBe(as);
  });

  it('never as dead when a person skipped that proof, nor as contained when nobody saw it', () => {
    const plan = planOf([prove('contain.contained'), prove('close.dead', { needs: ['contain.contained'] })]);
    const alive = new Story(plan, but({ 'close.dead': failed('alive') }));
    alive.says('sam', 'skip', { step: 'dead', reason: 'accepted' });
    expect(alive.status.closedAs).toBe('contained');

    const nothing = new Story(plan, but({ 'contain.contained': failed('alive') }));
    nothing.says('sam', 'skip', { step: 'contained', reason: 'accepted' });
    expect(nothing.status.closedAs).toBe('dead');

    const neither = new Story(plan, but({ 'contain.contained': failed('alive'), 'close.dead': failed('alive') }));
    neither.says('sam', 'skip', { step: 'contained', reason: 'accepted' });
    neither.says('sam', 'skip', { step: 'dead', reason: 'accepted' });
    expect(neither.status.closedAs).toBe('cancelled');
  });

  it('is written again when it could not be written', () => {
    const story = new Story(planOf([prove('contain.dead')]), but({ '/close': failed('unavailable') }));
    expect(story.status.stage).toBe('closing');
    story.script = but({});
    story.pass(2 * MINUTE);
    expect(story.began).toEqual(['contain.dead/1', 'close/1', 'close/2']);
    expect(story.status.closedAs).toBe('dead');
  });
});

describe('a question over several steps', () => {
  const plan = planOf([
    ask(['contain.restrict', 'contain.disable']),
    act('contain.restrict', 'contain', { gate: 'contain.restrict.ask', when: { environment: ['staging'] } }),
    act('contain.disable', 'contain', { gate: 'contain.restrict.ask', needs: ['contain.restrict'] }),
  ]);
  it('opens for the next one when the first is not needed', () => {
    const story = new Story(plan);
    expect(story.state('contain.restrict')).toBe('skipped');
    expect(story.state('contain.restrict.ask')).toBe('waiting');
    story.answers('sam', 'contain.restrict.ask', 'yes');
    expect(story.state('contain.disable')).toBe('done');
  });
});
