/** The shipped page for AWS keys, from the alert to its question, beside the same steps in one line by hand. */
import { join } from 'node:path';
import { createActivities } from '../activities/create-activities.js';
import type { Site } from '../test/system/site.js';
import { forTemporal } from '../worker/activity-boundary.js';
import { openHouse } from '../worker/house.js';
import { createLog } from '../worker/log.js';
import { loadSettings, resolveAll } from '../worker/settings/load-settings.js';
import { alertAbout, openCompany } from './company.js';
import { type Goal, median, percentile, table } from './figures.js';
import { openHandWorker } from './hand-worker.js';
import { receiveAlert } from './house.js';
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
        keys.push({
          ours: await company.leakUser(`svc-page-${n}`),
          theirs: await company.leakUser(`svc-line-${n}`),
        });
      }
      for (const [n, key] of keys.entries()) {
        const began = performance.now();
        const { incident } = await alertAbout(company, key.ours.id);
        await company.question(incident, 'revoke', 60);
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
async function inOneLine(company: Site): Promise<{ run(id: string): Promise<number>; close(): Promise<void> }> {
  const { settings } = loadSettings(join(company.folder, 'firebreak.yaml'), company.env);
  if (settings === undefined) throw new Error('the settings of the bench have a mistake');
  resolveAll(settings);
  const clock = { now: () => Date.now() };
  const log = createLog({ level: 'error' });
  const house = await openHouse(settings, join(company.folder, 'by-hand'), clock, log, 'SANDBOX');
  const activities = forTemporal(createActivities(house.seams), clock, log);
  const { client, taskQueue, close } = await openHandWorker(company.temporalAddress, 'line-by-hand.ts', activities);
  return {
    async run(id) {
      const began = performance.now();
      const incident = await receiveAlert(house.records, { kind: 'aws-access-key', id });
      await client.workflow.execute<typeof lineByHand>('lineByHand', {
        workflowId: `by-hand-${incident}`,
        taskQueue,
        args: [{ incident }],
      });
      return performance.now() - began;
    },
    async close() {
      await close();
      await house.close();
    },
  };
}
