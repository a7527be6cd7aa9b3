import { elementsOf } from './block-kit.js';
import type { FillValues } from './fill.js';
import { optionsOf } from './payloads.js';
import { controlsOf } from './seen.js';
import type { ShownView } from './views.js';
import type { Block, Channel, Message, User, Workspace } from './workspace.js';

/** Somebody tried what Slack's own client does not let them do. */
export class CannotAct extends Error {}

/** Fields of a payload to be put in place of the real ones: another workspace, another app. */
export type Spoiled = Record<string, unknown>;

/** Which control somebody means, and what they choose in it. */
export interface Pressed {
  user: string;
  /** Where the message stands; without it, the modal on top, else the Home tab. */
  channel?: string;
  /** Its `ts`; the newest that has the control unless told. */
  message?: string;
  /** By action id, or by what is written on it. */
  action?: string;
  label?: string;
  block?: string;
  /** Of a menu: the value or the text of what is chosen. */
  option?: unknown;
  /** What else was filled in on a modal. */
  values?: FillValues;
  /** Says no to the confirmation. */
  dismiss?: boolean;
  /** Presses what stood there before the message was edited: the click of a screen that is behind. */
  stale?: boolean;
  spoiled?: Spoiled;
}

/** The control, and the message or view in which it stands. `as`: the message as it was seen. */
export interface Found {
  element: Block;
  block: string;
  where: { channel: Channel; message: Message; as: Message } | { view: ShownView };
}

/** In a message that this person sees. Throws CannotAct when no such control stands there. */
export function pressedIn(workspace: Workspace, user: User, channel: Channel, pressed: Pressed): Found {
  const meant =
    pressed.message === undefined
      ? newestFirst(workspace, user, channel)
      : [workspace.seenBy(user.id, channel.id, pressed.message)].filter((one) => one !== undefined);
  for (const message of meant) {
    for (const version of pressed.stale ? [...message.earlier].reverse() : [message]) {
      const found = find(version.blocks, pressed);
      if (found === undefined) continue;
      return { ...found, where: { channel, message, as: { ...message, ...version } } };
    }
  }
  throw nothing(user, pressed, meant[0]?.blocks ?? []);
}

function newestFirst(workspace: Workspace, user: User, channel: Channel): Message[] {
  const mine = workspace.whispers.filter((one) => one.onlyFor === user.id && one.channel === channel.id);
  return [...channel.messages.values(), ...mine].sort((one, other) => (one.ts < other.ts ? 1 : -1));
}

/** In the modal on top, or the Home tab. Throws CannotAct when no such control stands there. */
export function pressedOn(view: ShownView | undefined, user: User, pressed: Pressed): Found {
  const found = view && find(view.blocks, pressed);
  if (view === undefined || found === undefined) throw nothing(user, pressed, view?.blocks ?? []);
  return { ...found, where: { view } };
}

function nothing(user: User, { action, label, message, channel }: Pressed, blocks: Block[]): CannotAct {
  const wanted = label === undefined ? action : `"${label}"`;
  const there = controlsOf(blocks).map((one) => `${one.action} "${one.label}"`);
  const place = channel === undefined ? 'the modal or Home tab' : `${channel} ${message ?? ''}`.trim();
  return new CannotAct(
    `${user.name} sees no ${wanted} in ${place}; there is ${there.join(', ') || 'nothing to press'}`,
  );
}

function find(blocks: Block[], { action, label, block }: Pressed): Pick<Found, 'element' | 'block'> | undefined {
  for (const one of blocks) {
    if (block !== undefined && one.block_id !== block) continue;
    const index = controlsOf([one]).findIndex(
      (control) =>
        (action === undefined || control.action === action) && (label === undefined || control.label === label),
    );
    if (index >= 0) return { element: elementsOf(one)[index]!, block: String(one.block_id) };
  }
  return undefined;
}

/** What is chosen, by its value or its text. Throws CannotAct when it is not offered. */
export function chosenIn(element: Block, wanted: unknown): unknown {
  const options = optionsOf(element);
  if (options.length === 0) return wanted;
  const of = (one: unknown) => options.find(({ value, text }) => value === one || text.text === one)?.value;
  const chosen = Array.isArray(wanted) ? wanted.map(of) : of(wanted);
  if (chosen === undefined || (Array.isArray(chosen) && chosen.includes(undefined))) {
    throw new CannotAct(`there is no "${String(wanted)}"; there is ${options.map(({ text }) => text.text).join(', ')}`);
  }
  return chosen;
}
