import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll } from 'vitest';
import type { Io } from '../../../worker/cli/io.js';
import { main } from '../../../worker/cli/main.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder to stand in; removed after the file's tests. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-verb-'));
  folders.push(folder);
  return folder;
}

/** Runs a command line in this process, standing in `cwd`. */
export async function runVerb(
  cwd: string,
  line: string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Io['env'] } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(line, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    stdin: Readable.from([stdin]),
    isTTY: false,
    env: { HOME: cwd, ...env },
    cwd,
    colour: false,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
