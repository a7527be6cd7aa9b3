/**
 * One real Temporal server per test process, in memory, on a free port, with the settings that Firebreak gives its own.
 * Call `temporalServer()` in a test's `beforeAll`; it is started once and ends with the process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { findCli } from '../worker/temporal/find-cli.js';

let started: Promise<NativeConnection> | undefined;

/** A connection to the server of this process; the same for every test file that asks. */
export function temporalServer(): Promise<NativeConnection> {
  started ??= start();
  return started;
}

async function start(): Promise<NativeConnection> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const port = await freePort();
  const { path } = await findCli({ env: process.env, say: console.error });
  const server = spawn(path, argumentsFor(port), { stdio: 'ignore' });
  endWithUs(server);
  let refused: unknown;
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`the Temporal server ended at once with code ${server.exitCode}`);
    try {
      return await NativeConnection.connect({ address: `127.0.0.1:${port}` });
    } catch (error) {
      refused = error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('the Temporal server did not answer within 30 s', { cause: refused });
}

function argumentsFor(port: number): string[] {
  const settings = [
    'system.enableActivityEagerExecution=true',
    'history.transferProcessorMaxPollRPS=2000',
    'history.timerProcessorMaxPollRPS=2000',
    'history.visibilityProcessorMaxPollRPS=2000',
  ];
  const searchAttributes = ['FirebreakStage', 'FirebreakKind', 'FirebreakPlaybook', 'FirebreakWaiting'];
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** Also when the test process is ended from outside. */
function endWithUs(server: ChildProcess): void {
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
