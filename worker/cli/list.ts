import { createClient } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { shortTime } from './short-time.js';
import type { Run } from './verbs.js';

interface Row {
  incident: string;
  credential: string | null;
  stage: string;
  closedAs: string | null;
  waiting: string;
  held: string;
  openedAt: number;
  alerts: number;
  parent: string | null;
}

const PAGE = 200;

/** Incidents, newest first. */
export const run: Run = async (context) => {
  const { options, io } = context;
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CliError(EXIT_CODES.usage, `--limit takes a count, not ${options.limit}.`);
  }
  const client = createClient(context);
  const rows: Row[] = [];
  let more = true;
  while (more && rows.length < limit) {
    const last = rows.at(-1)?.incident.replace('INC-', '');
    const query = new URLSearchParams({
      state: options.all === true ? 'all' : 'open',
      limit: String(Math.min(PAGE, limit - rows.length)),
      ...(last === undefined ? {} : { before: last }),
    });
    const page = await client.get<{ incidents: Row[]; next: string | null }>(`/incidents?${query}`);
    rows.push(...page.incidents);
    more = page.next !== null && page.incidents.length > 0;
  }
  if (options.json) io.out(JSON.stringify({ incidents: rows, more }));
  else if (rows.length === 0) io.out(options.all === true ? 'No incidents.' : 'No open incidents.');
  else {
    for (const row of rows) io.out(lineOf(row));
    if (more) io.out(`… and older ones: --limit ${limit * 2}`);
  }
  return EXIT_CODES.ok;
};

function lineOf({ incident, credential, stage, closedAs, waiting, held, openedAt, alerts, parent }: Row): string {
  const state = closedAs === null ? (held === '' ? stage : `${stage}, held`) : `closed as ${closedAs}`;
  const cells = [
    incident.padEnd(8),
    shortTime(openedAt),
    (credential ?? 'not identified yet').padEnd(38),
    state.padEnd(18),
  ];
  const from = parent === null ? '' : ` (found by ${parent})`;
  const joined = alerts > 1 ? ` (${alerts} alerts)${from}` : from;
  return `${cells.join('  ')}  ${held || waiting}${joined}`.trimEnd();
}
