/** A slice of `npm run clicks`: fewer clicks, the same kinds; what was counted must be right, how fast it was is not asked. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClicksOutcome, runClicks } from './clicks.js';

describe('clicks on questions of two people, most of which must not count, while Temporal is down', () => {
  let outcome: ClicksOutcome;
  beforeAll(async () => {
    outcome = await runClicks({ incidents: 20, interactions: 150, perSecond: 25, temporalDownMs: 8_000 });
  }, 120_000);

  it('are all acknowledged, stored once and answered for', () => {
    expect(outcome).toMatchObject({ acknowledged: 150, unsettled: 0 });
    expect(outcome.rows).toBe(outcome.different);
    expect(outcome.sent.replay + outcome.sent.double).toBeGreaterThan(30);
  });

  it('count once where they are right, and never where they are not', () => {
    expect(outcome).toMatchObject({ counted: outcome.wanted, lost: 0, wrong: 0, twice: 0 });
    expect(outcome.wanted).toBe(24);
  });

  it('let go on what two people said yes to, once, and nothing else', () => {
    expect(outcome).toMatchObject({ wentOn: 8, notResumed: 0, wrongResumes: 0, resumedTwice: 0 });
    expect(outcome).toMatchObject({ otherwise: 0, secondRuns: 0 });
  });

  it('are said to be stored while Temporal answers nothing, and no message is posted twice', () => {
    expect(outcome.toldStored).toBeGreaterThan(0);
    expect(outcome.postedTwice).toBe(0);
  });
});
