import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type DatabaseConnection,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
  type Transaction,
} from 'kysely';
import Libsql from 'libsql';
import { createGroupCommit } from './group-commit.js';
import { RecordsError, recordsError } from './records-error.js';
import type { Tables } from './schema.js';

export type Tx = Transaction<Tables>;
type Sqlite = InstanceType<typeof Libsql>;

/** Everything the rooms of records need of a database. `tried` completes `could not …`. */
export interface Database {
  /** Resolves after its durable commit. Writes of this process that come together share one; one that fails, fails alone. */
  write<T>(tried: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One consistent view; blocks nobody. */
  read<T>(tried: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The driver may not sleep longer than this inside a call: it would stop the whole process. Waiting is done outside of it. */
const DRIVER_WAITS_MS = 20;

/** Opens or makes the file (mode 0600, its folder 0700). `patienceMs`: how long a lock of another process is waited for. */
export async function openDatabase(file: string, patienceMs: number, durable = true): Promise<Database> {
  let opened: Sqlite;
  let raw: Sqlite | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    makePrivate(file);
    raw = new Libsql(file, { timeout: DRIVER_WAITS_MS });
    opened = raw;
    await patiently(patienceMs, async () => {
      opened.exec('pragma journal_mode = WAL');
      opened.exec(`pragma synchronous = ${durable ? 'FULL' : 'OFF'}`);
    });
  } catch (error) {
    raw?.close();
    throw recordsError(error, file, 'open it');
  }
  const kysely = new Kysely<Tables>({ dialect: new ImmediateDialect(opened) });
  const inTransaction = <T>(mode: 'read only' | 'read write', work: (tx: Tx) => Promise<T>): Promise<T> =>
    kysely.transaction().setAccessMode(mode).execute(work);
  const group = createGroupCommit(
    {
      transaction: (work) => inTransaction('read write', work),
      exec: (command) => opened.exec(command),
      get inTransaction() {
        return opened.inTransaction;
      },
      isLocked,
    },
    patienceMs,
  );
  const said = async <T>(tried: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw recordsError(error, file, tried);
    }
  };
  return {
    write: (tried, work) => said(tried, group.write(work)),
    read: (tried, work) =>
      said(
        tried,
        patiently(patienceMs, () => inTransaction('read only', work)),
      ),
    async close() {
      await group.idle();
      await kysely.destroy();
    },
  };
}

/**
 * Makes the file, or takes it away from others. Never opens one that is there: POSIX drops every lock of a process on a
 * file as soon as it closes any handle of it, and SQLite, if it is open here already, would go on without.
 */
function makePrivate(file: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined) {
    try {
      closeSync(openSync(file, 'wx', 0o600));
    } catch (error) {
      // another process made it just now, in the same way
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return;
  }
  if (!there.isFile()) throw Object.assign(new Error('EISDIR: it is no file'), { code: 'EISDIR' });
  // -wal and -shm take its mode
  if ((there.mode & 0o077) !== 0) chmodSync(file, 0o600);
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
  readonly #database: Sqlite;
  constructor(database: Sqlite) {
    super({ database });
    this.#database = database;
  }
  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#database);
  }
}

/**
 * Takes and gives up locks by `exec` alone. A prepared statement that fails as busy stays active until it is collected,
 * and after the next commit the connection would keep the snapshot of that moment: SQLITE_BUSY_SNAPSHOT for ever.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Sqlite;
  constructor(database: Sqlite) {
    super({ database: preparedOnce(database) });
    this.#database = database;
  }
  override async beginTransaction(
    _connection: DatabaseConnection,
    settings?: { accessMode?: 'read only' | 'read write' },
  ): Promise<void> {
    if (settings?.accessMode !== 'read only') {
      this.#database.exec('begin immediate');
      return;
    }
    this.#database.exec('begin');
    try {
      // takes the snapshot now, so that nothing later can be refused
      this.#database.exec('select 1 from sqlite_schema limit 1');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }
  override async commitTransaction(): Promise<void> {
    this.#database.exec('commit');
  }
  override async rollbackTransaction(): Promise<void> {
    // a full disk has rolled it back already
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }
}

/** Texts with lists in them differ by their lengths; nobody keeps all of those. */
const STATEMENTS_KEPT = 200;

/** Prepares each text once. A statement that failed is not used again: it may not have ended. */
function preparedOnce(database: Sqlite): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    prepare(text) {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const statement = database.prepare(text);
      const forgetting =
        <T>(run: (parameters: readonly unknown[]) => T) =>
        (parameters: readonly unknown[]): T => {
          try {
            return run(parameters);
          } catch (error) {
            kept.delete(text);
            throw error;
          }
        };
      const once: SqliteStatement = {
        reader: statement.reader,
        all: forgetting((parameters) => statement.all(parameters)),
        run: forgetting((parameters) => statement.run(parameters)),
        iterate: (parameters) => statement.iterate(parameters),
      };
      if (kept.size >= STATEMENTS_KEPT) kept.clear();
      kept.set(text, once);
      return once;
    },
    close: () => database.close(),
  };
}
