import { get } from 'node:http';
import type { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackTwin, type SlackTwinOptions, startSlackTwin } from '../../../sandbox/slack/start-slack-twin.js';
import { RemoteTwin, startControl } from '../../../sandbox/twin/control.js';
import { client, httpApp, socketApp } from './bolt-app.js';

let twin: SlackTwin;
let stop: () => Promise<void>;
let offset = 0;
const clock = { now: () => Date.now() + offset };

async function start(options: SlackTwinOptions = {}): Promise<void> {
  offset = 0;
  twin = await startSlackTwin({ clock, retryMs: [0, 5, 5], limits: 'off', ...options });
  twin.workspace.addUser({ id: 'U0SAM', name: 'sam', email: 'sam@acme.example' });
  twin.workspace.addUser({ id: 'U0ZOE', name: 'zoe', team: 'T0OTHER' });
  twin.workspace.addChannel({
    id: 'C0SEC',
    name: 'security-incidents',
    members: ['U0SAM', 'U0ZOE', twin.workspace.app.botUser],
    shared: true,
  });
  stop = async () => {};
}

beforeEach(() => start());
afterEach(async () => {
  await stop();
  await twin.close();
});

/** What an app was told, as its listeners saw it. */
interface Told {
  kind: string;
  body: Record<string, unknown>;
  retry?: number;
}

const button = (action_id: string) => ({
  type: 'actions' as const,
  elements: [
    { type: 'button' as const, action_id, value: 'h1', text: { type: 'plain_text' as const, text: 'Freeze now' } },
    {
      type: 'static_select' as const,
      action_id: 'not_yet',
      options: [{ text: { type: 'plain_text' as const, text: '10 min' }, value: '10' }],
    },
  ],
});

function listening(told: Told[]) {
  return (app: App) => {
    const hears = (kind: string, { body, context }: { body: unknown; context: { retryNum?: number } }) =>
      told.push({ kind, body: body as Record<string, unknown>, ...(context.retryNum && { retry: context.retryNum }) });
    app.command('/firebreak', async (args) => {
      hears('command', args);
      await args.ack({ text: `looking at ${args.command.text}` });
      await args.respond({ blocks: [button('freeze')], text: 'Freeze?' });
    });
    app.action('freeze', async (args) => {
      hears('action', args);
      await args.ack();
      await args.respond({ replace_original: true, text: 'Frozen.' });
    });
    app.action('not_yet', async (args) => {
      hears('menu', args);
      await args.ack();
    });
    app.shortcut('respond', async (args) => {
      hears('shortcut', args);
      await args.ack();
      await args.client.views.open({
        trigger_id: args.body.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'what_leaked',
          private_metadata: 'm1',
          title: { type: 'plain_text', text: 'What leaked?' },
          submit: { type: 'plain_text', text: 'Look' },
          blocks: [
            {
              type: 'input',
              block_id: 'what',
              label: { type: 'plain_text', text: 'What leaked?' },
              element: { type: 'plain_text_input', action_id: 'text', min_length: 4 },
            },
          ],
        },
      });
    });
    app.shortcut('respond_to_message', async (args) => {
      hears('message shortcut', args);
      await args.ack();
    });
    app.view('what_leaked', async (args) => {
      hears('view', args);
      const value = args.view.state.values.what?.text?.value ?? '';
      if (value.startsWith('AKIA')) await args.ack();
      else await args.ack({ response_action: 'errors', errors: { what: 'That is no key.' } });
    });
    app.event('app_mention', async (args) => {
      hears('mention', args);
      await args.say({ text: 'Nothing is open.', thread_ts: args.event.thread_ts ?? args.event.ts });
    });
    app.event('app_home_opened', async (args) => {
      hears('home', args);
      const text = { type: 'mrkdwn' as const, text: 'Nothing waits for you.' };
      await args.client.views.publish({
        user_id: args.event.user,
        view: { type: 'home', blocks: [{ type: 'section', text }] },
      });
    });
  };
}

