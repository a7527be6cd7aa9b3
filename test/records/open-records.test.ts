import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openRecords } from '../../records/open-records.js';
import { describeRecords } from './describe-records.js';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-records-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

describeRecords('embedded file', () => {
  files += 1;
  return openRecords({ file: join(folder, `${files}.db`) });
});
