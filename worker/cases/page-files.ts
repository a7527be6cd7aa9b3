/** The pages that a command line names: files, folders, standard input, or the playbooks of the settings. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

export interface PageFile {
  /** As problems name it: as it was given. */
  name: string;
  text: Uint8Array;
}

/** What was named cannot be read; the message says which and why. */
export class PageFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PageFileError';
  }
}

/** Far above the 64 KiB of a page, which the reader refuses in its own words. */
const STDIN_LIMIT_BYTES = 1024 * 1024;

/** Each file once, in the order in which they were named; of a folder its `.yaml` files by name. Throws PageFileError. */
export async function pageFiles(
  named: readonly string[],
  { cwd, stdin }: { cwd: string; stdin: () => Readable },
): Promise<PageFile[]> {
  const files = new Map<string, PageFile>();
  for (const name of named) {
    if (name === '-') {
      files.set('-', { name: '-', text: await readAll(stdin()) });
      continue;
    }
    for (const file of filesOf(name, cwd)) {
      const path = resolve(cwd, file);
      if (!files.has(path)) files.set(path, { name: file, text: readFileSync(path) });
    }
  }
  return [...files.values()];
}

function filesOf(name: string, cwd: string): string[] {
  const path = resolve(cwd, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new PageFileError(`There is no file or folder ${name}.`);
  if (!found.isDirectory()) return [name];
  const pages = readdirSync(path)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
  if (pages.length === 0) throw new PageFileError(`The folder ${name} holds no playbook: no file there ends in .yaml.`);
  return pages.map((file) => join(name, file));
}

async function readAll(stdin: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    size += bytes.length;
    if (size > STDIN_LIMIT_BYTES) throw new PageFileError('Standard input holds more than any page may: 64 KiB.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
