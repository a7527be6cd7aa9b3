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
    [
      'a decision that nobody gave',
      `update decisions set id = 'forged'`,
      'decisions',
      'forged',
      'in no row of the chain',
    ],
    ['a counter that is gone', `delete from counters where name = 'chain'`, 'chain', '', 'an unknown number of rows'],
    [
      'a counter that says fewer',
      `update counters set value = 4 where name = 'chain'`,
      'chain',
      '',
      '4 rows were written, 5 are there',
    ],
    ['a link of another table', `update chain set tbl = 'decisions' where seq = 2`, 'decisions', 'L', 'another place'],
    [
      'a link of another number',
      `update chain set seq = 9 where seq = 5`,
      'decisions',
      decision.id,
      'row 5 of the chain',
    ],
    ['a link of another past', `update chain set prev = 'x' where seq = 1`, 'effects', 'K', 'does not follow'],
    ['a sealed box that is gone', `update effects set sealed = null where key = 'K'`, 'effects', 'K', 'its sealed was'],
    ['a secret put back', `update effects set sealed = 'box' where key = 'L'`, 'effects', 'L', 'its sealed was'],
    ['a link of another place', `update chain set key = 'M' where seq = 2`, 'effects', 'M', 'another place'],
  ])('finds %s', async (_, tampering, table, key, reason) => {
    expect(await afterwards(tampering)).toMatchObject({
      ok: false,
      broken: { table, key, reason: expect.stringContaining(reason) },
    });
  });

  it.each([
    ['is no JSON', () => '{'],
    ['names another row', (entry: string) => entry.replace('a-decision', 'b-decision')],
    ['names another table', (entry: string) => entry.replace('"decisions"', '"effects"')],
    ['names another number', (entry: string) => entry.replace('"seq":5', '"seq":6')],
  ])('finds a last link whose entry %s, its hash recomputed', async (_, change) => {
    const raw = new Libsql(file);
    const link = raw.prepare('select prev, entry from chain where seq = 5').get([]) as { prev: string; entry: string };
    const entry = change(link.entry);
    const hash = createHash('sha256').update(link.prev).update(entry).digest('hex');
    raw.prepare('update chain set entry = ?, hash = ? where seq = 5').run([entry, hash]);
    raw.close();

    expect(await afterwards()).toMatchObject({
      ok: false,
      rows: 4,
      broken: { seq: 5, reason: 'it stands at another place than it says' },
    });
  });

  it('says how far the chain holds, and its head there', async () => {
    const records = await openRecords({ file });
    const { head } = await records.verify();
    await records.close();
    const raw = new Libsql(file);
    const third = raw.prepare('select hash from chain where seq = 3').get([]) as { hash: string };
    raw.close();

    expect(head).not.toBe(third.hash);
    expect(await afterwards('delete from chain where seq = 4')).toEqual({
      ok: false,
      rows: 3,
      head: third.hash,
      broken: { seq: 5, table: 'decisions', key: decision.id, reason: 'row 4 of the chain is missing' },
    });
  });

  it('holds an older head of its own as an anchor, and no other', async () => {
    const raw = new Libsql(file);
    const third = raw.prepare('select hash from chain where seq = 3').get([]) as { hash: string };
    raw.close();
    const records = await openRecords({ file });
    const { head } = await records.verify();
    expect(await records.verify({ rows: 3, head: third.hash })).toEqual({ ok: true, rows: 5, head });
    expect(await records.verify({ rows: 3, head })).toMatchObject({
      ok: false,
      broken: { seq: 3, reason: 'its hash is not the anchored head' },
    });
    await records.close();
  });

  it('reads every page of a long chain and of its tables', async () => {
    const records = await openRecords({ file, durable: false });
    await Promise.all(
      Array.from({ length: 1_010 }, (_, n) => records.decisions.give({ ...decision, id: `d${n}`, step: `${n}` })),
    );
    expect(await records.verify()).toMatchObject({ ok: true, rows: 1_015 });
    await records.close();
    expect(await afterwards(`update decisions set answer = 'no' where id = 'd999'`)).toMatchObject({
      ok: false,
      broken: { key: 'd999', reason: 'its answer was changed after it was written' },
    });
  });

  it('lets nobody write on after a link that is gone', async () => {
    const raw = new Libsql(file);
    raw.exec('delete from chain where seq = 5');
    raw.close();
    const records = await openRecords({ file });
    await expect(records.decisions.give({ ...decision, id: 'next' })).rejects.toThrow(/row 5 of the chain is missing/);
    expect(await records.decisions.ofIncident('INC-1')).toHaveLength(1);
    await records.close();
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
