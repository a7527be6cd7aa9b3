import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Tx } from './database.js';

/** What a group needs of the one connection that writes. */
export interface WritingConnection {
  /** Begins for writing, runs `group`, commits durably; rejects with everything rolled back. */
  transaction(group: (tx: Tx) => Promise<void>): Promise<void>;
  exec(command: string): void;
  readonly inTransaction: boolean;
  /** Whether another process holds the file, so that beginning later may succeed. */
  isLocked(error: unknown): boolean;
}

export interface GroupCommit {
  /** Resolves after the commit that `work` was part of. Rejects when `work` did, or the commit; then nothing of it is there. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

interface Waiting {
  /** Answers how its promise is settled once the group is committed. */
  attempt(tx: Tx): Promise<() => void>;
  fail(error: unknown): void;
  giveUpAt: number;
}

/** More would make the first wait for the last: a commit waits for the disk as long for one as for so many. */
const MOST = 100;
const LOCKED = { firstMs: 2, capMs: 50 };

/**
 * Writes that arrive while a commit is under way share the next one, so the disk is waited for once for all of them. They
 * run one after the other, each in a savepoint: one that fails leaves nothing, and fails alone.
 *
 * While another process holds the file the group is begun again, with a growing, uneven pause so that processes do not keep
 * step, until `patienceMs` after a write was asked for.
 */
export function createGroupCommit(connection: WritingConnection, patienceMs: number): GroupCommit {
  const waiting: Waiting[] = [];
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    let wait = LOCKED.firstMs;
    while (waiting.length > 0) {
      // The event loop turns, so that whatever came in together is committed together.
      await turn();
      const group: Waiting[] = [];
      const settles: (() => void)[] = [];
      try {
        await connection.transaction(async (tx) => {
          group.push(...waiting.splice(0, MOST));
          for (const one of group) settles.push(await one.attempt(tx));
        });
        for (const settle of settles) settle();
        wait = LOCKED.firstMs;
      } catch (error) {
        const locked = group.length === 0 && connection.isLocked(error);
        const failed = locked ? takeImpatient() : group.length === 0 ? waiting.splice(0) : group;
        for (const one of failed) one.fail(error);
        if (locked) await pause(wait * (0.5 + Math.random()));
        wait = Math.min(wait * 1.5, LOCKED.capMs);
      }
    }
    // Before whoever was settled last can write again: nobody would begin for him.
    draining = undefined;
  }

  function takeImpatient(): Waiting[] {
    const now = performance.now();
    const patient = waiting.findIndex(({ giveUpAt }) => giveUpAt >= now);
    return waiting.splice(0, patient === -1 ? waiting.length : patient);
  }

  return {
    write<T>(work: (tx: Tx) => Promise<T>) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          async attempt(tx) {
            connection.exec('savepoint one');
            try {
              const result = await work(tx);
              connection.exec('release one');
              return () => resolve(result);
            } catch (error) {
              // A full disk has rolled back the whole group.
              if (!connection.inTransaction) throw error;
              connection.exec('rollback to one');
              connection.exec('release one');
              return () => reject(error);
            }
          },
          fail: reject,
          giveUpAt: performance.now() + patienceMs,
        });
        draining ??= drain();
      });
    },
    async idle() {
      await draining;
    },
  };
}
