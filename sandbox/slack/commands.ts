import type { Controls } from '../twin/control.js';
import type { Pressed } from './pressed.js';
import type { Limits } from './rates.js';
import type { SlackTwin } from './start-slack-twin.js';
import type { Block } from './workspace.js';

type Args = Record<string, unknown>;

/** What can be seen and done in the workspace from another process, by name, in JSON. */
export function slackCommands(twin: Omit<SlackTwin, 'controls' | 'pageUrl'>): Pick<Controls, 'state' | 'commands'> {
  const { workspace, acts, dispatch, sockets, rates } = twin;
  const act =
    <T>(run: (args: T) => unknown) =>
    (args: Args) =>
      run(args as T);
  return {
    state: () => ({
      team: workspace.team,
      users: [...workspace.users.values()],
      channels: [...workspace.channels.values()].map(({ members, messages, ...channel }) => ({
        ...channel,
        members: [...members],
        messages: [...messages.values()].map(({ earlier, files, ...message }) => ({
          ...message,
          edits: earlier.length,
        })),
      })),
      whispers: workspace.whispers.map(({ earlier: _, files: __, ...message }) => message),
      notifications: workspace.notifications,
      connections: sockets.connections,
    }),
    commands: {
      type: act<Parameters<typeof acts.type>[0]>((args) => acts.type(args)),
      mention: act<Parameters<typeof acts.mention>[0]>((args) => acts.mention(args)),
      shortcut: act<Parameters<typeof acts.shortcut>[0]>((args) => acts.shortcut(args)),
      press: act<Pressed>((args) => acts.press(args)),
      submit: act<Parameters<typeof acts.submit>[0]>((args) => acts.submit(args)),
      close: act<Parameters<typeof acts.close>[0]>((args) => acts.close(args)),
      home: act<Parameters<typeof acts.home>[0]>((args) => acts.home(args)),
      alert: act<{ from: string; channel: string; text: string; blocks?: Block[] }>((args) => acts.alert(args)),
      screen: ({ user }) => twin.screenOf(String(user)),
      /** All that the app ever put before anybody, with what stood there before it was edited; nothing that others wrote. */
      'ever-shown': () => ({
        messages: [...workspace.channels.values()]
          .flatMap(({ messages }) => [...messages.values()])
          .concat(workspace.whispers)
          .filter(({ user }) => user === workspace.app.botUser)
          .map(({ files, ...message }) => ({
            ...message,
            files: files?.map(({ content }) => content.toString('utf8')),
          })),
        notifications: workspace.notifications,
        views: [...workspace.users.keys()].flatMap((user) => [twin.views.homes.get(user), twin.views.top(user)]),
      }),
      /** What the app was told, and how it took it; without what was in it. */
      sent: () => dispatch.sent.map(({ payloadSent: _, signed: __, payload: ___, ...told }) => told),
      down: ({ down }) => twin.setDown(down === true),
      limits: ({ limits }) => {
        rates.limits = limits as Limits;
      },
      'request-url': ({ url }) => twin.setRequestUrl(url === undefined || url === null ? undefined : String(url)),
      reconnect: ({ which }) => sockets.askToReconnect('refresh_requested', which === 'oldest' ? 'oldest' : 'all'),
      cut: ({ which }) => sockets.cut(which === 'oldest' ? 'oldest' : 'all'),
      'set-group': ({ group, users }) => {
        const known = workspace.groups.get(String(group));
        if (known === undefined) throw new Error(`there is no user group ${String(group)}`);
        known.users = users as string[];
      },
      /** The same again: over HTTP byte for byte, in Socket Mode in a fresh envelope. */
      replay: ({ index, at }) => twin.replay(Number(index ?? -1), at === undefined ? undefined : Number(at)),
    },
  };
}
