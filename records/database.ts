import { closeSync, fchmodSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CompiledQuery, type DatabaseConnection, Kysely, SqliteDialect, SqliteDriver, type Transaction } from 'kysely';
import Libsql from 'libsql';
import { RecordsError, recordsError } from './records-error.js';
import type { Tables } from './schema.js';

export type Tx = Transaction<Tables>;

/** Everything the rooms of records need of a database. `tried` completes `could not …`. */
export interface Database {
  /** One durable commit, alone on the file; run again from the start when another process holds it. */
  write<T>(tried: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One consistent view; blocks nobody. */
  read<T>(tried: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The driver may not sleep longer than this inside a call: it would stop the whole process. Waiting is done outside of it. */
const DRIVER_WAITS_MS = 20;

/** Opens or makes the file (mode 0600, its folder 0700). `patienceMs`: how long a lock of another process is waited for. */
export async function openDatabase(file: string, patienceMs: number): Promise<Database> {
  let raw: InstanceType<typeof Libsql> | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const handle = openSync(file, 'a', 0o600);
    // a file that was there before may be readable by others; -wal and -shm take its mode
    fchmodSync(handle, 0o600);
    closeSync(handle);
    raw = new Libsql(file, { timeout: DRIVER_WAITS_MS });
    const opened = raw;
    await patiently(patienceMs, async () => {
      opened.pragma('journal_mode = WAL');
      opened.pragma('synchronous = FULL');
    });
  } catch (error) {
    raw?.close();
    throw recordsError(error, file, 'open it');
  }
  const kysely = new Kysely<Tables>({ dialect: new ImmediateDialect({ database: raw }) });
  const run = async <T>(tried: string, work: (tx: Tx) => Promise<T>, mode: 'read only' | 'read write'): Promise<T> => {
    try {
      return await patiently(patienceMs, () => kysely.transaction().setAccessMode(mode).execute(work));
    } catch (error) {
      throw recordsError(error, file, tried);
    }
  };
  return {
    write: (tried, work) => run(tried, work, 'read write'),
    read: (tried, work) => run(tried, work, 'read only'),
    close: () => kysely.destroy(),
  };
}

/** Runs `work` again while the file is locked, with a growing, uneven pause so that processes do not keep step. */
async function patiently<T>(patienceMs: number, work: () => Promise<T>): Promise<T> {
  const giveUp = performance.now() + patienceMs;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 50)) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error) || performance.now() > giveUp) throw error;
      await pause(wait * (0.5 + Math.random()));
    }
  }
}

function isLocked(error: unknown): boolean {
  const wrapped = recordsError(error, '', '');
  return wrapped instanceof RecordsError && wrapped.code === 'locked';
}

/** SQLite with `BEGIN IMMEDIATE` for what writes: two that read first and write then would otherwise fail half-way. */
class ImmediateDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];
  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }
  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings?: { accessMode?: 'read only' | 'read write' },
  ): Promise<void> {
    await connection.executeQuery(
      CompiledQuery.raw(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate'),
    );
  }
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch {
      // a full disk has rolled it back already; the first error is the one to tell
    }
  }
}
