/**
 * A worker as a process of its own, so that its CPU and memory are its own: `ours` runs Firebreak's workflow and
 * activities, `hand` those by hand. Told what to do by its parent over IPC; ends when the parent does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.js';
import { openRecords } from '../records/open-records.js';
import { forTemporal } from '../worker/activity-boundary.js';
import { createLog } from '../worker/log.js';
import { handActivities } from './hand-activities.js';
import { bundleOf } from './hand-worker.js';
import { benchSeams } from './house.js';

export interface WorkerOrder {
  contestant: 'ours' | 'hand';
  address: string;
  namespace: string;
  taskQueue: string;
  recordsFile: string;
  provider: string;
}

/** What the process has used since it was started. */
export interface Usage {
  cpuMs: number;
  rssMb: number;
  heapMb: number;
}

const BUILT = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));

function bundleFor(contestant: WorkerOrder['contestant']): Promise<{ code: string }> | { code: string } {
  if (contestant === 'hand') return bundleOf('by-hand.ts');
  if (!existsSync(BUILT)) throw new Error('dist/ is not built; npm run build');
  return { code: readFileSync(BUILT, 'utf8') };
}

export async function main([json]: string[]): Promise<number> {
  const order = JSON.parse(json ?? '{}') as WorkerOrder;
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const records = await openRecords({ file: order.recordsFile });
  const connection = await NativeConnection.connect({ address: order.address });
  const clock = { now: () => Date.now() };
  const worker = await Worker.create({
    connection,
    namespace: order.namespace,
    taskQueue: order.taskQueue,
    workflowBundle: await bundleFor(order.contestant),
    activities:
      order.contestant === 'ours'
        ? forTemporal(createActivities(benchSeams(records, order.provider)), clock, createLog({ level: 'error' }))
        : handActivities(records, order.provider),
    // As worker/serve.ts has it, for both.
    maxCachedWorkflows: 1_000,
    stickyQueueScheduleToStartTimeout: '3s',
  });
  const working = worker.run();
  process.on('message', (word) => {
    if (word === 'usage') process.send?.(usage());
    if (word === 'stop') worker.shutdown();
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
  await working;
  await connection.close();
  await records.close();
  process.disconnect?.();
  return 0;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  global.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuMs: (user + system) / 1_000, rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 };
}
