import { ConnectorError } from '../connectors/contract.js';
import { openRecord, WantedKeys } from './cloudtrail-record.js';
import { type Coverage, coverageOf, type FileCoverage } from './coverage.js';
import { type Caller, type Deed, deedOf } from './iam-deed.js';
import { type ListedFile, listLogFiles } from './list-log-files.js';
import type { LogRequest } from './log-request.js';
import { readRecords } from './read-records.js';

/** What the logs tell of changes in IAM since the exposure, each once, oldest first. */
export interface Made {
  /** By the leaked key, by sessions of it, and by whatever these made: keys, users, roles, logins, opened roles. */
  chained: Deed[];
  /** By anybody else: says who made a thing that a listing shows. */
  byOthers: Deed[];
  coverage: Coverage;
}

const MOST_GENERATIONS = 10;
const MOST_DEEDS = 50_000;

/**
 * Follows the leaked key through the logs: what it made, what that made, and so on. Reads all files once for IAM's
 * changes, and once more for each generation of sessions and principals that it finds. Throws ConnectorError `not-found`
 * or `unavailable` (the folder); what is wrong with a single file is part of the answer.
 */
export async function findMade(request: LogRequest): Promise<Made> {
  const listed = await listLogFiles(request.folder);
  const trace = new MadeTrace(request);
  const files = await readAll(listed, new WantedKeys(['iam.amazonaws.com', request.credentialId]), trace, request);
  let names = trace.follow();
  for (let generation = 1; names.length > 0 && generation <= MOST_GENERATIONS; generation += 1) {
    await readAll(listed, new WantedKeys(names), trace, request);
    names = trace.follow();
  }
  if (names.length > 0) trace.limits.add(`what was made in more than ${MOST_GENERATIONS} generations was not followed`);
  return { ...trace.made(), coverage: coverageOf(request, files, [...trace.limits]) };
}

/** Who acts for whoever held the leaked key. Users and roles by account, for names are not unique beyond it. */
class Chain {
  readonly #keys: Set<string>;
  /** Users and roles that it made itself: all they do is its doing. */
  readonly #users = new Set<string>();
  readonly #roles = new Set<string>();
  /** Users that got a console password: what they do without a long-term key. */
  readonly #logins = new Set<string>();
  /** Roles whose trust it changed: sessions of them for other accounts. */
  readonly #opened = new Set<string>();

  constructor(key: string) {
    this.#keys = new Set([key]);
  }

  did({ caller, account, assumed }: Deed): boolean {
    return (
      this.#is(caller) ||
      (assumed !== undefined && caller.account !== account && this.#opened.has(`${account}/${assumed}`))
    );
  }

  #is({ key, user, role, account }: Caller): boolean {
    return (
      this.#keys.has(key) ||
      this.#users.has(`${account}/${user}`) ||
      this.#roles.has(`${account}/${role}`) ||
      (!key.startsWith('AKIA') && this.#logins.has(`${account}/${user}`))
    );
  }

  /** Takes in what a deed of the chain gave; the names that are new, by which records of them are found. */
  grow({ account, gave }: Deed): string[] {
    const add = (set: Set<string>, name: string | undefined, key: string): string[] => {
      if (name === undefined || name === '' || set.has(key)) return [];
      set.add(key);
      return [name];
    };
    return [
      ...add(this.#keys, gave.key, gave.key ?? ''),
      ...add(this.#users, gave.user, `${account}/${gave.user}`),
      ...add(this.#roles, gave.role, `${account}/${gave.role}`),
      ...add(this.#logins, gave.login, `${account}/${gave.login}`),
      ...add(this.#opened, gave.trustOf, `${account}/${gave.trustOf}`),
    ];
  }
}

class MadeTrace {
  /** Where a limit of ours was hit, so that the answer is not complete. */
  readonly limits = new Set<string>();
  readonly #chain: Chain;
  readonly #first: number;
  readonly #seen = new Set<string>();
  #open: Deed[] = [];
  readonly #chained: Deed[] = [];

  constructor({ credentialId, since }: LogRequest) {
    this.#chain = new Chain(credentialId);
    this.#first = Math.floor(since / 1_000) * 1_000; // CloudTrail's own resolution; the same second counts as after
  }

  add(deed: Deed): void {
    const isSession = deed.thing === undefined;
    if (isSession ? !this.#chain.did(deed) : deed.at < this.#first) return;
    if (deed.id !== '' && this.#seen.has(deed.id)) return;
    if (this.#open.length + this.#chained.length >= MOST_DEEDS) {
      this.limits.add(`more than ${MOST_DEEDS} changes of IAM: the rest was not followed`);
      return;
    }
    if (deed.id !== '') this.#seen.add(deed.id);
    this.#open.push(deed);
  }

  /** Moves to the chain whatever it did, until nothing more moves; the names that this brought in. */
  follow(): string[] {
    const names: string[] = [];
    for (let moved = true; moved; ) {
      moved = false;
      const left: Deed[] = [];
      for (const deed of this.#open) {
        if (!this.#chain.did(deed)) {
          left.push(deed);
          continue;
        }
        this.#chained.push(deed);
        names.push(...this.#chain.grow(deed));
        moved = true;
      }
      this.#open = left;
    }
    return names;
  }

  made(): Pick<Made, 'chained' | 'byOthers'> {
    const told = (deeds: Deed[]) =>
      deeds.filter(({ thing }) => thing !== undefined).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    return { chained: told(this.#chained), byOthers: told(this.#open) };
  }
}

async function readAll(
  listed: ListedFile[],
  wanted: WantedKeys,
  trace: MadeTrace,
  request: LogRequest,
): Promise<FileCoverage[]> {
  const files: FileCoverage[] = [];
  for (const [index, file] of listed.entries()) {
    request.signal?.throwIfAborted();
    const progress = () => request.heartbeat?.(`changes of IAM: ${index} of ${listed.length} files`);
    progress();
    const take = (bytes: Buffer): { at?: number; wrong?: string } => {
      const { record, ...read } = openRecord(bytes, (all) => wanted.mayBeIn(all));
      const deed = record === undefined || read.at === undefined ? undefined : deedOf(record, read.at);
      if (deed !== undefined) trace.add(deed);
      return read;
    };
    files.push(
      await readRecords(file, wanted, take, {
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        progress,
      }),
    );
  }
  return files;
}

/** Why the logs could not be read at all, in a line; rethrows whatever is not the folder's fault. */
export function unreadable(error: unknown): string {
  if (error instanceof ConnectorError) return error.message;
  throw error;
}
