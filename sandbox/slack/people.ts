import { type Call, channelOf, isTrue, type Method, needed, page, SlackError, textOf, userOf } from './method.js';
import type { Group, User } from './workspace.js';

function shownUser(user: User, showMail: boolean) {
  return {
    id: user.id,
    team_id: user.team,
    name: user.name,
    real_name: user.realName,
    deleted: false,
    tz: user.zone,
    is_admin: false,
    is_owner: false,
    is_bot: user.bot !== undefined,
    is_app_user: false,
    is_restricted: user.restricted,
    is_ultra_restricted: user.restricted,
    ...(user.bot ? { profile: { real_name: user.realName, api_app_id: user.bot.app, bot_id: user.bot.id } } : {}),
    ...(user.bot
      ? {}
      : {
          profile: {
            real_name: user.realName,
            display_name: user.name,
            ...(showMail && user.email && { email: user.email }),
          },
        }),
  };
}

/** To people of another workspace, `is_stranger` is what tells them apart. */
const shown = (call: Call, user: User) => ({
  ...shownUser(user, call.scopes.has('users:read.email')),
  ...(user.team !== call.workspace.team.id && { is_stranger: true }),
});

function lookup(call: Call): Record<string, unknown> {
  const mail = needed(call, 'email').toLowerCase();
  const user = [...call.workspace.users.values()].find(({ email }) => email?.toLowerCase() === mail);
  if (user === undefined) throw new SlackError('users_not_found');
  return { user: shown(call, user) };
}

const shownGroup = ({ workspace }: Call, { id, handle, name, users }: Group) => ({
  id,
  team_id: workspace.team.id,
  is_usergroup: true,
  handle,
  name,
  description: '',
  date_delete: 0,
  user_count: users.length,
});

function groupUsers(call: Call): Record<string, unknown> {
  const group = call.workspace.groups.get(needed(call, 'usergroup'));
  if (group === undefined) throw new SlackError('no_such_subteam');
  return { users: [...group.users] };
}

function groups(call: Call): Record<string, unknown> {
  const all = [...call.workspace.groups.values()];
  return {
    usergroups: all.map((one) => ({
      ...shownGroup(call, one),
      ...(isTrue(call, 'include_users') && { users: [...one.users] }),
    })),
  };
}

function react(call: Call): Record<string, unknown> {
  const { workspace } = call;
  const channel = channelOf(call, { member: true });
  const message = channel.messages.get(needed(call, 'timestamp'));
  if (message === undefined) throw new SlackError('message_not_found');
  const name = textOf(call, 'name');
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new SlackError('invalid_name');
  const known = message.reactions.find((one) => one.name === name);
  if (known?.users.includes(workspace.app.botUser)) throw new SlackError('already_reacted');
  if (known) known.users.push(workspace.app.botUser);
  else message.reactions.push({ name, users: [workspace.app.botUser] });
  workspace.changed();
  call.wrote(`${channel.id}/${message.ts}`, { name });
  return {};
}

export const peopleMethods: Record<string, Method> = {
  'auth.test': {
    tier: 'none',
    run: ({ workspace: { app, team } }) => ({
      url: `https://${team.domain}.slack.com/`,
      team: team.name,
      user: app.name.toLowerCase(),
      team_id: team.id,
      user_id: app.botUser,
      bot_id: app.botId,
      is_enterprise_install: false,
    }),
  },
  'users.info': { scope: 'users:read', tier: 4, run: (call) => ({ user: shown(call, userOf(call)) }) },
  'users.list': {
    scope: 'users:read',
    tier: 2,
    run(call) {
      const { items, response_metadata } = page(call, [...call.workspace.users.values()]);
      return { members: items.map((one) => shown(call, one)), cache_ts: 0, response_metadata };
    },
  },
  'users.lookupByEmail': { scope: 'users:read.email', tier: 3, run: lookup },
  'usergroups.list': { scope: 'usergroups:read', tier: 2, run: groups },
  'usergroups.users.list': { scope: 'usergroups:read', tier: 2, run: groupUsers },
  'reactions.add': { scope: 'reactions:write', tier: 3, run: react },
};
