/** What the app asks of a workspace, each with its reason: `slack-manifest.yaml` and the docs say the same. */
import { COMMAND, SHORTCUTS } from './contract.js';

interface Asked {
  name: string;
  why: string;
}

/** Of the bot. What no code here calls is not asked for. */
export const BOT_SCOPES: readonly Asked[] = [
  { name: 'app_mentions:read', why: '`@firebreak status` in a thread, where Slack lets nobody use a command' },
  { name: 'channels:history', why: 'looks whether a message of its own arrived, before it posts that again' },
  { name: 'channels:join', why: 'joins a public channel where it may not post or look otherwise' },
  { name: 'channels:manage', why: 'opens a channel for each incident of a severity that says `new-channel`' },
  { name: 'channels:read', why: 'finds that channel again, and says whether the channel of the settings is there' },
  { name: 'chat:write', why: 'posts and updates cards, questions and steps, and answers one person alone' },
  { name: 'chat:write.public', why: 'posts into public channels that nobody has invited it to' },
  { name: 'commands', why: '`/firebreak` and the shortcuts' },
  { name: 'files:write', why: 'puts into a file what is too long for a message' },
  { name: 'groups:history', why: 'as `channels:history`, where the channel is a private one that it was invited to' },
  { name: 'groups:read', why: 'as `channels:read`, where the channel is a private one that it was invited to' },
  { name: 'im:history', why: 'as `channels:history`, in its own direct messages with somebody' },
  { name: 'im:write', why: 'opens the direct messages in which people are asked and get the report' },
  { name: 'usergroups:read', why: 'reads who is in the user group of a role (`slack_group`) when somebody decides' },
  { name: 'users:read', why: 'refuses guests and people of other companies, and shows an account by its name' },
];

/** Of the app-level token, for Socket Mode alone. */
export const APP_SCOPES: readonly Asked[] = [
  { name: 'connections:write', why: 'opens the connections of Socket Mode' },
];

/** Methods of the Web API and the bot scopes that Slack asks for each; none for what only needs the token. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'chat.getPermalink': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write', 'chat:write.public'],
  'chat.update': ['chat:write'],
  'conversations.create': ['channels:manage'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.invite': ['channels:manage'],
  'conversations.join': ['channels:join'],
  'conversations.list': ['channels:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'files.uploadV2': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
};

export const EVENTS: readonly Asked[] = [
  { name: 'app_home_opened', why: 'shows what is open and what waits for whoever opens the home tab' },
  { name: 'app_mention', why: '`@firebreak status` in a thread' },
];

export const COMMANDS: readonly (Asked & { usage: string })[] = [
  {
    name: COMMAND,
    why: 'starts an incident, lists them, says how one stands',
    usage: 'AKIA… | status | list | help',
  },
];

/** As people read them in the menu. */
export const SHORTCUT_TITLES: readonly (Asked & { type: 'message' | 'global'; title: string })[] = [
  {
    name: SHORTCUTS[0],
    type: 'message',
    title: 'Respond with Firebreak',
    why: "looks at what stands in another bot's alert, and offers to respond",
  },
  { name: SHORTCUTS[1], type: 'global', title: 'What leaked?', why: 'asks what leaked, from everywhere' },
];

/** Bolt asks for buttons, menus, modals and shortcuts by this one switch. */
export const INTERACTIVITY: Asked = { name: 'interactivity', why: 'buttons, menus, modals and shortcuts' };
