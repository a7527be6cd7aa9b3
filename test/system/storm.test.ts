/** A slice of `npm run storm`: smaller, with the same deaths; what was counted must be right, how fast it was is not asked. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runStorm, type StormOutcome } from './storm.js';

/** So many in a minute are a storm here. */
const STORM = {
  settings: [['sources:\n', 'intake: { storm: { alerts: 100, within: 1m } }\nsources:\n']] as [string, string][],
};

describe('a storm, in which intake is killed, and Temporal is stopped and then killed', () => {
  let outcome: StormOutcome;
  beforeAll(async () => {
    outcome = await runStorm({ alerts: 1_000, credentials: 10, perSecond: 250, temporalDownMs: 6_000, ...STORM });
  }, 240_000);

  it('loses no alert that it acknowledged, and takes none twice', () => {
    expect(outcome).toMatchObject({ acknowledged: 1_000, rows: 1_000, lost: 0, twice: 0, counted: 1_000 });
  });

  it('opens one incident for each credential, each run once', () => {
    expect(outcome).toMatchObject({ incidents: 10, wrong: 0, secondRuns: 0, withoutRun: 0 });
  });

  it('goes on taking alerts while Temporal is down, and says what waits', () => {
    expect(outcome.waitedMost.incidents).toBeGreaterThan(0);
    expect(outcome.waitedMost.seconds).toBeGreaterThan(1);
    expect(outcome.metrics).toContain('firebreak_waiting{what="incidents"} 0');
    expect(outcome.metrics).toMatch(/firebreak_dispatch_lag_seconds_count\{how="opened"\} \d+/);
  });

  it('opens one incident about itself for each source, and people are asked to calm it', () => {
    expect(outcome.stormIncidents).toBe(2);
    expect(outcome.stormWaits).toMatch(/of security-on-call .*See who sends so much/);
  });

  it('costs the workflows few signals', () => {
    expect(outcome.signals).toBeLessThan(150);
  });
});
