import { readPage } from '../../playbooks/language/page.js';
import { formatProblems, type Problem } from '../../playbooks/language/problem.js';
import { playbookSchema } from '../../playbooks/language/schema.js';
import { PageFileError, pageFiles } from '../cases/page-files.js';
import { settingsIfThere } from '../cases/settings-if-there.js';
import { catalogue, PACKAGED_PLAYBOOKS, wordsOf } from '../house.js';
import { formatSettingsProblems, type SettingsProblem } from '../settings/problem.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import type { Run } from './verbs.js';

/** Every mistake of settings and pages in one report; warnings alone end well. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  if (options.schema === true) {
    io.out(JSON.stringify(playbookSchema(catalogue), null, 2));
    return EXIT_CODES.ok;
  }
  const { settings, problems: inSettings } = settingsIfThere(context);
  const named = args.length > 0 ? args : [settings?.playbooks ?? PACKAGED_PLAYBOOKS];
  const files = await pageFiles(named, { cwd: io.cwd, stdin: () => io.stdin }).catch((error: unknown) => {
    if (error instanceof PageFileError) throw new CliError(EXIT_CODES.usage, error.message);
    throw error;
  });
  const inPages = files.flatMap(({ name, text }) => readPage(text, name, catalogue, wordsOf(settings)).problems);
  const problems = [...inSettings, ...inPages];
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (options.json) io.out(JSON.stringify({ ok: errors === 0, files: files.map(({ name }) => name), problems }));
  else tell(io, inSettings, inPages, files.length);
  return errors === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
};

function tell(
  io: { out(line: string): void },
  inSettings: readonly SettingsProblem[],
  inPages: readonly Problem[],
  pages: number,
): void {
  if (inSettings.length > 0) io.out(formatSettingsProblems(inSettings));
  if (inPages.length > 0) io.out(formatProblems(inPages));
  const all = [...inSettings, ...inPages];
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const found = [many(errors, 'mistake'), ...(all.length > errors ? [many(all.length - errors, 'warning')] : [])];
  io.out(`${many(pages, 'page')}: ${found.join(', ')}.`);
}

const many = (count: number, what: string): string => `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
