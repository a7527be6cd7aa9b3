/**
 * Processes die in the middle of everything. Three incidents in different states, one after the other `kill -9` of
 * Firebreak, of its Temporal server and of both; then the three end as if nothing had been.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { FAST, openSite, type Site } from './site.js';

describe('a Firebreak that is killed', () => {
  let site: Site;
  /** Waits for an answer, is in the middle of a rotation, scans logs. */
  let waiting: { incident: string; id: string };
  let rotating: { incident: string; id: string };
  let scanning: { incident: string; id: string };

  beforeAll(async () => {
    site = await openSite({
      ...FAST,
      // long enough to be killed in, short enough to be waited for
      settings: [...(FAST.settings ?? []).filter(([from]) => from !== 'lag: 5s }'), ['lag: 5s }', 'lag: 15s }']],
    });
    await site.start();
  });
  afterAll(() => site?.close());

  async function open(leaked: { id: string; secret?: string }): Promise<{ incident: string; id: string }> {
    const { status, body } = await site.fromMonitoring(leaked);
    expect(status).toBe(202);
    return { incident: body.incident as string, id: leaked.id };
  }

  it('goes on with an incident that waits, one that rotates and one that scans', async () => {
    const { payouts, reports } = site.addresses.leaked;
    await site.vault.fault({ method: 'write', kind: 'slow' });
    rotating = await open(payouts);
    await eventually('the new key is on its way into Vault', 30, async () => (await site.held('vault')) === 1);
    scanning = await open(reports);
    waiting = await open({ id: (await site.keysOf('svc-hot-wallet'))[0] as string });
    await site.question(waiting.incident, 'disable');
    await eventually('the scan runs', 20, async () => {
      const scan = await site.step(scanning.incident, 'scan_logs');
      return scan?.state === 'running' && (await site.key(reports.id))?.status === 'Inactive';
    });
    const [server] = site.temporalServers();

    await site.kill();
    await site.vault.release();
    await site.start();

    expect(site.temporalServers()).toEqual([server]);
    const scan = await eventually('the scan is live', 15, () => site.step(scanning.incident, 'scan_logs'));
    expect(scan.state).toBe('running');
    const { waiting: asked } = await eventually('the question is live', 15, () => site.live(waiting.incident));
    expect(asked.map(({ id }) => id)).toEqual(['contain.disable.ask']);
    await eventually('the rotation is recorded', 60, async () => {
      return (await site.step(rotating.incident, 'rotate'))?.state === 'done';
    });
    expect(await site.awsWrites('CreateAccessKey', 'svc-payouts')).toBe(1);
  }, 120_000);

  it('is given a new Temporal server when its own is killed, one, with everything it knew', async () => {
    const [server] = site.temporalServers() as [number];
    process.kill(server, 'SIGKILL');

    const [second] = await eventually('another server runs', 20, async () => {
      const servers = site.temporalServers();
      return servers.length > 0 && servers[0] !== server && servers;
    });
    await eventually('incidents are live', 30, async () => (await site.live(waiting.incident)).waiting.length === 1);
    expect(site.temporalServers()).toEqual([second]);
  });

  it('comes back when both are killed', async () => {
    const [server] = site.temporalServers() as [number];
    await site.kill();
    process.kill(server, 'SIGKILL');
    await site.start();

    expect(site.temporalServers()).toHaveLength(1);
    await eventually('incidents are live', 30, async () => (await site.live(waiting.incident)).waiting.length === 1);
  });

  it('brings all three to their ends, and nothing was done twice', async () => {
    expect((await site.decide('leo', waiting.incident, 'yes')).status).toBe(200);
    const all = [waiting, rotating, scanning];
    const ends = all.map(async ({ incident }) => {
      await site.question(incident, 'revoke', 90);
      for (const person of ['leo', 'mia'] as const) {
        const said = await site.decide(person, incident, 'yes', { step: 'revoke' });
        expect(said.status, JSON.stringify(said.body)).toBe(200);
      }
      return site.closed(incident);
    });
    expect(await Promise.all(ends)).toEqual(['dead', 'dead', 'dead']);

    for (const user of ['svc-hot-wallet', 'svc-payouts', 'svc-reports']) {
      expect(await site.awsWrites('CreateAccessKey', user), `CreateAccessKey of ${user}`).toBe(1);
    }
    for (const { id } of all) {
      expect(await site.awsWrites('DeleteAccessKey', id), `DeleteAccessKey of ${id}`).toBe(1);
      // begun again after a crash by protocol, so at most twice
      expect(await site.awsWrites('UpdateAccessKey', id), `UpdateAccessKey of ${id}`).toBeLessThanOrEqual(2);
    }
  }, 150_000);

  it('tells each thing once', async () => {
    type Repository = { issues: { title: string }[] };
    const tickets = ((await site.github.state()) as Record<string, Repository>)['acme/incidents']?.issues ?? [];
    const titles = tickets.map(({ title }) => title.split(':')[0]);
    expect(titles.sort()).toEqual([waiting, rotating, scanning].map(({ incident }) => incident).sort());
    const mails = (await site.mail.do('by-message-id')) as Record<string, unknown[]>;
    expect(Object.keys(mails).length).toBeGreaterThan(0);
    expect(Object.entries(mails).filter(([, copies]) => copies.length > 1)).toEqual([]);
  });

  it('ends a rotation that has begun before it leaves on Ctrl-C', async () => {
    const [replacement] = (await site.keysOf('svc-reports')) as [string];
    await site.vault.fault({ method: 'write', kind: 'slow' });
    const { incident } = await open({ id: replacement });
    await eventually('the new key is on its way into Vault', 40, async () => (await site.held('vault')) === 1);
    site.interrupt();
    await eventually('it takes no more work', 10, () =>
      fetch(`${site.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    await site.vault.release();
    expect(await site.ended()).toBe('0');
    expect(site.temporalServers()).toEqual([]);

    await site.start();
    const { effects } = await site.incident(incident);
    expect(effects?.find(({ key: name }) => name.includes('/rotate/'))).toMatchObject({ state: 'done', attempts: 1 });
    expect(effects?.find(({ key: name }) => name.includes('/store/'))).toMatchObject({ state: 'done', attempts: 1 });
  }, 60_000);
});
