import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../twin/clock.js';
import { viewProblems, withIds } from './block-kit.js';
import { type Call, type Method, needed, SlackError, textOf, userOf, wrong } from './method.js';
import type { Block, Workspace } from './workspace.js';

/** A modal or a Home tab as it stands before one person. */
export interface ShownView {
  id: string;
  type: 'modal' | 'home';
  user: string;
  callbackId: string;
  title: string;
  submit?: string;
  close?: string;
  blocks: Block[];
  privateMetadata: string;
  externalId: string;
  notifyOnClose: boolean;
  clearOnClose: boolean;
  hash: string;
  root: string;
  previous?: string;
  /** What was said about fields that were refused, by block. */
  errors: Record<string, string>;
}

const TRIGGER_SECONDS = 3;
const DEEPEST = 3;

/** Modals, Home tabs, and the triggers that open them. */
export class Views {
  /** By person, the one on top last. */
  readonly modals = new Map<string, ShownView[]>();
  readonly homes = new Map<string, ShownView>();
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #triggers = new Map<string, { user: string; until: number; used: boolean }>();

  constructor(workspace: Workspace, clock: Clock) {
    this.#workspace = workspace;
    this.#clock = clock;
  }

  /** Opens one modal within three seconds. */
  newTrigger(user: string): string {
    const id = `${this.#clock.now()}.${this.#triggers.size + 1}.${randomBytes(16).toString('hex')}`;
    this.#triggers.set(id, { user, until: this.#clock.now() + TRIGGER_SECONDS * 1000, used: false });
    return id;
  }

  /** Whose act a trigger stands for; uses it up. */
  exchange(id: string): string {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) throw new SlackError('invalid_trigger_id');
    if (trigger.used) throw new SlackError('exchanged_trigger_id');
    if (this.#clock.now() > trigger.until) throw new SlackError('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }

  top(user: string): ShownView | undefined {
    return this.modals.get(user)?.at(-1);
  }

  /** Before one person, over what they have open when `over`. */
  show(user: string, view: unknown, over = false): ShownView {
    const below = over ? (this.modals.get(user) ?? []) : [];
    if (below.length >= DEEPEST) throw new SlackError('push_limit_reached');
    const shown = this.#made(user, view, 'modal', below.at(-1));
    this.modals.set(user, [...below, shown]);
    this.#workspace.changed();
    return shown;
  }

  publish(user: string, view: unknown): ShownView {
    const shown = this.#made(user, view, 'home');
    const before = this.homes.get(user);
    this.homes.set(user, before ? { ...shown, id: before.id, root: before.id } : shown);
    this.#workspace.changed();
    return this.homes.get(user)!;
  }

  /** Puts another view in the place of one that is open. */
  replace(old: ShownView, view: unknown): ShownView {
    const shown = { ...this.#made(old.user, view, old.type), id: old.id, root: old.root };
    if (old.previous !== undefined) shown.previous = old.previous;
    if (old.type === 'home') this.homes.set(old.user, shown);
    else {
      const stack = this.modals.get(old.user) ?? [];
      this.modals.set(
        old.user,
        stack.map((one) => (one.id === old.id ? shown : one)),
      );
    }
    this.#workspace.changed();
    return shown;
  }

  /** Takes the uppermost modal away, or all. */
  close(user: string, all = false): void {
    const stack = this.modals.get(user) ?? [];
    this.modals.set(user, all ? [] : stack.slice(0, -1));
    this.#workspace.changed();
  }

  find(id: string, externalId = ''): ShownView | undefined {
    const all = [...[...this.modals.values()].flat(), ...this.homes.values()];
    return all.find((one) => (id !== '' ? one.id === id : externalId !== '' && one.externalId === externalId));
  }

  #made(user: string, given: unknown, type: ShownView['type'], below?: ShownView): ShownView {
    const problems = viewProblems(given, type);
    if (problems.length > 0) throw wrong('invalid_arguments', problems);
    const view = given as Record<string, unknown> & { blocks: Block[] };
    const plain = (name: string) => (view[name] as { text?: string } | undefined)?.text;
    const id = this.#workspace.newId('V');
    const submit = plain('submit');
    const close = plain('close');
    return {
      id,
      type,
      user,
      callbackId: String(view.callback_id ?? ''),
      title: plain('title') ?? '',
      ...(submit !== undefined && { submit }),
      ...(close !== undefined && { close }),
      blocks: withIds(view.blocks, () => this.#workspace.newId('b')),
      privateMetadata: String(view.private_metadata ?? ''),
      externalId: String(view.external_id ?? ''),
      notifyOnClose: view.notify_on_close === true,
      clearOnClose: view.clear_on_close === true,
      hash: `${Math.floor(this.#clock.now() / 1000)}.${createHash('sha256')
        .update(`${id}${JSON.stringify(view)}`)
        .digest('hex')
        .slice(0, 8)}`,
      root: below?.root ?? id,
      ...(below && { previous: below.id }),
      errors: {},
    };
  }
}

const plainText = (text: string) => ({ type: 'plain_text', text, emoji: true });

/** A view as the API and the payloads tell it. */
export function toldView({ app, team }: Workspace, view: ShownView, values: Record<string, unknown> = {}) {
  return {
    id: view.id,
    team_id: team.id,
    app_id: app.id,
    app_installed_team_id: team.id,
    bot_id: app.botId,
    type: view.type,
    title: plainText(view.title),
    submit: view.submit === undefined ? null : plainText(view.submit),
    close: view.close === undefined ? null : plainText(view.close),
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    external_id: view.externalId,
    state: { values },
    hash: view.hash,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    root_view_id: view.root,
    previous_view_id: view.previous ?? null,
  };
}

function update(call: Call): Record<string, unknown> {
  const { views, workspace } = call;
  const old = views.find(textOf(call, 'view_id'), textOf(call, 'external_id'));
  if (old === undefined) throw new SlackError('not_found');
  const hash = textOf(call, 'hash');
  if (hash !== '' && hash !== old.hash) throw new SlackError('hash_conflict');
  const view = views.replace(old, call.args.view);
  call.wrote(view.id, { callback: view.callbackId });
  return { view: toldView(workspace, view) };
}

const opening =
  (over: boolean) =>
  (call: Call): Record<string, unknown> => {
    const { views, workspace, args } = call;
    const user = views.exchange(needed(call, 'trigger_id'));
    const view = views.show(user, args.view, over);
    call.wrote(user, { callback: view.callbackId });
    return { view: toldView(workspace, view) };
  };

function publish(call: Call): Record<string, unknown> {
  const user = userOf(call, 'user_id');
  const hash = textOf(call, 'hash');
  const before = call.views.homes.get(user.id);
  if (hash !== '' && before !== undefined && hash !== before.hash) throw new SlackError('hash_conflict');
  const view = call.views.publish(user.id, call.args.view);
  call.wrote(user.id);
  return { view: toldView(call.workspace, view) };
}

export const viewMethods: Record<string, Method> = {
  'views.open': { tier: 4, run: opening(false) },
  'views.push': { tier: 4, run: opening(true) },
  'views.update': { tier: 4, run: update },
  'views.publish': { tier: 4, run: publish },
};
