import type { WantedKeys } from './cloudtrail-record.js';
import type { FileCoverage } from './coverage.js';
import type { ListedFile } from './list-log-files.js';
import { readLogFile } from './read-log-file.js';
import { RecordSplitter } from './record-splitter.js';

/**
 * Gives every record of one file to `take`, and says what was read of it and why not all. `wanted` marks the pieces that
 * could not be understood and may be about what is looked for. Throws only what the signal throws.
 */
export async function readRecords(
  file: ListedFile,
  wanted: WantedKeys,
  take: (bytes: Buffer) => { at?: number; wrong?: string },
  options: { signal?: AbortSignal; progress(bytes: number): void },
): Promise<FileCoverage> {
  const coverage: FileCoverage = { name: file.name, bytes: 0, sha256: '', decodedBytes: 0, records: 0, complete: true };
  if (file.passedOver !== undefined) {
    return { ...coverage, complete: file.passedOver.covered, why: file.passedOver.reason };
  }
  const spoil = (why: string) => {
    coverage.complete = false;
    coverage.why ??= why;
  };
  const splitter = new RecordSplitter(
    (bytes) => {
      coverage.records++;
      const { at, wrong } = take(bytes);
      if (at !== undefined) {
        coverage.from = Math.min(coverage.from ?? at, at);
        coverage.to = Math.max(coverage.to ?? at, at);
      }
      if (wrong !== undefined) spoil(`record ${coverage.records} ${wrong}`);
      if (at === undefined && wanted.mayBeIn(bytes)) coverage.mentions = (coverage.mentions ?? 0) + 1;
    },
    (reason, bytes) => {
      spoil(reason);
      if (wanted.mayBeIn(bytes)) coverage.mentions = (coverage.mentions ?? 0) + 1;
    },
  );
  const read = await readLogFile(file.path, (chunk) => splitter.push(chunk), options);
  // a break in the file is the better reason than the half record it leaves
  if (read.incomplete !== undefined) {
    coverage.complete = false;
    coverage.why = read.incomplete;
  }
  splitter.end(read.incomplete !== undefined);
  return { ...coverage, bytes: read.bytes, sha256: read.sha256, decodedBytes: read.decodedBytes };
}
