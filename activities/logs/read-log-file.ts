import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** What was read of one file, and why not all of it. */
export interface FileRead {
  /** As it is on disk. */
  bytes: number;
  /** Lower-case hex over all bytes that were on disk when reading began; empty where they could not be read. */
  sha256: string;
  decodedBytes: number;
  compressed: boolean;
  /** Why not every byte was decoded; undefined = all of it was. */
  incomplete?: string;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Streams the decoded bytes of a log file into `take`, a chunk at a time, plain or gzip by its first bytes and not by its
 * name. Never throws for what is wrong with the file: that is its answer. Only an abort is thrown.
 *
 * A gzip is read to its checksum; one that ends early, has a wrong checksum or anything behind its end is incomplete.
 */
export async function readLogFile(
  path: string,
  take: (chunk: Buffer) => void,
  options: { signal?: AbortSignal; progress?: (bytes: number) => void } = {},
): Promise<FileRead> {
  const nothing: FileRead = { bytes: 0, sha256: '', decodedBytes: 0, compressed: false };
  let file: FileHandle;
  try {
    // not a link, and never waiting for the other end of a pipe
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { ...nothing, incomplete: `cannot be opened (${codeOf(error)})` };
  }
  try {
    return await readOpen(file, path, take, options);
  } finally {
    await file.close();
  }
}

async function readOpen(
  file: FileHandle,
  path: string,
  take: (chunk: Buffer) => void,
  { signal, progress }: { signal?: AbortSignal; progress?: (bytes: number) => void },
): Promise<FileRead> {
  const before = await file.stat();
  const read: FileRead = { bytes: before.size, sha256: '', decodedBytes: 0, compressed: path.endsWith('.gz') };
  if (!before.isFile()) return { ...read, incomplete: 'not a regular file' };
  if (before.size === 0 && read.compressed) return { ...read, incomplete: 'empty, without even a gzip header' };

  const hash = createHash('sha256');
  const give = (chunk: Buffer) => {
    read.decodedBytes += chunk.length;
    take(chunk);
  };
  let decoder: Decoder | undefined;
  let position = 0;
  while (position < before.size) {
    signal?.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, before.size - position));
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.read(buffer, 0, buffer.length, position));
    } catch (error) {
      return { ...read, incomplete: `cannot be read (${codeOf(error)})` };
    }
    if (bytesRead === 0) return { ...read, incomplete: 'became shorter while it was read' };
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    decoder ??= decoderFor(chunk, read, give);
    await decoder.write(chunk);
    position += bytesRead;
    progress?.(position);
  }
  await decoder?.end();
  read.sha256 = hash.digest('hex');
  if (decoder?.broken !== undefined) read.incomplete = decoder.broken;
  const after = await file.stat();
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
    read.incomplete ??= 'was growing while it was read';
  return read;
}

interface Decoder {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
  broken?: string;
}

function decoderFor(first: Buffer, read: FileRead, give: (chunk: Buffer) => void): Decoder {
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  if (gzip) {
    read.compressed = true;
    return gunzipInto(give);
  }
  const plain: Decoder = { write: async (chunk) => give(chunk), end: async () => {} };
  if (read.compressed) plain.broken = 'named .gz but is not gzip';
  read.compressed = false;
  return plain;
}

/** Memory stays bounded because each write waits until zlib has consumed it and `give` has had its output. */
function gunzipInto(give: (chunk: Buffer) => void): Decoder {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  let fed = 0;
  let ended = false;
  let wake = () => {};
  const decoder: Decoder = {
    async write(chunk) {
      fed += chunk.length;
      if (decoder.broken !== undefined || ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        gunzip.write(chunk, () => resolve());
      });
    },
    async end() {
      if (decoder.broken === undefined && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          gunzip.end();
        });
      }
      // zlib stops without a word at zero bytes behind the end
      if (decoder.broken === undefined && gunzip.bytesWritten < fed) {
        decoder.broken = `${fed - gunzip.bytesWritten} bytes behind the end of its gzip data`;
      }
      gunzip.destroy();
    },
  };
  gunzip.on('data', give);
  gunzip.on('end', () => {
    ended = true;
    wake();
  });
  gunzip.on('error', (error) => {
    decoder.broken = reasonOf(error);
    wake();
  });
  return decoder;
}

function reasonOf(error: Error): string {
  if (/unexpected end/.test(error.message)) return 'truncated: the gzip data ends before its checksum';
  if (/incorrect (data|length) check/.test(error.message)) return 'damaged: the gzip checksum does not match';
  return `damaged: not valid gzip (${codeOf(error)})`;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'unknown error';
}
