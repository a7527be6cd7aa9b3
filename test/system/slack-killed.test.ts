/**
 * `kill -9` between the acknowledgement and what comes of it. The twin kills Firebreak when the first call arrives by which
 * it works on what was said: by then Slack has its answer, and will not say it again.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { InSlack } from './in-slack.js';
import { FAST, openSite, type Site } from './site.js';

describe('a Firebreak that is killed after it has acknowledged', { timeout: 120_000 }, () => {
  let site: Site;
  let slack: InSlack;
  let incident: string;

  beforeAll(async () => {
    site = await openSite({ ...FAST, sandbox: { ...FAST.sandbox, slack: { limits: 'off' } } });
    slack = new InSlack(site);
    await site.start();
    await slack.connected();
    await slack.link('sam', 'leo', 'mia');
  }, 120_000);
  afterAll(() => site?.close());

  async function restart(): Promise<void> {
    await site.start();
    await slack.connected();
  }

  /** It dies when it asks Slack who said it, which is the first that it does: each process asks once a minute. */
  const diesOverIt = () => site.slack.fault({ method: 'users.info', kind: 'kill-before', pid: site.pid });

  const answered = async () => (await slack.read('sam')).filter(({ says }) => /opened by you/.test(says));

  const incidents = async () => {
    const { body } = await site.api('sam', 'GET', '/incidents');
    return body.incidents as { incident: string }[];
  };
  const answers = async () =>
    (await site.report(incident, 'json').then((text) => JSON.parse(text) as { decisions: Answer[] })).decisions.filter(
      ({ control }) => control === 'decide',
    );
  interface Answer {
    person: string;
    control: string;
    outcome: string;
  }

  it('answers a command after its restart', async () => {
    await site.kill();
    await restart();
    await diesOverIt();
    expect((await slack.type('sam', `/firebreak ${site.addresses.leaked.payouts.id}`)).outcome).toBe('acked');
    expect(await site.ended()).toBe('SIGKILL');
    await restart();
    const { controls } = await slack.reads('sam', /svc-payouts/);
    expect(controls.map(({ action }) => action)).toEqual(['freeze_now', 'look_only', 'leave_it']);
  });

  it('opens one incident for Freeze now, however often it dies over it', async () => {
    const offer = await slack.reads('sam', /svc-payouts/);
    await site.kill();
    await restart();
    await diesOverIt();
    expect((await slack.press('sam', 'freeze_now', offer.ts)).outcome).toBe('acked');
    expect(await site.ended()).toBe('SIGKILL');
    expect(await site.key(site.addresses.leaked.payouts.id)).toEqual({ status: 'Active' });
    // then once more: it has opened the incident, and has not said so
    await site.slack.fault({ method: 'response_url', kind: 'slow' });
    await restart();
    await eventually('it says so', 30, async () => (await site.slack.faults()).held === 1);
    await site.kill();
    await site.slack.release({ cut: true });
    expect(await answered()).toEqual([]);
    await restart();
    incident = await eventually('an incident', 30, async () => (await incidents())[0]?.incident);
    await slack.reads('sam', new RegExp(`${incident}.*opened by you`));
    await eventually(
      'frozen',
      40,
      async () => (await site.key(site.addresses.leaked.payouts.id))?.status === 'Inactive',
    );
    expect(await incidents()).toHaveLength(1);
  });

  it('counts a click once', async () => {
    const asked = await slack.button('yes', incident);
    await site.kill();
    await restart();
    await diesOverIt();
    expect((await slack.press('leo', 'yes', asked.ts)).outcome).toBe('acked');
    expect(await site.ended()).toBe('SIGKILL');
    await restart();
    await eventually('it counts', 40, async () => (await answers()).length > 0);
    await slack.press('leo', 'yes', asked.ts);
    await slack.reads('leo', /already said yes/);
    expect((await answers()).filter(({ outcome }) => outcome === 'counted')).toMatchObject([{ person: 'leo' }]);
    expect(await site.key(site.addresses.leaked.payouts.id)).toEqual({ status: 'Inactive' });
  });

  it('tells whoever may not decide so after its restart, and counts nothing', async () => {
    const asked = await slack.button('yes', incident);
    await site.kill();
    await restart();
    await diesOverIt();
    expect((await slack.press('sam', 'yes', asked.ts)).outcome).toBe('acked');
    expect(await site.ended()).toBe('SIGKILL');
    await restart();
    await slack.reads('sam', /You started INC-\d+, so someone else has to decide/);
    expect((await answers()).filter(({ outcome }) => outcome === 'counted')).toHaveLength(1);
  });

  it('ends as if nothing had been', async () => {
    const { id } = site.addresses.leaked.payouts;
    const asked = await slack.button('yes', incident);
    await slack.press('mia', 'yes', asked.ts);
    expect(await site.closed(incident, 90)).toBe('dead');
    expect(await incidents()).toHaveLength(0);
    expect((await answers()).filter(({ outcome }) => outcome === 'counted').map(({ person }) => person)).toEqual([
      'leo',
      'mia',
    ]);
    for (const method of ['CreateAccessKey', 'DeleteAccessKey'] as const) {
      expect(await site.awsWrites(method, method === 'CreateAccessKey' ? 'svc-payouts' : id), method).toBe(1);
    }
    const card = await eventually('the card says so', 40, async () => {
      const all = (await slack.read('ana')).filter(({ thread, says }) => !thread && says.includes(incident));
      return all.find(({ says }) => /dead/i.test(says));
    });
    expect(card.controls.filter(({ action }) => action === 'yes' || action === 'hold')).toEqual([]);
  });
});
