import type { Readable } from 'node:stream';
import { kindOfId } from '../intake/credential-ids.js';
import { looksSecret } from '../intake/looks-secret.js';
import { createClient } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import type { Run, VerbContext } from './verbs.js';

const LIMIT_BYTES = 8_192;

/** Reports a leaked credential: opens an incident or joins the live one. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  refuseSecrets(context);
  const { kind, id } = credentialOf(args);
  const secret = options.secretStdin === true ? await secretFrom(io.stdin, io.isTTY) : undefined;
  const { body } = await createClient(context).post<{ incident: string; joined: boolean; url: string }>('/incidents', {
    kind,
    id,
    ...given('account', textOf(options.account)),
    ...given('exposure', textOf(options.exposure)),
    ...given('exposedSince', sinceOf(textOf(options.since))),
    ...given('summary', textOf(options.why)),
    ...given('playbook', textOf(options.playbook)),
    ...given('mode', options.observe === true ? 'observe' : undefined),
    ...given('secret', secret),
  });
  const what = body.joined ? 'is live already; your report joined it' : 'opened';
  const next = options.observe === true ? 'It looks and tells only.' : 'It goes on by the playbook.';
  io.out(
    options.json
      ? JSON.stringify(body)
      : `${body.incident} ${what}: ${kind} ${id}.${body.joined ? '' : ` ${next}`}\n  firebreak status ${body.incident}`,
  );
  return EXIT_CODES.ok;
};

/** Whatever stands on a command line stands in the shell's history and in the process list. */
function refuseSecrets({ args, options }: VerbContext): void {
  const texts = [...args, ...['account', 'why'].map((name) => textOf(options[name]) ?? '')];
  for (const word of texts.flatMap((text) => [text, ...text.split(/\s+/)])) {
    const what = looksSecret(word);
    if (what === undefined) continue;
    throw new CliError(
      EXIT_CODES.usage,
      `One of the arguments looks like ${what}. Nothing was sent. A command line stays in the shell's history and shows in the process list, so treat it as leaked (it is) and clear it there. Give the key's id, and the secret on standard input: firebreak open aws-access-key AKIA… --secret-stdin < file`,
    );
  }
}

/** `<kind> <id>`, or an id that says its kind. */
function credentialOf([first = '', second]: string[]): { kind: string; id: string } {
  if (second !== undefined) return { kind: first, id: second };
  const kind = kindOfId(first);
  if (kind !== undefined) return { kind, id: first };
  throw new CliError(
    EXIT_CODES.usage,
    `${first} does not say what kind of credential it is: firebreak open <kind> <id>.`,
  );
}

function sinceOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new CliError(EXIT_CODES.usage, `${text} is no time; write 2026-11-24T03:11:00Z.`);
  return new Date(time).toISOString();
}

async function secretFrom(stdin: Readable, isTTY: boolean): Promise<string> {
  if (isTTY) {
    throw new CliError(EXIT_CODES.usage, '--secret-stdin reads a file or a pipe: a terminal would show the secret.');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LIMIT_BYTES) throw new CliError(EXIT_CODES.usage, `The secret is longer than ${LIMIT_BYTES} bytes.`);
    chunks.push(bytes);
  }
  const secret = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (secret === '') throw new CliError(EXIT_CODES.usage, 'Standard input was empty; there is no secret to seal.');
  return secret;
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
}
