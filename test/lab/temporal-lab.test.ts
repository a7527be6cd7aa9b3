/** A slice of the lab around Temporal and the records, for every day; the whole is `npm run lab`. */
import { describe, expect, it } from 'vitest';
import type { Batch } from './cell.js';
import { CELLS as RECORDS_CELLS, recordsFull } from './records-batches.js';
import { flaws, runUntilShown } from './run-until-shown.js';
import { duplicates, WORDS } from './temporal-duplicates-batch.js';
import { rpcBatch, STANDING } from './temporal-rpc-batches.js';

const some = (...names: string[]) => STANDING.filter(({ name }) => names.includes(name));

const holds = async (batch: Batch) => {
  const { cells } = await runUntilShown(batch, () => {});
  expect(cells.filter((cell) => flaws(cell).length > 0)).toEqual([]);
  expect(cells).toHaveLength(batch.cells.length);
};

describe('between Firebreak and Temporal, and between Firebreak and its records', () => {
  it.each([
    rpcBatch('before', 'worker and server', some('completed disable', 'completed rotate', 'update decide', 'start')),
    recordsFull(RECORDS_CELLS.filter(({ effect }) => ['disable', 'store', 'alert of GitHub'].includes(effect.name))),
  ])('$name: nothing is lost and nothing is done twice', holds, 300_000);

  // nothing here must stand at its point within seconds, so they may share the machine
  it.concurrent.each([
    rpcBatch('after', 'connection', some('completed disable', 'first workflow task', 'update false_alarm')),
    duplicates(WORDS.filter(({ name }) => name === 'yes' || name === 'false alarm')),
  ])('$name: nothing is lost and nothing is done twice', holds, 300_000);
});
