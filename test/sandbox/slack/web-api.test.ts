import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  SCOPES,
  type SlackTwin,
  type SlackTwinOptions,
  startSlackTwin,
} from '../../../sandbox/slack/start-slack-twin.js';
import { client } from './bolt-app.js';

const clock = { time: 0, now: () => clock.time };
let twin: SlackTwin;
let web: WebClient;

async function start(options: SlackTwinOptions = {}): Promise<void> {
  twin = await startSlackTwin({ clock, limits: 'off', ...options });
  web = client(twin);
  const { workspace } = twin;
  workspace.addUser({ id: 'U0SAM', name: 'sam', realName: 'Sam', email: 'sam@acme.example' });
  workspace.addUser({ id: 'U0MIA', name: 'mia', email: 'mia@acme.example' });
  workspace.addUser({ id: 'U0ZOE', name: 'zoe', team: 'T0OTHER' });
  workspace.addChannel({ id: 'C0SEC', name: 'security', members: ['U0SAM', workspace.app.botUser] });
  workspace.addChannel({ id: 'C0OPEN', name: 'open', members: ['U0MIA'] });
  workspace.addChannel({ id: 'C0SECRET', name: 'secret', kind: 'private', members: ['U0MIA'] });
  workspace.addGroup({ id: 'S0SEC', handle: 'security', name: 'Security', users: ['U0SAM'] });
}

beforeEach(async () => {
  clock.time = Date.parse('2026-11-24T03:00:00Z');
  await start();
});
afterEach(() => twin.close());

const plain = (text: string) => ({ type: 'plain_text', text });
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (more: object = {}) => ({ type: 'button', action_id: 'yes', text: plain('Yes'), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const many = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, index) => one(index));
const option = (index: number) => ({ text: plain(`${index}`), value: `${index}` });
const view = (more: object = {}) => ({ type: 'modal', title: plain('No'), blocks: [section('Why?')], ...more });

/** What Slack answers, as the client sees it. */
async function answered(method: string, args: Record<string, unknown>) {
  try {
    const { ok } = await web.apiCall(method, args);
    return { ok };
  } catch (error) {
    const { data } = error as { data?: { error: string; response_metadata?: { messages?: string[] } } };
    if (data === undefined) throw error;
    return { error: data.error, messages: data.response_metadata?.messages?.join('\n') ?? '' };
  }
}

