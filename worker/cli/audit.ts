import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openRecords } from '../../records/open-records.js';
import type { Records } from '../../records/records.js';
import { recordsFileOf } from '../records-file.js';
import { loadReport, renderReport } from '../report/index.js';
import { loadSettings } from '../settings/load-settings.js';
import { incidentOf } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import type { Run, VerbContext } from './verbs.js';

const FORMATS = { markdown: 'md', json: 'json', html: 'html' } as const;

/** Reads the records file itself: works with Firebreak, Temporal and every provider down. */
export const run: Run = async (context) => {
  const incident = context.args[0] === 'verify' ? undefined : incidentOf(context.args[0]);
  const records = await openRecords({ file: recordsFile(context) });
  try {
    return incident === undefined ? await verify(context, records) : await report(context, records, incident);
  } finally {
    await records.close();
  }
};

async function verify({ options, io }: VerbContext, records: Records): Promise<number> {
  const chain = await records.verify();
  if (options.json) io.out(JSON.stringify(chain));
  else if (chain.broken === undefined) io.out(`The chain holds: ${chain.rows} rows, head ${chain.head}.`);
  else {
    const { seq, table, key, reason } = chain.broken;
    io.out(`The chain is broken at row ${seq} (${table} ${key}): ${reason}. What comes before it holds.`);
  }
  return chain.ok ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function report({ options, io }: VerbContext, records: Records, incident: string): Promise<number> {
  if ((await records.incidents.get(incident)) === undefined) {
    throw new CliError(EXIT_CODES.usage, `The records hold no ${incident}.`);
  }
  const format = options.json ? 'json' : (FORMATS[options.format as keyof typeof FORMATS] ?? 'md');
  const text = renderReport(await loadReport(records, incident))[format];
  const out = textOf(options.out);
  if (out === undefined) io.out(text.trimEnd());
  else {
    const file = resolve(io.cwd, out);
    // Evidence is not for everybody on the machine.
    await writeFile(file, text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
      throw new CliError(EXIT_CODES.usage, `${file} cannot be written (${error.code}). Name a file with --out.`);
    });
    io.err(`Written to ${file}.`);
  }
  return EXIT_CODES.ok;
}

/** Where the settings say, if they can be read; else in the data folder. */
function recordsFile({ options, io }: VerbContext): string {
  const settings = existsSync(options.settings) ? loadSettings(options.settings, io.env).settings : undefined;
  const file = recordsFileOf(settings, options.data);
  if (existsSync(file)) return file;
  throw new CliError(EXIT_CODES.usage, `There are no records at ${file}. Name the data folder with --data.`);
}
