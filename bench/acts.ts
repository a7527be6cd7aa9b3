/** Five acts in sequence: ours beside the same by hand, on the same server, in one run. */
import { openRecords } from '../records/open-records.js';
import { REVISION } from '../workflows/core/message.js';
import { type Goal, goalTable, median, percentile, table } from './figures.js';
import { type Cost, costOf } from './history-cost.js';
import { benchSwitch, receiveAlert } from './house.js';
import { type BenchWorker, openStage, type Stage } from './stage.js';

const ACTS = 5;
/** Beside five, to see what one more costs without what an incident has around its acts. */
const MORE_ACTS = 10;

/**
 * `ours` is a whole incident (look-up, five acts, end). `equal` and `bare` are the same seven steps by hand, with and
 * without the same record commits; `bare acts` is the five acts alone.
 */
const CONTESTANTS = ['ours', 'equal', 'bare', 'bare acts'] as const;
type Contestant = (typeof CONTESTANTS)[number];
const WORKFLOW: Record<Contestant, string> = {
  ours: 'runPlaybook',
  equal: 'equalIncident',
  bare: 'bareIncident',
  'bare acts': 'bareRun',
};

interface Sample {
  runs: number;
  wallMs: number;
  latencies: number[];
  serverCpuMs: number;
  workerCpuMs: number;
}

export async function benchActs({ quick, say }: { quick: boolean; say(line: string): void }): Promise<Goal[]> {
  const levels = quick
    ? [
        { atOnce: 1, runs: 5 },
        { atOnce: 10, runs: 20 },
      ]
    : [
        { atOnce: 1, runs: 30 },
        { atOnce: 10, runs: 150 },
        { atOnce: 50, runs: 300 },
        { atOnce: 200, runs: 400 },
      ];
  const stage = await openStage(say);
  try {
    const ours = await stage.worker('ours', 'ours');
    const hand = await stage.worker('hand', 'hand');
    const workerOf = (contestant: Contestant) => (contestant === 'ours' ? ours : hand);
    for (const contestant of CONTESTANTS) await runMany(stage, contestant, workerOf(contestant), ACTS, 5, 10);

    const samples = new Map<string, Sample>();
    for (const { atOnce, runs } of levels) {
      // There and back again, so that nobody always runs first.
      for (const contestant of [...CONTESTANTS, ...CONTESTANTS.toReversed()]) {
        const half = await runMany(stage, contestant, workerOf(contestant), ACTS, atOnce, Math.ceil(runs / 2));
        const key = `${contestant}/${atOnce}`;
        samples.set(key, add(samples.get(key), half));
        say(`${contestant}, ${atOnce} at once: ${(half.runs / (half.wallMs / 1_000)).toFixed(1)} runs/s`);
      }
    }
    const costs = new Map<Contestant, { five: Cost; ten: Cost }>();
    for (const contestant of CONTESTANTS) {
      const cost = async (acts: number) =>
        costOf(stage.client, await runOne(stage, contestant, workerOf(contestant), acts));
      costs.set(contestant, { five: await cost(ACTS), ten: await cost(MORE_ACTS) });
    }
    return report(levels, samples, costs);
  } finally {
    await stage.close();
  }
}

let count = 0;

/** Names of new incidents of a contestant; ours are received first, as intake would have done. */
async function open(contestant: Contestant, worker: BenchWorker, acts: number, runs: number): Promise<string[]> {
  const names = Array.from({ length: runs }, () => `${contestant.replace(' ', '-')}-${++count}`);
  if (contestant !== 'ours') return names;
  const records = await openRecords({ file: worker.recordsFile });
  try {
    return await Promise.all(names.map((name) => receiveAlert(records, benchSwitch(name, acts))));
  } finally {
    await records.close();
  }
}

async function execute(stage: Stage, contestant: Contestant, worker: BenchWorker, name: string, acts: number) {
  const input = contestant === 'ours' ? { incident: name, searchable: true, revision: REVISION } : { name, acts };
  await stage.client.workflow.execute(WORKFLOW[contestant], {
    workflowId: name,
    taskQueue: worker.taskQueue,
    args: [input],
  });
}

async function runOne(stage: Stage, contestant: Contestant, worker: BenchWorker, acts: number): Promise<string> {
  const [name] = (await open(contestant, worker, acts, 1)) as [string];
  await execute(stage, contestant, worker, name, acts);
  return name;
}

