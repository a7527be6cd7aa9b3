import { Readable } from 'node:stream';
import type { Io } from '../../../worker/cli/io.js';
import { main } from '../../../worker/cli/main.js';
import type { Firebreak } from '../api/start-firebreak.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command line in this process against a Firebreak, as sam unless `env` says otherwise. */
export async function runLine(
  firebreak: Pick<Firebreak, 'url' | 'tokens' | 'dataFolder'>,
  line: string[],
  { stdin = '', env = {}, isTTY = false }: { stdin?: string; env?: Io['env']; isTTY?: boolean } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(line, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    stdin: Readable.from([stdin]),
    isTTY,
    env: {
      HOME: firebreak.dataFolder,
      FIREBREAK_URL: firebreak.url,
      FIREBREAK_TOKEN: firebreak.tokens.sam,
      FIREBREAK_DATA: firebreak.dataFolder,
      ...env,
    },
    cwd: firebreak.dataFolder,
    colour: false,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
