/**
 * A company with a Firebreak of its own: the built program as a process, its Temporal server, and the providers' twins in
 * a third process. Everything goes over the wire, and all of it can be killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import type { Leaked, SandboxAddresses, SandboxOptions } from '../../sandbox/start-sandbox.js';
import { RemoteTwin, stopSandbox } from '../../sandbox/twin/control.js';
import { commandLines } from '../../worker/temporal/process-identity.js';
import { readRecord } from '../../worker/temporal/server-record.js';
import type { Status } from '../../workflows/core/message.js';
import { eventually } from './eventually.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');
export const CLI = join(DIST, 'worker', 'cli', 'main.js');

export type Person = keyof SandboxAddresses['people'];

export interface Answer {
  status: number;
  body: Record<string, unknown> & {
    incident?: string;
    joined?: boolean;
    closedAs?: string | null;
    live?: Status | null;
    error?: { code: string; message: string };
    timeline?: { kind: string; step: string; line: string }[];
    effects?: { key: string; class: string; state: string; attempts: number }[];
  };
}

export interface SiteOptions {
  sandbox?: Omit<SandboxOptions, 'onStop'>;
  /** Replacements in `sandbox/firebreak.yaml`; each must be found. `127.0.0.1:PORT` is where Firebreak listens. */
  settings?: [from: string, to: string][];
  /** Firebreak logs all that it has to say. */
  debug?: boolean;
}

/** As fast as the protocols allow: what is waited for in these tests is real. */
export const FAST: SiteOptions = {
  sandbox: { propagationSeconds: 1, deliverySeconds: 1, lateSeconds: 6 },
  settings: [
    ['fence: { late: 15s, lag: 5s, skew: 2s }', 'fence: { late: 6s, lag: 2s, skew: 1s }'],
    ['spread: 10s, window: 2m', 'spread: 2s, window: 8s'],
    ['lag: 5s }', 'lag: 2s }'],
  ],
};

