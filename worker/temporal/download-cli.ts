import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PinnedCli } from './pinned-cli.js';

export interface Getting {
  pinned: PinnedCli;
  /** The executable; appears whole or not at all. */
  into: string;
  env: Record<string, string | undefined>;
  say(line: string): void;
}

const PLATFORMS: Record<string, string> = { linux: 'linux', darwin: 'darwin' };
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Gets the official build over TLS. False, with the reason said, where that is not possible: then it can still be built. */
export async function downloadCli({ pinned, into, env, say }: Getting): Promise<boolean> {
  const [system, machine] = [PLATFORMS[platform()], ARCHITECTURES[arch()]];
  if (!system || !machine) {
    say(`There is no official Temporal CLI for ${platform()} ${arch()}.`);
    return false;
  }
  const base = env.FIREBREAK_TEMPORAL_DOWNLOAD || 'https://temporal.download/cli/archive';
  const address = `${base}/v${pinned.version}?platform=${system}&arch=${machine}`;
  const folder = await mkdtemp(join(dirname(into), '.download-'));
  try {
    say(`Downloading Temporal CLI ${pinned.version} (about 60 MB) from ${new URL(address).host}.`);
    const archive = join(folder, 'archive.tar.gz');
    await fetchTo(address, archive, say);
    const unpacked = spawnSync('tar', ['-xzf', archive, '-C', folder, 'temporal'], { encoding: 'utf8' });
    if (unpacked.status !== 0)
      throw new Error(`the archive cannot be unpacked: ${unpacked.stderr?.trim() || unpacked.error?.message}`);
    await chmod(join(folder, 'temporal'), 0o755);
    await rename(join(folder, 'temporal'), into);
    return true;
  } catch (error) {
    say(`The download is not possible here (${reasonOf(error)}).`);
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchTo(address: string, file: string, say: (line: string) => void): Promise<void> {
  const silent = new AbortController();
  let patience = setTimeout(() => silent.abort(), 10_000);
  try {
    const response = await fetch(address, { signal: silent.signal });
    if (!response.ok || !response.body) throw new Error(`it answered ${response.status}`);
    let bytes = 0;
    let told = Date.now();
    const watch = new Transform({
      transform(chunk: Buffer, _, done) {
        clearTimeout(patience);
        patience = setTimeout(() => silent.abort(), 10_000);
        bytes += chunk.length;
        if (Date.now() - told > 5000) {
          told = Date.now();
          say(`  ${Math.round(bytes / 1e6)} MB so far`);
        }
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file), { signal: silent.signal });
  } finally {
    clearTimeout(patience);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'no answer for 10 s';
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? error.message;
}
