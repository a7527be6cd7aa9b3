import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effect, EffectSeams } from '../../activities/apply-effect.js';
import { openRecords } from '../../records/open-records.js';
import type { EffectRow, Records } from '../../records/records.js';
import { ScriptedProvider } from './scripted-provider.js';

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

export interface EffectSite {
  records: Records;
  provider: ScriptedProvider;
  seams: EffectSeams;
  row(effect: Effect): Promise<EffectRow | undefined>;
  remove(): Promise<void>;
}

/** Empty records and a provider in memory, on its clock: what an effect needs. */
export async function openEffectSite(): Promise<EffectSite> {
  const { records, remove } = await openEffects();
  const provider = new ScriptedProvider();
  const row = (effect: Effect) => records.effects.read(effect.key);
  return { records, provider, seams: provider.seams(records.effects), row, remove };
}
