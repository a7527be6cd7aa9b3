import { describe, expect, it } from 'vitest';
import { act, ask, planOf, prove } from '../plans.js';
import { HOUR, MINUTE, MONDAY, Story } from './story.js';

const DAY = 24 * HOUR;
const plan = () =>
  planOf([
    act('contain.disable', 'contain'),
    prove('contain.contained', { needs: ['contain.disable'] }),
    ask(['close.revoke'], { needs: ['contain.contained'], withinSeconds: 4 * 3600, tiers: [['ciso']] }),
    act('close.revoke', 'destroy', { needs: ['contain.contained', 'close.revoke.ask'], gate: 'close.revoke.ask' }),
  ]);
const bytes = (story: Story) => JSON.stringify(story.run).length;

describe('three weeks', () => {
  it('of silence cost one call for each tier and one line that says so', () => {
    const story = new Story(plan());
    const before = story.began.length;
    story.pass(21 * DAY);
    expect(story.now - MONDAY).toBe(21 * DAY);
    expect(story.began.slice(before)).toEqual(['close.revoke.ask/1/ask/1', 'note/unanswered/0', 'note/held/1']);
    expect(story.status.waitingFor).toBe('security-on-call or a responder: it is held');
  });

  it('of 10,000 joined alerts cost no call, and no byte of the state', () => {
    const story = new Story(plan());
    const [calls, size] = [story.began.length, bytes(story)];
    for (let n = 0; n < 10_000; n += 1) {
      if (n % 100 === 0) story.pass(2 * MINUTE);
      story.alert({ exposure: 'internal' });
    }
    expect(story.began.length).toBe(calls);
    expect(bytes(story) - size).toBeLessThan(10);
    expect(story.status.alerts).toBe(10_001);
  });

  it('in which people ask again every day cost the same every day', () => {
    const story = new Story(plan());
    const days = Array.from({ length: 21 }, () => {
      const before = story.began.length;
      story.answers('sam', 'revoke', 'no');
      story.says('rob', 'retry', { step: 'revoke' });
      story.pass(DAY);
      return story.began.length - before;
    });
    expect(new Set(days.slice(1)).size).toBe(1);
    expect(story.status.waiting).toEqual([]);
    story.says('rob', 'retry', { step: 'revoke' });
    story.answers('sam', 'revoke', 'yes');
    expect(story.began.filter((key) => /^close\.revoke\/\d+$/.test(key))).toHaveLength(1);
  });
});
