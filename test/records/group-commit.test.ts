/** Writes that come together share a commit: on real files, beside other connections to them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Tx } from '../../records/database.js';
import { createGroupCommit } from '../../records/group-commit.js';
import { openRecords } from '../../records/open-records.js';
import { alert, opening } from './describe-records.js';

let folder: string;
let file: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-group-'));
  file = join(folder, 'records.db');
  await (await openRecords({ file })).close();
  database = await openDatabase(file, 60);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

/** A write of a row; `then` may fail. */
const keep = (name: string, then?: () => void, box = 'box') =>
  database.write('keep a value', async (tx) => {
    await tx.insertInto('sealed').values({ incident: 'INC-1', name, box, expires_at: 1 }).execute();
    then?.();
    return name;
  });
/** As another process sees the file. */
function kept(): string[] {
  const other = new Libsql(file);
  const rows = other.prepare('select name from sealed order by name').all([]) as { name: string }[];
  other.close();
  return rows.map(({ name }) => name);
}
const settled = async (writes: Promise<string>[]) =>
  (await Promise.allSettled(writes)).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));

describe('writes that come together', () => {
  it('fail alone: what one of them wrote before it failed is gone, the others are kept', async () => {
    const bad = keep('b', () => {
      throw new Error('bug');
    });
    expect(await settled([keep('a'), bad, keep('c'), keep('a')])).toEqual([
      'a',
      'Error: bug',
      'c',
      expect.stringContaining('UNIQUE'),
    ]);
    expect(kept()).toEqual(['a', 'c']);
  });

  it('are on disk, as others see it, before any of them resolves', async () => {
    const seen = await Promise.all(['a', 'b', 'c'].map((name) => keep(name).then(() => kept())));
    expect(seen).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('share one commit up to a hundred of them', async () => {
    const names = Array.from({ length: 250 }, (_, n) => String(n).padStart(3, '0'));
    const counts = new Set<number>();
    await Promise.all(names.map((name) => keep(name).then(() => counts.add(kept().length))));
    expect([...counts]).toEqual([100, 200, 250]);
  });

  it('see what those before them wrote, in the order in which they were asked for', async () => {
    const count = () =>
      database.write('count', async (tx) => (await tx.selectFrom('sealed').selectAll().execute()).length);
    expect(await Promise.all([count(), keep('a'), count(), keep('b'), count()])).toEqual([0, 'a', 1, 'b', 2]);
  });

  it('all fail when the disk is full, and what was there before stays', async () => {
    await keep('before');
    await database.write('leave no room', (tx) => sql`pragma max_page_count = 1`.execute(tx));
    const large = 'x'.repeat(1_000_000);
    const said = await settled([keep('a'), keep('b', undefined, large), keep('c')]);
    expect(new Set(said.map((text) => /free space/.test(text)))).toEqual(new Set([true]));
    expect(kept()).toEqual(['before']);
    await database.write('make room', (tx) => sql`pragma max_page_count = 100000`.execute(tx));
    expect(await keep('after')).toBe('after');
    expect(kept()).toEqual(['after', 'before']);
  });

  it('wait for another process, each no longer than its patience, and then go on', async () => {
    const other = new Libsql(file);
    other.exec('begin immediate');
    const early = keep('early');
    await expect(early).rejects.toMatchObject({ code: 'locked' });
    const late = keep('late');
    other.exec('commit');
    other.close();
    expect(await late).toBe('late');
    expect(kept()).toEqual(['late']);
  });

  it('end before the file is closed', async () => {
    const last = keep('last');
    await database.close();
    expect(await last).toBe('last');
    expect(kept()).toEqual(['last']);
    database = await openDatabase(file, 60);
  });
});

it('begins anew for whoever writes again as soon as he is answered', async () => {
  const connection = {
    transaction: (work: (tx: Tx) => Promise<void>) => work(undefined as never),
    exec() {},
    inTransaction: true,
    isLocked: () => false,
  };
  const group = createGroupCommit(connection, 60);
  expect(await group.write(async () => 'first')).toBe('first');
  expect(await group.write(async () => 'second')).toBe('second');
});

it('prepares a statement again after it failed, and after the schema changed', async () => {
  await keep('a');
  await expect(keep('a')).rejects.toThrow(/UNIQUE/);
  const other = new Libsql(file);
  other.exec('alter table sealed add column more text');
  other.close();
  expect(await keep('b')).toBe('b');
  expect(kept()).toEqual(['a', 'b']);
});

it('takes a flood of alerts as if they had come one by one', async () => {
  const records = await openRecords({ file });
  const credentials = 7;
  const receipts = await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      records.receive(alert(`${n % 250}`, [`c${(n % 250) % credentials}`]), opening),
    ),
  );
  expect(new Set(receipts.map(({ id }) => id)).size).toBe(250);
  expect(receipts.filter(({ joined, duplicate }) => !joined && !duplicate)).toHaveLength(credentials);
  expect(receipts.filter(({ duplicate }) => duplicate)).toHaveLength(50);
  const incidents = await records.incidents.list({ state: 'all', limit: 200 });
  expect(incidents.map(({ number }) => number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(incidents.reduce((sum, { alerts }) => sum + alerts, 0)).toBe(250);
  await records.close();
});
