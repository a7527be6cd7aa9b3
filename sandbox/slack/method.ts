import type { Views } from './views.js';
import type { Block, Channel, Message, User, Workspace } from './workspace.js';

/** A refusal of the Web API: HTTP 200 with `ok: false`. */
export class SlackError extends Error {
  readonly code: string;
  readonly more: Record<string, unknown>;

  constructor(code: string, more: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** With the places that are wrong, as Slack says them. */
export const wrong = (code: string, messages: string[]): SlackError =>
  new SlackError(code, { response_metadata: { messages } });

export interface Call {
  args: Record<string, unknown>;
  workspace: Workspace;
  views: Views;
  /** What the token was given. */
  scopes: ReadonlySet<string>;
  /** The twin's own address. */
  url: string;
  wrote(target: string, detail?: Record<string, string>): void;
}

export interface Method {
  /** What the bot's token must have been given. */
  scope?: string;
  /** Calls a minute; `post`: one a second and channel with a short burst; `none`: not limited here. */
  tier: 1 | 2 | 3 | 4 | 'post' | 'none';
  /** Which token it takes; the bot's unless told. */
  token?: 'app';
  run(call: Call): Record<string, unknown>;
}

/** A text argument; '' when it was left out. */
export function textOf({ args }: Call, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function needed(call: Call, name: string): string {
  const value = textOf(call, name);
  if (value === '') throw wrong('invalid_arguments', [`[ERROR] missing required field: ${name}`]);
  return value;
}

export const isTrue = ({ args }: Call, name: string): boolean =>
  args[name] === true || args[name] === 'true' || args[name] === '1';

/** A comma-separated argument, or an array in JSON. */
export function namesOf({ args }: Call, name: string): string[] {
  const value = args[name];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(',').filter((one) => one !== '') : [];
}

/** The channel that the call names; a user's id stands for the direct messages with them. */
export function channelOf(call: Call, { member = false } = {}): Channel {
  const { workspace } = call;
  const id = needed(call, 'channel');
  const bot = workspace.app.botUser;
  if (workspace.users.has(id)) return workspace.directMessages(id, bot);
  const channel = workspace.channels.get(id) ?? [...workspace.channels.values()].find(({ name }) => `#${name}` === id);
  const isMember = channel?.members.has(bot) === true;
  if (channel === undefined || (channel.kind !== 'public' && !isMember)) throw new SlackError('channel_not_found');
  if (member && !isMember) throw new SlackError('not_in_channel');
  return channel;
}

export function userOf(call: Call, name = 'user'): User {
  const user = call.workspace.users.get(needed(call, name));
  if (user === undefined) throw new SlackError('user_not_found');
  return user;
}

/** A page of a list, with Slack's cursor. */
export function page<T>(call: Call, all: T[], most = 1000): { items: T[]; response_metadata: { next_cursor: string } } {
  const size = Math.min(Number(call.args.limit) || 100, most);
  const cursor = textOf(call, 'cursor');
  const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString('utf8').split(':')[1]);
  if (!Number.isInteger(from)) throw new SlackError('invalid_cursor');
  const next = from + size < all.length ? Buffer.from(`next:${from + size}`).toString('base64') : '';
  return { items: all.slice(from, from + size), response_metadata: { next_cursor: next } };
}

/** A message as the API and the payloads tell it. */
export function shownMessage(workspace: Workspace, message: Message, more: { metadata?: boolean } = {}) {
  const user = workspace.users.get(message.user);
  const channel = workspace.channels.get(message.channel);
  const replies = [...(channel?.messages.values() ?? [])].filter(({ thread }) => thread === message.ts);
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: user?.team ?? workspace.team.id,
    ...(user?.bot && { bot_id: user.bot.id, app_id: user.bot.app, bot_profile: profileOf(user) }),
    ...(message.blocks.length > 0 && { blocks: message.blocks as Block[] }),
    ...(message.attachments && { attachments: message.attachments }),
    ...(message.thread && { thread_ts: message.thread, parent_user_id: channel?.messages.get(message.thread)?.user }),
    ...(replies.length > 0 && {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users: [...new Set(replies.map((one) => one.user))],
      latest_reply: replies[replies.length - 1]!.ts,
    }),
    ...(message.edited && { edited: message.edited }),
    ...(message.files && { files: message.files.map(({ id, name, title, size }) => ({ id, name, title, size })) }),
    ...(message.reactions.length > 0 && {
      reactions: message.reactions.map((one) => ({ ...one, count: one.users.length })),
    }),
    ...(more.metadata && message.metadata && { metadata: message.metadata }),
  };
}

const profileOf = ({ name, team, bot }: User) => ({
  id: bot!.id,
  app_id: bot!.app,
  name,
  team_id: team,
  deleted: false,
});
