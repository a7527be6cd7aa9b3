import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  startEmbeddedServer,
} from '../../../worker/temporal/embedded-server.js';
import { type Cli, findCli } from '../../../worker/temporal/find-cli.js';
import { identify, isAlive } from '../../../worker/temporal/process-identity.js';
import { readRecord, runningServer, writeRecord } from '../../../worker/temporal/server-record.js';
import { SEARCH_ATTRIBUTES } from '../../../worker/temporal/server-settings.js';
import { endServer } from '../../../worker/temporal/spawn-server.js';
import { TemporalError } from '../../../worker/temporal/temporal-error.js';

const root = join(import.meta.dirname, '..', '..', '..');
let cli: Cli;
let output: string | undefined;
beforeAll(async () => {
  cli = await findCli({ env: process.env, say: (line) => process.stderr.write(`${line}\n`) });
}, 900_000);

afterAll(() => {
  if (output) rmSync(output, { recursive: true, force: true });
});

const said: string[] = [];
const started: EmbeddedServer[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) {
    // A starter that was killed a moment ago may have looked like somebody who still uses it.
    const left = runningServer(folder);
    if (left) await endServer(left);
    rmSync(folder, { recursive: true, force: true });
  }
  said.length = 0;
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-temporal-'));
  folders.push(folder);
  return folder;
}

