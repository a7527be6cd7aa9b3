/** Waking people: once, by the role's own schedule, and ended when the question is. Against PagerDuty's twin. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AskCall } from '../../activities/contract.js';
import { createPager } from '../../activities/notify/pager.js';
import { ringing } from '../../activities/page-role.js';
import { askPeople } from '../../activities/people.js';
import type { Seams } from '../../activities/seams.js';
import { Secret } from '../../activities/secrets/secret.js';
import { seedPagerDuty } from '../../sandbox/company.js';
import { type PagerDutyTwin, startPagerDutyTwin } from '../../sandbox/pagerduty/start-pagerduty-twin.js';
import { disable, pinIncident } from './pinned-incident.js';

let site: Awaited<ReturnType<typeof pinIncident>>;
let pagerduty: PagerDutyTwin;
let seams: Seams;
let holders: object;

beforeEach(async () => {
  site = await pinIncident();
  pagerduty = await startPagerDutyTwin();
  const { routingKey } = seedPagerDuty(pagerduty);
  holders = { people: [{ name: 'sam', mail: 'sam@acme.example' }] };
  seams = {
    ...site.seams,
    banner: 'SANDBOX',
    office: { zone: 'UTC' },
    publicUrl: 'https://firebreak.acme.example',
    people: { roles: () => ['security-on-call', 'ciso'], ofRole: async () => holders },
    pager: createPager({ routingKey: new Secret(routingKey), events: pagerduty.url, roles: ['security-on-call'] }),
  } as unknown as Seams;
});
afterEach(async () => {
  await pagerduty.close();
  await site.close();
});

const ask = (more: Partial<AskCall> = {}) =>
  askPeople(seams, {
    ...site.call({ step: disable.id }),
    tier: 0,
    until: 1_000_000_600_000,
    sentence: 'Freeze it?',
    filled: [],
    roles: ['security-on-call'],
    ...more,
  } as AskCall);
const states = () => pagerduty.pager.incidents.map(({ state, triggers }) => ({ state, triggers }));

it('wakes nobody for a role that does not say so', async () => {
  await ask({ roles: ['ciso'] });
  expect(pagerduty.woken()).toEqual([]);
});

it('wakes whoever is on call, once, however often it is asked and whatever answer got lost', async () => {
  pagerduty.faults.add({ method: 'enqueue', kind: 'lost-after' });
  await ask().catch(() => undefined);
  site.provider.pass(120_000);
  await ask();
  await ask();
  expect(pagerduty.woken()).toEqual(['sam@acme.example']);
  expect(pagerduty.pager.incidents).toMatchObject([
    {
      summary: 'SANDBOX INC-1: Freeze it?',
      severity: 'critical',
      dedupKey: `https://firebreak.acme.example/INC-1/${disable.id}/security-on-call/1`,
    },
  ]);
});

it('goes on to the next tier at once though the schedule and the page fail', async () => {
  holders = { unreachable: 'PagerDuty does not answer, so I could not ask who of security-on-call is on call' };
  pagerduty.faults.add({ method: 'enqueue', kind: 'throttle' });
  expect(await ask()).toEqual({ reached: false });
  const lines = (await site.records.timeline.ofIncident('INC-1')).map(({ line }) => line);
  expect(lines).toContain(
    'Freeze it? PagerDuty does not answer, so I could not ask who of security-on-call is on call.',
  );
});

it('says that it could not, when the routing key is wrong', async () => {
  const pager = createPager({
    routingKey: new Secret('x'.repeat(32)),
    events: pagerduty.url,
    roles: ['security-on-call'],
  });
  seams = { ...seams, pager };
  await expect(ask()).rejects.toThrow(/check pagerduty.routing_key/);
});

it('rings until it is ended, and is ended once', async () => {
  await ask();
  const [page, ...others] = await ringing(seams, 'INC-1');
  expect(others).toEqual([]);
  expect(page).toMatchObject({ step: disable.id, generation: 1 });
  // a page that is still on its way must not ring after its end
  await expect(page?.resolve()).rejects.toThrow(/an earlier request may still arrive/);
  site.provider.pass(40_000);
  await page?.resolve();
  expect(states()).toEqual([{ state: 'resolved', triggers: 1 }]);
  expect(await ringing(seams, 'INC-1')).toEqual([]);
});
