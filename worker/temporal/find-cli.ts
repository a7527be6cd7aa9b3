import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { buildCli } from './build-cli.js';
import { downloadCli } from './download-cli.js';
import { exclusive } from './exclusive.js';
import { pinnedCli } from './pinned-cli.js';
import { TemporalError } from './temporal-error.js';

/** The Temporal CLI, whose `server start-dev` is the embedded server. */
export interface Cli {
  path: string;
  /** `1.8.2` */
  version: string;
  /** Of the server in it, `1.31.2`. */
  server: string;
  from: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'build';
}

export interface FindOptions {
  env: Record<string, string | undefined>;
  /** Tells a person what is going on, one line each. */
  say(line: string): void;
  /** `1.31` of the database that is there already; only a server of this line can read it. */
  schema?: string;
  /** How a missing CLI is made; the defaults reach for the internet. */
  download?: typeof downloadCli;
  build?: typeof buildCli;
}

/** The line of the pinned one, whose flags and dynamic settings `server-settings.ts` speaks of. */
const LOWEST = '1.8.0';

/**
 * Finds the CLI, or gets it once for this user: TEMPORAL_CLI_PATH, `temporal` on PATH if it is new enough, the cache,
 * the official download, a build from its Go module. Throws TemporalError.
 */
export async function findCli(options: FindOptions): Promise<Cli> {
  const named = options.env.TEMPORAL_CLI_PATH;
  if (named) return useNamed(named, options.schema);

  const onPath = await useFromPath(options);
  if (onPath) return onPath;

  const pinned = pinnedCli();
  const cached = join(cacheFolder(options.env), 'temporal', pinned.version, executable);
  const found = await inspect(cached);
  if (found) return mustRead({ ...found, from: 'cache' }, options.schema);
  const lock = await exclusive(`${cached}.lock`, () =>
    options.say('Another Firebreak is getting Temporal right now; waiting for it.'),
  );
  try {
    const meanwhile = await inspect(cached);
    if (meanwhile) return mustRead({ ...meanwhile, from: 'cache' }, options.schema);
    return mustRead(await get(cached, options), options.schema);
  } finally {
    lock.release();
  }
}

/** Where things that can be made again are kept for this user. */
export function cacheFolder(env: Record<string, string | undefined>): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'firebreak');
}

/** `1.31` of `1.31.2`: servers of one line share the shape of their database. */
export function schemaOf(server: string): string {
  return server.split('.').slice(0, 2).join('.');
}

const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

async function get(into: string, { env, say, download = downloadCli, build = buildCli }: FindOptions): Promise<Cli> {
  const pinned = pinnedCli();
  const from = (await download({ pinned, into, env, say })) ? 'download' : 'build';
  if (from === 'build') await build({ pinned, into, env, say });
  const found = await inspect(into);
  if (!found) throw new TemporalError('cli-unusable', `${into} was made but does not run; remove it and try again.`);
  return { ...found, from };
}

async function useNamed(path: string, schema: string | undefined): Promise<Cli> {
  const found = await inspect(path);
  if (!found) {
    const why = existsSync(path) ? 'does not answer --version as the Temporal CLI does' : 'is not there';
    throw new TemporalError(
      'cli-unusable',
      `TEMPORAL_CLI_PATH names ${path}, which ${why}; correct it, or unset it to let Firebreak look for one.`,
    );
  }
  if (isOlder(found.version, LOWEST)) {
    throw new TemporalError(
      'cli-unusable',
      `TEMPORAL_CLI_PATH names Temporal CLI ${found.version}, but ${LOWEST} is the oldest that Firebreak runs; name a newer one, or unset it.`,
    );
  }
  return mustRead({ ...found, from: 'TEMPORAL_CLI_PATH' }, schema);
}

async function useFromPath({ env, say, schema }: FindOptions): Promise<Cli | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const found = await inspect(join(folder, executable));
    if (!found) continue;
    if (isOlder(found.version, LOWEST)) {
      say(`${found.path} is Temporal CLI ${found.version}, older than ${LOWEST}; looking for another one.`);
    } else if (schema && schemaOf(found.server) !== schema) {
      say(`${found.path} is Temporal server ${found.server}, but the data is of ${schema}; looking for another one.`);
    } else return { ...found, from: 'PATH' };
    return undefined; // what a shell would run is the one that counts
  }
  return undefined;
}

function mustRead(cli: Cli, schema: string | undefined): Cli {
  if (!schema || schemaOf(cli.server) === schema) return cli;
  throw new TemporalError(
    'other-schema',
    `The data folder was written by Temporal server ${schema}, and ${cli.path} is ${cli.server}, which cannot read it; set TEMPORAL_CLI_PATH to a Temporal CLI with server ${schema}, or use another data folder.`,
  );
}

async function inspect(path: string): Promise<Omit<Cli, 'from'> | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 });
    const match = /temporal version (\d+\.\d+\.\d+)\S* \(Server (\d+\.\d+\.\d+)/.exec(stdout);
    return match ? { path, version: match[1] as string, server: match[2] as string } : undefined;
  } catch {
    return undefined;
  }
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  const index = a!.findIndex((part, at) => part !== b![at]);
  return index >= 0 && a![index]! < b![index]!;
}
