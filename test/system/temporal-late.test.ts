/** Firebreak starts while its Temporal cluster does not answer: nobody who sends an alert finds nobody. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../worker/temporal/embedded-server.js';
import { eventually } from './eventually.js';
import { FAST, freePort, openSite, type Site } from './site.js';

let site: Site;
let port: number;
let server: EmbeddedServer | undefined;
let starting: Promise<void>;

beforeAll(async () => {
  port = await freePort();
  site = await openSite({
    ...FAST,
    settings: [...(FAST.settings ?? []), ['version: 1', `version: 1\ntemporal: { address: "127.0.0.1:${port}" }`]],
  });
  starting = site.start();
  starting.catch(() => undefined);
  await eventually('it takes alerts', 20, () => fetch(`${site.url}/healthz`).then(({ ok }) => ok));
});
afterAll(async () => {
  await site?.close();
  await server?.stop();
  rmSync(join(site.folder, 'cluster'), { recursive: true, force: true });
});

it('takes and stores alerts, says that it is not ready and what it waits for', async () => {
  const { status, body } = await site.fromMonitoring({ id: site.addresses.leaked.reports.id });
  expect([status, body.incident]).toEqual([202, 'INC-1']);
  expect((await fetch(`${site.url}/readyz`)).status).toBe(503);
  const why = `Temporal at 127.0.0.1:${port} cannot be reached`;
  await eventually('it says what it waits for', 20, async () => (await site.said()).includes(why));
});

it('starts what it has stored as soon as Temporal answers', async () => {
  const folder = join(site.folder, 'cluster');
  server = await startEmbeddedServer({ folder, env: process.env, say: () => {}, port });
  await starting;
  const { id } = site.addresses.leaked.reports;
  await eventually('the key is off', 30, async () => (await site.key(id))?.status === 'Inactive');
  expect((await fetch(`${site.url}/readyz`)).status).toBe(200);
});

it('leaves at once when it is stopped while it still waits', async () => {
  site.interrupt();
  await site.ended();
  await server?.stop();
  server = undefined;
  starting = site.start();
  starting.catch(() => undefined);
  await eventually('it takes alerts', 20, () => fetch(`${site.url}/healthz`).then(({ ok }) => ok));
  site.interrupt();
  expect(await site.ended()).toBe('0');
});
