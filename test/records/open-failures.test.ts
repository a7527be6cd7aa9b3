import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '../../records/open-records.js';
import { recordsError } from '../../records/records-error.js';
import { alert, opening } from './describe-records.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-open-'));
  file = join(folder, 'data', 'records.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const failing = (code: string, ...says: string[]) => ({
  name: 'RecordsError',
  code,
  message: expect.stringMatching(new RegExp(says.join('.*'))),
});

describe('openRecords', () => {
  it('refuses what a newer version wrote, by its name and with what to do', async () => {
    await (await openRecords({ file })).close();
    const raw = new Libsql(file);
    raw.exec(`insert into migrations values (99, 'shards')`);
    raw.close();

    await expect(openRecords({ file })).rejects.toMatchObject(
      failing('newer-schema', 'schema 99 "shards"', 'start that version, or restore a copy'),
    );
  });

  it('calls a file that is no database corrupt, and leaves it as it is', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(file, 'not a database '.repeat(500));

    await expect(openRecords({ file })).rejects.toMatchObject(failing('corrupt', 'restore a copy'));
    expect(readFileSync(file, 'utf8')).toBe('not a database '.repeat(500));
  });

  it('says that a folder stands where the file should be', async () => {
    mkdirSync(file, { recursive: true });

    await expect(openRecords({ file })).rejects.toMatchObject(failing('unavailable', 'could not open it', 'EISDIR'));
  });

  it('says that the folder is a file', async () => {
    writeFileSync(join(folder, 'data'), '');

    await expect(openRecords({ file })).rejects.toMatchObject(failing('unavailable', 'could not open it'));
  });

  it('says locked when another process keeps the file for longer than its patience', async () => {
    await (await openRecords({ file })).close();
    const raw = new Libsql(file);
    raw.exec('begin immediate');

    await expect(openRecords({ file, patienceMs: 30 })).rejects.toMatchObject(failing('locked', 'another process'));
    raw.exec('rollback');
    await (await openRecords({ file })).close();
    raw.close();
  });

  it('goes on by itself once the other process lets go', async () => {
    const records = await openRecords({ file });
    const raw = new Libsql(file);
    raw.exec('begin immediate');
    const taken = records.receive(alert('d1', ['c']), opening);
    setTimeout(() => raw.exec('commit'), 40);

    expect(await taken).toMatchObject({ incident: 'INC-1' });
    raw.close();
    await records.close();
  });

  it('is readable by nobody else, its journal too, even if it was before', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(file, '', { mode: 0o644 });
    chmodSync(file, 0o644);
    const records = await openRecords({ file });
    await records.receive(alert('d1', ['c']), opening);

    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await records.close();
  });

  it('is durable at each commit and lets readers beside a writer', async () => {
    const records = await openRecords({ file });
    const raw = new Libsql(file);
    expect(raw.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    raw.exec('begin immediate');

    expect(await records.incidents.get('INC-1')).toBeUndefined();
    raw.exec('rollback');
    raw.close();
    await records.close();
  });
});

describe('recordsError', () => {
  it('calls a full disk full, and keeps what was there', async () => {
    const records = await openRecords({ file });
    await records.close();
    const raw = new Libsql(file);
    raw.exec('pragma max_page_count = 1');
    let thrown: unknown;
    try {
      for (let i = 0; i < 500; i += 1)
        raw.exec(`insert into sealed values ('INC-1', '${i}', '${'x'.repeat(4000)}', 1)`);
    } catch (error) {
      thrown = recordsError(error, file, 'keep a sealed value');
    }
    raw.close();

    expect(thrown).toMatchObject(failing('full', 'could not keep a sealed value', 'free space'));
    const again = await openRecords({ file });
    expect((await again.verify()).ok).toBe(true);
    await again.close();
  });

  it.each([
    ['SQLITE_BUSY', 'locked'],
    ['SQLITE_BUSY_SNAPSHOT', 'locked'],
    ['SQLITE_LOCKED', 'locked'],
    ['SQLITE_FULL', 'full'],
    ['ENOSPC', 'full'],
    ['EDQUOT', 'full'],
    ['SQLITE_NOTADB', 'corrupt'],
    ['SQLITE_CORRUPT_VTAB', 'corrupt'],
    ['SQLITE_IOERR_WRITE', 'unavailable'],
    ['SQLITE_CANTOPEN', 'unavailable'],
    ['SQLITE_READONLY', 'unavailable'],
    ['EACCES', 'unavailable'],
    ['EROFS', 'unavailable'],
  ])('calls %s %s, and keeps the error itself', (from, code) => {
    const cause = Object.assign(new Error('says the driver'), { code: from });

    expect(recordsError(cause, '/data/records.db', 'begin an effect')).toMatchObject({
      code,
      cause,
      message: expect.stringMatching(
        /^records \/data\/records\.db: could not begin an effect: .+ \(says the driver\)$/,
      ),
    });
  });

  it.each(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_ERROR', 'NOT_SQLITE_BUSY', 'ECONNRESET', 'EACCESS', ''])(
    'takes %j for no trouble of the file',
    (code) => {
      const other = Object.assign(new Error('something else'), { code });
      expect(recordsError(other, file, 'x')).toBe(other);
    },
  );

  it('says it once, however many places it passes', () => {
    const first = recordsError(Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' }), file, 'x');
    expect(recordsError(first, file, 'y')).toBe(first);
  });

  it('leaves an error alone that is not about the file', () => {
    const bug = new TypeError('bug');
    expect(recordsError(bug, file, 'x')).toBe(bug);
  });
});
