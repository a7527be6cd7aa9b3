import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Status } from '../../workflows/core/message.js';
import { CliError, EXIT_CODES } from '../cli/exit-codes.js';
import type { Io } from '../cli/io.js';
import { checkSlack } from '../doctor/checks.js';
import { createLog } from '../log.js';
import { loadSettings } from '../settings/load-settings.js';
import { formatSettingsProblems } from '../settings/problem.js';
import { findCli } from '../temporal/find-cli.js';
import { freePort } from '../temporal/spawn-server.js';
import { FirebreakProcess, type FirebreakReady } from './firebreak-process.js';
import { JOIN_SANDBOX, startTwins, type Twins } from './twins.js';
import { type Workspace, withWorkspace } from './workspace.js';

/** Everything the demo plays on: twins, a Firebreak in a process of its own, its data folder, its API. */
export interface Stage {
  twins: Twins;
  firebreak: FirebreakProcess;
  ready: FirebreakReady;
  data: string;
  /** What Firebreak's process said. */
  log: string;
  /** Of the Temporal CLI, and how it was found. */
  temporalCli: { path: string; version: string; server: string; from: string };
  report(person: 'sam', incident: string, format: 'md' | 'json' | 'html'): Promise<string>;
  /** Ends Firebreak, its Temporal and the twins. */
  strike(): Promise<void>;
  api(person: 'sam' | 'leo' | 'mia' | 'ana', method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
}
export interface Answer {
  status: number;
  body: Record<string, unknown> & { live?: Status | null; error?: { code: string; message: string } };
}

/** Throws CliError, with nothing left running, where the real workspace refuses us. */
export async function setStage(
  io: Io,
  say: (line: string) => void,
  { temporalUi, workspace }: { temporalUi: boolean; workspace: Workspace | undefined },
): Promise<Stage> {
  const temporalCli = await findCli({ env: io.env, say });
  const data = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  const trail = join(data, 'cloudtrail');
  mkdirSync(trail);
  // what stands in for the others has no business with the workspace's tokens
  const { SLACK_BOT_TOKEN: _bot, SLACK_APP_TOKEN: _app, ...others } = io.env;
  const twins = await startTwins({ env: others, err: io.err }, trail);
  plantTruncatedLog(trail);
  const settings = join(data, 'firebreak.yaml');
  const port = await freePort();
  const written = readFileSync(twins.settings, 'utf8').replace('listen: 127.0.0.1:8080', `listen: 127.0.0.1:${port}`);
  writeFileSync(settings, workspace === undefined ? written : withWorkspace(written, workspace));
  if (workspace !== undefined) {
    await mayConnect(settings, { ...io.env, ...twins.env }, say).catch(async (error: unknown) => {
      await twins.stop();
      rmSync(data, { recursive: true, force: true });
      throw error;
    });
  }
  // Tells the sandbox's secrets to our own child; not among what is searched for them, and removed at the end.
  const shared = mkdtempSync(join(tmpdir(), 'firebreak-sandbox-'));
  const sandbox = join(shared, 'sandbox.json');
  writeFileSync(sandbox, JSON.stringify({ settings, addresses: twins.addresses }), { mode: 0o600 });
  const log = join(data, 'firebreak.log');
  const firebreak = new FirebreakProcess({
    args: [
      '--sandbox',
      '--data',
      join(data, 'data'),
      ...(temporalUi ? ['--temporal-ui', String(await freePort())] : []),
    ],
    log,
    env: {
      ...io.env,
      [JOIN_SANDBOX]: sandbox,
      TEMPORAL_CLI_PATH: temporalCli.path,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  const ready = await firebreak.start();
  const url = `http://127.0.0.1:${port}`;
  return {
    twins,
    firebreak,
    ready,
    data,
    log,
    temporalCli,
    async report(person, incident, format) {
      const answer = await fetch(`${url}/api/v1/incidents/${incident}/report?format=${format}`, {
        headers: { authorization: `Bearer ${twins.addresses.people[person]}` },
      });
      return answer.text();
    },
    async strike() {
      await firebreak.stop();
      await twins.stop();
      rmSync(shared, { recursive: true, force: true });
    },
    async api(person, method, path, body) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${twins.addresses.people[person]}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    },
  };
}

/** Asks the workspace before anything is staged: a token that Slack refuses would only be waited for. */
async function mayConnect(file: string, env: Io['env'], say: (line: string) => void): Promise<void> {
  const { settings, problems } = loadSettings(file, env);
  if (settings === undefined) throw new CliError(EXIT_CODES.usage, formatSettingsProblems(problems));
  const checks = await checkSlack(settings, createLog({ level: 'silent' }));
  for (const { what, state, line } of checks) say(`${state === 'wrong' ? 'look at  ' : ''}${what} ${line}`);
  if (checks.some(({ what, state }) => what === 'Slack' && state === 'ok')) return;
  throw new CliError(EXIT_CODES.usage, 'Slack does not let the demo in; what it says stands above. See docs/slack.md.');
}

/** A log file whose delivery broke off: what it held nobody knows, and the scan must say so. */
function plantTruncatedLog(folder: string): void {
  const whole = gzipSync(
    JSON.stringify({ Records: Array.from({ length: 50 }, (_, index) => ({ eventID: randomUUID(), index })) }),
  );
  writeFileSync(join(folder, 'broken-delivery.json.gz'), whole.subarray(0, Math.floor(whole.length / 2)));
}

/** Looks every 100 ms until it is so; undefined when it was not within the time. Looking may fail while a process is away. */
export async function until<T>(seconds: number, look: () => Promise<T | undefined | false>): Promise<T | undefined> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look().catch(() => undefined);
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
