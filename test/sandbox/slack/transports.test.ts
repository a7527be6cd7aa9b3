import type { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackTwin, type SlackTwinOptions, startSlackTwin } from '../../../sandbox/slack/start-slack-twin.js';
import { httpApp, socketApp } from './bolt-app.js';

let twin: SlackTwin;
let stop: () => Promise<void>;

async function start(options: SlackTwinOptions = {}): Promise<void> {
  twin = await startSlackTwin({ ackMs: 400, retryMs: [0, 5, 5], limits: 'off', ...options });
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

  it('says that the app did not answer, and repeats events alone', async () => {
    const told: Told[] = [];
    ({ stop } = await transport(twin, (app) => {
      app.command('/firebreak', async () => void told.push({ kind: 'command', body: {} }));
      app.use(async ({ body, context }) => {
        told.push({ kind: String((body as { type?: string }).type), body: {}, retry: context.retryNum ?? 0 });
        await new Promise(() => {}); // hangs before anything is acknowledged
      });
    }));
    expect(await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak list' })).toMatchObject({
      outcome: 'timeout',
      notice: '/firebreak failed with the error "operation_timeout"',
    });
    expect(inChannel()[0]).toMatchObject({ from: 'slackbot', onlyForYou: true });
    expect(twin.dispatch.sent).toHaveLength(1);
  });
});
