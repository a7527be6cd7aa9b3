import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstLine } from './twins.js';

const CLI = join(dirname(fileURLToPath(import.meta.url)), '..', 'cli', 'main.js');

export interface FirebreakReady {
  url: string;
  temporal: { address: string; version: string; ui?: string };
}

/** `firebreak start` as a child process: what the demo kills and starts again. */
export class FirebreakProcess {
  readonly #options: { args: string[]; log: string; env: Record<string, string | undefined> };
  #child: ChildProcess | undefined;

  /** `log` is a file; everything that it says goes there. */
  constructor(options: { args: string[]; log: string; env: Record<string, string | undefined> }) {
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it serves. */
  async start(): Promise<FirebreakReady> {
    const { args, log, env } = this.#options;
    const file = openSync(log, 'a', 0o600);
    // Its own group: Ctrl-C in the terminal is for whoever runs it, who then ends it in order.
    this.#child = spawn(process.execPath, [CLI, 'start', '--json', ...args], {
      env,
      stdio: ['ignore', 'pipe', file],
      detached: true,
    });
    closeSync(file);
    try {
      return JSON.parse(await firstLine(this.#child)) as FirebreakReady;
    } catch (error) {
      throw new Error(`Firebreak did not start: ${(error as Error).message}; see ${log}`, { cause: error });
    }
  }

  /** Resolves with the signal or code when it has ended. */
  async ended(): Promise<string> {
    const child = this.#child as ChildProcess;
    if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
    return child.signalCode ?? String(child.exitCode);
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await this.ended();
  }
}
