import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { VerbContext } from '../cli/verbs.js';
import { type Loaded, loadSettings } from '../settings/load-settings.js';

/**
 * The team's settings for verbs that also work without: `{ problems: [] }` if nobody named a file and there is none in
 * this folder. A file that was named and is not there is a problem like others.
 */
export function settingsIfThere({ options, io }: Pick<VerbContext, 'options' | 'io'>): Loaded {
  const unnamed = options.settings === resolve(io.cwd, 'firebreak.yaml') && io.env.FIREBREAK_SETTINGS === undefined;
  if (unnamed && !existsSync(options.settings)) return { problems: [] };
  return loadSettings(options.settings, io.env);
}
