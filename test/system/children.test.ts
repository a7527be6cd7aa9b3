/** Several keys were made with a leaked one, and Firebreak dies while it answers them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { FAST, openSite, type Site } from './site.js';

describe('an incident with children', () => {
  let site: Site;
  let incident: string;
  const made: string[] = [];

  beforeAll(async () => {
    site = await openSite(FAST);
    await site.start();
  });
  afterAll(() => site?.close());

  const all = async () =>
    (await site.api('sam', 'GET', '/incidents?state=all')).body.incidents as {
      incident: string;
      parent: string | null;
    }[];

  it('is killed once its children are open, and each of them is frozen once, by one incident', async () => {
    incident = (await site.fromGithub(site.addresses.leaked.payouts)).body.incident as string;
    for (const user of ['svc-reports', 'admin']) {
      const { id } = (await site.aws.do('add-key', { user, createdAt: Date.now() + 1_000 })) as { id: string };
      made.push(id);
    }
    await eventually('they are open', 60, async () => (await all()).length === 3);
    await site.kill();
    await site.start();

    for (const id of made) {
      await eventually(`${id} is off`, 60, async () => (await site.key(id))?.status === 'Inactive');
      expect(await site.awsWrites('UpdateAccessKey', id)).toBe(1);
    }
    expect((await all()).map(({ incident: id, parent }) => [id, parent])).toEqual([
      ['INC-3', incident],
      ['INC-2', incident],
      [incident, null],
    ]);
  }, 180_000);

  it('still waits for them after the restart, then asks about the deletion and closes', async () => {
    const ask = await site.question(incident, 'revoke', 90);
    const { steps } = await site.live(incident);
    expect(steps.find(({ id }) => id === 'assess.respond_to_each.contained')).toMatchObject({
      state: 'done',
      line: 'INC-2 contained, INC-3 contained',
      results: { children: 2 },
    });
    for (const person of ['leo', 'mia'] as const) await site.decide(person, incident, 'yes', { step: ask.id });
    expect(await site.closed(incident)).toBe('dead');

    const { children } = (await site.api('sam', 'GET', `/incidents/${incident}`)).body as { children: unknown[] };
    expect(children).toMatchObject([
      { incident: 'INC-2', opened: true },
      { incident: 'INC-3', opened: true },
    ]);
    const report = await site.report(incident, 'json');
    for (const id of made) expect(report).toContain(id);
  }, 180_000);
});
