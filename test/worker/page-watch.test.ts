/** A page ends when its question does, whoever answered it and whatever happened to the process meanwhile. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPager } from '../../activities/notify/pager.js';
import { pageRole } from '../../activities/page-role.js';
import type { Seams } from '../../activities/seams.js';
import { Secret } from '../../activities/secrets/secret.js';
import { seedPagerDuty } from '../../sandbox/company.js';
import { type PagerDutyTwin, startPagerDutyTwin } from '../../sandbox/pagerduty/start-pagerduty-twin.js';
import { createPageWatch } from '../../worker/page-watch.js';
import { disable, pinIncident } from '../activities/pinned-incident.js';
import { ask } from '../workflows/plans.js';

const ASK = 'contain.disable.ask';
const log = { info() {}, warn() {}, error() {}, debug() {}, child: () => undefined as never };

let site: Awaited<ReturnType<typeof pinIncident>>;
let pagerduty: PagerDutyTwin;
let seams: Seams;

beforeEach(async () => {
  site = await pinIncident({ steps: [ask([disable.id]), { ...disable, gate: ASK }] });
  pagerduty = await startPagerDutyTwin();
  const { routingKey } = seedPagerDuty(pagerduty);
  seams = {
    ...site.seams,
    banner: '',
    publicUrl: 'https://firebreak.acme.example',
    pager: createPager({ routingKey: new Secret(routingKey), events: pagerduty.url, roles: ['security-on-call'] }),
  } as Seams;
  const data = { roles: ['security-on-call'], people: ['sam'], until: site.provider.now + 900_000, tier: 0 };
  await write('asked', 'Freeze it? Asked: sam.', data);
  await pageRole(seams, site.call({ step: ASK }), {
    role: 'security-on-call',
    sentence: 'Freeze it?',
    silence: 'held',
  });
  // the page itself is on its way no longer
  site.provider.pass(40_000);
});
afterEach(async () => {
  await pagerduty.close();
  await site.close();
});

const write = (kind: string, line: string, data?: unknown) =>
  site.records.timeline.append({
    incident: 'INC-1',
    at: site.provider.now,
    kind,
    step: ASK,
    generation: 1,
    line,
    data,
    key: `${kind}/${line}`,
  });

async function yes(): Promise<void> {
  await site.records.decisions.give({
    id: 'd1',
    incident: 'INC-1',
    at: site.provider.now,
    person: 'sam',
    roles: [{ role: 'security-on-call', source: 'test' }],
    channel: 'slack',
    control: 'decide',
    step: ASK,
    answer: 'yes',
    reason: '',
    generation: 1,
    planDigest: 'd'.repeat(64),
  });
  await site.records.decisions.settle('d1', 'counted', '', site.provider.now);
}

const state = () => pagerduty.pager.incidents[0]?.state;

it('rings as long as the question is open', async () => {
  const watch = createPageWatch(seams, log);
  await watch.tick();
  await write('note', 'somebody looks');
  await watch.tick();
  expect(state()).toBe('triggered');
});

it('ends with the answer', async () => {
  const watch = createPageWatch(seams, log);
  await watch.tick();
  await yes();
  await watch.tick();
  expect(state()).toBe('resolved');
});

it('ends although the answer came while nobody watched', async () => {
  await yes();
  await createPageWatch(seams, log).tick();
  expect(state()).toBe('resolved');
});

it('ends later when PagerDuty takes nothing now', async () => {
  const watch = createPageWatch(seams, log);
  await watch.tick();
  await yes();
  pagerduty.faults.add({ method: 'enqueue', kind: 'throttle' });
  await watch.tick();
  expect(state()).toBe('triggered');
  site.provider.pass(120_000);
  await watch.tick();
  expect(state()).toBe('resolved');
});
