/** Secrets that people paste in Slack, in every place where they can; then they are looked for in everything that was left. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchForSecrets } from '../../worker/demo/search-for-secrets.js';
import { eventually } from './eventually.js';
import { CHANNEL, InSlack } from './in-slack.js';
import { FAST, openSite, type Site } from './site.js';

const AS_REASON = 'CanaryThatAPersonTypedAsAReason9dF5gU2eX';
const AS_NOTE = 'ghp_CanaryThatAPersonTypedAsANote7Yk2Wq9Zt4Ls';

describe('secrets that are pasted in Slack', { timeout: 120_000 }, () => {
  let site: Site;
  let slack: InSlack;
  let hotWallet: { id: string; secret: string };
  const incidents: string[] = [];

  beforeAll(async () => {
    site = await openSite({ ...FAST, sandbox: { ...FAST.sandbox, slack: { limits: 'off' } }, debug: true });
    slack = new InSlack(site);
    await site.start();
    await slack.connected();
    await slack.link('sam', 'leo', 'mia');
    hotWallet = await site.addKey('svc-hot-wallet');
  }, 120_000);
  afterAll(() => site?.close());

  /** From what was looked at to an incident about it. */
  async function open(id: string, user: string, action: 'freeze_now' | 'look_only'): Promise<string> {
    const offer = await slack.reads('sam', new RegExp(`${id.slice(-3)}.*${user}|${user}`));
    await slack.press('sam', action, offer.ts);
    return eventually(`an incident about ${user}`, 40, async () => {
      const { body } = await site.api('sam', 'GET', '/incidents?state=all');
      const found = body.incidents as { incident: string; credential: string | null }[];
      return found.find(({ credential }) => credential?.includes(id))?.incident;
    });
  }

  it('are sealed when they come in a command', async () => {
    const { id, secret, user } = site.addresses.leaked.payouts;
    await slack.type('sam', `/firebreak ${id} ${secret}`);
    incidents.push(await open(id, user, 'freeze_now'));
  });

  it('are sealed when they are filled into the box', async () => {
    const { id, secret, user } = site.addresses.leaked.reports;
    await slack.type('sam', '/firebreak');
    await eventually('a box', 20, async () => (await slack.screen('sam')).modal?.callback === 'what_leaked');
    await site.slack.do('submit', {
      user: 'sam',
      values: { leaked: `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}` },
    });
    incidents.push(await open(id, user, 'look_only'));
  });

  it("are sealed when they stand in another bot's alert", async () => {
    const { id, secret } = hotWallet;
    const { ts } = (await site.slack.do('alert', {
      from: 'Scanner',
      channel: CHANNEL,
      text: `leaked: ${id} with ${secret}`,
      attachments: [{ fallback: `aws_secret_access_key = ${secret}` }],
    })) as { ts: string };
    await site.slack.do('shortcut', { user: 'sam', callback: 'respond_to_message', channel: CHANNEL, message: ts });
    incidents.push(await open(id, 'svc-hot-wallet', 'look_only'));
  });

  it('do not stand where people say why', async () => {
    const [incident] = incidents as [string];
    const asked = await slack.button('no', incident);
    await slack.press('leo', 'no', asked.ts);
    await eventually('why not', 20, async () => (await slack.screen('leo')).modal?.callback === 'say_no');
    await site.slack.do('submit', { user: 'leo', values: { reason: `still used with ${AS_REASON}` } });
    const card = await slack.button('more', incident);
    const menu = card.controls.find(({ action }) => action === 'more');
    const option = menu?.options?.find(({ text }) => /note/i.test(text))?.value;
    await site.slack.do('press', { user: 'leo', channel: CHANNEL, action: 'more', message: card.ts, option });
    await eventually('a note', 20, async () => (await slack.screen('leo')).modal?.callback === 'note');
    await site.slack.do('submit', { user: 'leo', values: { text: `the old one was ${AS_NOTE}` } });
    await eventually('both are written', 40, async () => {
      const report = await site.report(incident, 'json');
      return report.includes('still used with') && report.includes('the old one was');
    });
  });

  it('are found nowhere', async () => {
    await eventually('Slack has caught up', 40, async () => {
      const all = (await slack.read('ana')).map(({ says }) => says).join('\n');
      return all.includes('the old one was') && incidents.every((incident) => all.includes(incident));
    });
    const { payouts, reports } = site.addresses.leaked;
    const secrets = [payouts.secret, reports.secret, hotWallet.secret, AS_REASON, AS_NOTE];
    const shown = { state: () => site.slack.do('ever-shown') };
    const search = (words: string[]) =>
      searchForSecrets(
        {
          data: site.folder,
          ready: { temporal: { address: site.temporalAddress } },
          twins: { mail: site.mail, github: site.github, slack: shown },
        },
        words,
        incidents,
      );
    expect((await search(secrets)).hits).toEqual([]);
    // what was not secret did come to all of these places
    const { hits } = await search(['still used with', incidents[0] as string]);
    expect(hits).toEqual(expect.arrayContaining(['Slack', `history of ${incidents[0]}`, 'tickets and alerts']));
    expect(readFileSync(site.log, 'utf8')).toContain('"level":20');
  });
});
