import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The one version that Firebreak gets by itself; written in `tools/temporal/go.mod` and nowhere else. */
export interface PinnedCli {
  version: string;
  /** The lowest Go that builds it. */
  go: string;
  /** The Go module that builds it. */
  folder: string;
}

export function pinnedCli(): PinnedCli {
  const folder = toolsFolder();
  const module = readFileSync(join(folder, 'go.mod'), 'utf8');
  const version = /github\.com\/temporalio\/cli v(\d+\.\d+\.\d+)\b/.exec(module)?.[1];
  const go = /^go (\d+\.\d+(?:\.\d+)?)$/m.exec(module)?.[1];
  if (!version || !go) throw new Error(`${join(folder, 'go.mod')} names no version of the Temporal CLI`);
  return { version, go, folder };
}

/** The same place beside the sources and beside what is built from them. */
function toolsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'tools', 'temporal');
    if (existsSync(join(candidate, 'go.mod'))) return candidate;
    if (folder === dirname(folder)) throw new Error('tools/temporal is missing from this installation of Firebreak');
  }
}
