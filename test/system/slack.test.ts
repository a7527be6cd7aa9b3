/** The built program and a workspace: from a typed key to its death by two people's decision, over both transports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteTwin } from '../../sandbox/twin/control.js';
import { eventually } from './eventually.js';
import { FAST, openSite, type Person, type Site } from './site.js';

const CHANNEL = '#security-incidents';

interface Screen {
  channels: { name: string; kind: string; messages: Seen[] }[];
  modal?: { callback: string };
}
interface Seen {
  ts: string;
  from: string;
  text: string;
  says: string;
  controls: { action: string; label: string }[];
  replies: Seen[];
}

/** Of `sandbox/firebreak.yaml`, which listens by Socket Mode. */
const BY_HTTP: [string, string][] = [
  [
    'mode: socket\n  app_token: env:FIREBREAK_SANDBOX_SLACK_APP_TOKEN',
    'mode: http\n  signing_secret: env:FIREBREAK_SANDBOX_SLACK_SIGNING_SECRET',
  ],
  ['company: Acme Exchange', 'company: Acme Exchange\npublic_url: https://firebreak.acme.example'],
];

describe.each(['socket', 'http'] as const)('over %s', { timeout: 180_000 }, (mode) => {
  let site: Site;
  let slack: RemoteTwin;
  let incident: string;

  beforeAll(async () => {
    site = await openSite({
      sandbox: { ...FAST.sandbox, slack: { limits: 'off' } },
      settings: [...(FAST.settings ?? []), ...(mode === 'http' ? BY_HTTP : [])],
    });
    slack = new RemoteTwin('slack', site.addresses.control);
    // Slack is not there at first, and nobody waits for it.
    await slack.do('down', { down: true });
    await site.start();
    await slack.do('down', { down: false });
    if (mode === 'http') await slack.do('request-url', { url: `${site.url}/slack/events` });
    else
      await eventually(
        'two connections',
        30,
        async () => ((await slack.state()) as { connections: number }).connections === 2,
      );
    for (const person of ['sam', 'leo', 'mia'] as const) await link(person);
  });
  afterAll(() => site?.close());

  const read = async (user: string): Promise<Seen[]> => {
    const { channels } = (await slack.do('screen', { user })) as Screen;
    return channels
      .flatMap(({ messages }) => messages.flatMap((one) => [one, ...one.replies]))
      .filter(({ from }) => from === 'firebreak')
      .sort((a, b) => (a.ts < b.ts ? -1 : 1));
  };
  const reads = (user: string, what: RegExp) =>
    eventually(`${user} reads ${what}`, 40, async () => {
      const all = await read(user);
      const found = all.findLast(({ text }) => what.test(text));
      if (found === undefined)
        throw new Error(
          all
            .slice(-3)
            .map(({ text }) => text)
            .join(' / '),
        );
      return found;
    });
  const type = (user: string, text: string) => slack.do('type', { user, channel: CHANNEL, text });
  const press = (user: string, action: string, message?: string) =>
    slack.do('press', { user, channel: CHANNEL, action, ...(message === undefined ? {} : { message }) }) as Promise<{
      outcome: string;
    }>;

  /** As a person does: says who they are, and confirms it with a token of their own. */
  async function link(person: Person): Promise<void> {
    await type(person, '/firebreak list');
    const { ts } = await reads(person, /I don't know who you are yet/);
    await press(person, 'link_account', ts);
    await eventually(
      'a box',
      20,
      async () => ((await slack.do('screen', { user: person })) as Screen).modal?.callback === 'link',
    );
    await slack.do('submit', { user: person, values: { who: person } });
    const { text } = await reads(person, /firebreak link /);
    const code = /firebreak link (\S+?)`/.exec(text)?.[1];
    const { account } = (await site.api(person, 'GET', `/links/${code}`)).body as { account?: string };
    expect((await site.api(person, 'POST', '/links', { code, account })).status).toBeLessThan(300);
  }

  it('starts from a typed key, and says whose it is before anything happens', async () => {
    const { id } = site.addresses.leaked.payouts;
    await type('sam', `/firebreak ${id}`);
    const offer = await reads('sam', /svc-payouts/);
    expect(offer.controls.map(({ action }) => action)).toEqual(['freeze_now', 'look_only', 'leave_it']);
    expect(await site.key(id)).toEqual({ status: 'Active' });
    await press('sam', 'freeze_now', offer.ts);
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
      (await read('ana')).findLast(({ controls }) => controls.some(({ action }) => action === 'yes')),
    );
    await press('sam', 'yes', asked.ts);
    await reads('sam', /^(SANDBOX )?You started INC-\d+, so someone else has to decide\./);
    expect((await press('leo', 'yes', asked.ts)).outcome).toBe('acked');
    for (let turn = 0; turn < 3; turn += 1) await slack.do('replay');
    await press('leo', 'yes', asked.ts);
    await reads('leo', /^(SANDBOX )?You already said yes \(1 of 2\)\. A second person has to\./);
    expect(await site.key(id)).toEqual({ status: 'Inactive' });
    await press('mia', 'yes', asked.ts);
    expect(await site.closed(incident, 90)).toBe('dead');
    expect(await site.key(id)).toEqual({ status: 'gone' });
    await press('mia', 'yes', asked.ts).catch(() => undefined);
    await reads('ana', new RegExp(`${incident}.*(is dead|closed)`));
  });

  it('keeps every word that was said settled', async () => {
    const sent = (await slack.do('sent')) as { outcome: string; what: string; ms: number }[];
    expect(sent.filter(({ outcome }) => outcome !== 'acked' && outcome !== 'unreachable')).toEqual([]);
    expect(await site.said()).not.toMatch(/unhandled|TypeError/i);
  });
});
