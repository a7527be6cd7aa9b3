/** The built program and a workspace: from a typed key to its death by two people's decision, over both transports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { BY_HTTP, InSlack } from './in-slack.js';
import { FAST, openSite, type Person, type Site } from './site.js';

describe.each(['socket', 'http'] as const)('over %s', { timeout: 180_000 }, (mode) => {
  let site: Site;
  let slack: InSlack;
  let incident: string;

  beforeAll(async () => {
    site = await openSite({
      sandbox: { ...FAST.sandbox, slack: { limits: 'off' } },
      settings: [...(FAST.settings ?? []), ...(mode === 'http' ? BY_HTTP : [])],
    });
    slack = new InSlack(site);
    // Slack is not there at first, and nobody waits for it.
    await site.slack.do('down', { down: true });
    await site.start();
    await site.slack.do('down', { down: false });
    if (mode === 'http') await site.slack.do('request-url', { url: `${site.url}/slack/events` });
    else await slack.connected();
    for (const person of ['sam', 'leo', 'mia'] as const) await link(person);
  });
  afterAll(() => site?.close());

  const reads = (user: string, what: RegExp) => slack.reads(user, what, 'text');

  /** As a person does: says who they are, and confirms it with a token of their own. */
  async function link(person: Person): Promise<void> {
    await slack.type(person, '/firebreak list');
    const { ts } = await reads(person, /I don't know who you are yet/);
    await slack.press(person, 'link_account', ts);
    await eventually('a box', 20, async () => (await slack.screen(person)).modal?.callback === 'link');
    await site.slack.do('submit', { user: person, values: { who: person } });
    const { text } = await reads(person, /firebreak link /);
    const code = /firebreak link (\S+?)`/.exec(text)?.[1];
    const { account } = (await site.api(person, 'GET', `/links/${code}`)).body as { account?: string };
    expect((await site.api(person, 'POST', '/links', { code, account })).status).toBeLessThan(300);
  }

  it('starts from a typed key, and says whose it is before anything happens', async () => {
    const { id } = site.addresses.leaked.payouts;
    await slack.type('sam', `/firebreak ${id}`);
    const offer = await reads('sam', /svc-payouts/);
    expect(offer.controls.map(({ action }) => action)).toEqual(['freeze_now', 'look_only', 'leave_it']);
    expect(await site.key(id)).toEqual({ status: 'Active' });
    await slack.press('sam', 'freeze_now', offer.ts);
    incident = await eventually('an incident', 20, async () => {
      const { body } = await site.api('sam', 'GET', '/incidents');
      return (body.incidents as { incident: string }[] | undefined)?.[0]?.incident;
    });
    await eventually('frozen', 40, async () => (await site.key(id))?.status === 'Inactive');
    await reads('ana', new RegExp(`${incident} .*svc-payouts`));
  });

  it('deletes it after two people said yes, and not by who started it, nor by a replay', async () => {
    const { id } = site.addresses.leaked.payouts;
    const asked = await eventually('the question', 60, async () =>
      (await slack.read('ana')).findLast(({ controls }) => controls.some(({ action }) => action === 'yes')),
    );
    await slack.press('sam', 'yes', asked.ts);
    await reads('sam', /^(SANDBOX )?You started INC-\d+, so someone else has to decide\./);
    expect((await slack.press('leo', 'yes', asked.ts)).outcome).toBe('acked');
    for (let turn = 0; turn < 3; turn += 1) await site.slack.do('replay');
    await slack.press('leo', 'yes', asked.ts);
    await reads('leo', /^(SANDBOX )?You already said yes \(1 of 2\)\. A second person has to\./);
    expect(await site.key(id)).toEqual({ status: 'Inactive' });
    await slack.press('mia', 'yes', asked.ts);
    expect(await site.closed(incident, 90)).toBe('dead');
    expect(await site.key(id)).toEqual({ status: 'gone' });
    await slack.press('mia', 'yes', asked.ts).catch(() => undefined);
    await reads('ana', new RegExp(`${incident}.*(is dead|closed)`));
  });

  it('keeps every word that was said settled', async () => {
    const sent = (await site.slack.do('sent')) as { outcome: string; what: string; ms: number }[];
    expect(sent.filter(({ outcome }) => outcome !== 'acked' && outcome !== 'unreachable')).toEqual([]);
    expect(await site.said()).not.toMatch(/unhandled|TypeError/i);
  });
});
