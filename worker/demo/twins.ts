import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SandboxAddresses } from '../../sandbox/start-sandbox.js';
import { RemoteTwin, stopSandbox } from '../../sandbox/twin/control.js';

const SANDBOX = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'sandbox');

/** The sandbox as a process of its own, so that it outlives a worker that is killed. */
export interface Twins {
  addresses: SandboxAddresses;
  /** Settings file that runs on it. */
  settings: string;
  /** What that file refers to. */
  env: Record<string, string>;
  aws: RemoteTwin;
  github: RemoteTwin;
  mail: RemoteTwin;
  vault: RemoteTwin;
  slack: RemoteTwin;
  pagerduty: RemoteTwin;
  stop(): Promise<void>;
}

/** Names a file of `{ settings, addresses }`: `start --sandbox` then joins twins that run already instead of starting some. */
export const JOIN_SANDBOX = 'FIREBREAK_JOIN_SANDBOX';

/** Starts the twins of all providers on the loopback; throws with their own words if they do not come up. */
export async function startTwins(
  io: { env: Record<string, string | undefined>; err(line: string): void },
  trailFolder?: string,
): Promise<Twins> {
  const running = io.env[JOIN_SANDBOX];
  if (running !== undefined) {
    const { addresses, settings } = JSON.parse(readFileSync(running, 'utf8')) as {
      addresses: SandboxAddresses;
      settings: string;
    };
    return twinsAt(addresses, settings, async () => {});
  }
  const child = spawn(process.execPath, [join(SANDBOX, 'main.js')], {
    env: {
      ...io.env,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...(trailFolder === undefined ? {} : { FIREBREAK_SANDBOX_CLOUDTRAIL: trailFolder }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C in the terminal is for us: the twins must outlive the drain.
    detached: true,
  });
  const addresses = JSON.parse(await firstLine(child)) as SandboxAddresses;
  return twinsAt(addresses, join(SANDBOX, 'firebreak.yaml'), async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    await stopSandbox(addresses.control).catch(() => child.kill('SIGKILL'));
    await exited;
  });
}

function twinsAt(addresses: SandboxAddresses, settings: string, stop: () => Promise<void>): Twins {
  const twin = (name: string) => new RemoteTwin(name, addresses.control);
  return {
    addresses,
    settings,
    env: addresses.env,
    aws: twin('aws'),
    github: twin('github'),
    mail: twin('mail'),
    vault: twin('vault'),
    slack: twin('slack'),
    pagerduty: twin('pagerduty'),
    stop,
  };
}

/** The line that a child prints when it is ready; throws if it ends before. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended (${signal ?? code}) before it was ready`)));
  });
}
