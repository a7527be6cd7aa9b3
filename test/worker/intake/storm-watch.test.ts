import { join } from 'node:path';
import Libsql from 'libsql';
import { describe, expect, it } from 'vitest';
import { Later } from '../../../activities/contract.js';
import { putOffEnrichment } from '../../../worker/shedding.js';
import { type Firebreak, startFirebreak } from '../api/start-firebreak.js';
import { fromGithub, fromSiem, githubAlert, leaked, post } from './deliveries.js';

const LIMITS = { storm: { alerts: 5, withinMs: 60_000 } };

async function send(firebreak: Firebreak, alerts: number, data: object = {}): Promise<void> {
  for (let n = 0; n < alerts; n += 1) {
    const sent = fromSiem(leaked(data), { at: firebreak.clock.now() });
    expect((await post(`${firebreak.url}/hooks/standard`, sent)).status).toBe(202);
  }
  await firebreak.storm.idle();
}
const storms = async ({ records }: Firebreak) =>
  (await records.incidents.list({ state: 'all', limit: 200 })).filter(({ playbook }) => playbook === 'alert-storm');

describe('alerts that come faster than settings say', () => {
  it('are no storm as long as they are not more than that, or come slower', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    await send(firebreak, 5);
    firebreak.clock.at += 60_001;
    for (let n = 0; n < 10; n += 1) {
      await send(firebreak, 1);
      firebreak.clock.at += 12_001;
    }
    expect(await storms(firebreak)).toEqual([]);
    expect(firebreak.storm.sheds()).toBe(false);
  });

  it('open one incident of their own, which security-on-call answers, and every alert is taken all the same', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    await send(firebreak, 30);
    const [storm, ...others] = await storms(firebreak);
    expect(others).toEqual([]);
    expect(storm).toMatchObject({ openedBy: 'source:firebreak', observe: false, alerts: 1 });
    const [row] = await firebreak.records.inbox.ofIncident(storm?.id ?? '');
    expect(row).toMatchObject({
      source: 'firebreak',
      body: {
        event: 'alert_storm',
        credential: { kind: 'alert-storm', id: 'standard' },
        summary: 'Alerts of standard come faster than 5 in 60 s',
        exposure: 'internal',
        secret: 'not_held',
      },
    });
    expect((await firebreak.records.incidents.get('INC-1'))?.alerts).toBe(30);
    expect(firebreak.log.filter((line) => line.includes('alerts come in a storm'))).toHaveLength(1);
  });

  it('count for each source by itself, and a delivery that is sent again counts too', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    await send(firebreak, 3);
    const github = await fromGithub(githubAlert());
    for (let n = 0; n < 3; n += 1) await post(`${firebreak.url}/hooks/github`, github);
    await firebreak.storm.idle();
    expect(await storms(firebreak)).toEqual([]);
    for (let n = 0; n < 3; n += 1) await post(`${firebreak.url}/hooks/github`, github);
    await firebreak.storm.idle();
    expect(await storms(firebreak)).toHaveLength(1);
  });

  it('do not count when nobody known sent them', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    const forged = fromSiem(leaked(), { at: firebreak.clock.now(), secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    for (let n = 0; n < 20; n += 1) await post(`${firebreak.url}/hooks/standard`, forged);
    await firebreak.storm.idle();
    expect(await storms(firebreak)).toEqual([]);
  });

  it('join the live incident when a second storm follows, and open another once that is closed', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    await send(firebreak, 6);
    firebreak.clock.at += 61_000;
    await send(firebreak, 6);
    const [first] = await storms(firebreak);
    expect(first?.alerts).toBe(2);
    await firebreak.records.incidents.close(first?.id ?? '', 'dead', firebreak.clock.at);
    firebreak.clock.at += 61_000;
    await send(firebreak, 6);
    expect(await storms(firebreak)).toHaveLength(2);
  });

  it('are one storm as long as they go on, however long', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    for (let minute = 0; minute < 10; minute += 1) {
      await send(firebreak, 6);
      firebreak.clock.at += 50_000;
    }
    expect((await storms(firebreak)).map(({ alerts }) => alerts)).toEqual([1]);
  });

  it('are recorded by the next alert when the records were out of reach', async () => {
    const firebreak = await startFirebreak({}, { ...LIMITS, patienceMs: 30 });
    await send(firebreak, 5);
    const other = new Libsql(join(firebreak.dataFolder, 'records.db'));
    other.exec('begin immediate');
    const sent = fromSiem(leaked(), { at: firebreak.clock.now() });
    expect((await post(`${firebreak.url}/hooks/standard`, sent)).status).toBe(503);
    await firebreak.storm.idle();
    other.exec('rollback');
    other.close();
    expect(await storms(firebreak)).toEqual([]);
    expect(firebreak.log.filter((line) => line.includes('a storm is not recorded yet'))).toHaveLength(1);
    await send(firebreak, 1);
    expect(await storms(firebreak)).toHaveLength(1);
  });
});

describe('in a storm', () => {
  it('tickets and scans wait, for two minutes at most, and nothing else does', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    const ran: string[] = [];
    const activity = (name: string) => async () => ran.push(name);
    const activities = putOffEnrichment(
      Object.fromEntries(
        ['open_ticket', 'scan_logs', 'disable', 'ask_people', 'prepare'].map((name) => [name, activity(name)]),
      ),
      firebreak.storm,
      firebreak.clock,
    );
    const run = (name: string) => activities[name]?.(undefined as never, undefined as never);
    await run('open_ticket');
    await send(firebreak, 6);
    await run('disable');
    await run('ask_people');
    await run('prepare');
    for (const name of ['open_ticket', 'scan_logs']) {
      await expect(run(name)).rejects.toMatchObject({ name: Later.name, until: firebreak.clock.now() + 10_000 });
    }
    for (let n = 0; n < 3; n += 1) {
      firebreak.clock.at += 50_000;
      await send(firebreak, 6);
    }
    await run('scan_logs');
    expect(ran).toEqual(['open_ticket', 'disable', 'ask_people', 'prepare', 'scan_logs']);
  });

  it('they wait no longer than it rages', async () => {
    const firebreak = await startFirebreak({}, LIMITS);
    await send(firebreak, 6);
    expect(firebreak.storm.sheds()).toBe(true);
    firebreak.clock.at += 60_001;
    expect(firebreak.storm.sheds()).toBe(false);
  });
});
