/** Makes one shape of what Slack sends: commands, mentions, shortcuts, buttons, menus, modals, the home tab. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readChoice } from './choice.js';
import { COMMAND, type Interaction, VERBS } from './contract.js';

/** As it was said: secrets are still in `text` and `fields`. */
export type Heard = Omit<Interaction, 'sealed' | 'respond' | 'at'> & {
  /** The response_url itself. */
  respond?: string;
};

export type Reading =
  /** `key` is the same for a replay of it and for nothing else. */
  | { is: 'said'; key: string; heard: Heard }
  /** A person did something that this version has no name for; they are told. */
  | { is: 'unknown'; what: 'command' | 'action'; heard: Heard }
  /** Nobody waits for an answer: another bot's words, a closed modal, an event that we did not ask for. */
  | { is: 'nothing' };

const text = z.string().catch('');
const User = z.object({ id: z.string(), team_id: z.string().optional() });

const Command = z.object({
  command: z.string(),
  text,
  user_id: z.string(),
  channel_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
});

const Interactive = z.object({
  user: User,
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  channel: z.object({ id: z.string() }).optional(),
});

const Chosen = z.object({ value: z.string() }).nullish();

const Action = z.object({
  action_id: z.string(),
  action_ts: z.string().optional(),
  value: z.string().optional(),
  selected_option: Chosen,
  selected_user: z.string().nullish(),
});

const BlockActions = Interactive.extend({
  type: z.literal('block_actions'),
  actions: z.array(Action).min(1),
  container: z
    .object({
      message_ts: z.string().optional(),
      channel_id: z.string().optional(),
      is_ephemeral: z.boolean().optional(),
    })
    .optional(),
  message: z.object({ ts: z.string().optional(), thread_ts: z.string().optional() }).optional(),
});

/** Other bots say what they found in attachments and blocks as often as in the text. */
const Written = z.object({
  ts: z.string(),
  thread_ts: z.string().optional(),
  text,
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
});

const Shortcut = Interactive.extend({
  type: z.enum(['shortcut', 'message_action']),
  callback_id: z.string(),
  action_ts: z.string().optional(),
  message: Written.optional(),
});

const Filled = z.object({
  value: z.string().nullish(),
  selected_option: Chosen,
  selected_user: z.string().nullish(),
});

const ViewSubmission = Interactive.extend({
  type: z.literal('view_submission'),
  view: z.object({
    id: z.string(),
    hash: text,
    callback_id: z.string(),
    private_metadata: text,
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Filled)) }).catch({ values: {} }),
  }),
});

const Event = z.object({
  event_id: z.string(),
  event: z.object({
    type: z.string(),
    user: z.string().optional(),
    bot_id: z.string().optional(),
    text,
    channel: z.string().optional(),
    ts: z.string().optional(),
    thread_ts: z.string().optional(),
    tab: z.string().optional(),
  }),
});

/** Reads what Bolt hands on. What does not have the form that Slack documents is `nothing`. */
export function readInteraction(body: unknown): Reading {
  const command = Command.safeParse(body);
  if (command.success) return readCommand(command.data);
  const event = Event.safeParse(body);
  if (event.success) return readEvent(event.data);
  const action = BlockActions.safeParse(body);
  if (action.success) return readAction(action.data);
  const shortcut = Shortcut.safeParse(body);
  if (shortcut.success) return readShortcut(shortcut.data);
  const view = ViewSubmission.safeParse(body);
  return view.success ? readView(view.data) : { is: 'nothing' };
}

function readCommand(body: z.infer<typeof Command>): Reading {
  const heard: Heard = {
    kind: 'command',
    ...verbOf(body.text),
    user: body.user_id,
    channel: body.channel_id,
    fields: {},
    trigger: body.trigger_id,
    ...respondTo(body),
  };
  if (body.command !== COMMAND) return { is: 'unknown', what: 'command', heard };
  return { is: 'said', key: keyOf('command', body.trigger_id, body.user_id), heard };
}

function readEvent({ event_id, event }: z.infer<typeof Event>): Reading {
  const { user, channel } = event;
  if (user === undefined || event.bot_id !== undefined) return { is: 'nothing' };
  const key = keyOf('event', event_id);
  if (event.type === 'app_home_opened' && event.tab === 'home') {
    return { is: 'said', key, heard: { kind: 'home', name: 'home', user, text: '', fields: {} } };
  }
  if (event.type !== 'app_mention' || channel === undefined || event.ts === undefined) return { is: 'nothing' };
  const heard: Heard = {
    kind: 'mention',
    ...verbOf(event.text.replace(/<@[UW][A-Z0-9]+(?:\|[^>]*)?>/, '')),
    user,
    channel,
    // An answer belongs to the words that it answers.
    thread: event.thread_ts ?? event.ts,
    message: event.ts,
    fields: {},
  };
  return { is: 'said', key, heard };
}

