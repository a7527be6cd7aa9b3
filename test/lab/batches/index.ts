/** All that `npm run lab` runs, in this order. */
import type { Batch } from '../cell.js';
import { recordsFull, recordsLocked } from '../records-batches.js';
import { duplicates } from '../temporal-duplicates-batch.js';
import { cancelled, terminated } from '../temporal-ends-batches.js';
import { reset } from '../temporal-reset-batches.js';
import { DEATHS, rpcBatch } from '../temporal-rpc-batches.js';
import { ANSWERS, badAnswers } from './answers.js';
import { ALL, bothKilled, cellsOf, serverKilled, workerKilled, zombie } from './deaths.js';

export const BATCHES: Batch[] = [
  workerKilled(cellsOf(ALL, ['before', 'late', 'after'])),
  serverKilled(cellsOf(ALL, ['before', 'after'])),
  bothKilled(cellsOf(ALL, ['before', 'late', 'after'])),
  // each strike leaves another Firebreak behind that wakes up, so only what changes something
  zombie(
    cellsOf(
      ALL.filter(({ promise }) => promise !== 'read'),
      ['before', 'after'],
    ),
  ),
  // each incident reads the whole account: eighty at once keep each other from their gates
  ...[0, 2, 4, 6].map((from) => badAnswers(ALL, ANSWERS.slice(from, from + 2), 'bad answer')),
  ...DEATHS.flatMap((death) => [rpcBatch('before', death), rpcBatch('after', death)]),
  terminated(),
  cancelled(),
  reset(),
  duplicates(),
  recordsLocked(),
  recordsFull(),
];
