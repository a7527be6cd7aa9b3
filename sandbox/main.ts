/**
 * The sandbox as processes of their own, so that they outlive a worker that is killed:
 * `node dist/sandbox/main.js` serves the twins and prints their addresses as one line of JSON (FIREBREAK_SANDBOX_OPTIONS, in
 * JSON too, says how fast they are); `… attacker` and `… service` read their options as JSON from standard input and
 * print each use of a key as a line of JSON.
 */
import { text } from 'node:stream/consumers';
import { startAttacker } from './attacker.js';
import { keyFromFile, keyFromVault, startService } from './service.js';
import { type SandboxOptions, startSandbox } from './start-sandbox.js';
import type { Use } from './use-key.js';

const print = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);
const onUse = (use: Use) => print(use);
process.stdout.on('error', () => process.exit(0)); // whoever listened is gone

async function start(role: string): Promise<{ stop(): Promise<void> }> {
  if (role === 'attacker') return startAttacker({ ...JSON.parse(await text(process.stdin)), onUse });
  if (role === 'service') {
    const { file, vault, ...options } = JSON.parse(await text(process.stdin));
    return startService({ ...options, readKey: file === undefined ? keyFromVault(vault) : keyFromFile(file), onUse });
  }
  const sandbox = await startSandbox({
    ...(JSON.parse(process.env.FIREBREAK_SANDBOX_OPTIONS || '{}') as SandboxOptions),
    onStop: () => process.emit('SIGTERM'),
    ...(process.env.FIREBREAK_SANDBOX_CLOUDTRAIL ? { trailFolder: process.env.FIREBREAK_SANDBOX_CLOUDTRAIL } : {}),
  });
  print(sandbox.addresses);
  return { stop: sandbox.close };
}

const running = await start(process.argv[2] ?? 'twins');
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void running.stop().then(() => process.exit(0)));
}
