/** The shipped page for AWS keys, from the alert to its question, beside the same steps in one line by hand. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.js';
import { forTemporal } from '../worker/activity-boundary.js';
import type * as HouseModule from '../worker/house.js';
import { createLog } from '../worker/log.js';
import type * as SettingsModule from '../worker/settings/load-settings.js';
import { type Company, DIST, openCompany, ROOT } from './company.js';
import { type Goal, median, percentile, table } from './figures.js';
import type { lineByHand } from './line-by-hand.js';

export async function benchPlaybook({ quick, say }: { quick: boolean; say(line: string): void }): Promise<Goal[]> {
  const many = quick ? 1 : 5;
  const company = await openCompany();
  try {
    const hand = await inOneLine(company);
    try {
      const [ours, theirs]: number[][] = [[], []];
      const keys = [];
      for (let n = 0; n < many; n += 1) {
        keys.push({ ours: await company.newKey(`svc-page-${n}`), theirs: await company.newKey(`svc-line-${n}`) });
      }
      // What was made a moment ago is not listed everywhere yet, and would be looked for again.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      for (const [n, key] of keys.entries()) {
        const began = performance.now();
        const { incident } = await company.alert(key.ours.id);
        await asked(company, incident);
        ours?.push(performance.now() - began);
        theirs?.push(await hand.run(key.theirs.id));
        say(`${n + 1} of ${many} incidents each`);
      }
      console.info(`\n### The shipped page for AWS keys, alert to question, ${many} each\n`);
      const row = (who: string, sample: number[]) => [who, median(sample), percentile(sample, 0), Math.max(...sample)];
      console.info(
        table(
          ['who', 'median ms', 'min ms', 'max ms'],
          [row('ours', ours ?? []), row('the same steps in one line, by hand', theirs ?? [])],
        ),
      );
      console.info(`\nours / in one line: ${(median(ours ?? []) / median(theirs ?? [])).toFixed(2)}`);
      return [];
    } finally {
      await hand.close();
    }
  } finally {
    await company.close();
  }
}

/** The same activities over records of their own, run by a workflow that is nothing but the line. */
async function inOneLine(company: Company): Promise<{ run(id: string): Promise<number>; close(): Promise<void> }> {
  // As built: the house finds the pages beside itself.
  const built = <T>(file: string) => import(pathToFileURL(join(DIST, 'worker', file)).href) as Promise<T>;
  const { openHouse } = await built<typeof HouseModule>('house.js');
  const { loadSettings, resolveAll } = await built<typeof SettingsModule>('settings/load-settings.js');
  const { settings } = loadSettings(company.settings, company.env);
  if (settings === undefined) throw new Error('the settings of the bench have a mistake');
  resolveAll(settings);
  const clock = { now: () => Date.now() };
  const house = await openHouse(settings, join(company.folder, 'by-hand'), clock, 'SANDBOX');
  const connection = await NativeConnection.connect({ address: company.temporal });
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const worker = await Worker.create({
    connection,
    taskQueue: 'in-one-line',
    activities: forTemporal(createActivities(house.seams), clock, createLog({ level: 'error' })),
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(ROOT, 'dist.bench', 'bench', 'line-by-hand.js'),
      logger: quiet,
    }),
  });
  const working = worker.run();
  const client = new Client({ connection });
  return {
    async run(id) {
      const began = performance.now();
      const { incident } = await house.records.receive(
        {
          source: 'api',
          key: id,
          kind: 'alert',
          receivedAt: Date.now(),
          body: {
            v: 1,
            source: 'api',
            event: 'opened',
            exposure: 'public',
            secret: 'not_held',
            credential: { kind: 'aws-access-key', id },
          },
          claims: [`aws-access-key:${id}`],
        },
        { by: 'source:bench', observe: false },
      );
      await client.workflow.execute<typeof lineByHand>('lineByHand', {
        workflowId: `by-hand-${incident}`,
        taskQueue: 'in-one-line',
        args: [{ incident }],
      });
      return performance.now() - began;
    },
    async close() {
      worker.shutdown();
      await working;
      await connection.close();
      await house.close();
    },
  };
}

async function asked(company: Company, incident: string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const { live } = (await company.ask(`/incidents/${incident}`)) as { live?: { waiting: { id: string }[] } | null };
    if (live?.waiting.some(({ id }) => id.startsWith('close.'))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const last = JSON.stringify(await company.ask(`/incidents/${incident}`));
  throw new Error(`${incident} did not come to its question within a minute: ${last}`);
}
