import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ConnectorError } from '../connectors/contract.js';

export interface ListedFile {
  /** Relative to the folder, with `/`. */
  name: string;
  path: string;
  /** Why it will not be read. `covered` says whether nothing is missed by that. */
  passedOver?: { reason: string; covered: boolean };
}

/**
 * Every file below the folder, by name. Links are never followed: one that leads elsewhere in the folder is read there,
 * one that leaves it is refused. Throws ConnectorError when the folder itself cannot be listed.
 */
export async function listLogFiles(folder: string): Promise<ListedFile[]> {
  let root: string;
  try {
    root = await realpath(folder);
    await readdir(root);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ConnectorError(
      missing ? 'not-found' : 'unavailable',
      `cannot scan the logs in ${folder}: ${missing ? 'there is no such folder' : 'it cannot be listed'}; check logs.cloudtrail.files`,
    );
  }
  const found: ListedFile[] = [];
  await walk(root, root, found);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(root: string, folder: string, found: ListedFile[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    found.push({ ...place(root, folder), passedOver: { reason: 'folder cannot be listed', covered: false } });
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(root, path, found);
    else {
      const passedOver = entry.isSymbolicLink() ? await linkReason(root, path) : reasonByName(entry);
      found.push({ ...place(root, path), ...(passedOver === undefined ? {} : { passedOver }) });
    }
  }
}

function place(root: string, path: string): { name: string; path: string } {
  return { name: relative(root, path).split(sep).join('/'), path };
}

async function linkReason(root: string, path: string): Promise<ListedFile['passedOver']> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) return { reason: 'a link that leads nowhere', covered: false };
  if (target !== root && target.startsWith(root + sep)) {
    return { reason: 'a link to something read under its own name', covered: true };
  }
  return { reason: 'a link that leaves the folder', covered: false };
}

function reasonByName(entry: Dirent): ListedFile['passedOver'] {
  if (!entry.isFile()) return { reason: 'not a regular file', covered: false };
  if (/\.(part|tmp|partial)$/.test(entry.name)) return { reason: 'still being written', covered: false };
  if (/_CloudTrail-Digest_/.test(entry.name)) return { reason: 'a digest, which holds no calls', covered: true };
  return undefined;
}
