import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cli, schemaOf } from './find-cli.js';
import { isHealthy } from './namespace.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';
import { databaseFile, removeRecord, type ServerRecord, writeRecord } from './server-record.js';
import { serverArguments, serverEnvironment } from './server-settings.js';
import { TemporalError } from './temporal-error.js';

export interface Spawning {
  folder: string;
  cli: Cli;
  port: number;
  uiPort?: number;
  env: Record<string, string | undefined>;
  deadlineMs: number;
}

const LOG = 'server.log';
const LOG_LIMIT_BYTES = 20e6;

/** Starts a server that outlives this process, and waits until it answers. Throws TemporalError with what it said last. */
export async function spawnServer({ folder, cli, port, uiPort, env, deadlineMs }: Spawning): Promise<ServerRecord> {
  const plan = {
    port,
    databaseFile: databaseFile(folder, schemaOf(cli.server)),
    ...(uiPort === undefined ? {} : { uiPort }),
  };
  const log = join(folder, LOG);
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) renameSync(log, `${log}.1`);
  const from = existsSync(log) ? statSync(log).size : 0;
  const output = openSync(log, 'a', 0o600);
  let exited: string | undefined;
  // detached: a Ctrl-C in the terminal is for us, and we stop it when our work has ended
  const child = spawn(cli.path, serverArguments(plan), {
    detached: true,
    stdio: ['ignore', output, output],
    env: serverEnvironment(env) as NodeJS.ProcessEnv,
    cwd: folder,
  });
  child.once('error', (error) => (exited = error.message));
  child.once('exit', (code, signal) => (exited = signal ? `killed by ${signal}` : `ended with ${code}`));
  child.unref();
  closeSync(output);

  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) writeRecord(folder, { ...identity, ...plan, version: cli.version, server: cli.server });
  const deadline = Date.now() + deadlineMs;
  while (exited === undefined && Date.now() < deadline) {
    if (identity && (await isHealthy(`127.0.0.1:${port}`, 500))) {
      return { ...identity, ...plan, version: cli.version, server: cli.server };
    }
    await sleep(50);
  }
  const why = exited ?? `gave no answer on port ${port} within ${Math.round(deadlineMs / 1000)} s`;
  if (identity && exited === undefined) await endServer(identity);
  removeRecord(folder);
  throw new TemporalError(
    'not-starting',
    `The Temporal server ${cli.path} ${why}; the last it said in ${log}:\n${tail(log, from)}`,
  );
}

/** Ends it: asks first, and is sure after 10 s. */
export async function endServer(identity: ProcessIdentity): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', 10_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isAlive(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself just now
    }
    const deadline = Date.now() + patienceMs;
    while (isAlive(identity) && Date.now() < deadline) await sleep(20);
  }
}

/** The wanted port if it is free, or any that is where none is wanted. Undefined: it is taken. */
export function freePort(wanted = 0): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

function tail(log: string, from: number): string {
  const said = readFileSync(log).subarray(from).toString('utf8').trim().split('\n');
  return said
    .slice(-5)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join('\n');
}