const until = async <T>(look: () => T | undefined): Promise<T> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await twin.workspace.nextChange();
  }
};
/** Nothing announces what the twin has sent: looked for again as soon as others have run. */
async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
const inChannel = (user = 'sam') => twin.screenOf(user).channels.find(({ id }) => id === 'C0SEC')!.messages;

describe.each([
  ['Socket Mode', socketApp],
  ['HTTP', httpApp],
])('by %s', (_, transport) => {
  it('carries a command, its answers and the button in one of them', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    expect(await twin.acts.type({ user: 'sam', channel: '#security-incidents', text: '/firebreak AKIA1' })).toEqual({
      outcome: 'acked',
    });
    await until(() => inChannel()[1]);
    expect(inChannel().map(({ says, onlyForYou }) => [says, onlyForYou])).toEqual([
      ['looking at AKIA1', true],
      ['Freeze?', true],
    ]);
    expect(inChannel('zoe')).toEqual([]);

    await twin.acts.press({ user: 'sam', channel: 'C0SEC', label: 'Freeze now' });
    await until(() => inChannel().find(({ says }) => says === 'Frozen.'));
    expect(told.map(({ kind }) => kind)).toEqual(['command', 'action']);
    expect(told[0]!.body).toMatchObject({
      team_id: 'T0ACME',
      user_id: 'U0SAM',
      channel_id: 'C0SEC',
      command: '/firebreak',
      text: 'AKIA1',
      api_app_id: 'A0FIREBREAK',
    });
    expect(told[1]!.body).toMatchObject({
      type: 'block_actions',
      team: { id: 'T0ACME' },
      user: { id: 'U0SAM', team_id: 'T0ACME' },
      channel: { id: 'C0SEC' },
      container: { type: 'message', channel_id: 'C0SEC', is_ephemeral: true },
      actions: [{ action_id: 'freeze', value: 'h1', type: 'button' }],
    });
    await expect(twin.acts.press({ user: 'sam', channel: 'C0SEC', action: 'freeze' })).rejects.toThrow(
      'sam sees no freeze in C0SEC',
    );
    expect(await twin.acts.press({ user: 'sam', channel: 'C0SEC', action: 'freeze', stale: true })).toEqual({
      outcome: 'acked',
    });
  });

  it('opens a modal, refuses what is filled in wrongly, and takes it away when it was taken', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    await twin.acts.shortcut({ user: 'sam', callback: 'respond' });
    const modal = await until(() => twin.screenOf('sam').modal);
    expect([modal.title, modal.submit, modal.controls[0]!.label]).toEqual(['What leaked?', 'Look', 'What leaked?']);
    expect(twin.screenOf('zoe').modal).toBeUndefined();

    expect(await twin.acts.submit({ user: 'sam' })).toMatchObject({ outcome: 'refused' });
    expect(await twin.acts.submit({ user: 'sam', values: { what: 'abc' } })).toMatchObject({
      notice: 'Must be at least 4 characters.',
    });
    expect(told).toHaveLength(1);
    await twin.acts.submit({ user: 'sam', values: { 'What leaked?': 'nothing' } });
    expect(twin.screenOf('sam').modal?.errors).toEqual({ what: 'That is no key.' });
    await twin.acts.submit({ user: 'sam', values: { text: 'AKIA1' } });
    expect(twin.screenOf('sam').modal).toBeUndefined();
    expect(told[2]!.body).toMatchObject({
      type: 'view_submission',
      user: { id: 'U0SAM', team_id: 'T0ACME' },
      view: { callback_id: 'what_leaked', private_metadata: 'm1', app_installed_team_id: 'T0ACME' },
    });
  });

  it('tells of mentions, menus, shortcuts on messages and the Home tab', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    const alert = twin.acts.alert({ from: 'GitGuardian', channel: 'C0SEC', text: 'AKIA1 is public' });
    await twin.acts.shortcut({ user: 'sam', callback: 'respond_to_message', channel: 'C0SEC', message: alert.ts! });
    await twin.acts.mention({ user: 'sam', channel: 'C0SEC', text: 'status', thread: alert.ts! });
    await until(() => inChannel()[0]!.replies[1]);
    expect(inChannel()[0]!.replies.map(({ from, says }) => [from, says])).toEqual([
      ['sam', '<@U0FIREBREAK> status'],
      ['firebreak', 'Nothing is open.'],
    ]);
    await twin.acts.home({ user: 'sam' });
    expect((await until(() => twin.screenOf('sam').home)).says).toBe('Nothing waits for you.');
    twin.workspace.post({
      channel: 'C0SEC',
      user: 'U0FIREBREAK',
      text: '',
      blocks: [{ ...button('x'), block_id: 'b' }],
    });
    await twin.acts.press({ user: 'zoe', channel: 'C0SEC', action: 'not_yet', option: '10 min' });

    expect(told.map(({ kind }) => kind)).toEqual(['message shortcut', 'mention', 'home', 'menu']);
    expect(told[0]!.body).toMatchObject({ message: { text: 'AKIA1 is public', bot_id: 'B0BOTGITGUARDIAN' } });
    expect(told[1]!.body).toMatchObject({
      team_id: 'T0ACME',
      is_ext_shared_channel: true,
      authorizations: [{ team_id: 'T0ACME', is_bot: true }],
      event: { type: 'app_mention', thread_ts: alert.ts, channel: 'C0SEC' },
    });
    expect(told[3]!.body).toMatchObject({
      team: { id: 'T0ACME' },
      user: { id: 'U0ZOE', team_id: 'T0OTHER' },
      actions: [{ selected_option: { value: '10' } }],
      container: { is_ephemeral: false },
    });
  });

  it('says that the app did not answer a command in time, and tells it once', async () => {
    const heard: string[] = [];
    await twin.close();
    await start({ ackMs: 300 });
    ({ stop } = await transport(twin, (app) => {
      app.use(async ({ body }) => {
        heard.push(String((body as { command?: string }).command));
        await new Promise(() => {}); // hangs before anything is acknowledged
      });
    }));
    expect(await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak list' })).toMatchObject({
      outcome: 'timeout',
      notice: '/firebreak failed with the error "operation_timeout"',
    });
    expect(inChannel()[0]).toMatchObject({ from: 'slackbot', onlyForYou: true });
    expect(heard).toEqual(['/firebreak']);
    expect(twin.dispatch.sent.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['timeout', 0]]);
  });

  it('keeps a modal open whose submission nobody took', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    await twin.acts.shortcut({ user: 'sam', callback: 'respond' });
    await until(() => twin.screenOf('sam').modal);
    twin.setDown(true);
    expect(await twin.acts.submit({ user: 'sam', values: { what: 'AKIA1' } })).toMatchObject({
      outcome: 'unreachable',
    });
    expect(twin.screenOf('sam').modal?.errors).toEqual({ '': 'We had some trouble connecting. Try again?' });
  });

  it('lets nobody use what Slack would not let them', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    const { ts } = await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: 'hello' });
    const type = (text: string, thread?: string) =>
      twin.acts.type({ user: 'sam', channel: 'C0SEC', text, ...(thread && { thread }) });
    expect((await type('/firebreak list', ts)).notice).toBe('/firebreak is not supported in threads. Sorry!');
    expect((await type('/firebrake list')).notice).toBe('`/firebrake` is not a valid command.');
    await expect(twin.acts.type({ user: 'ann', channel: 'C0SEC', text: 'x' })).rejects.toThrow(
      'nobody here is called ann',
    );
    await expect(twin.acts.submit({ user: 'sam' })).rejects.toThrow('no modal is open before sam');
    await expect(
      twin.acts.shortcut({ user: 'sam', callback: 'respond_to_message', channel: 'C0SEC', message: '1.1' }),
    ).rejects.toThrow('sam sees no message 1.1');
    const dm = twin.workspace.directMessages('U0SAM', twin.workspace.app.botUser);
    await expect(twin.acts.type({ user: 'zoe', channel: dm.id, text: 'x' })).rejects.toThrow('zoe sees no channel');
    expect(told).toEqual([]);
  });

  it('shows a stranger by their own workspace, and carries what was spoiled on purpose', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, listening(told)));
    await twin.acts.type({ user: 'zoe', channel: 'C0SEC', text: '/firebreak x' });
    expect(told[0]!.body).toMatchObject({ team_id: 'T0OTHER', user_id: 'U0ZOE' });
    const block = { ...button('freeze'), block_id: 'b1' };
    twin.workspace.post({ channel: 'C0SEC', user: 'U0FIREBREAK', text: 'Freeze?', blocks: [block] });
    const team = { id: 'T0EVIL', domain: 'evil' };
    await twin.acts.press({ user: 'sam', channel: 'C0SEC', action: 'freeze', spoiled: { team } });
    expect(told[1]!.body).toMatchObject({ team: { id: 'T0EVIL' } });
  });
});

