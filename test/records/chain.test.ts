import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '../../records/open-records.js';
import type { ChainReport } from '../../records/records.js';
import { decision, effect } from './describe-records.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-chain-'));
  file = join(folder, 'records.db');
  const records = await openRecords({ file });
  await records.effects.begin(effect({ key: 'K', target: 'T' }));
  await records.effects.begin(effect({ key: 'L', target: 'U' }));
  const done = { key: 'K', epoch: 1, state: 'done' as const, clear: true, now: 20, lagMs: 5 };
  await records.effects.finish({ ...done, outcome: { id: 'K1' }, sealed: 'box' });
  await records.decisions.give(decision);
  await records.decisions.settle(decision.id, 'counted', '', 9);
  await records.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What verify says after somebody with the file in hand ran this SQL. */
async function afterwards(...tampering: string[]): Promise<ChainReport> {
  const raw = new Libsql(file);
  for (const statement of tampering) raw.exec(statement);
  raw.close();
  const records = await openRecords({ file });
  try {
    return await records.verify();
  } finally {
    await records.close();
  }
}

describe('verify', () => {
  it.each([
    [
      'an edited outcome',
      `update effects set outcome = '{"id":"K2"}' where key = 'K'`,
      'effects',
      'K',
      'its outcome was',
    ],
    [
      'a decision turned round',
      `update decisions set answer = 'no'`,
      'decisions',
      decision.id,
      'its answer was changed',
    ],
    [
      'an exchanged sealed box',
      `update effects set sealed = 'other' where key = 'K'`,
      'effects',
      'K',
      'its sealed was',
    ],
    ['a deleted effect', `delete from effects where key = 'L'`, 'effects', 'L', 'it was deleted'],
    ['a deleted decision', `delete from decisions`, 'decisions', decision.id, 'it was deleted'],
    [
      'an effect that nobody began',
      `insert into effects select 'X', incident, 'V', class, plan_digest, args, before, sure, state, undone_by, outcome,
       sealed, epoch, attempts, sole, looked_at, begun_at, quiet_at, finished_at from effects where key = 'K'`,
      'effects',
      'X',
      'in no row of the chain',
    ],
    [
      'an edited entry',
      `update chain set entry = replace(entry, 'Active', 'Idle') where seq = 1`,
      'effects',
      'K',
      'hash',
    ],
    ['a deleted link', `delete from chain where seq = 2`, 'effects', 'K', 'row 2 of the chain is missing'],
    [
      'the tail of the chain cut off',
      `delete from chain where seq > 3`,
      'chain',
      '',
      '5 rows were written, 3 are there',
    ],
    ['a link of another place', `update chain set key = 'M' where seq = 2`, 'effects', 'M', 'another place'],
  ])('finds %s', async (_, tampering, table, key, reason) => {
    expect(await afterwards(tampering)).toMatchObject({
      ok: false,
      broken: { table, key, reason: expect.stringContaining(reason) },
    });
  });

  it('finds a row whose own entry was recomputed: the next one no longer follows it', async () => {
    const raw = new Libsql(file);
    const link = raw.prepare('select prev, entry from chain where seq = 1').get([]) as { prev: string; entry: string };
    const entry = link.entry.replace('Active', 'Idle');
    const hash = createHash('sha256').update(link.prev).update(entry).digest('hex');
    raw.prepare('update chain set entry = ?, hash = ? where seq = 1').run([entry, hash]);
    raw.close();

    expect(await afterwards()).toMatchObject({
      ok: false,
      broken: { seq: 2, reason: 'it does not follow the row before it' },
    });
  });

  it('cannot find a tail that was cut off with its rows and its counter, unless a head was kept elsewhere', async () => {
    const records = await openRecords({ file });
    const { rows, head } = await records.verify();
    await records.close();
    const cut = [
      'delete from chain where seq > 3',
      'delete from decisions',
      `update counters set value = 3 where name = 'chain'`,
    ];

    expect(await afterwards(...cut)).toMatchObject({ ok: true, rows: 3 });
    const again = await openRecords({ file });
    expect(await again.verify({ rows, head })).toMatchObject({
      ok: false,
      broken: { reason: '5 rows were anchored, 3 are there' },
    });
    await again.close();
  });

  it('accepts a column that a later version added: it is empty for what was written before', async () => {
    expect(await afterwards('alter table effects add column region TEXT')).toMatchObject({ ok: true, rows: 5 });
  });
});
