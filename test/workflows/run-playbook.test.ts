import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterEach, describe, expect, it } from 'vitest';
import { OUTCOMES } from './outcomes.js';
import { act, ask, awsPlan, planOf, prove } from './plans.js';
import { Incident, isDown, refuses } from './shell.js';

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

let incident: Incident | undefined;
afterEach(async () => {
  await incident?.end();
  incident = undefined;
});

describe('an incident on a real Temporal server', () => {
  it.each(OUTCOMES)('closes as $as ($name)', async ({ name, as, tell }) => {
    incident = await tell();

    expect(await incident.handle.result()).toBe(as);

    const closes = incident.told.filter((told) => told.name === 'close_incident').map(({ call }) => call);
    expect(closes).toMatchObject([{ incident: name, as }]);
    if (process.env.RECORD_HISTORIES) await record(name, incident);
  });

  it('contains with its first command, and calls every verb by its name', async () => {
    incident = await Incident.start('first', awsPlan());
    await incident.until(({ waiting }) => waiting.length > 0);
    const { events } = await incident.handle.fetchHistory();
    const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    expect(scheduled.map(({ activityType }) => activityType?.name).slice(0, 2)).toEqual(['prepare', 'disable']);
    expect(incident.ran).toEqual(
      expect.arrayContaining(['disable', 'open_ticket', 'scan_logs', 'cut_sessions', 'prove', 'rotate']),
    );
  });

  it('tries again what was down, and settles what it gave up', async () => {
    const plan = planOf([
      act('contain.disable', 'contain', { timeLimitSeconds: 3 }),
      prove('contain.contained', { needs: ['contain.disable'] }),
    ]);
    incident = await Incident.start('down', plan, (name) => {
      if (name === 'disable') isDown();
      if (name === 'settle') return { state: 'done', line: 'the key is inactive' };
      return undefined;
    });
    expect(await incident.handle.result()).toBe('contained');

    expect(incident.ran.filter((name) => name === 'disable').length).toBeGreaterThan(1);
    expect(incident.ran.slice(-2)).toEqual(['settle', 'prove']);
  });

  it('refuses with the code as type and a sentence, and leaves no trace of it', async () => {
    incident = await Incident.start('refused', awsPlan());
    await incident.until(({ waiting }) => waiting.length > 0);
    const refusal = await incident.answers('rob', 'revoke', 'yes').catch((error) => error.cause);
    expect(refusal).toMatchObject({
      type: 'role',
      message: expect.stringMatching(/^This needs security-on-call and service-owner/),
    });
    const { events } = await incident.handle.fetchHistory();
    expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
  });

  it('counts one of two answers that arrive together from one person', async () => {
    incident = await Incident.start('twice', awsPlan());
    await incident.until(({ waiting }) => waiting.length > 0);
    const both = await Promise.allSettled([
      incident.answers('sam', 'revoke', 'yes'),
      incident.answers('sam', 'revoke', 'yes'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await incident.status()).waiting[0]?.filled).toHaveLength(1);
  });

  it('goes on by itself when the last deadline has passed', async () => {
    const plan = planOf([
      ask(['contain.disable'], { withinSeconds: 1, ifSilent: 'proceed' }),
      act('contain.disable', 'contain', { gate: 'contain.disable.ask' }),
      prove('contain.contained', { needs: ['contain.disable'] }),
    ]);
    incident = await Incident.start('silent', plan);
    expect(await incident.handle.result()).toBe('contained');
  });

  it('without a plan because of what can pass tells people once and goes on by itself', async () => {
    incident = await Incident.start('unavailable', awsPlan(), (name, _, attempt) => {
      // As when every attempt of its time has failed so.
      if (name === 'prepare' && attempt === 1) refuses('unavailable');
      return undefined;
    });
    await incident.until(({ waiting }) => waiting.length > 0);
    const lines = incident.told.flatMap(({ name, call }) =>
      name === 'note' ? [(call as { line?: string }).line] : [],
    );
    expect(lines.filter((line) => line?.startsWith('no plan yet (unavailable)'))).toHaveLength(1);
  });

  it('without a plan tells people why and waits for their retry', async () => {
    incident = await Incident.start('unbound', awsPlan(), (name, _, attempt) => {
      if (name === 'prepare' && attempt === 1) refuses('invalid');
      return undefined;
    });
    await expect.poll(() => incident!.told.some(({ name }) => name === 'note'), { timeout: 15_000 }).toBe(true);
    expect(await incident.status()).toMatchObject({ stage: 'opening' });
    const early = await incident.says('sam', 'hold').catch((error) => error.cause);
    expect(early).toMatchObject({ type: 'not-waiting' });
    await incident.says('sam', 'retry');
    await incident.until(({ waiting }) => waiting.length > 0);
  });
});

/** Without stack traces: they name the machine that recorded. */
async function record(name: string, told: Incident): Promise<void> {
  const history: unknown = JSON.parse(historyToJSON(await told.handle.fetchHistory()));
  const clean = JSON.stringify(history, (key, value) => (key === 'stackTrace' ? '' : value), 1);
  mkdirSync(HISTORIES, { recursive: true });
  writeFileSync(`${HISTORIES}${name}.json`, `${clean}\n`);
}
