import { existsSync } from 'node:fs';
import { openRecords } from '../../records/open-records.js';
import type { Records } from '../../records/records.js';
import { openDirectory } from '../house.js';
import { createLog } from '../log.js';
import type { Directory } from '../people/directory.js';
import { recordsFileOf } from '../records-file.js';
import { loadSettings, resolveAll } from '../settings/load-settings.js';
import { formatSettingsProblems, SettingsError } from '../settings/problem.js';
import type { Settings } from '../settings/settings.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import type { VerbContext } from './verbs.js';

/** The people of the settings for verbs that read their sources themselves. Throws CliError for settings with mistakes. */
export async function openPeople({ options, io }: Pick<VerbContext, 'options' | 'io'>): Promise<{
  settings: Settings;
  /** Absent where Firebreak has not run yet: who only looks makes no file. */
  records?: Records;
  directory: Directory;
  close(): Promise<void>;
}> {
  if (!existsSync(options.settings)) {
    throw new CliError(EXIT_CODES.usage, `There are no settings at ${options.settings}. Name them with --settings.`);
  }
  const { settings, problems } = loadSettings(options.settings, io.env);
  if (settings === undefined) throw new CliError(EXIT_CODES.usage, formatSettingsProblems(problems));
  try {
    resolveAll(settings);
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(EXIT_CODES.usage, error.message, { cause: error });
    throw error;
  }
  const file = recordsFileOf(settings, options.data);
  const records = existsSync(file) ? await openRecords({ file }) : undefined;
  const links = records?.links ?? NO_LINKS;
  const directory = openDirectory(settings, { links }, { now: () => Date.now() }, createLog({ level: 'silent' }));
  return {
    settings,
    directory,
    close: async () => records?.close(),
    ...(records === undefined ? {} : { records }),
  };
}

const NO_LINKS: Pick<Records['links'], 'get' | 'ofPerson'> = {
  get: async () => undefined,
  ofPerson: async () => undefined,
};
