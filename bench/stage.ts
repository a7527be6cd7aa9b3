import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { type EmbeddedServer, startEmbeddedServer } from '../worker/temporal/embedded-server.js';
import { type StubProvider, startStubProvider } from './stub-provider.js';
import type { Usage, WorkerOrder } from './worker-process.js';

/** One Temporal server, with the settings of the embedded one, and one provider: the same for everybody who runs on it. */
export interface Stage {
  folder: string;
  server: EmbeddedServer;
  client: Client;
  provider: StubProvider;
  /** CPU time of the server's process so far, ms. */
  serverCpuMs(): number;
  /** Starts a worker as a process of its own on its own task queue and records; resolves when it works. */
  worker(name: string, contestant: WorkerOrder['contestant']): Promise<BenchWorker>;
  close(): Promise<void>;
}

export interface BenchWorker {
  taskQueue: string;
  recordsFile: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

const RUN_SOURCE = fileURLToPath(new URL('../tools/run-source.mjs', import.meta.url));

export async function openStage(say: (line: string) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  const server = await startEmbeddedServer({ folder: join(folder, 'temporal'), env: process.env, say });
  const provider = await startStubProvider();
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace });
  const workers: BenchWorker[] = [];
  return {
    folder,
    server,
    client,
    provider,
    serverCpuMs: () => cpuMsOf(server.pid),
    async worker(name, contestant) {
      const order: WorkerOrder = {
        contestant,
        address: server.address,
        namespace: server.namespace,
        taskQueue: name,
        recordsFile: join(folder, `${name}.db`),
        provider: provider.url,
      };
      const child = fork(RUN_SOURCE, ['bench/worker-process.ts', JSON.stringify(order)], {
        execArgv: ['--expose-gc'],
      });
      const [word] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => {
          throw new Error(`the worker ${name} ended before it was ready`);
        }),
      ]);
      if (word !== 'ready') throw new Error(`the worker ${name} said ${String(word)}`);
      const worker = benchWorker(child, order);
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await provider.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function benchWorker(child: ChildProcess, { taskQueue, recordsFile }: WorkerOrder): BenchWorker {
  let stopping: Promise<unknown> | undefined;
  return {
    taskQueue,
    recordsFile,
    async usage() {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [Usage];
      return usage;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      stopping ??= once(child, 'exit');
      if (child.connected) child.send('stop');
      await stopping;
    },
  };
}

/** utime + stime of a process, in ms (proc(5): clock ticks, 100 a second on every Linux that Node runs on). */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
