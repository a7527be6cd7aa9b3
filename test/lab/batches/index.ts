/** All that `npm run lab` runs, in this order. */
import type { Batch } from '../cell.js';
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
  badAnswers(ALL, ANSWERS.slice(0, 3), 'bad answer'),
  badAnswers(ALL, ANSWERS.slice(3), 'bad answer'),
];
