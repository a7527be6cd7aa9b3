import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectorError } from '../connectors/contract.js';

const TRY_AGAIN_MS = 20;

/** Locks that this process holds now. A lock that names our pid but is not here is of an earlier life with the same pid. */
const held = new Set<string>();
/** The last work queued per lock, so that one process never waits for itself by polling. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other process runs under the same lock file; calls of this process run one after another.
 * A lock whose process is gone is taken over. Throws ConnectorError('unavailable') after `patienceMs`.
 */
export function withFileLock<T>(file: string, work: () => Promise<T>, patienceMs = 10_000): Promise<T> {
  const mine = (queues.get(file) ?? Promise.resolve()).then(async () => {
    const release = await acquire(file, patienceMs);
    try {
      return await work();
    } finally {
      await release();
    }
  });
  const settled = mine.catch(() => {});
  queues.set(file, settled);
  void settled.then(() => {
    if (queues.get(file) === settled) queues.delete(file);
  });
  return mine;
}

async function acquire(file: string, patienceMs: number): Promise<() => Promise<void>> {
  const content = `${process.pid} ${randomUUID()}`;
  // linked into place complete: a lock file without its owner's pid could never be judged
  const aside = `${file}.${content.split(' ')[1]}`;
  await writeFile(aside, content, { mode: 0o600 });
  held.add(content);
  try {
    for (let waited = 0; ; waited += TRY_AGAIN_MS) {
      const taken = await link(aside, file).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw new ConnectorError('unavailable', `cannot lock ${file}: ${error.code ?? 'disk error'}`);
        },
      );
      if (taken) {
        return async () => {
          held.delete(content);
          await rm(file, { force: true });
        };
      }
      await removeIfDead(file);
      if (waited >= patienceMs) {
        throw new ConnectorError(
          'unavailable',
          `another process has kept ${file} for ${patienceMs / 1000} s; stop it, or it will be tried again`,
        );
      }
      await pause(TRY_AGAIN_MS);
    }
  } catch (error) {
    held.delete(content);
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Moves a dead owner's lock away; whoever finds that it moved a living one's puts it back. */
async function removeIfDead(file: string): Promise<void> {
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  if (owner === undefined || alive(owner)) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => owner);
  if (moved !== owner && alive(moved)) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

function alive(content: string): boolean {
  const pid = Number(content.split(' ')[0]);
  if (pid === process.pid) return held.has(content);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
