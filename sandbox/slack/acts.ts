import { elementsOf } from './block-kit.js';
import { contentOf } from './chat.js';
import type { Delivered, Dispatch } from './dispatch.js';
import { type FillValues, filledIn, refusedFields } from './fill.js';
import type { Call } from './method.js';
import {
  actionPayload,
  commandPayload,
  eventPayload,
  globalShortcutPayload,
  messageShortcutPayload,
  optionsOf,
  statesOf,
  viewPayload,
} from './payloads.js';
import type { ResponseUrls } from './response-urls.js';
import { controlsOf } from './seen.js';
import type { ShownView, Views } from './views.js';
import type { Block, Channel, Message, User, Workspace } from './workspace.js';

/** Somebody tried what Slack's own client does not let them do. */
export class CannotAct extends Error {}

/** How an act went: `outcome` of the app's answer, and what Slack told the person when there was none. */
export interface Did extends Pick<Delivered, 'outcome' | 'reason'> {
  notice?: string;
  /** Of what was posted by the act. */
  ts?: string;
}

/** Fields of a payload to be put in place of the real ones: another workspace, another app. */
export type Spoiled = Record<string, unknown>;

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

export interface Stage {
  workspace: Workspace;
  views: Views;
  responses: ResponseUrls;
  dispatch: Dispatch;
  /** Commands that the app has registered. */
  commands: string[];
  /** Events that the app has subscribed to. */
  events: Set<string>;
  url: string;
  call(args: Record<string, unknown>): Call;
  notice(user: string, text: string): void;
}

/** What people do, as Slack's client lets them, and how the app hears of it. Users by id or name, channels by id, name or `@name`. */
export class Acts {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  user(named: string): User {
    const { users } = this.#stage.workspace;
    const user = users.get(named) ?? [...users.values()].find(({ name }) => name === named);
    if (user === undefined) throw new CannotAct(`nobody here is called ${named}`);
    return user;
  }