function readAction(body: z.infer<typeof BlockActions>): Reading {
  const action = body.actions[0] as z.infer<typeof Action>;
  // Two buttons of one message that do the same need two ids: `yes`, `yes:2`.
  const name = action.action_id.split(':')[0] as string;
  const { handle, word } = readChoice(action.selected_option?.value ?? action.value ?? '');
  const channel = body.container?.channel_id ?? body.channel?.id;
  const message = body.container?.message_ts ?? body.message?.ts;
  const chosen = word ?? action.selected_user;
  const heard: Heard = {
    kind: 'action',
    name,
    user: body.user.id,
    ...(channel === undefined ? {} : { channel }),
    ...(body.message?.thread_ts === undefined ? {} : { thread: body.message.thread_ts }),
    ...(message === undefined ? {} : { message }),
    ...(body.container?.is_ephemeral === true ? { ephemeral: true } : {}),
    ...(handle === '' ? {} : { handle }),
    text: '',
    fields: chosen == null ? {} : { [name]: chosen },
    ...triggerOf(body),
    ...respondTo(body),
  };
  const key = keyOf('action', body.trigger_id, action.action_ts, action.action_id, body.user.id);
  return { is: 'said', key, heard };
}

function readShortcut(body: z.infer<typeof Shortcut>): Reading {
  const { message } = body;
  const heard: Heard = {
    kind: 'shortcut',
    name: body.callback_id,
    user: body.user.id,
    ...(body.channel === undefined ? {} : { channel: body.channel.id }),
    ...(message === undefined ? {} : { message: message.ts }),
    ...(message?.thread_ts === undefined ? {} : { thread: message.thread_ts }),
    text: message === undefined ? '' : wordsOf(message),
    fields: {},
    ...triggerOf(body),
    ...respondTo(body),
  };
  return { is: 'said', key: keyOf('shortcut', body.trigger_id, body.action_ts, body.user.id), heard };
}

function readView(body: z.infer<typeof ViewSubmission>): Reading {
  const { view } = body;
  const { handle, word } = readChoice(view.private_metadata);
  const heard: Heard = {
    kind: 'view',
    name: view.callback_id,
    user: body.user.id,
    ...(word === undefined ? {} : { channel: word }),
    ...(handle === '' ? {} : { handle }),
    text: '',
    fields: fieldsOf(view.state.values),
    ...triggerOf(body),
    ...respondTo(body),
  };
  return { is: 'said', key: keyOf('view', view.id, view.hash, body.user.id), heard };
}

/** The first word is a verb only if it is one; whatever else is typed is what leaked. */
function verbOf(typed: string): { name: string; text: string } {
  const trimmed = typed.trim();
  const [first = ''] = trimmed.split(/\s/, 1);
  const verb = VERBS.find((known) => known === first.toLowerCase());
  return verb === undefined ? { name: '', text: trimmed } : { name: verb, text: trimmed.slice(first.length).trim() };
}

function fieldsOf(values: z.infer<typeof ViewSubmission>['view']['state']['values']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([block, inputs]) =>
      Object.values(inputs).flatMap(({ value, selected_option, selected_user }) => {
        const filled = value ?? selected_option?.value ?? selected_user;
        return filled == null ? [] : [[block, filled] as const];
      }),
    ),
  );
}

/** Characters of a message that are read beside its text. */
const WORDS_AT_MOST = 40_000;
/** Where blocks and attachments hold what people see. */
const SHOWN = ['text', 'value', 'title', 'fallback', 'pretext', 'title_link', 'url'];

/** The text of a message with what stands in its blocks and attachments, each line once. */
function wordsOf({ text: plain, blocks, attachments }: z.infer<typeof Written>): string {
  const words = new Set(plain === '' ? [] : [plain]);
  let room = WORDS_AT_MOST - plain.length;
  const walk = (value: unknown, depth: number): void => {
    if (depth > 12 || value === null || typeof value !== 'object') return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string') {
        // whole or not at all: a part of a secret is not recognised
        if (!SHOWN.includes(key) || words.has(inner) || inner.length > room) continue;
        words.add(inner);
        room -= inner.length;
      } else walk(inner, depth + 1);
    }
  };
  walk([attachments, blocks], 0);
  return [...words].join('\n');
}

const triggerOf = ({ trigger_id }: { trigger_id?: string | undefined }) =>
  trigger_id === undefined ? {} : { trigger: trigger_id };

const respondTo = ({ response_url }: { response_url?: string | undefined }) =>
  response_url === undefined || response_url === '' ? {} : { respond: response_url };

function keyOf(kind: string, ...parts: (string | undefined)[]): string {
  return `${kind}/${createHash('sha256')
    .update(parts.map((part) => part ?? '').join('\0'))
    .digest('hex')
    .slice(0, 40)}`;
}
