/** `firebreak demo --slack`: a real workspace, named by the environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../../sandbox/start-sandbox.js';
import { main } from '../../../worker/cli/main.js';
import { withWorkspace } from '../../../worker/demo/workspace.js';
import { loadSettings } from '../../../worker/settings/load-settings.js';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'firebreak-workspace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = {
  SLACK_BOT_TOKEN: 'xoxb-not-printed',
  SLACK_APP_TOKEN: 'xapp-not-printed',
  SLACK_WORKSPACE: 'T0REAL',
  SLACK_CHANNEL: 'C0REAL',
};

async function demo(env: Record<string, string>) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(['demo', '--slack', '--yes'], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    stdin: Readable.from([]),
    isTTY: false,
    env: { HOME: folder, TMPDIR: folder, ...env },
    cwd: folder,
    colour: false,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('a demo in a real workspace', () => {
  it.each(Object.keys(ALL))(
    'starts nothing without %s: prints the manifest, what is missing and where it is',
    async (name) => {
      const { [name as keyof typeof ALL]: _missing, ...given } = ALL;
      const { code, out, err } = await demo(given);
      expect(code).toBe(2);
      expect(out).toBe(readFileSync(join(root, 'slack-manifest.yaml'), 'utf8'));
      expect(err).toContain(`Not set, so nothing was started: ${name}.`);
      expect(err).toContain('docs/slack.md');
      expect(`${out}${err}`).not.toContain('not-printed');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('takes an empty variable for one that is not set, and names all of them', async () => {
    const { code, err } = await demo({ ...ALL, SLACK_BOT_TOKEN: '', SLACK_CHANNEL: ' ' });
    expect(code).toBe(2);
    expect(err).toContain('SLACK_BOT_TOKEN, SLACK_CHANNEL.');
  });

  it('changes Slack in the settings of the sandbox and nothing else', async () => {
    const written = readFileSync(join(root, 'sandbox', 'firebreak.yaml'), 'utf8');
    const sandbox = await startSandbox();
    const load = (text: string) => {
      writeFileSync(join(folder, 'firebreak.yaml'), text);
      return loadSettings(join(folder, 'firebreak.yaml'), { ...sandbox.addresses.env, ...ALL });
    };
    try {
      const before = load(written).settings;
      const { settings, problems } = load(
        withWorkspace(written, { id: 'T0REAL', channel: 'C0REAL', elsewhere: false }),
      );
      expect(problems).toEqual([]);
      expect(settings?.slack?.workspace).toBe('T0REAL');
      expect(settings?.slack?.api.resolve()).toBe('https://slack.com/api/');
      expect(settings?.slack?.botToken.resolve().reveal()).toBe(ALL.SLACK_BOT_TOKEN);
      expect(settings?.channels?.default).toBe('C0REAL');
      expect(settings?.roles.find(({ name }) => name === 'security')).toMatchObject({ people: ['sam', 'leo'] });
      expect(settings?.people).toEqual(before?.people);
      expect(settings?.pagerduty?.api.resolve()).toBe(before?.pagerduty?.api.resolve());
    } finally {
      await sandbox.close();
      rmSync(join(folder, 'firebreak.yaml'));
    }
  });

  it('leaves nothing running where the workspace refuses the token, and says so', async () => {
    const sandbox = await startSandbox();
    try {
      const { api, team, channels } = sandbox.addresses.slack;
      const env = { ...ALL, SLACK_API_URL: api, SLACK_WORKSPACE: team, SLACK_CHANNEL: channels.incidents };
      const child = spawn(
        process.execPath,
        [join(root, 'dist', 'worker', 'cli', 'main.js'), 'demo', '--slack', '--yes'],
        {
          env: { ...process.env, ...env, TMPDIR: folder },
        },
      );
      const chunks: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      const [code] = await once(child, 'close');
      const said = Buffer.concat(chunks).toString();
      expect(said).toContain('Slack refuses: invalid_auth');
      expect(code).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      await sandbox.close();
    }
  });
});
