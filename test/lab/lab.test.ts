/** A slice of `npm run lab`: every change of the AWS page is applied, and the worker dies before it hears of it. */
import { expect, it } from 'vitest';
import { cellsOf, workerKilled } from './batches/deaths.js';
import { EFFECTS } from './effects.js';
import { openLabSite, QUICK_SCAN } from './lab-site.js';
import { runUntilShown } from './run-until-shown.js';
import { findingList } from './tables.js';

const { disable, cutSessions, rotate, store, revoke, removeCut, enable } = EFFECTS;

it('does nothing twice and loses nothing when the worker is killed after each change was applied', async () => {
  const cells = cellsOf([disable, cutSessions, rotate, store, revoke, removeCut, enable], ['after']);
  const result = await runUntilShown({ ...workerKilled(cells), open: () => openLabSite(QUICK_SCAN) }, () => {});
  expect(findingList([result])).toEqual([]);
  expect(result.cells.map(({ effect, ended }) => [effect, ended.split(':')[0]])).toEqual([
    ['disable', 'dead'],
    ['cut sessions', 'dead'],
    // the secret of the key that AWS made was in the answer that nobody heard: it is off, and a person decides
    ['rotate', 'waits'],
    ['store', 'dead'],
    ['revoke', 'dead'],
    ['undo cut sessions', 'false_alarm'],
    ['undo disable', 'false_alarm'],
  ]);
}, 300_000);
