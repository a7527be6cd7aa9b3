/** A slice of the lab around Temporal and the records, for every day; the whole is `npm run lab`. */
import { describe, expect, it } from 'vitest';
import { CELLS as RECORDS_CELLS, recordsFull } from './records-batches.js';
import { flaws, runUntilShown } from './run-until-shown.js';
import { duplicates, WORDS } from './temporal-duplicates-batch.js';
import { rpcBatch, STANDING } from './temporal-rpc-batches.js';

const some = (...names: string[]) => STANDING.filter(({ name }) => names.includes(name));

describe('between Firebreak and Temporal, and between Firebreak and its records', () => {
  it.each([
    rpcBatch('before', 'worker and server', some('completed disable', 'completed rotate', 'update decide', 'start')),
    rpcBatch('after', 'connection', some('completed disable', 'first workflow task', 'update false_alarm')),
    duplicates(WORDS.filter(({ name }) => name === 'yes' || name === 'false alarm')),
    recordsFull(RECORDS_CELLS.filter(({ effect }) => ['disable', 'store', 'alert of GitHub'].includes(effect.name))),
  ])(
    '$name: nothing is lost and nothing is done twice',
    async (batch) => {
      const { cells } = await runUntilShown(batch, () => {});
      expect(cells.filter((cell) => flaws(cell).length > 0)).toEqual([]);
      expect(cells).toHaveLength(batch.cells.length);
    },
    300_000,
  );
});
