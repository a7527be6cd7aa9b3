import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '../../records/open-records.js';
import type { Records } from '../../records/records.js';

// where a commit costs no disk, so that many schedules can be tried
const memory = existsSync('/dev/shm') ? '/dev/shm' : undefined;

/** Empty records in a folder of their own, and how to be rid of them. */
export async function openEffects(): Promise<{ records: Records; remove(): Promise<void> }> {
  const folder = mkdtempSync(join(memory ?? tmpdir(), 'firebreak-effects-'));
  const records = await openRecords({ file: join(folder, 'records.db') });
  const remove = async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  };
  return { records, remove };
}
