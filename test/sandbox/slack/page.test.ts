import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedSlack } from '../../../sandbox/company.js';
import { type SlackTwin, startSlackTwin } from '../../../sandbox/slack/start-slack-twin.js';
import { client, socketApp } from './bolt-app.js';

const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`).find(existsSync);
if (BROWSER === undefined) console.log('There is no Chromium here: the page of the Slack twin is not looked at.');

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });

let twin: SlackTwin;
let stop: () => Promise<void>;
let heard: string[];

beforeEach(async () => {
  twin = await startSlackTwin({ limits: 'off' });
  seedSlack(twin);
  heard = [];
  ({ stop } = await socketApp(twin, (app) => {
    app.command('/firebreak', async ({ ack, command, respond }) => {
      heard.push(`${command.user_name}: ${command.text}`);
      await ack();
      await respond('I know *AKIA1*.');
    });
    app.action('delete', async ({ ack, body }) => {
      heard.push(`${body.user.id} deletes`);
      await ack();
    });
    app.action('not_yet', async ({ ack, action }) => {
      heard.push(`not yet: ${(action as { selected_option: { value: string } }).selected_option.value}`);
      await ack();
    });
    app.shortcut('respond_to_message', async ({ ack, client: web, body }) => {
      await ack();
      await web.views.open({
        trigger_id: body.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'no',
          title: plain('Respond'),
          submit: plain('Start'),
          blocks: [
            {
              type: 'input',
              block_id: 'why',
              label: plain('What leaked?'),
              element: { type: 'plain_text_input', action_id: 'text' },
            },
          ],
        },
      });
    });
    app.view('no', async ({ ack, view }) => {
      heard.push(`filled in: ${view.state.values.why?.text?.value}`);
      await ack();
    });
    app.event('app_home_opened', async ({ client: web, event }) => {
      const blocks = [{ type: 'section' as const, text: mrkdwn('Nothing *waits* for you.') }];
      await web.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
    });
    app.event('app_mention', async ({ say, event }) => void (await say({ text: 'All quiet.', thread_ts: event.ts })));
  }));
  const blocks = [
    {
      type: 'section' as const,
      text: mrkdwn('*Delete* `AKIA1` <@U0SAM> & <https://x.example|more> &lt;b&gt; <script>'),
    },
    {
      type: 'actions' as const,
      elements: [
        {
          type: 'button' as const,
          action_id: 'delete',
          text: plain('Delete'),
          confirm: {
            title: plain('Delete?'),
            text: plain('For good.'),
            confirm: plain('Do it'),
            deny: plain('Not now'),
          },
        },
        {
          type: 'static_select' as const,
          action_id: 'not_yet',
          placeholder: plain('Not yet'),
          options: [{ text: plain('10 min'), value: '10' }],
        },
      ],
    },
  ];
  await client(twin).chat.postMessage({ channel: 'C0INCIDENTS', text: 'Delete?', blocks });
});
afterEach(async () => {
  await stop();
  await twin.close();
});

it('answers nobody who has not read the page, and no other name for this machine', async () => {
  expect((await fetch(`${twin.pageUrl}screen?user=sam`)).status).toBe(403);
  expect((await fetch(`${twin.pageUrl}act/press`, { method: 'POST', body: '{}' })).status).toBe(403);
  expect((await fetch(`${twin.pageUrl}../start-slack-twin.ts`)).status).toBe(403);
  const page = await fetch(twin.pageUrl);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const token = /page-token" content="([^"]+)"/.exec(await page.text())![1]!;
  const screen = await fetch(`${twin.pageUrl}screen?user=sam`, { headers: { 'x-page-token': token } });
  expect(await screen.json()).toMatchObject({ team: { id: 'T0ACME' }, screen: { user: 'U0SAM' } });
});

describe.skipIf(BROWSER === undefined)('in a browser', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage();
    await page.goto(`${twin.pageUrl}#sam/C0INCIDENTS`);
  });
  afterEach(() => page.close());

  const messages = () => page.getByRole('log', { name: 'Messages in security-incidents' }).getByRole('article');

  it('shows text as text, names as names, and asks before it presses', async () => {
    await page.getByText('Delete AKIA1 @Sam & more <b>').waitFor();
    expect(await page.getByRole('link', { name: 'more' }).getAttribute('href')).toBe('https://x.example');
    expect(await page.locator('main script').count()).toBe(0);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog', { name: 'Delete?' }).getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Not yet' }).click();
    await page.getByRole('menuitem', { name: '10 min' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Do it' }).click();
    await expect.poll(() => heard).toEqual(['not yet: 10', 'U0SAM deletes']);
  });

  it('takes commands, and shows what only one person sees to that person alone', async () => {
    await page.getByRole('textbox', { name: 'Message #security-incidents' }).fill('/firebreak AKIA1');
    await page.getByRole('textbox', { name: 'Message #security-incidents' }).press('Enter');
    await page.getByText('Only visible to you').waitFor();
    expect(await messages().count()).toBe(2);
    await page.getByRole('button', { name: 'Mia Rossi' }).click();
    await page.getByRole('button', { name: 'Mia Rossi', pressed: true }).waitFor();
    await expect.poll(() => messages().count()).toBe(1);
    expect(heard).toEqual(['sam: AKIA1']);
  });

  it('opens a shortcut on a message, and a modal that wants to be filled in', async () => {
    await messages().first().hover();
    await messages().first().getByRole('button', { name: 'More message actions' }).click();
    await page.getByRole('menuitem', { name: 'Respond with Firebreak' }).click();
    const dialog = page.getByRole('dialog', { name: 'Respond' });
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('What leaked?').fill('AKIA1');
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(heard).toEqual(['filled in: AKIA1']);
  });

  it('shows threads, mentions of the app, the Home tab, and what changes while one looks', async () => {
    await page.getByRole('textbox', { name: 'Message #security-incidents' }).fill('@firebreak status');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: '1 reply' }).click();
    await page.getByRole('complementary', { name: 'Thread' }).getByText('All quiet.').waitFor();
    await page.getByRole('button', { name: 'Close thread' }).click();
    const { ts } = await client(twin).chat.postMessage({ channel: 'C0INCIDENTS', text: 'Running' });
    await page.getByText('Running').waitFor();
    await client(twin).chat.update({ channel: 'C0INCIDENTS', ts: ts!, text: 'Frozen' });
    await page.getByText('Frozen').waitFor();
    await page.getByRole('button', { name: 'Firebreak', exact: true }).click();
    await page.getByText('Nothing waits for you.').waitFor();
    await page.getByRole('button', { name: 'Leo Brandt' }).click();
    await page.getByRole('button', { name: 'Leo Brandt', pressed: true }).waitFor();
    await page.getByText('Nothing waits for you.').waitFor();
    await client(twin).chat.postMessage({ channel: 'U0LEO', text: 'It waits for you.' });
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByRole('log', { name: 'Messages with Firebreak' }).getByText('It waits for you.').waitFor();
  });
});
