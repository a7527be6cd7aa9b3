import {
  type Call,
  channelOf,
  isTrue,
  type Method,
  namesOf,
  needed,
  page,
  SlackError,
  shownMessage,
  textOf,
} from './method.js';
import type { Channel, Message, Workspace } from './workspace.js';

export function shownChannel({ app, team }: Workspace, channel: Channel) {
  const im = channel.kind === 'im';
  return {
    id: channel.id,
    ...(im
      ? { user: [...channel.members].find((one) => one !== app.botUser) }
      : { name: channel.name, name_normalized: channel.name, is_archived: false, is_general: false }),
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_im: im,
    is_mpim: false,
    is_private: channel.kind !== 'public',
    is_member: channel.members.has(app.botUser),
    is_shared: channel.shared,
    is_ext_shared: channel.shared,
    context_team_id: team.id,
    created: Math.floor(channel.createdAt / 1000),
    creator: channel.creator,
    topic: { value: channel.topic, creator: channel.topic ? app.botUser : '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    num_members: channel.members.size,
  };
}

/** `conversations.*` read what the bot is in. */
function readable(call: Call): Channel {
  return channelOf(call, { member: true });
}

function messages(call: Call, all: Message[]) {
  const { workspace } = call;
  const { items, response_metadata } = page(call, all, 999);
  const metadata = isTrue(call, 'include_all_metadata');
  return {
    messages: items.map((one) => shownMessage(workspace, one, { metadata })),
    has_more: response_metadata.next_cursor !== '',
    response_metadata,
  };
}

function history(call: Call): Record<string, unknown> {
  const oldest = Number(textOf(call, 'oldest') || 0);
  const latest = Number(textOf(call, 'latest') || Number.POSITIVE_INFINITY);
  const inclusive = isTrue(call, 'inclusive');
  const fits = ({ ts, thread }: Message) => {
    const at = Number(ts);
    return thread === undefined && (inclusive ? at >= oldest && at <= latest : at > oldest && at < latest);
  };
  return messages(call, [...readable(call).messages.values()].filter(fits).reverse());
}

function replies(call: Call): Record<string, unknown> {
  const channel = readable(call);
  const ts = needed(call, 'ts');
  const root = channel.messages.get(ts);
  if (root === undefined) throw new SlackError('thread_not_found');
  const thread = root.thread ?? ts;
  return messages(
    call,
    [...channel.messages.values()].filter((one) => one.ts === thread || one.thread === thread),
  );
}

function open(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const users = namesOf(call, 'users');
  if (users.length !== 1) throw new SlackError(users.length === 0 ? 'users_list_not_supplied' : 'not_enough_users');
  const user = workspace.users.get(users[0]!);
  if (user === undefined) throw new SlackError('user_not_found');
  if (user.bot !== undefined) throw new SlackError('cannot_dm_bot');
  const known = workspace.channels.size;
  const channel = workspace.directMessages(user.id, workspace.app.botUser);
  if (workspace.channels.size > known) call.wrote(channel.id, { user: user.id });
  return { channel: { id: channel.id }, ...(workspace.channels.size === known && { already_open: true, no_op: true }) };
}

function create(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const name = textOf(call, 'name');
  if (name === '') throw new SlackError('invalid_name_required');
  if (name.length > 80) throw new SlackError('invalid_name_maxlength');
  if (!/^[a-z0-9_\-\p{L}]+$/u.test(name) || name !== name.toLowerCase()) throw new SlackError('invalid_name_specials');
  if ([...workspace.channels.values()].some((one) => one.kind !== 'im' && one.name === name)) {
    throw new SlackError('name_taken');
  }
  const kind = isTrue(call, 'is_private') ? 'private' : 'public';
  const channel = workspace.addChannel({ name, kind, members: [workspace.app.botUser] });
  call.wrote(channel.id, { name });
  return { channel: shownChannel(workspace, channel) };
}

function invite(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call, { member: true });
  const users = namesOf(call, 'users');
  if (users.length === 0) throw new SlackError('no_user');
  for (const user of users) {
    if (!workspace.users.has(user)) throw new SlackError('user_not_found');
    if (user === workspace.app.botUser) throw new SlackError('cant_invite_self');
    if (channel.members.has(user)) throw new SlackError('already_in_channel');
  }
  for (const user of users) channel.members.add(user);
  workspace.changed();
  call.wrote(channel.id, { users: users.join(',') });
  return { channel: shownChannel(workspace, channel) };
}

function join(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call);
  if (channel.kind !== 'public') throw new SlackError('method_not_supported_for_channel_type');
  const already = channel.members.has(workspace.app.botUser);
  channel.members.add(workspace.app.botUser);
  if (!already) {
    workspace.changed();
    call.wrote(channel.id);
  }
  return { channel: shownChannel(workspace, channel), ...(already && { warning: 'already_in_channel' }) };
}

function setTopic(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call, { member: true });
  const topic = textOf(call, 'topic');
  if (topic.length > 250) throw new SlackError('too_long');
  channel.topic = topic;
  workspace.changed();
  call.wrote(channel.id, { topic });
  return { channel: shownChannel(workspace, channel) };
}

function list(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const types = namesOf(call, 'types');
  const kinds: Record<string, Channel['kind']> = { public_channel: 'public', private_channel: 'private', im: 'im' };
  const wanted = (types.length === 0 ? ['public_channel'] : types).map((one) => {
    if (one === 'mpim') return undefined;
    if (!Object.hasOwn(kinds, one)) throw new SlackError('invalid_types');
    return kinds[one];
  });
  const { items, response_metadata } = page(
    call,
    [...workspace.channels.values()].filter(
      (one) => wanted.includes(one.kind) && (one.kind === 'public' || one.members.has(workspace.app.botUser)),
    ),
  );
  return { channels: items.map((one) => shownChannel(workspace, one)), response_metadata };
}

export const conversationMethods: Record<string, Method> = {
  'conversations.open': { scope: 'im:write', tier: 3, run: open },
  'conversations.create': { scope: 'channels:manage', tier: 2, run: create },
  'conversations.invite': { scope: 'channels:manage', tier: 3, run: invite },
  'conversations.join': { scope: 'channels:join', tier: 3, run: join },
  'conversations.setTopic': { scope: 'channels:manage', tier: 2, run: setTopic },
  'conversations.info': {
    scope: 'channels:read',
    tier: 3,
    run: (call) => ({ channel: shownChannel(call.workspace, channelOf(call)) }),
  },
  'conversations.members': {
    scope: 'channels:read',
    tier: 4,
    run(call) {
      const { items, response_metadata } = page(call, [...channelOf(call).members]);
      return { members: items, response_metadata };
    },
  },
  'conversations.list': { scope: 'channels:read', tier: 2, run: list },
  'conversations.history': { scope: 'channels:history', tier: 3, run: history },
  'conversations.replies': { scope: 'channels:history', tier: 3, run: replies },
};