describe('repeats', () => {
  it('an event until it is taken, with its number and reason', async () => {
    const taken: unknown[] = [];
    const listen = (app: App) =>
      app.event('app_mention', async ({ context }) => void taken.push([context.retryNum, context.retryReason]));
    ({ stop } = await httpApp(twin, listen, { failing: 2 }));
    expect(await twin.acts.mention({ user: 'sam', channel: 'C0SEC', text: 'status' })).toMatchObject({
      outcome: 'refused',
    });
    await waitFor(() => twin.dispatch.sent.length === 3);
    expect(twin.dispatch.sent.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'acked']);
    expect(taken).toEqual([[2, 'http_error']]);
    const ids = twin.dispatch.sent.map(({ payloadSent }) => payloadSent.event_id);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('over HTTP', () => {
  it('verifies the request URL, sends the very same request again, and signs for another time', async () => {
    const told: Told[] = [];
    ({ stop } = await httpApp(twin, listening(told)));
    const http = twin.http()!;
    expect(await http.verifyUrl('xyz')).toBe(true);
    await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak x' });
    expect(await twin.replay(-1)).toMatchObject({ outcome: 'acked' });
    expect(told).toHaveLength(2);
    expect(told[1]).toEqual(told[0]);
    const old = Math.floor(Date.now() / 1000) - 400;
    expect(await twin.replay(0, old)).toMatchObject({ outcome: 'refused', status: 401 });
    const { signed } = twin.dispatch.sent[0]!;
    const spoiled = { ...signed!, headers: { ...signed!.headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` } };
    expect(await http.post(spoiled)).toMatchObject({ outcome: 'refused', status: 401 });
    expect(told).toHaveLength(2);
  });
});

describe('in Socket Mode', () => {
  it('sends each envelope down one of two connections, and asks them to come back', async () => {
    const first: Told[] = [];
    const second: Told[] = [];
    const one = await socketApp(twin, listening(first), { reconnectMs: 1000 });
    const other = await socketApp(twin, listening(second), { reconnectMs: 1000 });
    stop = async () => void (await Promise.all([one.stop(), other.stop()]));
    await twin.sockets.whenConnected(2);
    for (let i = 0; i < 4; i++) await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: `/firebreak ${i}` });
    expect([first.length, second.length]).toEqual([2, 2]);
    expect(await twin.replay(0)).toMatchObject({ outcome: 'acked' });
    expect(first.length + second.length).toBe(5);

    twin.sockets.askToReconnect('warning', 'oldest');
    await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak meanwhile' });
    expect(second.at(-1)!.body.text).toBe('meanwhile');
    await twin.sockets.whenConnected(2);
    twin.sockets.cut();
    expect((await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak lost' })).outcome).toBe(
      'unreachable',
    );
    await twin.sockets.whenConnected(2);
    expect((await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak back' })).outcome).toBe('acked');
  });

  it('takes a ticket once', async () => {
    const answer = await client(twin, twin.appToken).apps.connections.open();
    const http = answer.url!.replace('ws', 'http');
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const ask = () =>
      new Promise<number>((resolve) => {
        const request = get(http, { headers: upgrade });
        request.on('response', ({ statusCode }) => resolve(statusCode!));
        request.on('upgrade', (_, socket) => {
          socket.destroy();
          resolve(101);
        });
      });
    expect([await ask(), await ask()]).toEqual([101, 403]);
  });
});

describe('a response URL', () => {
  async function given(): Promise<string> {
    const urls: string[] = [];
    ({ stop } = await httpApp(twin, (app) => {
      app.action(/.*/, async ({ ack, body }) => {
        urls.push((body as { response_url: string }).response_url);
        await ack();
      });
    }));
    twin.workspace.post({
      channel: 'C0SEC',
      user: 'U0FIREBREAK',
      text: 'Freeze?',
      blocks: [{ ...button('freeze'), block_id: 'b1' }],
    });
    await twin.acts.press({ user: 'sam', channel: 'C0SEC', action: 'freeze' });
    return urls[0]!;
  }
  const use = async (url: string, body: unknown) => {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return [answer.status, await answer.text()];
  };

  it('works five times, for that person, for all, and on the message itself', async () => {
    const url = await given();
    expect(await use(url, { text: 'just you' })).toEqual([200, 'ok']);
    expect(await use(url, { text: 'all of you', response_type: 'in_channel' })).toEqual([200, 'ok']);
    expect(await use(url, { text: 'frozen', replace_original: true })).toEqual([200, 'ok']);
    expect(inChannel().map(({ says, onlyForYou, edited }) => [says, onlyForYou, edited])).toEqual([
      ['frozen', false, true],
      ['just you', true, false],
      ['all of you', false, false],
    ]);
    expect(await use(url, { blocks: [{ type: 'nonsense' }] })).toEqual([400, 'invalid_blocks']);
    expect(await use(url, { delete_original: true })).toEqual([200, 'ok']);
    expect(inChannel().map(({ says }) => says)).toEqual(['just you', 'all of you']);
    expect(await use(url, { text: 'once more' })).toEqual([404, 'used_url']);
    expect(await use(`${url}x`, { text: 'guessed' })).toEqual([404, 'no_such_url']);
  });

  it('ends after half an hour', async () => {
    const url = await given();
    offset = 30 * 60_000 + 1;
    expect(await use(url, { text: 'late' })).toEqual([404, 'expired_url']);
  });
});

describe('from another process', () => {
  it('acts and looks by name', async () => {
    const told: Told[] = [];
    ({ stop } = await socketApp(twin, listening(told)));
    const control = await startControl({ slack: twin.controls });
    const remote = new RemoteTwin('slack', control);
    expect(await remote.do('type', { user: 'sam', channel: 'C0SEC', text: '/firebreak x' })).toEqual({
      outcome: 'acked',
    });
    await until(() => inChannel()[1]);
    expect(await remote.do('press', { user: 'sam', channel: 'C0SEC', label: 'Freeze now' })).toEqual({
      outcome: 'acked',
    });
    await expect(remote.do('press', { user: 'zoe', channel: 'C0SEC', label: 'Freeze now' })).rejects.toThrow(
      'zoe sees no',
    );
    expect(await remote.do('screen', { user: 'zoe' })).toMatchObject({
      user: 'U0ZOE',
      channels: [{ name: 'security-incidents' }],
    });
    expect(await remote.do('sent')).toMatchObject([{ what: '/firebreak', outcome: 'acked' }, { what: 'freeze' }]);
    await remote.do('limits', { limits: 'hard' });
    expect(twin.rates.limits).toBe('hard');
    await control.close();
  });
});
