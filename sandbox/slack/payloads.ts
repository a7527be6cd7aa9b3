import { shownMessage } from './method.js';
import type { ShownView } from './views.js';
import { toldView } from './views.js';
import type { Block, Channel, Message, User, Workspace } from './workspace.js';

/** Slack still sends it; nobody should look at it. */
const VERIFICATION = 'verification-token';

type Payload = Record<string, unknown>;

/** What every payload begins with. `overrides` spoil one on purpose: another workspace, another app. */
function base({ team, app }: Workspace): Payload {
  return {
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    api_app_id: app.id,
    token: VERIFICATION,
    is_enterprise_install: false,
  };
}

/** Of people of a Slack Connect channel, `team_id` is their own workspace, while `team` stays ours. */
const person = ({ id, name, team }: User) => ({ id, username: name, name, team_id: team });
const place = ({ id, name, kind }: Channel) => ({ id, name: kind === 'im' ? 'directmessage' : name });

export function commandPayload(
  { team, app }: Workspace,
  act: { user: User; channel: Channel; command: string; text: string; trigger: string; respond: string },
): Payload {
  const { user, channel } = act;
  return {
    token: VERIFICATION,
    team_id: user.team,
    team_domain: user.team === team.id ? team.domain : 'elsewhere',
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: act.command,
    text: act.text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: act.respond,
    trigger_id: act.trigger,
  };
}

/** What was pressed, chosen or entered, in one element. */
export interface Chosen {
  element: Block;
  block: string;
  at: string;
  /** Of menus: what was chosen. */
  value?: unknown;
}

/** `state.values` and the chosen fields of an action, by type of element. */
export function toldValue(element: Block, value: unknown): Payload {
  const option = (one: unknown) => optionsOf(element).find((known) => known.value === one) ?? null;
  switch (element.type) {
    case 'button':
      return { type: 'button', ...(element.value !== undefined && { value: element.value }) };
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { type: element.type, selected_option: option(value) };
    case 'checkboxes':
    case 'multi_static_select':
      return { type: element.type, selected_options: ((value ?? []) as unknown[]).map(option).filter(Boolean) };
    case 'users_select':
      return { type: element.type, selected_user: value ?? null };
    case 'multi_users_select':
      return { type: element.type, selected_users: value ?? [] };
    case 'channels_select':
      return { type: element.type, selected_channel: value ?? null };
    case 'conversations_select':
      return { type: element.type, selected_conversation: value ?? null };
    case 'datepicker':
      return { type: element.type, selected_date: value ?? null };
    case 'timepicker':
      return { type: element.type, selected_time: value ?? null };
    default:
      return { type: element.type, value: value ?? null };
  }
}

export function optionsOf(element: Block): { value: string; text: { text: string } }[] {
  const { options, option_groups } = element as Block & {
    options?: { value: string; text: { text: string } }[];
    option_groups?: { options: { value: string; text: { text: string } }[] }[];
  };
  return options ?? option_groups?.flatMap((one) => one.options) ?? [];
}

function actionOf({ element, block, at, value }: Chosen): Payload {
  const { type: _, options: __, option_groups: ___, confirm: ____, ...told } = element;
  return { ...told, ...toldValue(element, value), block_id: block, action_ts: at };
}

export function actionPayload(
  workspace: Workspace,
  act: {
    user: User;
    chosen: Chosen;
    trigger: string;
    message?: { channel: Channel; message: Message; respond: string };
    view?: { view: ShownView; values: Payload };
  },
): Payload {
  const { user, chosen, trigger } = act;
  const common = {
    type: 'block_actions',
    user: person(user),
    ...base(workspace),
    trigger_id: trigger,
    actions: [actionOf(chosen)],
  };
  if (act.view !== undefined) {
    const { view, values } = act.view;
    const told = toldView(workspace, view, values);
    return { ...common, container: { type: 'view', view_id: view.id }, view: told };
  }
  const { channel, message, respond } = act.message!;
  const whispered = message.onlyFor !== undefined;
  return {
    ...common,
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: whispered,
      ...(message.thread && { thread_ts: message.thread }),
    },
    channel: place(channel),
    // of a message that only one person sees, Slack tells the app no more than where it stands
    ...(!whispered && { message: shownMessage(workspace, message) }),
    state: { values: chosen.element.type === 'button' ? {} : statesOf([chosen]) },
    response_url: respond,
  };
}

/** `state.values`. */
export function statesOf(filled: Pick<Chosen, 'element' | 'block' | 'value'>[]): Payload {
  const values: Record<string, Payload> = {};
  for (const { element, block, value } of filled) {
    values[block] ??= {};
    values[block][String(element.action_id)] = toldValue(element, value);
  }
  return values;
}

export function viewPayload(
  workspace: Workspace,
  act: { user: User; view: ShownView; values: Payload; trigger?: string; cleared?: boolean },
): Payload {
  return {
    type: act.trigger === undefined ? 'view_closed' : 'view_submission',
    ...base(workspace),
    user: person(act.user),
    view: toldView(workspace, act.view, act.values),
    ...(act.trigger === undefined
      ? { is_cleared: act.cleared === true }
      : { trigger_id: act.trigger, response_urls: [] }),
  };
}

export function messageShortcutPayload(
  workspace: Workspace,
  act: {
    user: User;
    channel: Channel;
    message: Message;
    callback: string;
    at: string;
    trigger: string;
    respond: string;
  },
): Payload {
  return {
    type: 'message_action',
    ...base(workspace),
    user: person(act.user),
    channel: place(act.channel),
    callback_id: act.callback,
    action_ts: act.at,
    trigger_id: act.trigger,
    response_url: act.respond,
    message_ts: act.message.ts,
    message: shownMessage(workspace, act.message),
  };
}

export function globalShortcutPayload(
  workspace: Workspace,
  act: { user: User; callback: string; at: string; trigger: string },
): Payload {
  return {
    type: 'shortcut',
    ...base(workspace),
    user: person(act.user),
    callback_id: act.callback,
    action_ts: act.at,
    trigger_id: act.trigger,
  };
}

export function eventPayload(
  workspace: Workspace,
  event: Payload,
  options: { channel?: Channel; now: number },
): Payload {
  const { team, app } = workspace;
  const { channel } = options;
  return {
    token: VERIFICATION,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: workspace.newId('Ev'),
    event_time: Math.floor(options.now / 1000),
    authorizations: [
      { enterprise_id: null, team_id: team.id, user_id: app.botUser, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: channel?.shared === true,
    event_context: `4-${workspace.newId('ctx')}`,
  };
}
