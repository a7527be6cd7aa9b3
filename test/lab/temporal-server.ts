/** A Temporal server with Firebreak's own settings, that a lab may kill and start again on what it left. */
import { mkdirSync } from 'node:fs';
import { findCli } from '../../worker/temporal/find-cli.js';
import { prepareNamespace } from '../../worker/temporal/namespace.js';
import type { ServerRecord } from '../../worker/temporal/server-record.js';
import { freePort, spawnServer } from '../../worker/temporal/spawn-server.js';

export class TemporalServer {
  readonly port: number;
  readonly #folder: string;
  #process: ServerRecord | undefined;

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    // it outlives us by design; a lab leaves nothing behind
    process.once('exit', this.kill);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const cli = await findCli({ env: process.env, say: () => {} });
    const deadlineMs = 30_000;
    this.#process = await spawnServer({ folder: this.#folder, cli, port: this.port, env: process.env, deadlineMs });
    await prepareNamespace(this.address, Date.now() + deadlineMs);
  }

  /** kill -9. Returns at once. */
  readonly kill = (): void => {
    if (this.#process === undefined) return;
    try {
      process.kill(this.#process.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    this.#process = undefined;
  };

  /** Ends it for good. */
  close(): void {
    this.kill();
    process.off('exit', this.kill);
  }
}

/** Starts one on a file of its own in this folder. */
export async function startTemporalServer(folder: string): Promise<TemporalServer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = await freePort();
  if (port === undefined) throw new Error('no port is free');
  const server = new TemporalServer(folder, port);
  await server.start();
  return server;
}
