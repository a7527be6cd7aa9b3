import type { LinkRow } from '../../records/records.js';
import { type SaysToBe, saysToBe } from '../people/says-to-be.js';
import { answerTo } from './answer-to.js';
import { createClient } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import { shortTime } from './short-time.js';
import type { Run } from './verbs.js';

/** Confirms a code after saying whose it is, ends a link, or shows all. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  const [code] = args;
  const remove = textOf(options.remove);
  if (code !== undefined && remove !== undefined) {
    throw new CliError(EXIT_CODES.usage, 'Give a code to confirm, or --remove with a person; not both.');
  }
  const account = textOf(options.account);
  if (account !== undefined && code === undefined) {
    throw new CliError(EXIT_CODES.usage, 'Give --account with the code that Slack showed.');
  }
  const client = createClient(context);
  if (remove !== undefined) {
    const { body } = await client.post<{ person: string }>(`/links/${encodeURIComponent(remove)}/end`, {});
    io.out(options.json ? JSON.stringify(body) : `${body.person} is linked to no Slack account any more.`);
  } else if (code !== undefined) {
    const pending = await client.get<SaysToBe>(`/links/${encodeURIComponent(code)}`);
    if (account === undefined) {
      if (!io.isTTY || options.json) {
        throw new CliError(EXIT_CODES.usage, `${saysToBe(pending)} Say --account ${pending.account} if that is yours.`);
      }
      io.out(saysToBe(pending));
      if (!['y', 'yes'].includes(await answerTo(io, 'Link it? [y/N]'))) {
        io.out('Nothing was linked.');
        return EXIT_CODES.refused;
      }
    } else if (!options.json) io.out(saysToBe(pending));
    const { body } = await client.post<{ account: string; person: string }>('/links', {
      code,
      account: account ?? pending.account,
    });
    io.out(options.json ? JSON.stringify(body) : `Slack account ${body.account} is ${body.person} from now on.`);
  } else {
    const body = await client.get<{ links: LinkRow[] }>('/links');
    if (options.json) io.out(JSON.stringify(body));
    else if (body.links.length === 0) io.out('Nobody has linked a Slack account yet.');
    else for (const link of body.links) io.out(lineOf(link));
  }
  return EXIT_CODES.ok;
};

function lineOf({ person, account, at, by, endedAt, endedBy }: LinkRow): string {
  const since = `${person.padEnd(12)} ${account.padEnd(12)} since ${shortTime(at)} by ${by}`;
  return endedAt === undefined ? since : `${since}, until ${shortTime(endedAt)} by ${endedBy}`;
}
