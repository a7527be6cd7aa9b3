/** Incidents that wait for an answer: what each keeps in memory, and how soon its next step runs once it is given. */
import { randomUUID } from 'node:crypto';
import { openRecords } from '../records/open-records.js';
import type { Decision, Records } from '../records/records.js';
import { eachOf } from '../test/system/each-of.js';
import { createDecisionDoor } from '../worker/dispatcher/decision-door.js';
import { createTemporalPort } from '../worker/dispatcher/temporal-port.js';
import { createLog } from '../worker/log.js';
import { REVISION } from '../workflows/core/message.js';
import { type Goal, median, percentile, table } from './figures.js';
import { benchSwitch, receiveAlert } from './house.js';
import { type BenchWorker, openStage, type Stage } from './stage.js';

const AT_ONCE = 20;

interface Parked {
  who: string;
  kbEach: number;
  latencies: number[];
}

export async function benchParked({ quick, say }: { quick: boolean; say(line: string): void }): Promise<Goal[]> {
  const many = quick ? 50 : 1_000;
  const stage = await openStage(say);
  try {
    const results = [await ours(stage, many, say), await byHand(stage, many, say)];
    console.info(`\n### ${many} incidents parked on a question\n`);
    console.info(
      table(
        ['who', 'memory KB each', 'answer -> next step p50 ms', 'p95 ms', 'p99 ms'],
        results.map(({ who, kbEach, latencies }) => [
          who,
          kbEach,
          median(latencies),
          percentile(latencies, 0.95),
          percentile(latencies, 0.99),
        ]),
      ),
    );
    return [];
  } finally {
    await stage.close();
  }
}

async function ours(stage: Stage, many: number, say: (line: string) => void): Promise<Parked> {
  const worker = await stage.worker('parked-ours', 'ours');
  const records = await openRecords({ file: worker.recordsFile });
  try {
    const temporal = createTemporalPort(stage.client, { taskQueue: worker.taskQueue });
    const clock = { now: () => Date.now() };
    const door = createDecisionDoor({ records, temporal, clock, log: createLog({ level: 'error' }) });
    const before = await worker.usage();
    const names = await eachOf(
      Array.from({ length: many }, (_, n) => `parked-${n + 1}`),
      AT_ONCE,
      async (name) => {
        const incident = await receiveAlert(records, benchSwitch(name, 'ask'));
        await stage.client.workflow.start('runPlaybook', {
          workflowId: incident,
          taskQueue: worker.taskQueue,
          args: [{ incident, searchable: true, revision: REVISION }],
        });
        return { incident, switchName: `${name}.ask/act_1` };
      },
    );
    await eachOf(names, AT_ONCE, ({ incident }) => untilAsked(records, incident));
    const kbEach = await keptBy(worker, before.rssMb, many);
    say(`${many} of ours wait for an answer`);
    const latencies = await eachOf(names, AT_ONCE, async ({ incident, switchName }) => {
      const digest = (await records.incidents.get(incident))?.planDigest ?? '';
      const at = Date.now();
      const said = await door.say(yes(incident, digest, at));
      if (said.outcome !== 'counted') throw new Error(`the answer to ${incident} was ${JSON.stringify(said)}`);
      return (await stage.provider.firstWrite(switchName)) - at;
    });
    return { who: 'ours', kbEach, latencies };
  } finally {
    await records.close();
  }
}

async function byHand(stage: Stage, many: number, say: (line: string) => void): Promise<Parked> {
  const worker = await stage.worker('parked-hand', 'hand');
  const before = await worker.usage();
  const names = await eachOf(
    Array.from({ length: many }, (_, n) => `hand-parked-${n + 1}`),
    AT_ONCE,
    async (name) => {
      await stage.client.workflow.start('bareQuestion', {
        workflowId: name,
        taskQueue: worker.taskQueue,
        args: [{ name, acts: 1 }],
      });
      return name;
    },
  );
  // An update is answered once the workflow has its handler; that it waits is seen by its look-up having ended.
  await eachOf(names, AT_ONCE, (name) => untilWaiting(stage, name));
  const kbEach = await keptBy(worker, before.rssMb, many);
  say(`${many} by hand wait for an answer`);
  const latencies = await eachOf(names, AT_ONCE, async (name) => {
    const at = Date.now();
    await stage.client.workflow.getHandle(name).executeUpdate('yes');
    return (await stage.provider.firstWrite(`${name}/act_1`)) - at;
  });
  return { who: 'by hand', kbEach, latencies };
}

async function keptBy(worker: BenchWorker, beforeMb: number, many: number): Promise<number> {
  return (((await worker.usage()).rssMb - beforeMb) * 1_024) / many;
}

async function untilAsked(records: Records, incident: string): Promise<void> {
  await until(`${incident} asks`, async () =>
    (await records.timeline.ofIncident(incident)).some(({ kind }) => kind === 'asked'),
  );
}

async function untilWaiting(stage: Stage, name: string): Promise<void> {
  await until(`${name} waits`, async () => {
    const { historyLength } = await stage.client.workflow.getHandle(name).describe();
    // start, three of the first task, three of the look-up, three of the second task, its timer
    return historyLength >= 11;
  });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within two minutes`);
}

function yes(incident: string, planDigest: string, at: number): Decision {
  return {
    id: randomUUID(),
    incident,
    at,
    person: 'leo',
    roles: [{ role: 'security-on-call', source: 'bench' }],
    channel: 'api',
    control: 'decide',
    step: 'contain.act_1.ask',
    answer: 'yes',
    reason: '',
    generation: 1,
    planDigest,
  };
}
