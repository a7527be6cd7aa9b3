import { type Page, readPage } from '../../playbooks/language/page.js';
import { formatProblems } from '../../playbooks/language/problem.js';
import { PageFileError, pageFiles } from '../cases/page-files.js';
import type { CaseResult } from '../cases/run-case.js';
import { runCases } from '../cases/run-cases.js';
import { settingsIfThere } from '../cases/settings-if-there.js';
import { storyOf, virtualTime } from '../cases/story-of.js';
import { catalogue, PACKAGED_PLAYBOOKS, wordsOf } from '../house.js';
import { SettingsError } from '../settings/problem.js';
import type { Settings } from '../settings/settings.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import type { Run, VerbContext } from './verbs.js';

/** Runs the cases of pages in virtual time; a line each, and the whole story of those that went differently. */
export const run: Run = async (context) => {
  const { options, io } = context;
  // about the Node of this machine, which is none of a page's business
  io.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { settings, problems } = settingsIfThere(context);
  if (problems.some(({ severity }) => severity === 'error')) throw new SettingsError(problems);
  const pages = await pagesOf(context, settings);
  const text = textOf(options.case) ?? '';
  const results = await runCases(
    pages,
    { catalogue, text, ...(settings === undefined ? {} : { settings }) },
    (result) => {
      if (!options.json) io.out(lineOf(result));
    },
  );
  if (results.length === 0) {
    throw new CliError(EXIT_CODES.usage, `No case has a name that holds "${text}", in ${pages.length} pages.`);
  }
  const passed = results.filter((result) => result.passed).length;
  if (options.json) io.out(JSON.stringify({ passed, failed: results.length - passed, cases: results }));
  else io.out(`${passed} of ${results.length} cases passed.`);
  return passed === results.length ? EXIT_CODES.ok : EXIT_CODES.failed;
};

/** Throws CliError with the whole lint report when one of them has a mistake: nothing of it is run. */
async function pagesOf({ args, io }: VerbContext, settings: Settings | undefined): Promise<Page[]> {
  const named = args.length > 0 ? args : [settings?.playbooks ?? PACKAGED_PLAYBOOKS];
  const files = await pageFiles(named, { cwd: io.cwd, stdin: () => io.stdin }).catch((error: unknown) => {
    if (error instanceof PageFileError) throw new CliError(EXIT_CODES.usage, error.message);
    throw error;
  });
  const read = files.map(({ name, text }) => readPage(text, name, catalogue, wordsOf(settings)));
  const errors = read.flatMap(({ problems }) => problems).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CliError(EXIT_CODES.failed, formatProblems(errors));
  return read.flatMap(({ page }) => page ?? []);
}

function lineOf(result: CaseResult): string {
  const { page, name, passed, lastedMs, givenDirectly } = result;
  const direct = givenDirectly.length === 0 ? '' : `, given directly: ${givenDirectly.join(', ')}`;
  const line = `${passed ? 'ok  ' : 'FAIL'}  ${page} · ${name} (${virtualTime(lastedMs).slice(1)}${direct})`;
  return passed ? line : `${line}\n${storyOf(result)}`;
}
