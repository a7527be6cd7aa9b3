import { execFile, spawn } from 'node:child_process';
import { rename, rm, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Getting } from './download-cli.js';
import type { PinnedCli } from './pinned-cli.js';
import { TemporalError } from './temporal-error.js';

/** Packages that the Go compiler names while it builds from nothing; for the progress only. */
const PACKAGES = 1720;
/** Module and build caches of Go from nothing, and the executable. */
const SPACE_BYTES = 4e9;
const EXECUTABLE_BYTES = 2e8;

/**
 * Builds the CLI from its Go module: about 3 to 4 minutes on 2 cores, modules to download (about 1 GB) not counted.
 * The Go that is there is the one that is used. Throws TemporalError.
 */
export async function buildCli({ pinned, into, env, say }: Getting): Promise<void> {
  const environment = {
    ...goEnvironment(env),
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
  } as NodeJS.ProcessEnv;
  await checkGo(pinned, environment);
  await checkSpace(into, environment);
  say(
    `Building Temporal CLI ${pinned.version} from its Go module: about 4 minutes on 2 cores (here ${cpus().length}), once for this user.`,
  );

  const temporary = `${into}.${process.pid}.tmp`;
  try {
    await build(temporary, pinned, environment, say);
    await rename(temporary, into);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function build(
  into: string,
  pinned: PinnedCli,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<void> {
  const symbol = 'github.com/temporalio/cli/internal/temporalcli.Version';
  const child = spawn(
    'go',
    [
      'build',
      '-v',
      '-trimpath',
      '-ldflags',
      `-s -w -X ${symbol}=${pinned.version}`,
      '-o',
      into,
      'github.com/temporalio/cli/cmd/temporal',
    ],
    { cwd: pinned.folder, env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stop = () => child.kill();
  process.once('exit', stop);
  const begun = Date.now();
  const other: string[] = [];
  let [modules, packages] = [0, 0];
  const progress = setInterval(() => {
    const done =
      packages === 0 ? `${modules} modules downloaded` : `${packages} of about ${PACKAGES} packages compiled`;
    say(`  ${clock(Date.now() - begun)}  ${done}`);
  }, 10_000);
  try {
    const exit = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    for await (const line of createInterface(child.stderr)) {
      if (line.startsWith('go: downloading ')) modules++;
      else if (/^[\w./-]+$/.test(line)) packages++;
      else other.push(line);
    }
    const code = await exit;
    if (code !== 0) throw failure(other.join('\n'), child.signalCode, pinned);
    say(`  ${clock(Date.now() - begun)}  built`);
  } finally {
    clearInterval(progress);
    process.removeListener('exit', stop);
  }
}

/** What Go reads, and none of the tokens and keys that our own environment holds. */
function goEnvironment(env: Getting['env']): Getting['env'] {
  const names = /^(PATH|HOME|USER|TMPDIR|TEMP|TMP|LANG|LC_\w+|XDG_\w+|SSL_CERT_\w+|NETRC|GO[A-Z0-9]+|\w*_proxy)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));
}

async function checkGo(pinned: PinnedCli, env: NodeJS.ProcessEnv): Promise<void> {
  let version: string;
  try {
    version = (await promisify(execFile)('go', ['env', 'GOVERSION'], { env })).stdout.trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no go on PATH' : 'go does not run';
    throw new TemporalError(
      'no-go',
      `The Temporal CLI is not here and cannot be built, because ${why}; ${remedy(pinned)}.`,
      { cause: error },
    );
  }
  const [have, need] = [version.replace(/^go/, ''), pinned.go].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  );
  const at = need!.findIndex((part, index) => part !== (have![index] ?? 0));
  if (at >= 0 && (have![at] ?? 0) < need![at]!) {
    throw new TemporalError(
      'go-too-old',
      `The Temporal CLI cannot be built with ${version}, it needs Go ${pinned.go}; ${remedy(pinned)}.`,
    );
  }
}

/** Only what is surely too little is refused: with warm caches a build needs next to nothing. */
async function checkSpace(into: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mustHave(dirname(into), EXECUTABLE_BYTES);
  const { stdout } = await promisify(execFile)('go', ['env', 'GOCACHE'], { env });
  await mustHave(stdout.trim(), EXECUTABLE_BYTES);
}

async function mustHave(folder: string, bytes: number): Promise<void> {
  for (let existing = folder; ; existing = dirname(existing)) {
    try {
      const { bavail, bsize } = await statfs(existing);
      if (bavail * bsize >= bytes) return;
      throw noSpace(existing);
    } catch (error) {
      if (error instanceof TemporalError || existing === dirname(existing)) throw error;
    }
  }
}

function noSpace(where: string): TemporalError {
  return new TemporalError(
    'no-space',
    `The disk of ${where} is too full to build the Temporal CLI, which takes up to ${SPACE_BYTES / 1e9} GB with Go's caches; make room, or set TEMPORAL_CLI_PATH.`,
  );
}

function failure(output: string, signal: NodeJS.Signals | null, pinned: PinnedCli): TemporalError {
  if (/no space left on device/.test(output)) return noSpace(pinned.folder);
  if (
    /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake|40[37] |50[234] /.test(output)
  ) {
    return new TemporalError(
      'no-network',
      `The modules of the Temporal CLI cannot be downloaded (${lastLine(output)}); set GOPROXY to a proxy that can be reached, or ${remedy(pinned)}.`,
    );
  }
  if (/requires go >=|go\.mod requires go|toolchain not available/.test(output)) {
    return new TemporalError(
      'go-too-old',
      `The Temporal CLI cannot be built with this Go (${lastLine(output)}); ${remedy(pinned)}.`,
    );
  }
  const why =
    signal || /signal: killed/.test(output)
      ? 'the compiler was killed; it needs about 2 GB of memory'
      : lastLine(output);
  return new TemporalError('build-failed', `The Temporal CLI could not be built: ${why}; ${remedy(pinned)}.`);
}

function remedy(pinned: PinnedCli): string {
  return `install Go ${pinned.go} or newer, or put the Temporal CLI ${pinned.version} on PATH or into TEMPORAL_CLI_PATH`;
}

const lastLine = (output: string) => output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
