import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConnectorError } from '../connectors/contract.js';
import type { Sealer } from '../seams.js';
import { withFileLock } from './file-lock.js';
import type { SecretStore } from './store.js';

const Entry = z.strictObject({ id: z.string(), box: z.string(), version: z.number().int().positive() });
const Kept = z.strictObject({
  format: z.literal('firebreak-secrets-1'),
  secrets: z.record(
    z.string(),
    z.strictObject({ now: Entry.nullable(), before: Entry.nullable(), version: z.number().int() }),
  ),
});
type Kept = z.infer<typeof Kept>;

/**
 * Secrets in one file, each encrypted on its own and bound to its path and credential. A write is complete or absent
 * (written aside, fsynced, renamed), readable to its owner alone, and alone: processes take turns by a lock file.
 *
 * Errors: `unavailable` when another process keeps the lock or the disk refuses; `unexpected-answer` when the file or a
 * box cannot be read: it is never replaced by an empty one.
 */
export function openEncryptedFile(options: { file: string; sealer: Sealer }): SecretStore {
  const file = resolve(options.file);
  const contextOf = (path: string, id: string): string => `secret-store:${path}:${id}`;

  async function load(): Promise<Kept> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw disk('read', file, error);
    });
    if (text === undefined) return { format: 'firebreak-secrets-1', secrets: {} };
    const kept = Kept.safeParse(json(text));
    if (!kept.success) {
      throw new ConnectorError(
        'unexpected-answer',
        `${file} is not a Firebreak secret store; restore it from a backup`,
      );
    }
    return kept.data;
  }

  async function save(kept: Kept): Promise<void> {
    const aside = `${file}.${randomUUID()}.tmp`;
    try {
      const handle = await open(aside, 'wx', 0o600);
      try {
        await handle.writeFile(JSON.stringify(kept));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(aside, file);
      const folder = await open(dirname(file), 'r');
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      await rm(aside, { force: true });
      throw disk('write', file, error as NodeJS.ErrnoException);
    }
  }

  async function locked<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return withFileLock(`${file}.lock`, work);
  }

  return {
    title: `encrypted file ${basename(file)}`,
    put: (path, value, replaces) =>
      locked(async () => {
        const kept = await load();
        const slot = kept.secrets[path] ?? { now: null, before: null, version: 0 };
        if (slot.now?.id === value.id) return { result: 'already', version: String(slot.now.version) };
        if (slot.now !== null && slot.now.id !== replaces)
          return { result: 'conflict', version: String(slot.now.version) };
        const version = slot.version + 1;
        const now = { id: value.id, box: options.sealer.seal(value.secret, contextOf(path, value.id)), version };
        kept.secrets[path] = { now, before: slot.now, version };
        await save(kept);
        return { result: 'stored', version: String(version) };
      }),
    async get(path) {
      const now = (await load()).secrets[path]?.now;
      if (!now) return undefined;
      try {
        const secret = options.sealer.open(now.box, contextOf(path, now.id));
        return { id: now.id, secret, version: String(now.version) };
      } catch {
        throw new ConnectorError(
          'unexpected-answer',
          `cannot decrypt ${path} in ${file}; add the key that it was written with to encryption.keys`,
        );
      }
    },
    remove: (path, id) =>
      locked(async () => {
        const kept = await load();
        const slot = kept.secrets[path];
        if (!slot?.now) return 'gone';
        if (slot.now.id !== id) return 'conflict';
        const version = slot.version + 1;
        kept.secrets[path] = { now: slot.before && { ...slot.before, version }, before: null, version };
        await save(kept);
        return 'removed';
      }),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const disk = (act: string, file: string, error: NodeJS.ErrnoException): ConnectorError =>
  new ConnectorError(
    'unavailable',
    `cannot ${act} ${file}: ${error.code ?? 'disk error'}; check the folder's owner and free space`,
  );
