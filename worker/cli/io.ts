import type { Readable } from 'node:stream';

/** Everything a verb may touch of its process, so that tests need none. */
export interface Io {
  /** Writes a line to standard output; the newline is added. */
  out(line: string): void;
  /** Writes a line to standard error; the newline is added. */
  err(line: string): void;
  stdin: Readable;
  /** Somebody sits there: standard input and standard output are terminals. */
  isTTY: boolean;
  env: Record<string, string | undefined>;
  /** Absolute; what relative paths of arguments start from. */
  cwd: string;
  /** Escape codes are welcome on standard output (`NO_COLOR`, `FORCE_COLOR`, a terminal). */
  colour: boolean;
}

/** The io of this very process. */
export function processIo(): Io {
  // `firebreak list | head` ends early: that is no failure of ours
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  // nobody to tell, or no room for it: what is being done matters more
  process.stderr.on('error', () => undefined);
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    // a getter: opening standard input makes the process wait for it
    get stdin() {
      return process.stdin;
    },
    isTTY: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
    colour: wantsColour(process.env, process.stdout.isTTY === true),
  };
}

function wantsColour(env: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return terminal && env.TERM !== 'dumb';
}
