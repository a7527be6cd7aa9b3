/** From an accepted alert to the first change that the provider sees, beside a workflow by hand with two activities. */
import { setTimeout as pause } from 'node:timers/promises';
import { GetAccessKeyLastUsedCommand, IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import type { Site } from '../test/system/site.js';
import type { AwsActivities, bareFirstChange } from './aws-by-hand.js';
import { alertAbout, openCompany } from './company.js';
import { type Goal, goalTable, median, percentile, table } from './figures.js';
import { openHandWorker } from './hand-worker.js';

/** Freezes, proves it, and then waits for people: nothing of an earlier incident runs beside the next. */
const PAGE = `
playbook: aws-access-key
summary: Freeze a leaked AWS key.
contain:
  - do: disable
  - prove: contained
close:
  - do: revoke
    ask: Delete <credential> for good?
  - prove: dead
cases:
  - { name: silence deletes nothing, people: { revoke: silent }, expect: { incident: held } }
`;

export async function benchFirstChange({ quick, say }: { quick: boolean; say(line: string): void }): Promise<Goal[]> {
  const many = quick ? 5 : 100;
  const company = await openCompany(PAGE);
  try {
    const hand = await byHand(company);
    try {
      const accepted = new Map<string, number>();
      const sent = new Map<string, number>();
      const started = new Map<string, number>();
      const keys = [];
      for (let n = 0; n < many + 1; n += 1) {
        keys.push({
          ours: await company.leakUser(`svc-ours-${n}`),
          theirs: await company.leakUser(`svc-hand-${n}`),
        });
      }
      for (const [n, { ours, theirs }] of keys.entries()) {
        const { incident, sentAt, acceptedAt } = await alertAbout(company, ours.id);
        // Nobody looks while it is on its way. Then until it waits for people, so that nothing runs beside what is next.
        await pause(1_000);
        await company.question(incident, 'revoke', 60);
        const at = Date.now();
        await hand.freeze(theirs.id);
        // The first of each warms what only runs once.
        if (n === 0) continue;
        accepted.set(ours.id, acceptedAt);
        sent.set(ours.id, sentAt);
        started.set(theirs.id, at);
        if (n % 20 === 0) say(`${n} of ${many} alerts`);
      }
      const changed = await firstChanges(company);
      const since = (from: Map<string, number>) =>
        [...from].map(([id, at]) => (changed.get(id) ?? Number.POSITIVE_INFINITY) - at);
      return report(many, since(sent), since(accepted), since(started));
    } finally {
      await hand.close();
    }
  } finally {
    await company.close();
  }
}

function report(many: number, sent: number[], accepted: number[], started: number[]): Goal[] {
  const row = (who: string, sample: number[]) => [
    who,
    median(sample),
    percentile(sample, 0.95),
    percentile(sample, 0.99),
    Math.max(...sample),
  ];
  console.info(`\n### First change seen by the provider, ${many} alerts one after the other\n`);
  console.info(
    table(
      ['from', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
      [
        row('ours, alert sent', sent),
        row('ours, alert accepted (202)', accepted),
        row('by hand: start of a workflow, look-up, change', started),
      ],
    ),
  );
  const goal = (name: string, share: number, most: number): Goal => {
    const measured = percentile(accepted, share) / percentile(started, share);
    return { what: `first change ${name}, ours / by hand`, goal: `<= ${most}`, measured, met: measured <= most };
  };
  const goals = [goal('p50', 0.5, 1.3), goal('p99', 0.99, 1.5)];
  console.info(`\n${goalTable(goals)}`);
  return goals;
}

/** When a key was first changed at the provider, by its id. */
async function firstChanges(company: Site): Promise<Map<string, number>> {
  const first = new Map<string, number>();
  for (const { method, target, at } of await company.aws.writes()) {
    const id = /AKIA\w+/.exec(target)?.[0];
    if (method === 'UpdateAccessKey' && id !== undefined && !first.has(id)) first.set(id, at);
  }
  return first;
}

async function byHand(company: Site): Promise<{ freeze(id: string): Promise<void>; close(): Promise<void> }> {
  const { responder, url, region } = company.addresses.aws;
  const iam = new IAMClient({
    endpoint: url,
    region,
    credentials: { accessKeyId: responder.id, secretAccessKey: responder.secret },
    maxAttempts: 1,
  });
  const activities: AwsActivities = {
    lookUpKey: async (id) => (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }))).UserName ?? '',
    disableKey: async (id, user) => {
      await iam.send(new UpdateAccessKeyCommand({ AccessKeyId: id, UserName: user, Status: 'Inactive' }));
    },
  };
  const { client, taskQueue, close } = await openHandWorker(company.temporalAddress, 'aws-by-hand.ts', activities);
  return {
    freeze: async (id) => {
      await client.workflow.execute<typeof bareFirstChange>('bareFirstChange', {
        workflowId: `by-hand-${id}`,
        taskQueue,
        args: [id],
        requestEagerStart: true,
      });
    },
    async close() {
      await close();
      iam.destroy();
    },
  };
}
