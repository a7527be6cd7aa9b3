import { join } from 'node:path';
import type { Settings } from './settings/settings.js';

/** Where the records lie: where settings say, else in the data folder. */
export function recordsFileOf(settings: Pick<Settings, 'recordsFile'> | undefined, data: string): string {
  return settings?.recordsFile ?? join(data, 'records.db');
}