  /** A channel that this person can see. */
  channel(user: User, named: string): Channel {
    const { workspace } = this.#stage;
    if (named.startsWith('@')) return workspace.directMessages(user.id, this.user(named.slice(1)).id);
    const name = named.replace(/^#/, '');
    const channel =
      workspace.channels.get(named) ??
      [...workspace.channels.values()].find((one) => one.kind !== 'im' && one.name === name);
    if (channel === undefined || !workspace.maySee(user.id, channel)) {
      throw new CannotAct(`${user.name} sees no channel ${named}`);
    }
    return channel;
  }

  /** Types into the composer: a command when it begins with `/`, a message otherwise. */
  async type(act: { user: string; channel: string; text: string; thread?: string; spoiled?: Spoiled }): Promise<Did> {
    return act.text.startsWith('/') ? await this.#command(act) : await this.#say(act);
  }

  async mention(act: {
    user: string;
    channel: string;
    text: string;
    thread?: string;
    spoiled?: Spoiled;
  }): Promise<Did> {
    return this.#say({ ...act, text: `<@${this.#stage.workspace.app.botUser}> ${act.text}`.trim() });
  }

  async #command(act: {
    user: string;
    channel: string;
    text: string;
    thread?: string;
    spoiled?: Spoiled;
  }): Promise<Did> {
    const { workspace, views, responses, commands } = this.#stage;
    const user = this.user(act.user);
    const channel = this.channel(user, act.channel);
    const [, command = '', text = ''] = /^(\/\S*)\s*([\s\S]*)$/.exec(act.text) ?? [];
    if (act.thread !== undefined) {
      return this.#slackbot(user, channel, `${command} is not supported in threads. Sorry!`, { outcome: 'refused' });
    }
    if (!commands.includes(command)) {
      return this.#slackbot(user, channel, `\`${command}\` is not a valid command.`, { outcome: 'refused' });
    }
    const respond = this.#stage.url + responses.give('commands', { user: user.id, channel: channel.id });
    const trigger = views.newTrigger(user.id);
    const made = commandPayload(workspace, { user, channel, command, text: text.trim(), trigger, respond });
    const delivered = await this.#send('slash_commands', { ...made, ...act.spoiled }, command, user);
    if (delivered.outcome === 'acked') {
      this.#answered(user, channel, delivered.payload);
      return { outcome: 'acked' };
    }
    const why = delivered.outcome === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
    return this.#slackbot(user, channel, `${command} failed with the error "${why}"`, delivered);
  }

  /** What a command was acknowledged with is an answer to whoever typed it, or to all. */
  #answered(user: User, channel: Channel, payload: unknown): void {
    if (payload === undefined) return;
    const args = typeof payload === 'string' ? { text: payload } : (payload as Record<string, unknown>);
    const { workspace, call } = this.#stage;
    workspace.post({
      channel: channel.id,
      user: workspace.app.botUser,
      ...contentOf(call(args)),
      ...(args.response_type !== 'in_channel' && { onlyFor: user.id }),
    });
  }

  #slackbot(user: User, channel: Channel, text: string, delivered: Delivered): Did {
    this.#stage.workspace.post({ channel: channel.id, user: 'USLACKBOT', text, onlyFor: user.id });
    this.#stage.notice(user.id, text);
    const { outcome, reason } = delivered;
    return { outcome, notice: text, ...(reason && { reason }) };
  }

  async #say(act: { user: string; channel: string; text: string; thread?: string; spoiled?: Spoiled }): Promise<Did> {
    const { workspace, events } = this.#stage;
    const user = this.user(act.user);
    const channel = this.channel(user, act.channel);
    const parent = act.thread === undefined ? undefined : channel.messages.get(act.thread);
    if (act.thread !== undefined && parent === undefined) throw new CannotAct(`there is no thread ${act.thread}`);
    channel.members.add(user.id); // whoever writes into a public channel joins it
    const thread = parent?.thread ?? parent?.ts;
    const message = workspace.post({ channel: channel.id, user: user.id, text: act.text, ...(thread && { thread }) });
    const { app } = workspace;
    if (!channel.members.has(app.botUser)) return { outcome: 'acked', ts: message.ts };
    const told = {
      user: user.id,
      text: act.text,
      ts: message.ts,
      team: workspace.team.id,
      ...(user.team !== workspace.team.id && { user_team: user.team, source_team: user.team }),
      ...(thread && { thread_ts: thread }),
      channel: channel.id,
      event_ts: message.ts,
    };
    const kind = { public: 'channel', private: 'group', im: 'im' }[channel.kind];
    const type = `message.${kind === 'im' ? 'im' : `${kind}s`}`;
    let last: Delivered = { outcome: 'acked' };
    if (events.has(type)) {
      const event = { type: 'message', channel_type: kind, ...told };
      last = await this.#event(user, channel, event, type, act.spoiled);
    }
    if (events.has('app_mention') && channel.kind !== 'im' && act.text.includes(`<@${app.botUser}>`)) {
      last = await this.#event(user, channel, { type: 'app_mention', ...told }, 'app_mention', act.spoiled);
    }
    return { outcome: last.outcome, ...(last.reason && { reason: last.reason }), ts: message.ts };
  }

  #event(user: User, channel: Channel, event: Record<string, unknown>, what: string, spoiled?: Spoiled) {
    const { workspace } = this.#stage;
    const made = eventPayload(workspace, event, { channel, now: workspace.clock.now() });
    return this.#send('events_api', { ...made, ...spoiled }, what, user);
  }

  /** Uses a shortcut of the app: on a message, or everywhere. */
  async shortcut(act: {
    user: string;
    callback: string;
    channel?: string;
    message?: string;
    spoiled?: Spoiled;
  }): Promise<Did> {
    const { workspace, views, responses, url } = this.#stage;
    const user = this.user(act.user);
    const common = { user, callback: act.callback, at: this.#now(), trigger: views.newTrigger(user.id) };
    let made: Record<string, unknown>;
    if (act.channel === undefined) made = globalShortcutPayload(workspace, common);
    else {
      const channel = this.channel(user, act.channel);
      const message = workspace.seenBy(user.id, channel.id, act.message ?? '');
      if (message === undefined) throw new CannotAct(`${user.name} sees no message ${act.message}`);
      const respond = url + responses.give('app', { user: user.id, channel: channel.id });
      made = messageShortcutPayload(workspace, { ...common, channel, message, respond });
    }
    return this.#told(user, await this.#send('interactive', { ...made, ...act.spoiled }, act.callback, user));
  }

  /** Presses a button, or chooses in a menu. Refuses when no such thing stands there for this person. */
  async press(act: Pressed): Promise<Did> {
    const user = this.user(act.user);
    const found = act.channel === undefined ? this.#inView(user, act) : this.#inMessage(user, act);
    const { element, block, where } = found;
    const at = this.#now();
    const value = element.type === 'button' ? undefined : chosenIn(element, act.option);
    if (act.dismiss) return { outcome: 'acked', notice: 'dismissed' };
    const { workspace, views, responses, url } = this.#stage;
    const common = { user, chosen: { element, block, at, value }, trigger: views.newTrigger(user.id) };
    let made: Record<string, unknown>;
    if ('view' in where) {
      const values = statesOf(filledIn(where.view.blocks, { ...act.values, [String(element.action_id)]: value }));
      made = actionPayload(workspace, { ...common, view: { view: where.view, values } });
    } else {
      const { channel, message } = where;
      const thread = message.thread;
      const place = { user: user.id, channel: channel.id, original: message, ...(thread && { thread }) };
      made = actionPayload(workspace, {
        ...common,
        message: { channel, message: found.as ?? message, respond: url + responses.give('actions', place) },
      });
    }
    const delivered = await this.#send('interactive', { ...made, ...act.spoiled }, String(element.action_id), user);
    return this.#told(user, delivered);
  }

  #inMessage(user: User, act: Pressed) {
    const { workspace } = this.#stage;
    const channel = this.channel(user, act.channel!);
    const mine = workspace.whispers.filter((one) => one.onlyFor === user.id && one.channel === channel.id);
    const all = [...channel.messages.values(), ...mine].sort((one, other) => (one.ts < other.ts ? 1 : -1));
    for (const message of all.filter(({ ts }) => act.message === undefined || ts === act.message)) {
      const versions = act.stale ? [...message.earlier].reverse() : [];
      for (const version of [message, ...versions]) {
        const found = find(version.blocks, act);
        if (found === undefined) continue;
        const as: Message = { ...message, text: version.text, blocks: version.blocks };
        return { ...found, as, where: { channel, message } };
      }
    }
    throw this.#nothing(user, act, all[0]?.blocks ?? []);
  }

  #inView(user: User, act: Pressed) {
    const view = this.#stage.views.top(user.id) ?? this.#stage.views.homes.get(user.id);
    const found = view && find(view.blocks, act);
    if (view === undefined || found === undefined) throw this.#nothing(user, act, view?.blocks ?? []);
    return { ...found, as: undefined, where: { view } };
  }

  #nothing(user: User, { action, label, message, channel }: Pressed, blocks: Block[]): CannotAct {
    const wanted = label === undefined ? action : `"${label}"`;
    const there = controlsOf(blocks).map((one) => `${one.action} "${one.label}"`);
    const place = channel === undefined ? 'the modal or Home tab' : `${channel} ${message ?? ''}`.trim();
    return new CannotAct(
      `${user.name} sees no ${wanted} in ${place}; there is ${there.join(', ') || 'nothing to press'}`,
    );
  }

  /** Submits the modal on top; `values` by block id, action id or label. */
  async submit(act: { user: string; values?: FillValues; spoiled?: Spoiled }): Promise<Did> {
    const { workspace, views } = this.#stage;
    const user = this.user(act.user);
    const view = this.#modal(user);
    if (view.submit === undefined) throw new CannotAct(`the modal "${view.title}" has nothing to submit`);
    const filled = filledIn(view.blocks, act.values ?? {});
    const refused = refusedFields(view.blocks, filled);
    if (Object.keys(refused).length > 0) {
      view.errors = refused;
      workspace.changed();
      return { outcome: 'refused', notice: Object.values(refused).join(' ') };
    }
    const trigger = views.newTrigger(user.id);
    const made = viewPayload(workspace, { user, view, values: statesOf(filled), trigger });
    const delivered = await this.#send('interactive', { ...made, ...act.spoiled }, view.callbackId, user);
    const answer = (delivered.payload ?? {}) as { response_action?: string; view?: unknown; errors?: object };
    const { outcome } = delivered;
    if (outcome !== 'acked') {
      view.errors = { '': 'We had some trouble connecting. Try again?' };
      return this.#told(user, delivered);
    }
    if (answer.response_action === 'errors') view.errors = { ...answer.errors } as Record<string, string>;
    else if (answer.response_action === 'update') views.replace(view, answer.view);
    else if (answer.response_action === 'push') views.show(user.id, answer.view, true);
    else if (views.top(user.id)?.id === view.id) views.close(user.id, answer.response_action === 'clear');
    workspace.changed();
    return { outcome };
  }

  /** Closes the modal on top with its close button. */
  async close(act: { user: string }): Promise<Did> {
    const { workspace, views } = this.#stage;
    const user = this.user(act.user);
    const view = this.#modal(user);
    views.close(user.id);
    if (!view.notifyOnClose) return { outcome: 'acked' };
    const made = viewPayload(workspace, { user, view, values: {} });
    return this.#told(user, await this.#send('interactive', made, view.callbackId, user));
  }

  /** Opens the app's Home tab. */
  async home(act: { user: string; spoiled?: Spoiled }): Promise<Did> {
    const { workspace, events, views } = this.#stage;
    const user = this.user(act.user);
    const channel = workspace.directMessages(user.id, workspace.app.botUser);
    if (!events.has('app_home_opened')) return { outcome: 'acked' };
    const shown = views.homes.get(user.id);
    const event = {
      type: 'app_home_opened',
      user: user.id,
      channel: channel.id,
      tab: 'home',
      event_ts: this.#now(),
      ...(shown && { view: viewPayload(workspace, { user, view: shown, values: {} }).view }),
    };
    const { outcome, reason } = await this.#event(user, channel, event, 'app_home_opened', act.spoiled);
    return { outcome, ...(reason && { reason }) };
  }

  /** Another app posts an alert. */
  alert(act: { from: string; channel: string; text: string; blocks?: Block[]; attachments?: unknown[] }): Did {
    const { workspace } = this.#stage;
    const name = act.from.toLowerCase().replaceAll(' ', '-');
    const id = `U0BOT${name.toUpperCase().replace(/[^A-Z0-9]/g, '')}`;
    const bot = { id: `B${id.slice(1)}`, app: `A${id.slice(1)}` };
    const user = workspace.users.get(id) ?? workspace.addUser({ id, name, realName: act.from, bot });
    const channel = this.channel(user, act.channel);
    channel.members.add(user.id);
    const { text, blocks, attachments } = act;
    const content = contentOf(this.#stage.call({ text, blocks, attachments }));
    return { outcome: 'acked', ts: workspace.post({ channel: channel.id, user: user.id, ...content }).ts };
  }

  #modal(user: User): ShownView {
    const view = this.#stage.views.top(user.id);
    if (view === undefined) throw new CannotAct(`no modal is open before ${user.name}`);
    return view;
  }

  #told(user: User, { outcome, reason }: Delivered): Did {
    if (outcome === 'acked') return { outcome };
    const notice = outcome === 'timeout' ? 'operation_timeout: the app took too long' : 'dispatch_failed: try again';
    this.#stage.notice(user.id, notice);
    this.#stage.workspace.changed();
    return { outcome, notice, ...(reason && { reason }) };
  }

  #send(
    kind: 'interactive' | 'slash_commands' | 'events_api',
    payload: Record<string, unknown>,
    what: string,
    user: User,
  ) {
    return this.#stage.dispatch.send({ kind, payload }, what, user.id);
  }

  #now = () => (this.#stage.workspace.clock.now() / 1000).toFixed(6);
}

/** The control that is meant, and the block it stands in. */
function find(blocks: Block[], { action, label, block }: Pressed): { element: Block; block: string } | undefined {
  for (const one of blocks) {
    if (block !== undefined && one.block_id !== block) continue;
    const controls = controlsOf([one]);
    const index = controls.findIndex(
      (control) =>
        (action === undefined || control.action === action) && (label === undefined || control.label === label),
    );
    if (index >= 0) return { element: elementsOf(one)[index]!, block: String(one.block_id) };
  }
  return undefined;
}

/** What is chosen, by its value or its text. */
function chosenIn(element: Block, wanted: unknown): unknown {
  const options = optionsOf(element);
  if (options.length === 0) return wanted;
  const of = (one: unknown) => options.find(({ value, text }) => value === one || text.text === one)?.value;
  const chosen = Array.isArray(wanted) ? wanted.map(of) : of(wanted);
  if (chosen === undefined || (Array.isArray(chosen) && chosen.includes(undefined))) {
    throw new CannotAct(`there is no "${String(wanted)}"; there is ${options.map(({ text }) => text.text).join(', ')}`);
  }
  return chosen;
}
