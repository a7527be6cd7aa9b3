import { blockProblems, charactersIn, withIds } from './block-kit.js';
import {
  type Call,
  channelOf,
  type Method,
  needed,
  SlackError,
  shownMessage,
  textOf,
  userOf,
  wrong,
} from './method.js';
import type { Block, Message } from './workspace.js';

const TEXT_LIMIT = 40_000;
/** Undocumented; measured at bolt-js #2509. */
const BLOCKS_LIMIT = 13_200;

/** Text and blocks of a call, refused as Slack refuses them. */
export function contentOf(call: Call, { cut = false } = {}): Pick<Message, 'text' | 'blocks' | 'attachments'> {
  const { args, workspace } = call;
  const text = textOf(call, 'text');
  const attachments = Array.isArray(args.attachments) && args.attachments.length > 0 ? args.attachments : undefined;
  const blocks = (args.blocks ?? []) as Block[];
  if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
  const problems = blockProblems(blocks, 'message');
  if (problems.length > 0) throw wrong('invalid_blocks', problems);
  if (text === '' && blocks.length === 0 && attachments === undefined) throw new SlackError('no_text');
  if (charactersIn(blocks) > BLOCKS_LIMIT) throw new SlackError('msg_blocks_too_long');
  if (text.length > TEXT_LIMIT && !cut) throw new SlackError('msg_too_long');
  return {
    text: text.slice(0, TEXT_LIMIT),
    blocks: withIds(blocks, () => workspace.newId('b')),
    ...(attachments && { attachments }),
  };
}

export function metadataOf({ args }: Call): Message['metadata'] {
  const given = args.metadata as Partial<NonNullable<Message['metadata']>> | undefined;
  if (given === undefined) return undefined;
  const { event_type, event_payload } = given;
  if (typeof event_type !== 'string' || event_payload === null || typeof event_payload !== 'object') {
    throw new SlackError('invalid_metadata_format');
  }
  return { event_type, event_payload };
}

function post(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call, { member: true });
  const content = contentOf(call, { cut: true });
  const metadata = metadataOf(call);
  const thread = textOf(call, 'thread_ts');
  // an answer to an answer stands in the same thread; to nothing, Slack takes it as a message of its own
  const parent = channel.messages.get(thread);
  const root = parent?.thread ?? parent?.ts;
  const message = workspace.post({
    channel: channel.id,
    user: workspace.app.botUser,
    ...content,
    ...(metadata && { metadata }),
    ...(root && { thread: root }),
  });
  call.wrote(channel.id, { ts: message.ts, ...(root && { thread: root }) });
  return { channel: channel.id, ts: message.ts, message: shownMessage(workspace, message, { metadata: true }) };
}

function update(call: Call): Record<string, unknown> {
  const { workspace, args } = call;
  const channel = channelOf(call);
  const message = channel.messages.get(needed(call, 'ts'));
  if (message === undefined) throw new SlackError('message_not_found');
  if (message.user !== workspace.app.botUser) throw new SlackError('cant_update_message');
  const { text, blocks, attachments } = contentOf(call);
  const metadata = metadataOf(call);
  // text alone takes the blocks away: clients would go on showing what was said before
  const keepsBlocks = args.blocks === undefined && text === '';
  workspace.edit(message, {
    text: text === '' ? message.text : text,
    ...(!keepsBlocks && { blocks }),
    ...(attachments && { attachments }),
    ...(metadata && { metadata }),
  });
  call.wrote(`${channel.id}/${message.ts}`);
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: shownMessage(workspace, message, { metadata: true }),
  };
}

function whisper(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call, { member: true });
  const user = userOf(call);
  if (!channel.members.has(user.id)) throw new SlackError('user_not_in_channel');
  const thread = textOf(call, 'thread_ts');
  const message = workspace.post({
    channel: channel.id,
    user: workspace.app.botUser,
    onlyFor: user.id,
    ...contentOf(call),
    ...(channel.messages.has(thread) && { thread }),
  });
  call.wrote(`${channel.id}/${user.id}`);
  return { message_ts: message.ts };
}

function remove(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call);
  const message = channel.messages.get(needed(call, 'ts'));
  if (message === undefined) throw new SlackError('message_not_found');
  if (message.user !== workspace.app.botUser) throw new SlackError('cant_delete_message');
  workspace.remove(message);
  call.wrote(`${channel.id}/${message.ts}`);
  return { channel: channel.id, ts: message.ts };
}

function permalink(call: Call): Record<string, unknown> {
  const channel = channelOf(call);
  const message = channel.messages.get(needed(call, 'message_ts'));
  if (message === undefined) throw new SlackError('message_not_found');
  const place = `https://${call.workspace.team.domain}.slack.com/archives/${channel.id}`;
  const thread = message.thread ? `?thread_ts=${message.thread}&cid=${channel.id}` : '';
  return { channel: channel.id, permalink: `${place}/p${message.ts.replace('.', '')}${thread}` };
}

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { scope: 'chat:write', tier: 'post', run: post },
  'chat.update': { scope: 'chat:write', tier: 3, run: update },
  'chat.postEphemeral': { scope: 'chat:write', tier: 4, run: whisper },
  'chat.delete': { scope: 'chat:write', tier: 3, run: remove },
  'chat.getPermalink': { tier: 'none', run: permalink },
};
