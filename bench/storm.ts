/** `npm run storm`: what test/system/storm.test.ts shows in small, at full size, with figures. Exit code 0 only if all counts are right. */
import { parseArgs } from 'node:util';
import { runStorm, type StormOutcome } from '../test/system/storm.js';
import { type Count, countTable, isRight, spreadTable, table } from './figures.js';

/** Standard Webhooks and GitHub. */
const SOURCES = 2;

const HELP = `npm run storm [-- options]

  --alerts <n>           10000, signed by the libraries of Standard Webhooks and GitHub
  --credentials <n>      50, coming up one after the other
  --per-second <n>       1000
  --temporal-down <s>    30, from the middle of the storm on; at the end of it Temporal is killed too
  --help                 this text

Firebreak is killed by -9 after a quarter of the storm and started again. Prints Markdown. Exit code 0 = nothing was lost,
nothing was taken twice, one incident for each credential; 1 = it was not so.`;

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      alerts: { type: 'string', default: '10000' },
      credentials: { type: 'string', default: '50' },
      'per-second': { type: 'string', default: '1000' },
      'temporal-down': { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.info(HELP);
    return 0;
  }
  const options = {
    alerts: Number(values.alerts),
    credentials: Number(values.credentials),
    perSecond: Number(values['per-second']),
    temporalDownMs: Number(values['temporal-down']) * 1_000,
    say: (line: string) => console.error(line),
  };
  const outcome = await runStorm(options);
  const counts = countsOf(outcome, options);
  console.info(countTable(counts));
  console.info(`\n${spreadTable('answer (ms)', timesOf(outcome))}`);
  console.info(`\n${table(['what waited', ''], waitsOf(outcome))}`);
  return counts.every(isRight) ? 0 : 1;
}

function countsOf(outcome: StormOutcome, { alerts, credentials }: { alerts: number; credentials: number }): Count[] {
  return [
    ['deliveries acknowledged (2xx)', alerts, outcome.acknowledged],
    ['rows of the inbox', alerts, outcome.rows],
    ['acknowledged and lost', 0, outcome.lost],
    ['taken twice', 0, outcome.twice],
    ['incidents', credentials, outcome.incidents],
    ['credentials without exactly one', 0, outcome.wrong],
    ['alerts that the incidents count', alerts, outcome.counted],
    [
      'incidents about the storm itself, at most one a source',
      1,
      Math.min(1, outcome.stormIncidents) + Math.max(0, outcome.stormIncidents - SOURCES),
    ],
    ['second runs in Temporal', 0, outcome.secondRuns],
    ['incidents without a run', 0, outcome.withoutRun],
  ];
}

function timesOf({ answers, answersWithoutKill, untilAcknowledged }: StormOutcome): [string, number[]][] {
  return [
    ['every 2xx', answers],
    ['without the kill (to 1 s after the restart)', answersWithoutKill],
    ['from the first try to the 2xx, retries and all', untilAcknowledged],
  ];
}

function waitsOf({ waitedMost, settledAfterMs, backAfterMs, signals, sent, refused }: StormOutcome): string[][] {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    [
      'incidents not started when Temporal came back',
      `${waitedMost.incidents}, the oldest for ${waitedMost.seconds.toFixed(1)} s`,
    ],
    ['joined alerts not looked at then', String(waitedMost.alerts)],
    ["from Temporal's second death to nothing waiting", seconds(settledAfterMs)],
    ['from kill -9 of Firebreak to its next 2xx', seconds(backAfterMs)],
    ['signals in all histories', String(signals)],
    [
      'requests sent',
      `${sent}; turned away: ${
        Object.entries(refused)
          .map(([why, n]) => `${n} ${why}`)
          .join(', ') || 'none'
      }`,
    ],
  ];
}
