import { elementsOf } from './block-kit.js';
import { optionsOf } from './payloads.js';
import type { ShownView, Views } from './views.js';
import type { Block, Channel, Message, Notification, Workspace } from './workspace.js';

/** Something that can be pressed, chosen or filled in. */
export interface Control {
  action: string;
  block: string;
  type: string;
  /** What is written on it, or beside it. */
  label: string;
  options?: { value: string; text: string }[];
  /** Asked before it does anything. */
  confirm?: { title: string; text: string; yes: string; no: string; style?: string };
}

export interface SeenMessage {
  ts: string;
  from: string;
  text: string;
  /** All that stands in the blocks, a line each; the text of a message without blocks. */
  says: string;
  controls: Control[];
  blocks: Block[];
  attachments?: unknown[];
  onlyForYou: boolean;
  edited: boolean;
  thread?: string;
  replies: SeenMessage[];
  reactions: Message['reactions'];
  files: { id: string; name: string; title: string; text: string }[];
}

export interface SeenChannel {
  id: string;
  name: string;
  kind: Channel['kind'];
  topic: string;
  member: boolean;
  shared: boolean;
  messages: SeenMessage[];
}

export interface SeenView {
  id: string;
  callback: string;
  title: string;
  submit?: string;
  close?: string;
  says: string;
  controls: Control[];
  blocks: Block[];
  errors: Record<string, string>;
}

/** All that one person sees, and what their phone showed. */
export interface Screen {
  user: string;
  channels: SeenChannel[];
  modal?: SeenView;
  home?: SeenView;
  notifications: Notification[];
  /** What Slack itself told them: that the app did not answer. */
  notices: { at: number; text: string }[];
}

const wordsOf = (text: unknown): string =>
  typeof text === 'string' ? text : String((text as { text?: unknown } | undefined)?.text ?? '');

function linesOf(block: Block): string[] {
  const { text, fields, elements, label, title } = block as Block & Record<'fields' | 'elements', Block[] | undefined>;
  switch (block.type) {
    case 'section':
      return [wordsOf(text), ...(fields ?? []).map(wordsOf)].filter((one) => one !== '');
    case 'header':
    case 'markdown':
      return [wordsOf(text)];
    case 'context':
      return [(elements ?? []).map((one) => wordsOf(one.text)).join(' ')];
    case 'input':
      return [wordsOf(label)];
    case 'image':
      return [wordsOf(title) || wordsOf(block.alt_text)];
    default:
      return [];
  }
}

export const saidBy = (blocks: Block[]): string => blocks.flatMap(linesOf).join('\n');

export function controlsOf(blocks: Block[]): Control[] {
  return blocks.flatMap((block) =>
    elementsOf(block).map((element): Control => {
      const confirm = element.confirm as Record<string, unknown> | undefined;
      const beside = block.type === 'input' ? block.label : (element.text ?? element.placeholder ?? block.text);
      const options = optionsOf(element);
      return {
        action: String(element.action_id),
        block: String(block.block_id),
        type: element.type,
        label: wordsOf(beside),
        ...(options.length > 0 && { options: options.map(({ value, text }) => ({ value, text: wordsOf(text) })) }),
        ...(confirm && {
          confirm: {
            title: wordsOf(confirm.title),
            text: wordsOf(confirm.text),
            yes: wordsOf(confirm.confirm),
            no: wordsOf(confirm.deny),
            ...(confirm.style !== undefined && { style: String(confirm.style) }),
          },
        }),
      };
    }),
  );
}

export function seenMessage(workspace: Workspace, message: Message): SeenMessage {
  const says = saidBy(message.blocks);
  return {
    ts: message.ts,
    from: workspace.users.get(message.user)?.name ?? message.user,
    text: message.text,
    says: says === '' ? message.text : says,
    controls: controlsOf(message.blocks),
    blocks: message.blocks,
    ...(message.attachments && { attachments: message.attachments }),
    onlyForYou: message.onlyFor !== undefined,
    edited: message.edited !== undefined,
    ...(message.thread && { thread: message.thread }),
    replies: [],
    reactions: message.reactions,
    files: (message.files ?? []).map(({ id, name, title, content }) => ({
      id,
      name,
      title,
      text: content.toString('utf8'),
    })),
  };
}

/** The messages of a channel as one person sees them, answers beneath what they answer to. */
function seenIn(workspace: Workspace, user: string, channel: Channel): SeenMessage[] {
  const whispers = workspace.whispers.filter((one) => one.onlyFor === user && one.channel === channel.id);
  const all = [...channel.messages.values(), ...whispers].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  const seen = new Map(all.map((one) => [one.ts, seenMessage(workspace, one)]));
  for (const { ts, thread } of all) if (thread !== undefined) seen.get(thread)?.replies.push(seen.get(ts)!);
  return [...seen.values()].filter(({ thread }) => thread === undefined || !seen.has(thread));
}

export function seenView(view: ShownView): SeenView {
  return {
    id: view.id,
    callback: view.callbackId,
    title: view.title,
    ...(view.submit !== undefined && { submit: view.submit }),
    ...(view.close !== undefined && { close: view.close }),
    says: saidBy(view.blocks),
    controls: controlsOf(view.blocks),
    blocks: view.blocks,
    errors: view.errors,
  };
}

export function screenOf(workspace: Workspace, views: Views, user: string, notices: Screen['notices'] = []): Screen {
  const modal = views.top(user);
  const home = views.homes.get(user);
  return {
    user,
    channels: [...workspace.channels.values()]
      .filter((channel) => workspace.maySee(user, channel))
      .map((channel) => ({
        id: channel.id,
        name:
          channel.kind === 'im'
            ? (workspace.users.get([...channel.members].find((one) => one !== user) ?? user)?.name ?? channel.name)
            : channel.name,
        kind: channel.kind,
        topic: channel.topic,
        member: channel.members.has(user),
        shared: channel.shared,
        messages: seenIn(workspace, user, channel),
      })),
    ...(modal && { modal: seenView(modal) }),
    ...(home && { home: seenView(home) }),
    notifications: workspace.notifications.filter((one) => one.user === user),
    notices,
  };
}
