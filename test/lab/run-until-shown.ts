import type { Batch, BatchResult, CellResult } from './cell.js';
import { runBatch } from './run-batch.js';

/** A machine that is busy with other things keeps some cells from standing where they should. */
const TRIES = 3;

/** Runs the batch, then again the cells that have shown nothing; what is missed every time stays missed. */
export async function runUntilShown(batch: Batch, say: (line: string) => void): Promise<BatchResult> {
  let result = await runBatch(batch, say);
  for (let tries = 1; tries < TRIES; tries += 1) {
    const again = result.cells.filter(isMissed);
    if (again.length === 0) break;
    for (const { effect, point, missed } of again) say(`  again: ${effect} · ${point}: ${missed.join('; ')}`);
    const cells = batch.cells.filter(({ effect, point }) =>
      again.some((cell) => cell.effect === effect.name && cell.point === point),
    );
    result = merged(result, await runBatch({ ...batch, cells }, say));
  }
  return result;
}

const isMissed = ({ missed, findings }: CellResult): boolean => missed.length > 0 && findings.length === 0;

function merged(first: BatchResult, second: BatchResult): BatchResult {
  const cells = first.cells.map(
    (cell) => second.cells.find(({ effect, point }) => effect === cell.effect && point === cell.point) ?? cell,
  );
  const recovered = { ...first.recovered };
  for (const [what, times] of Object.entries(second.recovered))
    recovered[what] = [...(recovered[what] ?? []), ...times];
  return { batch: first.batch, cells, recovered, seconds: first.seconds + second.seconds };
}

/** All that keeps a cell from being shown to hold. */
export function flaws({ findings, missed }: CellResult): string[] {
  return [...findings, ...missed.map((why) => `not shown: ${why}`)];
}
