/** What the app asks of a workspace: the manifest, the list with the reasons, and the code say the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMAND, SHORTCUTS } from '../../../worker/slack/contract.js';
import { BOT_SCOPES, COMMANDS, EVENTS, METHODS, SHORTCUT_TITLES } from '../../../worker/slack/surface.js';

const root = new URL('../../../', import.meta.url).pathname;
const manifest = parse(readFileSync(join(root, 'slack-manifest.yaml'), 'utf8'));
const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name).sort();

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [readFileSync(join(root, path), 'utf8')] : [];
  });
}

const code = sources('worker').join('\n');
/** `web.chat.postMessage(`, with whatever the client is called. */
const called = new Set(
  [
    ...code.matchAll(
      /\b(?:web|client|slack)\s*\.((?:auth|bots|chat|conversations|files|pins|reactions|usergroups|users|views)\.[a-zA-Z.]+)\(/g,
    ),
    ...code.matchAll(/\b(?:web|client|slack)\s*\.(filesUploadV2)\(/g),
  ].map((match) => (match[1] === 'filesUploadV2' ? 'files.uploadV2' : (match[1] as string))),
);

describe('slack-manifest.yaml', () => {
  it('asks for every scope that is given a reason, and for no other', () => {
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual(names(BOT_SCOPES));
  });
  it('has every command, event and shortcut, and interactivity', () => {
    const { slash_commands, shortcuts } = manifest.features;
    expect(slash_commands.map(({ command }: { command: string }) => command)).toEqual(names(COMMANDS));
    expect([...manifest.settings.event_subscriptions.bot_events].sort()).toEqual(names(EVENTS));
    const written = shortcuts.map((one: Record<string, string>) => [one.callback_id, one.type, one.name]);
    expect(written).toEqual(SHORTCUT_TITLES.map(({ name, type, title }) => [name, type, title]));
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(manifest.features.app_home.home_tab_enabled).toBe(true);
  });
  it('keeps to what Slack takes of each field', () => {
    expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
    for (const { name, description } of manifest.features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
  });
});

describe('the list with the reasons', () => {
  it('knows every method that the code calls, and none that it does not', () => {
    expect([...called].sort()).toEqual(Object.keys(METHODS).sort());
  });
  it('asks for the scopes of those methods, of the events and of the commands, and for no other', () => {
    const needed = new Set([...Object.values(METHODS).flat(), 'commands', 'app_mentions:read']);
    expect([...needed].sort()).toEqual(names(BOT_SCOPES));
  });
  it('has the words of the contract', () => {
    expect(names(COMMANDS)).toEqual([COMMAND]);
    expect(SHORTCUT_TITLES.map(({ name }) => name)).toEqual([...SHORTCUTS]);
  });
  it('names the events that are read', () => {
    const reader = readFileSync(join(root, 'worker/slack/read-interaction.ts'), 'utf8');
    const read = [...reader.matchAll(/event\.type [!=]== '(\w+)'/g)].map((match) => match[1]);
    expect([...new Set(read)].sort()).toEqual(names(EVENTS));
  });
  it('gives a reason for each', () => {
    for (const { why } of [...BOT_SCOPES, ...EVENTS, ...COMMANDS, ...SHORTCUT_TITLES]) expect(why).toMatch(/\w+ \w+/);
  });
});
