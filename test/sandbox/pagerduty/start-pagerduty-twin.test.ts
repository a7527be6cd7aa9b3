import { afterEach, beforeEach, expect, it } from 'vitest';
import { type PagerDutyTwin, startPagerDutyTwin } from '../../../sandbox/pagerduty/start-pagerduty-twin.js';

const HOUR = 3_600_000;
const clock = { time: 0, now: () => clock.time };
let twin: PagerDutyTwin;
let routingKey: string;

beforeEach(async () => {
  clock.time = Date.parse('2026-11-24T03:00:00Z');
  twin = await startPagerDutyTwin({ clock, rateLimit: 50 });
  for (const name of ['sam', 'leo']) twin.onCall.addUser({ id: `P${name}`, name, email: `${name}@acme.example` });
  twin.onCall.addSchedule({ id: 'PSEC1', name: 'Security on call' });
  twin.onCall.addShift('PSEC1', { user: 'Psam', from: clock.time - HOUR, to: clock.time + HOUR });
  twin.onCall.addShift('PSEC1', { user: 'Pleo', from: clock.time + HOUR });
  routingKey = twin.addService('Firebreak', 'PSEC1');
});
afterEach(() => twin.close());

interface Turn {
  user: { id: string; email?: string };
  end: string | null;
}
interface Body {
  oncalls: Turn[];
  users: { email: string }[];
  user: { email: string };
  errors: string[];
}

async function ask(path: string, token = twin.token) {
  const answer = await fetch(`${twin.url}${path}`, { headers: { authorization: `Token token=${token}` } });
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function send(event: unknown) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const answer = await fetch(`${twin.url}/v2/enqueue`, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Body };
}

const trigger = (more: Record<string, unknown> = {}) => ({
  routing_key: routingKey,
  event_action: 'trigger',
  dedup_key: 'INC-1',
  payload: { summary: 'Leo asks: freeze?', source: 'firebreak', severity: 'critical' },
  ...more,
});

it('refuses a token that it does not know, what is not there, and times that are none', async () => {
  expect(await ask('/oncalls', 'no')).toMatchObject({ status: 401, body: { error: { code: 2006 } } });
  expect(await ask('/users/PNOBODY')).toMatchObject({ status: 404, body: { error: { code: 2100 } } });
  expect(await ask('/schedules/PNONE/users')).toMatchObject({ status: 404 });
  expect(await ask('/oncalls?since=soon')).toMatchObject({ status: 400, body: { error: { code: 2001 } } });
  expect(await ask('/oncalls?since=2026-11-24T03:00:00Z&until=2026-11-23T03:00:00Z')).toMatchObject({ status: 400 });
  expect(twin.controls.ledger.counts().refused).toMatchObject({ oncalls: { 401: 1, 400: 2 } });
});

it('limits calls a minute, and says when it goes on', async () => {
  for (let i = 0; i < 50; i++) await ask('/users/Psam');
  const answer = await fetch(`${twin.url}/oncalls`, { headers: { authorization: `Token token=${twin.token}` } });
  expect([answer.status, answer.headers.get('ratelimit-reset')]).toEqual([429, '1']);
  clock.time += 60_000;
  expect((await ask('/users/Psam')).status).toBe(200);
});

it('names whoever is on call at that time, a page at a time', async () => {
  const now = await ask('/oncalls?schedule_ids[]=PSEC1');
  expect(now.body).toMatchObject({ more: false, limit: 25, offset: 0, oncalls: [{ user: { id: 'Psam' } }] });
  expect(now.body.oncalls[0]!.user.email).toBeUndefined();
  expect(now.body.oncalls[0]!.end).toBe('2026-11-24T04:00:00.000Z');
  const day = 'since=2026-11-24T00:00:00Z&until=2026-11-25T00:00:00Z&include[]=users';
  const first = await ask(`/oncalls?schedule_ids[]=PSEC1&limit=1&${day}`);
  expect(first.body).toMatchObject({ more: true, oncalls: [{ user: { email: 'sam@acme.example' } }] });
  const second = await ask(`/oncalls?schedule_ids[]=PSEC1&limit=1&offset=1&${day}`);
  expect(second.body).toMatchObject({ more: false, oncalls: [{ user: { email: 'leo@acme.example' } }] });
  expect((await ask('/schedules/PSEC1/users')).body.users).toMatchObject([{ email: 'sam@acme.example' }]);
  expect((await ask('/users/Pleo')).body.user.email).toBe('leo@acme.example');
  clock.time += HOUR;
  expect((await ask('/oncalls?schedule_ids[]=PSEC1')).body.oncalls).toMatchObject([{ user: { id: 'Pleo' } }]);
});

it('shows nobody for a schedule that is not there, as a filter that nothing fits', async () => {
  expect((await ask('/oncalls?schedule_ids[]=PNONE')).body.oncalls).toEqual([]);
});

it.each([
  ['no JSON', '{', 'Malformed JSON'],
  ['a short key', { routing_key: 'abc' }, "Length of 'routing_key' is incorrect (should be 32 characters)"],
  ['an unknown key', { routing_key: '0'.repeat(32) }, 'Invalid routing key'],
  ['no action', { event_action: 'shout' }, "'event_action' is missing or invalid"],
  ['no payload', { payload: undefined }, "'payload.summary' is missing or blank"],
  [
    'a long key',
    { dedup_key: 'x'.repeat(256) },
    "'dedup_key' is invalid (must be a string with at most 255 characters)",
  ],
  ['nothing to resolve', { event_action: 'resolve', dedup_key: undefined }, "'dedup_key' is missing or blank"],
])('refuses an event with %s, and wakes nobody', async (_, event, error) => {
  const answer = await send(typeof event === 'string' ? event : trigger(event));
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toContain(error);
  expect(twin.woken()).toEqual([]);
});

it('wakes whoever is on call, and nobody else, once for as long as it is open', async () => {
  expect(await send(trigger())).toEqual({
    status: 202,
    body: { status: 'success', message: 'Event processed', dedup_key: 'INC-1' },
  });
  await send(trigger());
  await send(trigger({ event_action: 'acknowledge' }));
  await send(trigger());
  expect(twin.woken()).toEqual(['sam@acme.example']);
  expect(twin.pager.incidents).toMatchObject([{ dedupKey: 'INC-1', state: 'acknowledged', triggers: 3 }]);
  await send(trigger({ event_action: 'resolve' }));
  twin.onCall.hand('PSEC1', ['Pleo'], clock.time);
  await send(trigger());
  expect(twin.woken()).toEqual(['sam@acme.example', 'leo@acme.example']);
  expect(twin.pager.incidents.map(({ state }) => state)).toEqual(['resolved', 'triggered']);
  expect(twin.controls.ledger.writesOf('enqueue', 'INC-1')).toBe(6);
});

it('does what its faults say, by method', async () => {
  twin.faults.add({ method: 'enqueue', kind: 'throttle' });
  twin.faults.add({ method: 'oncalls', kind: 'error' });
  twin.faults.add({ method: 'enqueue', kind: 'lost-after' });
  expect((await send(trigger())).status).toBe(429);
  expect((await ask('/oncalls')).status).toBe(500);
  await expect(send(trigger())).rejects.toThrow();
  expect(twin.woken()).toEqual(['sam@acme.example']);
});
