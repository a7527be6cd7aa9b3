/** A Firebreak as people run it: the built program, its embedded Temporal server, and the twins, each a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { Webhook } from 'standardwebhooks';
import type { SandboxAddresses } from '../sandbox/start-sandbox.js';
import { RemoteTwin, stopSandbox } from '../sandbox/twin/control.js';

/** The project's own folder: this file stands in dist.bench/bench. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const DIST = join(ROOT, 'dist');

/** Proofs look so often and so far apart, so that what is compared is not the wait that both have. */
const PROOF: [string, string] = ['spread: 10s, window: 2m', 'spread: 2s, window: 20s'];

export interface Company {
  folder: string;
  addresses: SandboxAddresses;
  aws: RemoteTwin;
  /** Settings that it runs on. */
  settings: string;
  /** With every reference of the settings. */
  env: Record<string, string | undefined>;
  url: string;
  temporal: string;
  /** A new user with an active access key. */
  newKey(name: string): Promise<{ id: string; secret: string }>;
  /** A signed alert about a key; resolves when it was answered with 202. */
  alert(id: string): Promise<{ incident: string; sentAt: number; acceptedAt: number }>;
  /** When a key was first changed at the provider, by its id. */
  firstChanges(): Promise<Map<string, number>>;
  ask(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** `page`: instead of the shipped one for AWS access keys. */
export async function openCompany({ page }: { page?: string } = {}): Promise<Company> {
  if (!existsSync(DIST)) throw new Error('dist/ is not built; npm run build');
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  const trailFolder = join(folder, 'cloudtrail');
  mkdirSync(trailFolder);
  const own = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const sandbox = spawn(process.execPath, [join(DIST, 'sandbox', 'main.js')], {
    env: {
      ...own,
      FIREBREAK_SANDBOX_OPTIONS: JSON.stringify({ trailFolder, propagationSeconds: 1, deliverySeconds: 1 }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const addresses = JSON.parse(await firstLine(sandbox, 'the sandbox')) as SandboxAddresses;
  const port = await freePort();
  const settings = join(folder, 'firebreak.yaml');
  const written = readFileSync(join(ROOT, 'sandbox', 'firebreak.yaml'), 'utf8')
    .replace('listen: 127.0.0.1:8080', `listen: 127.0.0.1:${port}`)
    .replace(...PROOF);
  writeFileSync(settings, page === undefined ? written : `${written}\nplaybooks: ${ownPages(folder, page)}\n`);
  const env = { ...own, ...addresses.env };
  const cli = [join(DIST, 'worker', 'cli', 'main.js'), 'start', '--json', '--settings', settings];
  const firebreak = spawn(process.execPath, [...cli, '--data', join(folder, 'data')], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const serving = JSON.parse(await firstLine(firebreak, 'Firebreak')) as { url: string; temporal: { address: string } };
  const aws = new RemoteTwin('aws', addresses.control);
  const iam = new IAMClient({
    endpoint: addresses.aws.url,
    region: addresses.aws.region,
    credentials: { accessKeyId: addresses.aws.admin.id, secretAccessKey: addresses.aws.admin.secret },
  });
  const hook = new Webhook(addresses.env.FIREBREAK_SANDBOX_SIEM_HOOK as string);
  return {
    folder,
    addresses,
    aws,
    settings,
    env,
    url: serving.url,
    temporal: serving.temporal.address,
    async newKey(name) {
      await iam.send(new CreateUserCommand({ UserName: name, Tags: [{ Key: 'team', Value: 'payments' }] }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      return { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
    },
    async alert(id) {
      const now = new Date();
      const delivery = `msg_${crypto.randomUUID()}`;
      const body = JSON.stringify({
        type: 'credential.leaked',
        timestamp: now.toISOString(),
        data: { kind: 'aws-access-key', exposure: 'public', id },
      });
      const headers = {
        'content-type': 'application/json',
        'webhook-id': delivery,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': hook.sign(delivery, now, body),
      };
      const sentAt = Date.now();
      const answer = await fetch(`${serving.url}/hooks/standard`, { method: 'POST', headers, body });
      const acceptedAt = Date.now();
      const { incident } = (await answer.json()) as { incident?: string };
      if (answer.status !== 202 || incident === undefined) throw new Error(`an alert was answered ${answer.status}`);
      return { incident, sentAt, acceptedAt };
    },
    async firstChanges() {
      const first = new Map<string, number>();
      for (const { method, target, at } of await aws.writes()) {
        const id = /AKIA\w+/.exec(target)?.[0];
        if (method === 'UpdateAccessKey' && id !== undefined && !first.has(id)) first.set(id, at);
      }
      return first;
    },
    async ask(path) {
      const headers = { authorization: `Bearer ${addresses.people.sam}` };
      return (await fetch(`${serving.url}/api/v1${path}`, { headers })).json();
    },
    async close() {
      iam.destroy();
      firebreak.kill('SIGTERM');
      // Incidents that wait are left as they are.
      const patience = setTimeout(() => firebreak.kill('SIGKILL'), 20_000);
      if (firebreak.exitCode === null) await once(firebreak, 'exit');
      clearTimeout(patience);
      await stopSandbox(addresses.control).catch(() => sandbox.kill('SIGKILL'));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function ownPages(folder: string, page: string): string {
  const pages = join(folder, 'playbooks');
  mkdirSync(pages);
  cpSync(join(ROOT, 'playbooks', 'manual.yaml'), join(pages, 'manual.yaml'));
  writeFileSync(join(pages, 'aws-access-key.yaml'), page);
  return pages;
}

function firstLine(child: ChildProcess, who: string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${who} ended (${signal ?? code}) before it was ready`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
