import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

/** The code of workflows by hand: `file` stands beside this one. */
export function bundleOf(file: string): Promise<{ code: string }> {
  return bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(file, import.meta.url)), logger: quiet });
}

export interface HandWorker {
  client: Client;
  taskQueue: string;
  close(): Promise<void>;
}

/** A worker by hand in this process, beside a Firebreak and on its server; the queue is named after the workflows' file. */
export async function openHandWorker(address: string, file: string, activities: object): Promise<HandWorker> {
  // The last one to close took the runtime with it.
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address });
  const taskQueue = file;
  const worker = await Worker.create({ connection, taskQueue, activities, workflowBundle: await bundleOf(file) });
  const working = worker.run();
  return {
    client: new Client({ connection }),
    taskQueue,
    async close() {
      worker.shutdown();
      await working;
      await connection.close();
    },
  };
}
