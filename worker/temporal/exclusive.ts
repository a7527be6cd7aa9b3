import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';

/**
 * Locks between processes of this machine. They are the locks of an SQLite file: the operating system gives them back
 * when their holder dies, however it dies, so that none is ever stale and nobody guesses about process ids.
 */
export interface Lock {
  release(): void;
}

/** Takes the lock alone, or gives undefined while anybody holds it, alone or shared. */
export function tryExclusive(file: string): Lock | undefined {
  return take(file, 'BEGIN EXCLUSIVE');
}

/** Takes the lock together with others; undefined while somebody holds it alone. */
export function tryShared(file: string): Lock | undefined {
  return take(file, 'BEGIN; SELECT count(*) FROM sqlite_schema');
}

/** Takes the lock alone, waiting as long as it takes; `onWait` is called once, when it has to. */
export async function exclusive(file: string, onWait: () => void = () => {}): Promise<Lock> {
  for (let tries = 0; ; tries++) {
    const lock = tryExclusive(file);
    if (lock) return lock;
    if (tries === 0) onWait();
    await sleep(Math.min(20 * 2 ** tries, 500));
  }
}

function take(file: string, statements: string): Lock | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec(statements);
    return { release: () => void database.close() };
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
}