async function runMany(
  stage: Stage,
  contestant: Contestant,
  worker: BenchWorker,
  acts: number,
  atOnce: number,
  runs: number,
): Promise<Sample> {
  const waiting = await open(contestant, worker, acts, runs);
  const latencies: number[] = [];
  const [serverBefore, workerBefore] = [stage.serverCpuMs(), (await worker.usage()).cpuMs];
  const began = performance.now();
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const at = performance.now();
      await execute(stage, contestant, worker, name, acts);
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return {
    runs,
    wallMs: performance.now() - began,
    latencies,
    serverCpuMs: stage.serverCpuMs() - serverBefore,
    workerCpuMs: (await worker.usage()).cpuMs - workerBefore,
  };
}

function add(a: Sample | undefined, b: Sample): Sample {
  if (a === undefined) return b;
  return {
    runs: a.runs + b.runs,
    wallMs: a.wallMs + b.wallMs,
    latencies: [...a.latencies, ...b.latencies],
    serverCpuMs: a.serverCpuMs + b.serverCpuMs,
    workerCpuMs: a.workerCpuMs + b.workerCpuMs,
  };
}

function report(
  levels: { atOnce: number }[],
  samples: Map<string, Sample>,
  costs: Map<Contestant, { five: Cost; ten: Cost }>,
): Goal[] {
  const rate = (contestant: Contestant, atOnce: number) => {
    const { runs, wallMs } = samples.get(`${contestant}/${atOnce}`) as Sample;
    return runs / (wallMs / 1_000);
  };
  const rows = levels.flatMap(({ atOnce }) =>
    CONTESTANTS.map((contestant) => {
      const { runs, latencies, serverCpuMs, workerCpuMs } = samples.get(`${contestant}/${atOnce}`) as Sample;
      return [
        String(atOnce),
        contestant,
        rate(contestant, atOnce),
        rate('ours', atOnce) / rate(contestant, atOnce),
        median(latencies),
        percentile(latencies, 0.95),
        percentile(latencies, 0.99),
        serverCpuMs / runs,
        workerCpuMs / runs,
      ];
    }),
  );
  console.info(`\n### ${ACTS} acts in sequence\n`);
  const cpu = ['server CPU ms/run', 'worker CPU ms/run'];
  console.info(table(['at once', 'who', 'runs/s', 'ours / this', 'p50 ms', 'p95 ms', 'p99 ms', ...cpu], rows));

  const perAct = (contestant: Contestant, of: (cost: Cost) => number) => {
    const { five, ten } = costs.get(contestant) as { five: Cost; ten: Cost };
    return (of(ten) - of(five)) / (MORE_ACTS - ACTS);
  };
  console.info('\n### What a run costs in Temporal\n');
  console.info(
    table(
      ['who', 'events', 'Actions', 'history KB', 'events per act more', 'Actions per act more', 'KB per act more'],
      CONTESTANTS.map((contestant) => {
        const { five } = costs.get(contestant) as { five: Cost };
        return [
          contestant,
          String(five.events),
          String(five.actions),
          five.bytes / 1_024,
          perAct(contestant, ({ events }) => events),
          perAct(contestant, ({ actions }) => actions),
          perAct(contestant, ({ bytes }) => bytes / 1_024),
        ];
      }),
    ),
  );
  const atLeast = (what: string, goal: number, measured: number): Goal => ({
    what,
    goal: `>= ${goal}`,
    measured,
    met: measured >= goal,
  });
  const atMost = (what: string, goal: number, measured: number): Goal => ({
    what,
    goal: `<= ${goal}`,
    measured,
    met: measured <= goal,
  });
  const goals = [
    ...levels.flatMap(({ atOnce }) => [
      atLeast(`runs/s, ours / equal, ${atOnce} at once`, 0.95, rate('ours', atOnce) / rate('equal', atOnce)),
      atLeast(`runs/s, ours / bare, ${atOnce} at once`, 0.85, rate('ours', atOnce) / rate('bare', atOnce)),
    ]),
    atMost(
      'events per act',
      6.5,
      perAct('ours', ({ events }) => events),
    ),
    atMost(
      'Actions per act',
      1.8,
      perAct('ours', ({ actions }) => actions),
    ),
  ];
  console.info(`\n${goalTable(goals)}`);
  return goals;
}
