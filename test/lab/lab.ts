/** `npm run lab`: every cell, a table of them, and how long each kind of death was felt. */
import { findCli } from '../../worker/temporal/find-cli.js';
import { BATCHES } from './batches/index.js';
import type { Batch, BatchResult } from './cell.js';
import { waitingLines } from './run-batch.js';
import { flaws, runUntilShown } from './run-until-shown.js';
import { cellTable, findingList, recoveryTable } from './tables.js';

const HELP = `npm run lab [-- OPTIONS]

Kills, freezes, cuts and refuses at every point of every effect, on real processes, and judges by what the providers hold.
Exit code 0 only if every cell holds.

  --list            the batches and their cells, and nothing is run
  --only PATTERN    batches, effects or points whose "batch · effect · point" matches this regular expression
  --help            this`;

export async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  const batches = matching(BATCHES, only === undefined ? /./ : new RegExp(only, 'i'));
  const count = batches.reduce((sum, { cells }) => sum + cells.length, 0);
  if (args.includes('--list')) {
    for (const { name, cells } of batches) {
      for (const { effect, point } of cells) console.log(`${name} · ${effect.name} · ${point}`);
    }
    console.log(`${count} cells in ${batches.length} batches`);
    return 0;
  }
  // an exit ends what the sites have started
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const began = Date.now();
  const say = (line: string) =>
    console.log(`${String(Math.round((Date.now() - began) / 1_000)).padStart(5)} s  ${line}`);
  // once, and not by every site
  process.env.TEMPORAL_CLI_PATH = (await findCli({ env: process.env, say })).path;
  say(`${count} cells in ${batches.length} batches`);
  const results: BatchResult[] = [];
  for (const batch of batches) {
    const result = withLate(
      await runUntilShown(batch, say).catch((error: unknown): BatchResult => failed(batch, error)),
    );
    results.push(result);
    const broken = result.cells.filter((cell) => flaws(cell).length > 0);
    say(
      `${batch.name}: ${result.cells.length - broken.length} of ${result.cells.length} hold, ${Math.round(result.seconds)} s`,
    );
    for (const line of waitingLines(result)) say(`  ${line}`);
    for (const line of findingList([result])) say(`  BROKEN ${line}`);
  }
  console.log(`\n${cellTable(results)}\n\n${recoveryTable(results)}\n`);
  const cells = results.flatMap((result) => result.cells);
  const broken = cells.filter((cell) => flaws(cell).length > 0);
  const duplicates = cells.reduce((sum, cell) => sum + cell.duplicates, 0);
  console.log(
    `${cells.length - broken.length} of ${cells.length} cells hold · ${duplicates} messages came twice · ${Math.round((Date.now() - began) / 1_000)} s`,
  );
  return broken.length === 0 && cells.length > 0 ? 0 : 1;
}

function matching(batches: Batch[], pattern: RegExp): Batch[] {
  return batches
    .map((batch) => ({
      ...batch,
      cells: batch.cells.filter(({ effect, point }) => pattern.test(`${batch.name} · ${effect.name} · ${point}`)),
    }))
    .filter(({ cells }) => cells.length > 0);
}

/** Here what came too late is broken, too. */
const withLate = (result: BatchResult): BatchResult => ({
  ...result,
  cells: result.cells.map((cell) => ({ ...cell, findings: [...cell.findings, ...cell.late] })),
});

/** The lab itself broke: none of its cells has been shown to hold. */
function failed({ name, cells }: Batch, error: unknown): BatchResult {
  const finding = `the lab could not run it: ${error instanceof Error ? error.message : String(error)}`;
  return {
    batch: name,
    cells: cells.map(({ effect, point }) => {
      return {
        batch: name,
        effect: effect.name,
        point,
        incident: '',
        ended: '',
        findings: [finding],
        missed: [],
        late: [],
        duplicates: 0,
      };
    }),
    recovered: {},
    seconds: 0,
  };
}