/** Opens a site; close it in `afterAll`. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-system-'));
  const trailFolder = join(folder, 'cloudtrail');
  mkdirSync(trailFolder);
  const sandbox = spawn(process.execPath, [join(DIST, 'sandbox', 'main.js')], {
    env: { ...surroundings(), FIREBREAK_SANDBOX_OPTIONS: JSON.stringify({ trailFolder, ...options.sandbox }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const addresses = JSON.parse(await firstLine(sandbox, 'the sandbox')) as SandboxAddresses;
  const port = await freePort();
  let settings = readFileSync(join(ROOT, 'sandbox', 'firebreak.yaml'), 'utf8');
  for (const [from, to] of [['listen: 127.0.0.1:8080', `listen: 127.0.0.1:${port}`], ...(options.settings ?? [])]) {
    if (!settings.includes(from as string)) throw new Error(`sandbox/firebreak.yaml has no ${from}`);
    settings = settings.replace(from as string, to as string);
  }
  writeFileSync(join(folder, 'firebreak.yaml'), settings.replaceAll('127.0.0.1:PORT', `127.0.0.1:${port}`));
  return new Site(folder, sandbox, addresses, port, options.debug ?? false);
}

export class Site {
  readonly addresses: SandboxAddresses;
  readonly aws: RemoteTwin;
  readonly github: RemoteTwin;
  readonly mail: RemoteTwin;
  readonly vault: RemoteTwin;
  readonly slack: RemoteTwin;
  readonly pagerduty: RemoteTwin;
  /** Everything that this site leaves on disk. */
  readonly folder: string;
  readonly env: Record<string, string | undefined>;
  readonly #sandbox: ChildProcess;
  #firebreak: ChildProcess | undefined;
  /** Stopped with SIGSTOP, or running on beside the other. */
  readonly #frozen: ChildProcess[] = [];
  #port: number;

  constructor(folder: string, sandbox: ChildProcess, addresses: SandboxAddresses, port: number, debug: boolean) {
    this.folder = folder;
    this.#sandbox = sandbox;
    this.addresses = addresses;
    this.#port = port;
    this.env = { ...surroundings(), ...addresses.env, ...(debug ? { FIREBREAK_DEBUG: '1' } : {}) };
    const twin = (name: string) => new RemoteTwin(name, addresses.control);
    [this.aws, this.github, this.mail, this.vault] = [twin('aws'), twin('github'), twin('mail'), twin('vault')];
    [this.slack, this.pagerduty] = [twin('slack'), twin('pagerduty')];
    // also when the test process ends without having closed us
    process.once('exit', this.#abandon);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get log(): string {
    return join(this.folder, 'firebreak.log');
  }
  get data(): string {
    return join(this.folder, 'data');
  }
  /** Options of every verb. */
  get arguments(): string[] {
    return ['--settings', join(this.folder, 'firebreak.yaml'), '--data', this.data];
  }
  get pid(): number {
    return this.#firebreak?.pid ?? 0;
  }

  /** Starts Firebreak; resolves when it serves. */
  async start(): Promise<void> {
    const output = openSync(this.log, 'a', 0o600);
    const child = spawn(process.execPath, [CLI, 'start', '--json', ...this.arguments], {
      env: this.env,
      stdio: ['ignore', 'pipe', output],
    });
    closeSync(output);
    this.#firebreak = child;
    await firstLine(child, 'Firebreak').catch((error: Error) => {
      throw new Error(`${error.message}:\n${readFileSync(this.log, 'utf8').slice(-2_000)}`);
    });
  }

  /** Everything that it has said to whoever started it, and logged. */
  async said(): Promise<string> {
    return readFile(this.log, 'utf8');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#firebreak?.kill('SIGKILL');
    await this.ended();
  }

  /** SIGSTOP. The next `start` starts another Firebreak on the same data, at a port of its own. */
  async freeze(): Promise<void> {
    const frozen = this.#firebreak as ChildProcess;
    frozen.kill('SIGSTOP');
    this.#frozen.push(frozen);
    const file = join(this.folder, 'firebreak.yaml');
    const settings = readFileSync(file, 'utf8');
    const [before, port] = [this.#port, await freePort()];
    writeFileSync(file, settings.replace(`listen: 127.0.0.1:${before}`, `listen: 127.0.0.1:${port}`));
    this.#port = port;
  }

  /** SIGCONT: it goes on in the middle of what it did, beside the one that was started since. */
  thaw(): void {
    for (const child of this.#frozen) child.kill('SIGCONT');
  }

  /** SIGTERM, and kill -9 after a while. Resolves when no Firebreak of this site runs. */
  async stop(patienceMs = 15_000): Promise<void> {
    for (const child of [...this.#frozen, this.#firebreak]) {
      if (child === undefined || hasEnded(child)) continue;
      const exited = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await exited;
      clearTimeout(patience);
    }
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#firebreak?.kill('SIGINT');
  }

  /** Resolves with the signal or the code once it has ended. */
  async ended(): Promise<string> {
    const child = this.#firebreak as ChildProcess;
    if (!hasEnded(child)) await once(child, 'exit');
    return child.signalCode ?? String(child.exitCode);
  }

  /** Pids of all Temporal servers on this site's data: one, or somebody made a second. */
  temporalServers(): number[] {
    const mine = join(this.data, 'temporal');
    return commandLines()
      .filter(({ args }) => args.includes('start-dev') && args.some((one) => one.startsWith(mine)))
      .map(({ pid }) => pid);
  }
  get temporalAddress(): string {
    return `127.0.0.1:${readRecord(join(this.data, 'temporal'))?.port}`;
  }

  /** Ends everything, whatever state it is in, and removes it. */
  async close(): Promise<void> {
    await this.stop();
    for (const pid of this.temporalServers()) process.kill(pid, 'SIGKILL');
    if (!hasEnded(this.#sandbox)) {
      const exited = once(this.#sandbox, 'exit');
      await stopSandbox(this.addresses.control).catch(() => this.#sandbox.kill('SIGKILL'));
      await exited;
    }
    process.off('exit', this.#abandon);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  readonly #abandon = (): void => {
    for (const child of this.#frozen) child.kill('SIGKILL');
    this.#firebreak?.kill('SIGKILL');
    this.#sandbox.kill('SIGKILL');
    for (const pid of this.temporalServers()) process.kill(pid, 'SIGKILL');
  };

  async api(person: Person, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.addresses.people[person]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  async incident(id: string): Promise<Answer['body']> {
    return (await this.api('sam', 'GET', `/incidents/${id}`)).body;
  }
  async live(id: string): Promise<Status> {
    const { live } = await this.incident(id);
    if (live === null || live === undefined) throw new Error(`${id} has no live status`);
    return live;
  }
  async step(id: string, name: string): Promise<Status['steps'][number] | undefined> {
    return (await this.live(id)).steps.find((step) => step.name === name);
  }
  /** Waits until it asks; the question's step. */
  question(id: string, about: string, seconds = 40) {
    return eventually(`${id} asks about ${about}`, seconds, async () =>
      (await this.live(id)).waiting.find(({ kind, id: step }) => kind === 'question' && step.includes(`.${about}.`)),
    );
  }
  decide(person: Person, id: string, answer: 'yes' | 'no', more: { step?: string; reason?: string } = {}) {
    return this.api(person, 'POST', `/incidents/${id}/decisions`, { answer, ...more });
  }
  /** Waits until it has closed; how. */
  closed(id: string, seconds = 60): Promise<string> {
    return eventually(`${id} closes`, seconds, async () => {
      const { closedAs, live } = await this.incident(id);
      if (typeof closedAs === 'string') return closedAs;
      const open = live?.steps.filter(({ state }) => ['running', 'waiting', 'failed'].includes(state));
      throw new Error(
        [...(live?.held ?? []), live?.waitingFor, ...(open ?? []).map((step) => JSON.stringify(step))].join('\n'),
      );
    });
  }

  async report(id: string, format: 'md' | 'json' | 'html'): Promise<string> {
    const headers = { authorization: `Bearer ${this.addresses.people.sam}` };
    return (await fetch(`${this.url}/api/v1/incidents/${id}/report?format=${format}`, { headers })).text();
  }

  /** An alert as GitHub posts it. */
  async fromGithub(leaked: { repository: string; alert: number }): Promise<Answer> {
    const { repository, alert } = leaked;
    const { headers, body } = (await this.github.do('alert-delivery', { repository, alert })) as {
      headers: Record<string, string>;
      body: string;
    };
    return this.#post('github', headers, body);
  }

  /** An alert of a monitoring system, signed by the vendor's own library. */
  async fromMonitoring(data: { id: string; secret?: string; [more: string]: unknown }): Promise<Answer> {
    const now = new Date();
    const id = `msg_${crypto.randomUUID()}`;
    const body = JSON.stringify({
      type: 'credential.leaked',
      timestamp: now.toISOString(),
      data: { kind: 'aws-access-key', exposure: 'public', ...data },
    });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(this.addresses.env.FIREBREAK_SANDBOX_SIEM_HOOK as string).sign(id, now, body),
    };
    return this.#post('standard', headers, body);
  }

  async #post(source: string, headers: Record<string, string>, body: string): Promise<Answer> {
    const answer = await fetch(`${this.url}/hooks/${source}`, { method: 'POST', headers, body });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  /** A further user of the company, whose only key has just leaked. */
  async leakUser(user: string): Promise<Leaked> {
    return (await this.aws.do('leak-user', { user })) as Leaked;
  }
  /** A further key of a user of the company. */
  async addKey(user: string): Promise<{ id: string; secret: string }> {
    return (await this.aws.do('add-key', { user })) as { id: string; secret: string };
  }
  /** Ids, oldest first. */
  async keysOf(user: string): Promise<string[]> {
    const { users } = (await this.aws.state()) as { users: { name: string; keys: { id: string }[] }[] };
    return users.find(({ name }) => name === user)?.keys.map(({ id }) => id) ?? [];
  }
  /** A key as AWS has it; undefined once it is deleted. */
  async key(id: string): Promise<{ status: string } | undefined> {
    const key = (await this.aws.do('key', { id })) as { status?: string };
    return key.status === undefined ? undefined : { status: key.status };
  }
  /** How often AWS really changed something like this, whose target names `of`. */
  async awsWrites(method: string, of: string): Promise<number> {
    return (await this.aws.writes()).filter((write) => write.method === method && write.target.includes(of)).length;
  }
  async held(twin: 'aws' | 'vault' | 'github' | 'mail'): Promise<number> {
    const { url, token } = this.addresses.control;
    const answer = await fetch(`${url}/_twin/${twin}/faults`, { headers: { authorization: `Bearer ${token}` } });
    return ((await answer.json()) as { held: number }).held;
  }
}

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs one command line of the built program to its end; for what never serves. */
export async function firebreak(
  args: string[],
  { env = surroundings(), stdin, cwd }: { env?: Record<string, string | undefined>; stdin?: string; cwd?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk));
  child.stdin.end(stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Of this process, without what would configure another Firebreak. */
export function surroundings(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(FIREBREAK|VITEST|NODE_ENV)/.test(name));
  return { ...Object.fromEntries(own), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

function firstLine(child: ChildProcess, who: string): Promise<string> {
  if (!existsSync(CLI)) throw new Error('dist/ is not built; npm run build');
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${who} ended (${signal ?? code}) before it was ready`)));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
