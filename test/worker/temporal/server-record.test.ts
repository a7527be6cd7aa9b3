import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identify } from '../../../worker/temporal/process-identity.js';
import { readRecord, runningServer, schemaThere, writeRecord } from '../../../worker/temporal/server-record.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-record-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, writtenAt: number): void {
  writeFileSync(join(folder, name), '');
  utimesSync(join(folder, name), writtenAt, writtenAt);
}

it('finds no schema in a new folder', () => {
  file('server.log', 1);
  expect(schemaThere(folder)).toBeUndefined();
});

it('goes by the database that was written last, its log included', () => {
  file('temporal-1.30.db', 200);
  file('temporal-1.31.db', 100);
  expect(schemaThere(folder)).toBe('1.30');
  file('temporal-1.31.db-wal', 300);
  expect(schemaThere(folder)).toBe('1.31');
});

it('takes a record that cannot be read for none', () => {
  for (const text of ['', '{', '{}', '{"pid":"1","port":2}']) {
    writeFileSync(join(folder, 'server.json'), text);
    expect(readRecord(folder)).toBeUndefined();
  }
});

it('believes a record only while the very same process lives', () => {
  const here = identify(process.pid);
  if (!here) throw new Error('this process is not seen');
  const record = { ...here, port: 1, databaseFile: 'x', version: '1.8.2', server: '1.31.2' };
  writeRecord(folder, record);
  expect(runningServer(folder)).toEqual(record);
  writeRecord(folder, { ...record, begun: `${here.begun}0` });
  expect(runningServer(folder)).toBeUndefined();
});
