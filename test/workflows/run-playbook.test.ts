import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterEach, describe, expect, it } from 'vitest';
import { fold, type HistoryEvent } from './oracle.js';
import { OUTCOMES } from './outcomes.js';
import { act, ask, awsPlan, planOf, prove } from './plans.js';
import { recordedNames, replayed } from './replayed.js';
import { Incident, isDown, refuses } from './shell.js';

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
/** Names of the incidents to record; set by `npm run record-histories`. */
const recording = process.env.RECORD_HISTORIES?.split(',');

let incident: Incident | undefined;
afterEach(async () => {
  const told = incident;
  incident = undefined;
  await told?.end();
  if (told === undefined) return;
  // Every history that any of these tests leaves is judged, not only those that are kept.
  const history = JSON.parse(historyToJSON(await told.handle.fetchHistory())) as { events: HistoryEvent[] };
  const folded = fold(told.id, history.events);
  const { statuses } = await replayed(told.id, history);
  // The worker may have been stopped within a workflow task; that one counts for nobody.
  expect(new Map([...statuses].filter(([task]) => folded.has(task)))).toEqual(folded);
});

describe('an incident on a real Temporal server', () => {
  const told = OUTCOMES.filter(({ name, onlyRecorded }) => recording?.includes(name) ?? !onlyRecorded);
  it.each(told)('closes as $as ($name)', { timeout: 120_000 }, async ({ name, as, tell }) => {
    incident = await tell();

    expect(await incident.handle.result()).toBe(as);

    const closes = incident.told.filter((told) => told.name === 'close_incident').map(({ call }) => call);
    expect(closes).toMatchObject([{ incident: name, as }]);
    if (recording) await record(name, incident);
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

/** Beside the older ones, never over them. Without stack traces: they name the machine that recorded. */
async function record(name: string, told: Incident): Promise<void> {
  const taken = recordedNames();
  const free = [name, ...Array.from({ length: 98 }, (_, n) => `${name}.${n + 2}`)].find((one) => !taken.includes(one));
  const history: unknown = JSON.parse(historyToJSON(await told.handle.fetchHistory()));
  const clean = JSON.stringify(history, (key, value) => (key === 'stackTrace' ? '' : value), 1);
  writeFileSync(`${HISTORIES}${free}.json`, `${clean}\n`);
  console.info(`recorded test/histories/${free}.json`);
}
