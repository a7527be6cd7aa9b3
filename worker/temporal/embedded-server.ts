import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exclusive, type Lock, tryExclusive, tryShared } from './exclusive.js';
import { findCli } from './find-cli.js';
import { isHealthy, prepareNamespace } from './namespace.js';
import { isAlive } from './process-identity.js';
import { readRecord, runningServer, type ServerRecord, schemaThere, writeRecord } from './server-record.js';
import { NAMESPACE } from './server-settings.js';
import { endServer, freePort, spawnServer } from './spawn-server.js';
import { TemporalError } from './temporal-error.js';

export interface EmbeddedServerOptions {
  /** Of this server alone; made if missing. */
  folder: string;
  env: Record<string, string | undefined>;
  /** Tells a person what is going on, one line each. */
  say(line: string): void;
  /** Else the one that it had, or any. */
  port?: number;
  /** Serve the web page there; none without. */
  uiPort?: number;
  /** How long a server may take to answer. */
  deadlineMs?: number;
  /** How the CLI is found; asked only when a server must be started. */
  find?: typeof findCli;
}

export interface EmbeddedServer {
  readonly address: string;
  readonly namespace: string;
  /** `1.31.2` */
  readonly version: string;
  readonly pid: number;
  readonly uiUrl?: string;
  /** It ran before us. */
  readonly adopted: boolean;
  /** Ends it, unless another process uses it still; resolves when it has ended. */
  stop(): Promise<void>;
  /** Leaves it running and lets go of it. */
  leave(): void;
}

/** How often we look whether it lives. */
const WATCH_MS = 250;

/**
 * The Temporal server of a data folder: adopted if it runs, started if not, started again on the same address when it
 * dies while we use it. However many processes ask at once, there is one. Throws TemporalError.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const { record, adopted, use } = await enter(options);
  return new Server(options, record, adopted, use);
}

interface Entered {
  record: ServerRecord;
  adopted: boolean;
  /** Held as long as we use the server. */
  use: Lock;
}

async function enter(options: EmbeddedServerOptions): Promise<Entered> {
  const { folder, say } = options;
  const starting = await exclusive(join(folder, 'starting.lock'), () =>
    say('Another Firebreak is starting this Temporal server; waiting for it.'),
  );
  try {
    const { record, adopted } = await adoptOrStart(options);
    const use = tryShared(join(folder, 'using.lock'));
    if (!use) throw new Error(`${folder}/using.lock is held by a process that does not hold starting.lock`);
    return { record, adopted, use };
  } finally {
    starting.release();
  }
}

async function adoptOrStart(options: EmbeddedServerOptions): Promise<{ record: ServerRecord; adopted: boolean }> {
  const { folder, say, env, deadlineMs = 30_000 } = options;
  const running = runningServer(folder);
  if (running) {
    const address = `127.0.0.1:${running.port}`;
    if (await becomesHealthy(address, running, 10_000)) {
      writeRecord(folder, running);
      await prepareNamespace(address, Date.now() + deadlineMs);
      return { record: running, adopted: true };
    }
    say(`The Temporal server that ran already (process ${running.pid}) does not answer; ending it.`);
    await endServer(running);
  }
  const port = await choosePort(options);
  const cli = await (options.find ?? findCli)({ env, say, ...given('schema', schemaThere(folder)) });
  const record = await spawnServer({ folder, cli, port, env, deadlineMs, ...given('uiPort', options.uiPort) });
  try {
    await prepareNamespace(`127.0.0.1:${port}`, Date.now() + deadlineMs);
  } catch (error) {
    await endServer(record);
    throw new TemporalError(
      'not-starting',
      `The Temporal server started, but its namespace cannot be set up (${(error as Error).message}); see ${join(folder, 'server.log')}.`,
      { cause: error },
    );
  }
  return { record, adopted: false };
}

/** A server that was spawned a moment ago by somebody who died may not answer yet. */
async function becomesHealthy(address: string, record: ServerRecord, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (isAlive(record) && Date.now() < deadline) {
    if (await isHealthy(address, 1_000)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function choosePort({ folder, port, uiPort }: EmbeddedServerOptions): Promise<number> {
  for (const wanted of [port, uiPort]) {
    if (wanted !== undefined && wanted !== 0 && !(await freePort(wanted))) {
      throw new TemporalError(
        'port-taken',
        `Port ${wanted} of the loopback is taken by another program; stop it, or choose another port for the Temporal server.`,
      );
    }
  }
  const chosen = port || (await freePort(readRecord(folder)?.port)) || (await freePort());
  if (chosen) return chosen;
  throw new TemporalError(
    'port-taken',
    'No port of the loopback is free for the Temporal server; stop what holds them.',
  );
}

class Server implements EmbeddedServer {
  readonly namespace = NAMESPACE;
  readonly adopted: boolean;
  readonly #options: EmbeddedServerOptions;
  #record: ServerRecord;
  #use: Lock;
  #watch: NodeJS.Timeout | undefined;
  #restarting: Promise<void> | undefined;

  constructor(options: EmbeddedServerOptions, record: ServerRecord, adopted: boolean, use: Lock) {
    // whoever connects keeps the address, so the next server must have it too
    this.#options = { ...options, port: record.port, ...given('uiPort', record.uiPort) };
    this.#record = record;
    this.#use = use;
    this.adopted = adopted;
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  get address(): string {
    return `127.0.0.1:${this.#record.port}`;
  }
  get version(): string {
    return this.#record.server;
  }
  get pid(): number {
    return this.#record.pid;
  }
  get uiUrl(): string | undefined {
    return this.#record.uiPort === undefined ? undefined : `http://127.0.0.1:${this.#record.uiPort}`;
  }

  async stop(): Promise<void> {
    await this.#quiet();
    const { folder } = this.#options;
    const starting = await exclusive(join(folder, 'starting.lock'));
    try {
      this.#use.release();
      const alone = tryExclusive(join(folder, 'using.lock'));
      if (!alone) return; // another Firebreak works on it
      try {
        await endServer(this.#record);
      } finally {
        alone.release();
      }
    } finally {
      starting.release();
    }
  }

  leave(): void {
    void this.#quiet();
    this.#use.release();
  }

  async #quiet(): Promise<void> {
    clearInterval(this.#watch);
    this.#watch = undefined;
    await this.#restarting;
  }

  #look(): void {
    if (this.#restarting || isAlive(this.#record)) return;
    this.#restarting = this.#restart().finally(() => {
      this.#restarting = undefined;
    });
  }

  async #restart(): Promise<void> {
    const { say } = this.#options;
    say(`The Temporal server (process ${this.#record.pid}) died; starting it again on the same data.`);
    for (let tries = 0; this.#watch; tries++) {
      try {
        const before = this.#use;
        const { record, use } = await enter(this.#options);
        before.release();
        this.#record = record;
        this.#use = use;
        return;
      } catch (error) {
        if (tries === 0) say((error as Error).message);
        await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** tries, 10_000)));
      }
    }
  }
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
}
