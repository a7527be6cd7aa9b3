/** What an answer promises: a 202 is on disk; whatever is not says so, and is taken when it is sent again. */
import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, it } from 'vitest';
import { startFirebreak } from '../api/start-firebreak.js';
import { fromGithub, fromSiem, githubAlert, leaked, post } from './deliveries.js';

it('asks the sender to send again while the records are locked, and then takes it once', async () => {
  const firebreak = await startFirebreak({}, { patienceMs: 30 });
  const other = new Libsql(join(firebreak.dataFolder, 'records.db'));
  other.exec('begin immediate');
  const sent = await fromGithub(githubAlert());
  const refused = await fetch(`${firebreak.url}/hooks/github`, { method: 'POST', ...sent });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toEqual({
    error: {
      code: 'not-stored',
      message: 'Firebreak cannot reach its records now. Nothing was acknowledged; send it again.',
    },
  });
  other.exec('rollback');
  other.close();
  expect(await firebreak.taken()).toBe(0);
  const log = firebreak.log.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'not stored');
  expect(log).toMatchObject({ code: 'locked', reason: expect.stringContaining('could not take a delivery') });

  expect((await post(`${firebreak.url}/hooks/github`, sent)).status).toBe(202);
  expect((await post(`${firebreak.url}/hooks/github`, sent)).status).toBe(202);
  expect(await firebreak.taken()).toBe(1);
  const headers = { authorization: `Bearer ${firebreak.tokens.sam}` };
  const metrics = await (await fetch(`${firebreak.url}/metrics`, { headers })).text();
  expect(metrics).toContain('firebreak_intake_answers_total{source="github",result="not-stored",status="503"} 1');
  expect(metrics).toContain('firebreak_intake_answers_total{source="github",result="opened",status="202"} 1');
  expect(metrics).toContain('firebreak_intake_answers_total{source="github",result="duplicate",status="202"} 1');
});

it('says the same to a person who opens an incident by hand', async () => {
  const firebreak = await startFirebreak({}, { patienceMs: 30 });
  const other = new Libsql(join(firebreak.dataFolder, 'records.db'));
  other.exec('begin immediate');
  const answer = await fetch(`${firebreak.url}/api/v1/incidents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${firebreak.tokens.sam}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'AKIAIOSFODNN7EXAMPLE' }),
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  other.exec('rollback');
  other.close();
  expect(await firebreak.taken()).toBe(0);
});

it('says in its metrics what waits and for how long, and how long an alert waited for Temporal', async () => {
  const firebreak = await startFirebreak();
  const { clock, dispatcher, temporal } = firebreak;
  const alert = () => post(`${firebreak.url}/hooks/standard`, fromSiem(leaked(), { at: clock.now() }));
  const metrics = async () => {
    const headers = { authorization: `Bearer ${firebreak.tokens.sam}` };
    return (await fetch(`${firebreak.url}/metrics`, { headers })).text();
  };
  temporal.down = true;
  await alert();
  clock.at += 3_000;
  await alert();
  await dispatcher.tick();
  clock.at += 40_000;
  expect(await metrics()).toMatch(/firebreak_waiting\{what="incidents"\} 1\n/);
  expect(await metrics()).toMatch(/firebreak_waiting_seconds\{what="incidents"\} 43\n/);
  expect(await metrics()).toMatch(/firebreak_waiting\{what="alerts"\} 1\n/);
  expect(await metrics()).toMatch(/firebreak_waiting_seconds\{what="alerts"\} 40\n/);

  temporal.down = false;
  await dispatcher.tick();
  await dispatcher.tick();
  const text = await metrics();
  expect(text).toMatch(/firebreak_waiting\{what="incidents"\} 0\n/);
  expect(text).toMatch(/firebreak_waiting_seconds\{what="alerts"\} 0\n/);
  expect(text).toContain('firebreak_dispatch_lag_seconds_sum{how="opened"} 43');
  expect(text).toContain('firebreak_dispatch_lag_seconds_sum{how="joined"} 40');
  expect(text).toContain('firebreak_dispatch_lag_seconds_bucket{le="30",how="opened"} 0');
});
