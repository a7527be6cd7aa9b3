import { describe, expect, it } from 'vitest';
import type { AskStep } from '../../../playbooks/language/plan.js';
import { apply } from '../../../workflows/core/apply.js';
import { act, ask, planOf, task } from '../plans.js';
import { HOUR, MINUTE, MONDAY, type Script, Story, works } from './story.js';

const office = { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] };
const night = MONDAY + 10 * HOUR;
const gated = (more: Partial<AskStep>) =>
  planOf([ask(['contain.disable'], more), act('contain.disable', 'contain', { gate: 'contain.disable.ask' })]);

describe('the office', () => {
  it('is no excuse for a question at any hour, nor for a deed by hand', () => {
    const question = new Story(gated({ hours: 'any' }), undefined, { office, at: night });
    expect(question.status.waiting).toMatchObject([{ until: night + 15 * MINUTE }]);
    const deed = new Story(planOf([task('contain.disable')]), undefined, { office, at: night });
    expect(deed.status.waiting).toMatchObject([{ until: night + 15 * MINUTE }]);
  });
});

describe('a tier that was not reached', () => {
  const places = { 'security-on-call': 1 };
  const unreached: Script = (call) =>
    call.purpose === 'ask' && call.input.tier === 0 ? { ok: true, value: { reached: false } } : works(call);

  it('is passed at once, and may still answer', () => {
    const story = new Story(gated({ places, tiers: [['ciso']] }), unreached);
    expect(story.status.waiting).toMatchObject([{ tier: 1, until: MONDAY + 15 * MINUTE }]);
    expect(story.began).toContain('contain.disable.ask/1/ask/1');
    story.answers('sam', 'disable', 'yes');
    expect(story.state('contain.disable')).toBe('done');
  });

  it('keeps its time where there is no other', () => {
    const story = new Story(gated({ places }), unreached);
    expect(story.status.waiting).toMatchObject([{ tier: 0, until: MONDAY + 15 * MINUTE }]);
    story.pass(15 * MINUTE);
    expect(story.state('contain.disable.ask')).toBe('unanswered');
  });

  it('passes nobody over when it says so after its time', () => {
    const late = new Story(gated({ places, tiers: [['ciso'], ['responder']] }), (call) =>
      call.purpose === 'ask' ? undefined : works(call),
    );
    // its time is over, and its answer was under way
    apply(late.run, { kind: 'time', at: MONDAY + 15 * MINUTE });
    const outcome = { ok: true, value: { reached: false } } as const;
    apply(late.run, { kind: 'ended', key: 'contain.disable.ask/1/ask/0', outcome, at: MONDAY + 15 * MINUTE });
    expect(late.status.waiting).toMatchObject([{ tier: 1, until: MONDAY + 30 * MINUTE }]);
  });

  it('is asked on for a task too', () => {
    const story = new Story(planOf([task('contain.disable', { tiers: [['ciso']] })]), unreached);
    expect(story.status.waiting).toMatchObject([{ tier: 1 }]);
  });
});

describe('a tier', () => {
  it('of which one role is held is asked, though nobody holds the other', () => {
    const places = { 'security-on-call': 1, 'service-owner': 1 };
    const story = new Story(gated({ places, tiers: [['ciso']] }), undefined, { emptyRoles: ['service-owner'] });
    expect(story.status.waiting).toMatchObject([{ tier: 0 }]);
  });

  it('that is later may fill a place with one of several roles, and places are shown in the order of the page', () => {
    const story = new Story(gated({ places: { 'security-on-call': 1, 'service-owner': 1 }, tiers: [['ciso']] }));
    story.answers('mia', 'disable', 'yes');
    story.pass(15 * MINUTE);
    expect(story.status.waiting[0]?.filled).toMatchObject([{ role: 'service-owner', person: 'mia' }]);
    story.answers('ana', 'disable', 'yes', { roles: ['responder', 'ciso'] });
    expect(story.state('contain.disable')).toBe('done');
  });
});
