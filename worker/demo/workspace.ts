/** A real workspace of Slack in place of the twin: what the demo needs to be told of it, and the settings that follow. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

type Env = Record<string, string | undefined>;

export interface Workspace {
  /** `T…` */
  id: string;
  /** `C…`, where incidents are told. */
  channel: string;
  /** It is not Slack itself that is called, but what SLACK_API_URL names. */
  elsewhere: boolean;
}

/** What `firebreak demo --slack` reads of the environment, and where each is found. */
export const WORKSPACE_NAMES = {
  SLACK_BOT_TOKEN: 'xoxb-…  your app at https://api.slack.com/apps -> Install App -> Bot User OAuth Token',
  SLACK_APP_TOKEN: 'xapp-…  Basic Information -> App-Level Tokens -> Generate, scope connections:write',
  SLACK_WORKSPACE: 'T…      in the address of Slack in a browser: app.slack.com/client/T…',
  SLACK_CHANNEL: "C…      at the bottom of the channel's details; then /invite @firebreak there",
} as const;

export type WorkspaceName = keyof typeof WORKSPACE_NAMES;

/** Never says what a token is, only which are not there. */
export function workspaceOf(env: Env): Workspace | { missing: WorkspaceName[] } {
  const missing = (Object.keys(WORKSPACE_NAMES) as WorkspaceName[]).filter((name) => !env[name]?.trim());
  if (missing.length > 0) return { missing };
  return {
    id: env.SLACK_WORKSPACE?.trim() ?? '',
    channel: env.SLACK_CHANNEL?.trim() ?? '',
    elsewhere: Boolean(env.SLACK_API_URL),
  };
}

/** What to do about it, for a person. */
export function howToConnect(missing: readonly WorkspaceName[]): string {
  const width = Math.max(...missing.map((name) => name.length)) + 2;
  return [
    `Not set, so nothing was started: ${missing.join(', ')}.`,
    '',
    'Make an app of the manifest above (https://api.slack.com/apps -> Create New App -> From a manifest), install it, then set:',
    ...missing.map((name) => `  ${name.padEnd(width)}${WORKSPACE_NAMES[name]}`),
    '',
    'Each step: docs/slack.md. Then again: npm run demo -- --slack',
  ].join('\n');
}

/** The app's manifest, as it is pasted into Slack. */
export function manifest(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'slack-manifest.yaml');
    if (existsSync(file)) return readFileSync(file, 'utf8');
    if (dirname(folder) === folder) throw new Error('slack-manifest.yaml is not part of this installation');
  }
}

/**
 * The sandbox's settings with the real workspace in them: tokens as references only. No group of the sandbox is there, so
 * the role that it stands for is a list.
 */
export function withWorkspace(settings: string, { id, channel, elsewhere }: Workspace): string {
  const document = parseDocument(settings);
  document.set('slack', {
    mode: 'socket',
    app_token: 'env:SLACK_APP_TOKEN',
    bot_token: 'env:SLACK_BOT_TOKEN',
    workspace: id,
    ...(elsewhere ? { api: 'env:SLACK_API_URL' } : {}),
  });
  document.setIn(['channels', 'default'], channel);
  document.setIn(['roles', 'security'], { people: ['sam', 'leo'] });
  return document.toString({ lineWidth: 0 });
}
