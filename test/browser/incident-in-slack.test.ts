/** One incident and a false alarm, as people see and press them in Slack, over both ways in which Slack reaches us. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linkPeople } from '../../worker/demo/link-people.js';
import { eventually } from '../system/eventually.js';
import { FAST, openSite, type Site, type SiteOptions } from '../system/site.js';
import { findBrowser } from './find-browser.js';
import { SlackScreen } from './slack-screen.js';

const BROWSER = findBrowser();
if (BROWSER === undefined) {
  console.log('No Chromium here (CHROMIUM_PATH, chromium, google-chrome): the browser test is left out.');
}

const HTTP: SiteOptions['settings'] = [
  ['version: 1', 'version: 1\npublic_url: http://127.0.0.1:PORT'],
  ['mode: socket', 'mode: http'],
  ['app_token: env:FIREBREAK_SANDBOX_SLACK_APP_TOKEN', 'signing_secret: env:FIREBREAK_SANDBOX_SLACK_SIGNING_SECRET'],
];
const SOON = 20_000;
/** Proofs wait for real seconds, as AWS lets them. */
const WHOLE = 120_000;

describe.skipIf(BROWSER === undefined).each(['socket', 'http'] as const)(
  'in Slack, by %s',
  { timeout: WHOLE },
  (mode) => {
    let browser: Browser;
    let site: Site;
    let slack: SlackScreen;
    let incident: string;

    beforeAll(async () => {
      site = await openSite({
        ...FAST,
        settings: [...(FAST.settings ?? []), ...(mode === 'http' ? HTTP : [])],
      });
      await site.start();
      if (mode === 'http') await site.slack.do('request-url', { url: `${site.url}/slack/events` });
      browser = await chromium.launch({ executablePath: BROWSER!, args: ['--no-sandbox'] });
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1.5 });
      page.setDefaultTimeout(SOON);
      slack = new SlackScreen(page);
      await slack.open(site.addresses.slack.page);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    beforeEach(({ onTestFailed }) => {
      onTestFailed(() => slack.picture('failed', slack.page.locator('body')));
    });

    const pressIn = (words: string | RegExp, button: string) =>
      slack.messages(words).last().getByRole('button', { name: button }).click();

    it('believes nobody who they say they are before they confirm it from their own mailbox', async () => {
      await slack.become('mia');
      await slack.toApp('Home');
      await slack.page.getByRole('button', { name: 'Link your account' }).click();
      await slack.dialog('Link your account').getByLabel('Who are you?').selectOption('mia');
      await slack.dialog('Link your account').getByRole('button', { name: 'That is me' }).click();
      const address = await eventually('the link is mailed', 15, async () => {
        const mails = (await site.mail.do('inbox', { to: 'mia@acme.example' })) as { text: string }[];
        return mails.map(({ text }) => /https?:\S+\/link\/\S+/.exec(text)?.[0]).find((one) => one !== undefined);
      });
      const mailbox = await browser.newPage();
      await mailbox.goto(address);
      await mailbox.getByRole('button').click();
      await mailbox.getByText(/is mia/).waitFor();
      await mailbox.close();
      const { slack: twin, url, addresses } = site;
      const others = ['sam', 'leo', 'ana'] as const;
      expect(await linkPeople({ slack: twin, url, tokens: addresses.people }, others)).toEqual(others);
      await slack.toChannel();
    });

    it('starts from one box, seals the secret that was pasted, and freezes when told to', async () => {
      const { id, secret } = site.addresses.leaked.payouts;
      await slack.become('sam');
      await slack.type('/firebreak');
      const modal = slack.dialog('What leaked?');
      await modal.getByLabel('What leaked?').fill(id);
      if (mode === 'socket') await slack.picture('modal', modal);
      await modal.getByLabel('What leaked?').fill(`AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}`);
      await modal.getByRole('button', { name: 'Look' }).click();
      const offer = slack.whisper('svc-payouts');
      await offer.getByText('I sealed it').waitFor();
      if (mode === 'socket') await slack.picture('offer', offer);
      await offer.getByRole('button', { name: 'Freeze now' }).click();
      incident = (await slack.whisper(/INC-\d+ opened by you/).textContent())!.match(/INC-\d+/)![0];
      await slack
        .messages(`${incident} · AWS key`)
        .getByText(/Frozen .*by Sam/)
        .waitFor();
      expect((await site.key(id))?.status).toBe('Inactive');
      expect(JSON.stringify(await site.slack.state())).not.toContain(secret);
    });

    it('asks before it deletes, puts it off when told to, and hears nobody without the role', async () => {
      const question = slack.messages('Delete AKIA').filter({ hasText: 'Needed:' });
      await question.waitFor({ timeout: 60_000 });
      await slack.picture(mode === 'socket' ? 'question' : 'question-http', question);
      await question.getByRole('button', { name: 'Delete for good' }).click();
      await slack.confirm('Delete for good');
      await slack.whisper(/You started INC-\d+, so someone else has to decide/).waitFor();
      await slack.become('ana');
      await pressIn('Needed:', 'Delete for good');
      await slack.confirm('Delete for good');
      const refusal = slack.whisper('This needs security-on-call and service-owner');
      await refusal.waitFor();
      await slack.become('leo');
      await pressIn('Needed:', 'Not yet');
      await slack.page.getByRole('menuitem', { name: 'In 10 min' }).click();
      await question.getByText('Put off by Leo until').waitFor();
      expect(await site.awsWrites('DeleteAccessKey', site.addresses.leaked.payouts.id)).toBe(0);
    });

    it('deletes once two people in two roles have said so, and the card says how it ended', async () => {
      const { id } = site.addresses.leaked.payouts;
      const card = slack.messages(`${incident} · AWS key`).first();
      await slack.picture(mode === 'socket' ? 'card' : 'card-http', card);
      await pressIn('Needed:', 'Delete for good');
      expect(await slack.confirm('Delete for good')).toMatch(
        /in account 111122223333, production\. This cannot be undone/,
      );
      await slack.messages('Needed:').getByText('(1 of 2: Leo as security-on-call)').waitFor();
      await pressIn('Needed:', 'Delete for good');
      await slack.confirm('Delete for good');
      await slack.whisper('You already said yes (1 of 2). A second person has to.').waitFor();
      await slack.become('mia');
      await slack.toApp('Messages');
      await pressIn('Needed:', 'Delete for good');
      await slack.confirm('Delete for good');
      await slack.messages(/Deleted by decision of Leo .* and Mia/).waitFor();
      await slack.toChannel();
      await slack
        .messages(/Deleted by decision of Leo .* and Mia .*2 of 2, as security-on-call and service-owner/)
        .waitFor();
      expect(await site.closed(incident)).toBe('dead');
      await card.getByText(/Closed .*it is dead/).waitFor();
      await expect.poll(() => card.getByRole('button', { name: 'Hold' }).count()).toBe(0);
      expect(await site.awsWrites('DeleteAccessKey', id)).toBe(1);
      await slack.become('leo');
      await slack.toApp('Messages');
      await slack.messages(`${incident} closed`).waitFor();
    });

    it('takes up the alert of another bot, hears a no with its reason, and brings back what was a false alarm', async () => {
      const { id } = site.addresses.leaked.reports;
      await site.slack.do('alert', {
        from: 'Leak Radar',
        channel: 'security-incidents',
        text: `Possible credential in a screenshot: ${id}`,
      });
      await slack.become('mia');
      await slack.toChannel();
      const alert = slack.messages('Possible credential').last();
      await alert.hover();
      await alert.getByRole('button', { name: 'More message actions' }).click();
      await slack.page.getByRole('menuitem', { name: 'Respond with Firebreak' }).click();
      await slack.whisper('svc-reports').getByRole('button', { name: 'Freeze now' }).click();
      const second = (await slack.whisper(/INC-\d+ opened by you/).textContent())!.match(/INC-\d+/)![0];
      const card = slack.messages(`${second} · AWS key`).first();
      await card.getByText(/Frozen .* by Mia/).waitFor();

      const question = slack.messages('Needed:').filter({ hasText: second });
      await question.waitFor({ timeout: 60_000 });
      await slack.become('leo');
      await slack.toApp('Home');
      const home = slack.page.locator('.home .page');
      await home.getByText('Waiting for you').waitFor();
      if (mode === 'socket') await slack.picture('home', home);
      await slack.toChannel();
      await question.getByRole('button', { name: "Don't delete" }).click();
      const no = slack.dialog('Say no');
      await no.getByLabel('Why?').fill('check with reporting first');
      await no.getByRole('button', { name: 'Say no' }).click();
      await slack.messages('Leo said no: "check with reporting first". It stays frozen, nothing is deleted.').waitFor();
      await slack.toApp('Home');
      await home.getByText('check with reporting first').waitFor();
      await slack.toChannel();

      await card.getByRole('button', { name: 'False alarm' }).click();
      const modal = slack.dialog('False alarm');
      await modal.getByText(/it works again for whoever has it/).waitFor();
      await modal.getByLabel('What was it?').fill('a test key');
      await modal.getByRole('button', { name: 'Bring it back' }).click();
      expect(await site.closed(second)).toBe('false_alarm');
      await card.getByText(/Closed .*it was a false alarm/).waitFor();
      expect((await site.key(id))?.status).toBe('Active');
    });
  },
);
