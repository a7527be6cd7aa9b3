/** From an accepted alert to the first change that the provider sees, beside a workflow by hand with two activities. */
import { join } from 'node:path';
import { GetAccessKeyLastUsedCommand, IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { AwsActivities, bareFirstChange } from './aws-by-hand.js';
import { type Company, openCompany, ROOT } from './company.js';
import { type Goal, goalTable, median, percentile, table } from './figures.js';

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
  const company = await openCompany({ page: PAGE });
  try {
    const hand = await byHand(company);
    try {
      const accepted = new Map<string, number>();
      const sent = new Map<string, number>();
      const started = new Map<string, number>();
      const keys = [];
      for (let n = 0; n < many + 1; n += 1) {
        keys.push({ ours: await company.newKey(`svc-ours-${n}`), theirs: await company.newKey(`svc-hand-${n}`) });
      }
      // What was made a moment ago is not listed everywhere yet, and would be looked for again.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      for (const [n, { ours, theirs }] of keys.entries()) {
        const { incident, sentAt, acceptedAt } = await company.alert(ours.id);
        await contained(company, incident);
        const at = Date.now();
        await hand.freeze(theirs.id);
        // The first of each warms what only runs once.
        if (n === 0) continue;
        accepted.set(ours.id, acceptedAt);
        sent.set(ours.id, sentAt);
        started.set(theirs.id, at);
        if (n % 20 === 0) say(`${n} of ${many} alerts`);
      }
      const changed = await company.firstChanges();
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

async function byHand(company: Company): Promise<{ freeze(id: string): Promise<void>; close(): Promise<void> }> {
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
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: company.temporal });
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const worker = await Worker.create({
    connection,
    taskQueue: 'by-hand',
    activities,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(ROOT, 'dist.bench', 'bench', 'aws-by-hand.js'),
      logger: quiet,
    }),
  });
  const working = worker.run();
  const client = new Client({ connection });
  return {
    freeze: async (id) => {
      await client.workflow.execute<typeof bareFirstChange>('bareFirstChange', {
        workflowId: `by-hand-${id}`,
        taskQueue: 'by-hand',
        args: [id],
        requestEagerStart: true,
      });
    },
    async close() {
      worker.shutdown();
      await working;
      await connection.close();
      iam.destroy();
    },
  };
}

/** Until it waits for people, so that nothing runs beside what is measured next. */
async function contained(company: Company, incident: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { live } = (await company.ask(`/incidents/${incident}`)) as { live?: { waiting: unknown[] } | null };
    if ((live?.waiting.length ?? 0) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const last = JSON.stringify(await company.ask(`/incidents/${incident}`));
  throw new Error(`${incident} did not come to its question within a minute: ${last}`);
}
