import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '../../records/open-records.js';
import type { Records } from '../../records/records.js';

/** Real records on a file of their own; `close` removes it. */
export async function openTemporaryRecords(): Promise<{ records: Records; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-records-'));
  const records = await openRecords({ file: join(folder, 'records.db') });
  return {
    records,
    async close() {
      await records.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