async function start(folder: string, more: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const say = (line: string) => void said.push(line);
  const server = await startEmbeddedServer({ folder, env: process.env, say, find: async () => cli, ...more });
  started.push(server);
  return server;
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

const begin = (address: string, workflowId: string) =>
  withConnection(address, async (connection) => {
    await new Client({ connection }).workflow.start('nothing', { taskQueue: 'nobody', workflowId });
  });
const statusOf = (address: string, workflowId: string) =>
  withConnection(
    address,
    async (connection) => (await new Client({ connection }).workflow.getHandle(workflowId).describe()).status.name,
  );

/** Resolves when it holds; for what other processes do. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A process of its own that starts the server of the folder and then waits; gives the pid of its server. */
async function starter(folder: string): Promise<{ child: ChildProcess; server: number }> {
  const script = `
    import { startEmbeddedServer } from ${JSON.stringify(join(compiled(), 'worker/temporal/embedded-server.js'))};
    const cli = ${JSON.stringify(cli)};
    const server = await startEmbeddedServer({ folder: ${JSON.stringify(folder)}, env: process.env, say() {}, find: async () => cli });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) return { child, server: Number(line) };
  throw new Error('the starter said nothing');
}

function compiled(): string {
  if (output) return output;
  output = join(root, 'node_modules', '.cache', `firebreak-test-${process.pid}`);
  mkdirSync(output, { recursive: true });
  const config = join(output, 'tsconfig.json');
  const files = [join(root, 'worker/temporal/embedded-server.ts')];
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { outDir: output, rootDir: root, typeRoots: [join(root, 'node_modules/@types')] },
      files,
      include: [],
    }),
  );
  writeFileSync(join(output, 'package.json'), '{"type":"module"}');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  return output;
}

describe('the embedded Temporal server', () => {
  it('says what the server said last when it does not start', async () => {
    const folder = newFolder();
    const broken = join(folder, 'broken');
    writeFileSync(broken, '#!/bin/sh\necho "schema version mismatch" >&2\nexit 3\n');
    chmodSync(broken, 0o755);
    const failing = start(folder, { find: async () => ({ ...cli, path: broken }) });
    await expect(failing).rejects.toMatchObject({ code: 'not-starting' });
    await expect(failing).rejects.toThrow(
      /broken ended with 3; the last it said in .*server\.log:\n {2}schema version mismatch/,
    );
  });

  it('gives up on a server that never answers, and ends it', async () => {
    const folder = newFolder();
    const silent = join(folder, 'silent');
    writeFileSync(silent, `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`);
    chmodSync(silent, 0o755);
    const failing = start(folder, { find: async () => ({ ...cli, path: silent }), deadlineMs: 1000 });
    await expect(failing).rejects.toThrow(/gave no answer on port \d+ within 1 s/);
    expect(identify(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBeUndefined();
  });

  it('refuses a port that another program holds', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const refused = start(newFolder(), { port });
    await expect(refused).rejects.toBeInstanceOf(TemporalError);
    await expect(refused).rejects.toThrow(`Port ${port} of the loopback is taken by another program`);
    other.close();
  });

  it('moves to another port when a stranger took its old one', async () => {
    const folder = newFolder();
    const first = await start(folder);
    await first.stop();
    const port = Number(first.address.split(':')[1]);
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const second = await start(folder);
    expect(second.address).not.toBe(first.address);
    stranger.close();
  });

  it('starts a new one when the recorded process number belongs to a stranger, and leaves the stranger alone', async () => {
    const folder = newFolder();
    const stranger = spawn('sleep', ['60']);
    const identity = identify(stranger.pid as number);
    writeRecord(folder, {
      pid: stranger.pid as number,
      begun: 'another boot/1',
      port: 1,
      databaseFile: '',
      version: '1.8.2',
      server: '1.31.2',
    });
    const server = await start(folder);
    expect(server.adopted).toBe(false);
    expect(server.pid).not.toBe(stranger.pid);
    expect(identify(stranger.pid as number)).toEqual(identity);
    stranger.kill();
  });

  it('is adopted by the next process after the first was killed, with its workflows', async () => {
    const folder = newFolder();
    const { child, server: pid } = await starter(folder);
    const port = readRecord(folder)?.port;
    await begin(`127.0.0.1:${port}`, 'INC-1');
    child.kill('SIGKILL');
    const server = await start(folder);
    expect(server).toMatchObject({ pid, adopted: true, address: `127.0.0.1:${port}`, version: cli.server });
    expect(await statusOf(server.address, 'INC-1')).toBe('RUNNING');
  });

  it('is found again even if nobody wrote down that it runs', async () => {
    const folder = newFolder();
    const { child, server: pid } = await starter(folder);
    child.kill('SIGKILL');
    rmSync(join(folder, 'server.json'));
    expect(await start(folder)).toMatchObject({ pid, adopted: true });
  });

  it('comes back on the same address and data when it is killed under us', async () => {
    const folder = newFolder();
    const server = await start(folder);
    const { pid, address } = server;
    await begin(address, 'INC-1');
    process.kill(pid, 'SIGKILL');
    await until(() => server.pid !== pid);
    expect(server.address).toBe(address);
    expect(await statusOf(address, 'INC-1')).toBe('RUNNING');
    expect(said).toEqual([`The Temporal server (process ${pid}) died; starting it again on the same data.`]);
  });

  it('is one server however many start it at once, and ends with the last of them', async () => {
    const folder = newFolder();
    const [one, two, { child, server: three }] = await Promise.all([start(folder), start(folder), starter(folder)]);
    expect(new Set([one.pid, two.pid, three]).size).toBe(1);
    const identity = identify(one.pid);
    await one.stop();
    child.kill('SIGKILL');
    expect(identity && isAlive(identity)).toBe(true);
    await until(() => child.signalCode !== null);
    await two.stop();
    expect(identity && isAlive(identity)).toBe(false);
  });

  it('keeps closed incidents for 30 days and knows our search attributes, also on an old file', async () => {
    const folder = newFolder();
    const first = await start(folder);
    await withConnection(first.address, ({ workflowService }) =>
      workflowService.updateNamespace({
        namespace: 'default',
        config: { workflowExecutionRetentionTtl: { seconds: 86_400 as never } },
      }),
    );
    await first.stop();
    const second = await start(folder);
    expect(second.pid).not.toBe(first.pid);
    await withConnection(second.address, async ({ workflowService, operatorService }) => {
      const { config } = await workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
      for (const name of SEARCH_ATTRIBUTES) expect(customAttributes?.[name]).toBe(2);
    });
  });

  it('serves its web page only when asked to', async () => {
    const bare = await start(newFolder());
    expect(bare.uiUrl).toBeUndefined();
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port: uiPort } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const shown = await start(newFolder(), { uiPort });
    expect(shown.uiUrl).toBe(`http://127.0.0.1:${uiPort}`);
    await until(async () => (await fetch(shown.uiUrl as string).catch(() => undefined))?.ok === true);
  });
});