describe('refuses', () => {
  it('a token that it does not know, none, and one of the wrong kind', async () => {
    await expect(client(twin, 'xoxb-unknown').auth.test()).rejects.toThrow('invalid_auth');
    await expect(client(twin, '').auth.test()).rejects.toThrow('not_authed');
    await expect(client(twin, twin.appToken).auth.test()).rejects.toThrow('not_allowed_token_type');
    await expect(web.apps.connections.open()).rejects.toThrow('not_allowed_token_type');
    expect((await answered('chat.shout', {})).error).toBe('unknown_method');
    const json = await fetch(`${twin.apiUrl}auth.test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(await json.json()).toEqual({ ok: false, error: 'invalid_json' });
  });

  it('what the token was not given, and hides mail addresses from it', async () => {
    await twin.close();
    await start({ scopes: SCOPES.filter((one) => one !== 'usergroups:read' && one !== 'users:read.email') });
    expect((await answered('usergroups.users.list', { usergroup: 'S0SEC' })).error).toBe('missing_scope');
    expect((await web.users.info({ user: 'U0SAM' })).user?.profile?.email).toBeUndefined();
  });

  const C = { channel: 'C0SEC' };
  const N = { channel: 'C0SEC', text: 'x' };
  it.each<[string, string, Record<string, unknown>, string, string?]>([
    ['a channel that is not there', 'chat.postMessage', { ...N, channel: 'C0NONE' }, 'channel_not_found'],
    [
      'a private channel that the bot is not in',
      'chat.postMessage',
      { ...N, channel: 'C0SECRET' },
      'channel_not_found',
    ],
    ['a channel that the bot did not join', 'chat.postMessage', { ...N, channel: 'C0OPEN' }, 'not_in_channel'],
    ['nothing to say', 'chat.postMessage', C, 'no_text'],
    ['no channel', 'chat.postMessage', { text: 'x' }, 'invalid_arguments'],
    ['metadata without a type', 'chat.postMessage', { ...N, metadata: { x: 1 } }, 'invalid_metadata_format'],
    ['a message that is not there', 'chat.update', { ...N, ts: '1.000001' }, 'message_not_found'],
    ['a long text', 'chat.postEphemeral', { ...N, user: 'U0SAM', text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['whispers to nobody', 'chat.postEphemeral', { ...N, user: 'U0NONE' }, 'user_not_found'],
    ['whispers where the person is not', 'chat.postEphemeral', { ...N, user: 'U0MIA' }, 'user_not_in_channel'],
    ['to delete what is not there', 'chat.delete', { ...C, ts: '1.000001' }, 'message_not_found'],
    ['the address of what is not there', 'chat.getPermalink', { ...C, message_ts: '1.1' }, 'message_not_found'],
    ['direct messages with nobody', 'conversations.open', { users: '' }, 'users_list_not_supplied'],
    ['direct messages with a stranger to it', 'conversations.open', { users: 'U0NONE' }, 'user_not_found'],
    ['direct messages with a bot', 'conversations.open', { users: 'USLACKBOT' }, 'cannot_dm_bot'],
    ['a channel without a name', 'conversations.create', {}, 'invalid_name_required'],
    ['a channel with a shouted name', 'conversations.create', { name: 'INC-1' }, 'invalid_name_specials'],
    ['a channel with a long name', 'conversations.create', { name: 'x'.repeat(81) }, 'invalid_name_maxlength'],
    ['a channel that there is', 'conversations.create', { name: 'security' }, 'name_taken'],
    ['to invite whom nobody knows', 'conversations.invite', { ...C, users: 'U0NONE' }, 'user_not_found'],
    ['to invite who is there', 'conversations.invite', { ...C, users: 'U0SAM' }, 'already_in_channel'],
    ['to invite itself', 'conversations.invite', { ...C, users: 'U0FIREBREAK' }, 'cant_invite_self'],
    ['to read where the bot is not', 'conversations.history', { channel: 'C0OPEN' }, 'not_in_channel'],
    ['a thread that is not there', 'conversations.replies', { ...C, ts: '1.1' }, 'thread_not_found'],
    ['a long topic', 'conversations.setTopic', { ...C, topic: 'x'.repeat(251) }, 'too_long'],
    ['unknown kinds of channels', 'conversations.list', { types: 'rooms' }, 'invalid_types'],
    ['a user whom nobody knows', 'users.info', { user: 'U0NONE' }, 'user_not_found'],
    ['a mail address that nobody has', 'users.lookupByEmail', { email: 'x@acme.example' }, 'users_not_found'],
    ['a user group that is not there', 'usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam'],
    ['to react to nothing', 'reactions.add', { ...C, timestamp: '1.1', name: 'eyes' }, 'message_not_found'],
    ['a trigger that it never gave', 'views.open', { trigger_id: '1.2.3', view: view() }, 'invalid_trigger_id'],
    ['to update a view that is gone', 'views.update', { view_id: 'V0NONE', view: view() }, 'not_found'],
    ['a Home tab for nobody', 'views.publish', { user_id: 'U0NONE', view: view() }, 'user_not_found'],
    ['an upload without a length', 'files.getUploadURLExternal', { filename: 'a.txt' }, 'invalid_arguments'],
    [
      'to share a file that was never sent',
      'files.completeUploadExternal',
      { files: [{ id: 'F0' }] },
      'file_not_found',
    ],
    ['blocks that are no JSON', 'chat.postMessage', { ...C, blocks: '[{' }, 'invalid_blocks_format'],
  ])('%s', async (_, method, args, code) => {
    expect((await answered(method, args)).error).toBe(code);
    expect(twin.ledger.counts().refused[method]).toEqual({ [code]: 1 });
    expect(twin.ledger.counts().writes).toEqual({});
  });

  it.each<[string, unknown[], string]>([
    ['51 blocks', many(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
    ['a block that there is not', [{ type: 'nonsense' }], 'unsupported type: nonsense [json-pointer:/blocks/0/type]'],
    [
      'a long section',
      [section('x'.repeat(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['an empty text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    ['a section of nothing', [{ type: 'section' }], 'needs text or fields [json-pointer:/blocks/0]'],
    ['eleven fields', [{ type: 'section', fields: many(11, () => plain('x')) }], 'no more than 10 items allowed'],
    ['a long field', [{ type: 'section', fields: [plain('x'.repeat(2001))] }], 'must be less than 2001 characters'],
    ['a long header', [{ type: 'header', text: plain('x'.repeat(151)) }], 'must be less than 151 characters'],
    ['a header with markup', [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }], 'unsupported type: mrkdwn'],
    ['a crowded context', [{ type: 'context', elements: many(11, () => plain('x')) }], 'no more than 10 items allowed'],
    ['26 buttons', [actions(...many(26, (i) => button({ action_id: `a${i}` })))], 'no more than 25 items allowed'],
    ['a row without buttons', [actions()], 'must have at least 1 items'],
    ['a long label', [actions(button({ text: plain('x'.repeat(76)) }))], 'must be less than 76 characters'],
    ['a long value', [actions(button({ value: 'x'.repeat(2001) }))], 'must be less than 2001 characters'],
    ['a long address', [actions(button({ url: 'x'.repeat(3001) }))], 'must be less than 3001 characters'],
    ['a colour of our own', [actions(button({ style: 'warning' }))], 'must be one of: primary, danger'],
    ['what a button does not have', [actions(button({ colour: 'red' }))], 'invalid additional property: colour'],
    ['the same button twice', [actions(button(), button())], '`action_id` already exists for block: yes'],
    [
      'a long confirmation',
      [
        actions(
          button({
            confirm: { title: plain('x'), text: plain('x'.repeat(301)), confirm: plain('y'), deny: plain('n') },
          }),
        ),
      ],
      'must be less than 301 characters',
    ],
    ['half a confirmation', [actions(button({ confirm: { title: plain('x') } }))], 'missing required field: text'],
    ['a long menu', [actions({ type: 'static_select', options: many(101, option) })], 'no more than 100 items allowed'],
    ['an empty menu', [actions({ type: 'static_select' })], 'needs options or option_groups'],
    ['a long overflow', [actions({ type: 'overflow', options: many(6, option) })], 'no more than 5 items allowed'],
    [
      'a long option',
      [actions({ type: 'overflow', options: [{ text: plain('x'.repeat(76)), value: 'x' }] })],
      'must be less than 76 characters',
    ],
    ['the same block id twice', many(2, () => ({ type: 'divider', block_id: 'b' })), '`block_id` already exists: b'],
    ['a long block id', [{ type: 'divider', block_id: 'x'.repeat(256) }], 'must be less than 256 characters'],
  ])('%s', async (_, blocks, message) => {
    const { error, messages } = await answered('chat.postMessage', { channel: 'C0SEC', text: 'x', blocks });
    expect(error).toBe('invalid_blocks');
    expect(messages).toContain(`[ERROR] ${message}`);
  });

  it('blocks that are too much together, though each is fine', async () => {
    const blocks = many(5, () => section('x'.repeat(2700)));
    expect((await answered('chat.postMessage', { channel: 'C0SEC', text: 'x', blocks })).error).toBe(
      'msg_blocks_too_long',
    );
  });

  it.each<[string, object, string]>([
    [
      'a long title',
      { title: plain('x'.repeat(25)) },
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    ['a long submit', { submit: plain('x'.repeat(25)) }, 'must be less than 25 characters'],
    ['101 blocks', { blocks: many(101, () => ({ type: 'divider' })) }, 'no more than 100 items allowed'],
    ['long metadata', { private_metadata: 'x'.repeat(3001) }, 'must be less than 3001 characters'],
    [
      'inputs without a submit',
      { blocks: [{ type: 'input', label: plain('x'), element: { type: 'plain_text_input', action_id: 'a' } }] },
      '`submit` is required when an `input` block is within blocks',
    ],
  ])('a modal with %s', async (_, more, message) => {
    const trigger_id = twin.views.newTrigger('U0SAM');
    const { error, messages } = await answered('views.open', { trigger_id, view: view(more) });
    expect(error).toBe('invalid_arguments');
    expect(messages).toContain(message);
    expect(twin.screenOf('sam').modal).toBeUndefined();
  });

  it('a trigger after three seconds, and one a second time', async () => {
    const late = twin.views.newTrigger('U0SAM');
    const used = twin.views.newTrigger('U0SAM');
    expect(await answered('views.open', { trigger_id: used, view: view() })).toEqual({ ok: true });
    expect((await answered('views.open', { trigger_id: used, view: view() })).error).toBe('exchanged_trigger_id');
    clock.time += 3001;
    expect((await answered('views.open', { trigger_id: late, view: view() })).error).toBe('expired_trigger_id');
  });

  it('a fourth modal on three, and an update of a view that has moved on', async () => {
    const push = (method: string) => answered(method, { trigger_id: twin.views.newTrigger('U0SAM'), view: view() });
    await push('views.open');
    await push('views.push');
    await push('views.push');
    expect((await push('views.push')).error).toBe('push_limit_reached');
    const top = twin.views.top('U0SAM')!;
    const update = { view_id: top.id, hash: top.hash, view: view({ title: plain('Hand to') }) };
    expect(await answered('views.update', update)).toEqual({ ok: true });
    expect((await answered('views.update', update)).error).toBe('hash_conflict');
  });

  it("to touch another's message", async () => {
    const { ts } = twin.workspace.post({ channel: 'C0SEC', user: 'U0SAM', text: 'mine' });
    expect((await answered('chat.update', { channel: 'C0SEC', ts, text: 'x' })).error).toBe('cant_update_message');
    expect((await answered('chat.delete', { channel: 'C0SEC', ts })).error).toBe('cant_delete_message');
  });

  it('to update what only one person sees, and shows it in no history', async () => {
    const { message_ts } = await web.chat.postEphemeral({ channel: 'C0SEC', user: 'U0SAM', text: 'psst' });
    expect((await answered('chat.update', { channel: 'C0SEC', ts: message_ts!, text: 'x' })).error).toBe(
      'message_not_found',
    );
    expect((await web.conversations.history({ channel: 'C0SEC' })).messages).toEqual([]);
  });

  it('more than a post a second and channel, once the burst is used up, and says when it goes on', async () => {
    twin.rates.limits = 'real';
    const post = (channel: string) => web.chat.postMessage({ channel, text: 'x' });
    for (let i = 0; i < 4; i++) await post('C0SEC');
    await expect(post('C0SEC')).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await post('U0SAM');
    clock.time += 1000;
    await post('C0SEC');
    expect(twin.ledger.writesOf('chat.postMessage', 'C0SEC')).toBe(5);
    twin.rates.limits = 'hard';
    clock.time += 3000;
    await post('C0SEC');
    await expect(post('C0SEC')).rejects.toMatchObject({ retryAfter: 3 });
  });
});

describe('keeps', () => {
  it('messages, threads, edits and metadata, and tells them again', async () => {
    const metadata = { event_type: 'card', event_payload: { incident: 'INC-1' } };
    const root = await web.chat.postMessage({
      channel: 'C0SEC',
      text: 'INC-1',
      metadata,
      blocks: [section('*INC-1*')] as never,
    });
    const reply = await web.chat.postMessage({ channel: 'C0SEC', text: 'frozen', thread_ts: root.ts! });
    await web.chat.postMessage({ channel: 'C0SEC', text: 'proven', thread_ts: reply.ts! });
    await web.chat.update({ channel: 'C0SEC', ts: root.ts!, text: 'INC-1 frozen', blocks: [] });
    await web.reactions.add({ channel: 'C0SEC', timestamp: root.ts!, name: 'eyes' });
    await expect(web.reactions.add({ channel: 'C0SEC', timestamp: root.ts!, name: 'eyes' })).rejects.toThrow(
      'already_reacted',
    );

    const { messages } = await web.conversations.history({ channel: 'C0SEC', include_all_metadata: true });
    expect(messages).toMatchObject([
      { text: 'INC-1 frozen', metadata, reply_count: 2, edited: { user: 'U0FIREBREAK' } },
    ]);
    expect((await web.conversations.history({ channel: 'C0SEC' })).messages![0]!.metadata).toBeUndefined();
    const thread = await web.conversations.replies({ channel: 'C0SEC', ts: root.ts! });
    expect(thread.messages!.map(({ text }) => text)).toEqual(['INC-1 frozen', 'frozen', 'proven']);
    expect((await web.chat.getPermalink({ channel: 'C0SEC', message_ts: reply.ts! })).permalink).toContain(root.ts!);
    await web.chat.delete({ channel: 'C0SEC', ts: reply.ts! });
    expect(twin.screenOf('sam').channels[0]!.messages[0]!.replies.map(({ says }) => says)).toEqual(['proven']);
    expect(twin.ledger.counts().writes).toEqual({
      'chat.postMessage': 3,
      'chat.update': 1,
      'reactions.add': 1,
      'chat.delete': 1,
    });
  });

  it('pages of what there is much of', async () => {
    for (let i = 0; i < 5; i++) await web.chat.postMessage({ channel: 'C0SEC', text: `${i}` });
    const first = await web.conversations.history({ channel: 'C0SEC', limit: 3 });
    expect([first.messages!.map(({ text }) => text), first.has_more]).toEqual([['4', '3', '2'], true]);
    const cursor = first.response_metadata!.next_cursor!;
    const rest = await web.conversations.history({ channel: 'C0SEC', limit: 3, cursor });
    expect([rest.messages!.map(({ text }) => text), rest.has_more]).toEqual([['1', '0'], false]);
  });

  it('who there is: people of other workspaces by theirs, groups by their members', async () => {
    expect((await web.auth.test()).bot_id).toBe('B0FIREBREAK');
    expect((await web.users.info({ user: 'U0ZOE' })).user).toMatchObject({ team_id: 'T0OTHER', is_stranger: true });
    expect((await web.users.lookupByEmail({ email: 'MIA@acme.example' })).user?.id).toBe('U0MIA');
    expect((await web.users.list({})).members!.map(({ name }) => name)).toContain('sam');
    expect((await web.usergroups.list({ include_users: true })).usergroups).toMatchObject([{ users: ['U0SAM'] }]);
    expect((await web.usergroups.users.list({ usergroup: 'S0SEC' })).users).toEqual(['U0SAM']);
  });

  it('channels: made, joined, invited to, described, and direct messages opened once', async () => {
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    await web.conversations.invite({ channel: channel!.id!, users: 'U0SAM,U0MIA' });
    await web.conversations.setTopic({ channel: channel!.id!, topic: 'AKIA1' });
    await web.conversations.join({ channel: 'C0OPEN' });
    expect((await web.conversations.info({ channel: channel!.id! })).channel).toMatchObject({
      num_members: 3,
      is_member: true,
    });
    const { channels } = await web.conversations.list({ types: 'public_channel,private_channel' });
    expect(channels!.map(({ name }) => name)).toEqual(['security', 'open', 'inc-1']);
    const dm = await web.conversations.open({ users: 'U0SAM' });
    expect((await web.conversations.open({ users: 'U0SAM' })).channel!.id).toBe(dm.channel!.id);
    await web.chat.postMessage({ channel: 'U0SAM', text: 'It waits for you.' });
    expect(twin.workspace.notifications.map(({ user, text }) => [user, text])).toEqual([
      ['U0SAM', 'It waits for you.'],
    ]);
  });

  it('files, in the thread that they belong to', async () => {
    const { ts } = await web.chat.postMessage({ channel: 'C0SEC', text: 'INC-1' });
    await web.filesUploadV2({
      channel_id: 'C0SEC',
      thread_ts: ts!,
      filename: 'scan.txt',
      content: 'line 1\nline 2',
      initial_comment: 'All of it',
    });
    const [reply] = twin.screenOf('sam').channels[0]!.messages[0]!.replies;
    expect(reply).toMatchObject({ says: 'All of it', files: [{ name: 'scan.txt', text: 'line 1\nline 2' }] });
  });

  it('a phone rings for a mention, a group and a thread one is in, and for no edit', async () => {
    const root = await web.chat.postMessage({ channel: 'C0SEC', text: 'for nobody' });
    await web.chat.update({ channel: 'C0SEC', ts: root.ts!, text: '<@U0SAM>' });
    await web.chat.postMessage({ channel: 'C0SEC', text: 'one <@U0SAM>' });
    await web.chat.postMessage({ channel: 'C0SEC', text: 'two <!subteam^S0SEC>' });
    twin.workspace.post({ channel: 'C0SEC', user: 'U0SAM', text: 'looking', thread: root.ts! });
    await web.chat.postMessage({ channel: 'C0SEC', text: 'three', thread_ts: root.ts! });
    await web.chat.postEphemeral({ channel: 'C0SEC', user: 'U0SAM', text: '<@U0SAM>' });
    expect(twin.screenOf('sam').notifications.map(({ text }) => text.split(' ')[0])).toEqual(['one', 'two', 'three']);
  });
});

describe('on purpose', () => {
  it.each([
    ['throttle', 'slack_webapi_rate_limited_error', 0],
    ['error', 'slack_webapi_http_error', 0],
    ['deny', 'slack_webapi_platform_error', 0],
    ['lost-before', 'slack_webapi_request_error', 0],
    ['lost-after', 'slack_webapi_request_error', 1],
    ['error-after', 'slack_webapi_http_error', 1],
  ] as const)('%s: the client sees %s, and %i message stands', async (kind, code, stands) => {
    twin.faults.add({ method: 'chat.postMessage', kind, about: ['INC-1'], retryAfterSeconds: 7 });
    await web.chat.postMessage({ channel: 'C0SEC', text: 'INC-2' });
    await expect(web.chat.postMessage({ channel: 'C0SEC', text: 'INC-1' })).rejects.toMatchObject({ code });
    expect(twin.ledger.writesOf('chat.postMessage')).toBe(1 + stands);
  });

  it('nothing comes through while it is down, neither calls nor what people do', async () => {
    twin.setDown(true);
    await expect(web.chat.postMessage({ channel: 'C0SEC', text: 'x' })).rejects.toMatchObject({
      code: 'slack_webapi_request_error',
    });
    expect(await twin.acts.type({ user: 'sam', channel: 'C0SEC', text: '/firebreak list' })).toMatchObject({
      outcome: 'unreachable',
      notice: '/firebreak failed with the error "dispatch_failed"',
    });
    twin.setDown(false);
    await web.chat.postMessage({ channel: 'C0SEC', text: 'x' });
  });
});
