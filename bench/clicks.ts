/** `npm run clicks`: what test/system/clicks.test.ts shows in small, at full size, with figures. Exit code 0 only if all counts are right. */
import { parseArgs } from 'node:util';
import { type ClicksOutcome, runClicks } from '../test/system/clicks.js';
import { type Count, countTable, isRight, percentile, spreadTable, table } from './figures.js';

/** Of the acknowledgement, ms: Slack gives up after 3 s. */
const ACK_P99_MS = 1_000;

const HELP = `npm run clicks [-- options]

  --quick                50 incidents, 250 clicks at 25 a second: to see that it works
  --incidents <n>        1000, each waiting for two of three people
  --interactions <n>     5000, signed as Slack signs: most of them replays, double clicks, wrong people, old buttons
  --per-second <n>       50, whether they are answered or not
  --temporal-down <s>    20, from 40 % of the clicks on
  --help                 this text

Prints Markdown. Exit code 0 = every right click counted once, no other did, each incident with two of them went on and no
other did, and 99 of 100 clicks were acknowledged within a second, Temporal down or not; 1 = it was not so.`;

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      incidents: { type: 'string' },
      interactions: { type: 'string' },
      'per-second': { type: 'string' },
      'temporal-down': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.info(HELP);
    return 0;
  }
  const { quick } = values;
  const outcome = await runClicks({
    incidents: Number(values.incidents ?? (quick ? 50 : 1_000)),
    interactions: Number(values.interactions ?? (quick ? 250 : 5_000)),
    perSecond: Number(values['per-second'] ?? (quick ? 25 : 50)),
    temporalDownMs: Number(values['temporal-down'] ?? (quick ? 8 : 20)) * 1_000,
    say: (line) => console.error(line),
  });
  const counts = countsOf(outcome);
  console.info(countTable(counts));
  console.info(`\n${spreadTable('ms', timesOf(outcome))}`);
  console.info(`\n${table(['', ''], restOf(outcome))}`);
  const isFast = [outcome.acks, outcome.acksWithoutTemporal].every((sample) => percentile(sample, 0.99) < ACK_P99_MS);
  if (!isFast) console.error('99 of 100 clicks were not acknowledged within a second');
  return isFast && counts.every(isRight) ? 0 : 1;
}

function countsOf(outcome: ClicksOutcome): Count[] {
  const sent = Object.values(outcome.sent).reduce((a, b) => a + b, 0);
  return [
    ['clicks acknowledged (2xx)', sent, outcome.acknowledged],
    ['rows: different clicks of our own people', outcome.different, outcome.rows],
    ['rows that nobody answered for', 0, outcome.unsettled],
    ['answers that count', outcome.wanted, outcome.counted],
    ['right clicks lost', 0, outcome.lost],
    ['wrong clicks counted', 0, outcome.wrong],
    ['answers counted twice', 0, outcome.twice],
    ['incidents that should have gone on and did not', 0, outcome.notResumed],
    ['wrong resumes', 0, outcome.wrongResumes],
    ['next steps begun twice', 0, outcome.resumedTwice],
    ['workflows that say otherwise than the records', 0, outcome.otherwise],
    ['second runs in Temporal', 0, outcome.secondRuns],
    ['messages that stand twice in Slack', 0, outcome.postedTwice],
  ];
}

function timesOf({ acks, acksWithoutTemporal, toNextStep, toNextStepLate }: ClicksOutcome): [string, number[]][] {
  return [
    ['click to acknowledgement', acks],
    ['the same while Temporal answered nothing', acksWithoutTemporal],
    ['second right click to next step', toNextStep],
    ['the same, with Temporal down in between or just back', toNextStepLate],
  ];
}

function restOf({ sent, wentOn, kbEach, beforeMb, settledAfterMs, toldStored }: ClicksOutcome): string[][] {
  return [
    [
      'clicks',
      Object.entries(sent)
        .map(([sort, n]) => `${n} ${sort}`)
        .join(', '),
    ],
    ['incidents that went on', String(wentOn)],
    [
      'memory of Firebreak',
      `${kbEach.toFixed(0)} KB for each incident that waits; ${beforeMb.toFixed(0)} MB before any`,
    ],
    ['people who read that their answer is stored', String(toldStored)],
    ["from the last click, or Temporal's return, to nothing waiting", `${(settledAfterMs / 1_000).toFixed(1)} s`],
  ];
}
