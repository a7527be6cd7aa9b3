import { contentOf } from './chat.js';
import type { Delivered } from './dispatch.js';
import { type FillValues, filledIn, refusedFields } from './fill.js';
import {
  actionPayload,
  commandPayload,
  eventPayload,
  globalShortcutPayload,
  messageShortcutPayload,
  statesOf,
  viewPayload,
} from './payloads.js';
import { CannotAct, chosenIn, type Pressed, pressedIn, pressedOn, type Spoiled } from './pressed.js';
import type { Did, Stage } from './stage.js';
import type { ShownView } from './views.js';
import type { Block, Channel, User } from './workspace.js';

export { CannotAct, type Pressed, type Spoiled } from './pressed.js';
export type { Did } from './stage.js';

/** What somebody puts into the composer of a channel, or of a thread there. */
interface Written {
  user: string;
  channel: string;
  text: string;
  thread?: string;
  spoiled?: Spoiled;
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
  async type(act: Written): Promise<Did> {
    return act.text.startsWith('/') ? await this.#command(act) : await this.#say(act);
  }

  async mention(act: Written): Promise<Did> {
    return this.#say({ ...act, text: `<@${this.#stage.workspace.app.botUser}> ${act.text}`.trim() });
  }

  async #command(act: Written): Promise<Did> {
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

  async #say(act: Written): Promise<Did> {
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
    const { workspace, views, responses, url } = this.#stage;
    const { element, block, where } =
      act.channel === undefined
        ? pressedOn(views.top(user.id) ?? views.homes.get(user.id), user, act)
        : pressedIn(workspace, user, this.channel(user, act.channel), act);
    const at = this.#now();
    const value = element.type === 'button' ? undefined : chosenIn(element, act.option);
    if (act.dismiss) return { outcome: 'acked', notice: 'dismissed' };
    const common = { user, chosen: { element, block, at, value }, trigger: views.newTrigger(user.id) };
    let made: Record<string, unknown>;
    if ('view' in where) {
      const values = statesOf(filledIn(where.view.blocks, { ...act.values, [String(element.action_id)]: value }));
      made = actionPayload(workspace, { ...common, view: { view: where.view, values } });
    } else {
      const { channel, message, as } = where;
      const thread = message.thread;
      const place = { user: user.id, channel: channel.id, original: message, ...(thread && { thread }) };
      made = actionPayload(workspace, {
        ...common,
        message: { channel, message: as, respond: url + responses.give('actions', place) },
      });
    }
    const delivered = await this.#send('interactive', { ...made, ...act.spoiled }, String(element.action_id), user);
    return this.#told(user, delivered);
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
