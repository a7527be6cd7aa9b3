import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, it } from 'vitest';
import { openRecords } from '../../records/open-records.js';

it('a second live claim of one credential is refused by the database itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-claims-'));
  const file = join(folder, 'records.db');
  await (await openRecords({ file })).close();
  // as a process would that had looked before the other one wrote
  const other = new Database(file);
  const claim = other.prepare('INSERT INTO claims (incident, claim, live) VALUES (?, ?, ?)');
  claim.run('INC-1', 'aws-access-key:AKIA1', 1);
  expect(() => claim.run('INC-2', 'aws-access-key:AKIA1', 1)).toThrow(/UNIQUE/);
  // what has ended claims nothing
  claim.run('INC-3', 'aws-access-key:AKIA1', 0);
  other.close();
  rmSync(folder, { recursive: true });
});
