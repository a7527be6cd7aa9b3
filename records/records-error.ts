/** Why records could not be read or written. `locked` may be tried again; the others need a person. */
export const RECORDS_ERROR_CODES = ['locked', 'full', 'corrupt', 'newer-schema', 'unavailable'] as const;
export type RecordsErrorCode = (typeof RECORDS_ERROR_CODES)[number];

/** Nothing was written. The message names the file, what was tried, and what to do. */
export class RecordsError extends Error {
  readonly code: RecordsErrorCode;
  constructor(code: RecordsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RecordsError';
    this.code = code;
  }
}

const ADVICE: Record<Exclude<RecordsErrorCode, 'newer-schema'>, string> = {
  locked: 'another process holds it; stop backups or shells that keep it open, then try again',
  full: 'the disk or quota is full; free space, then try again',
  corrupt: 'it is damaged or not a records file; keep it as evidence and restore a copy',
  unavailable: 'check that the file and its folder exist, belong to this user and can be written',
};

/** The error as callers know it, or the very same error where it does not come from the database or its file. */
export function recordsError(error: unknown, file: string, tried: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RecordsError(code, `records ${file}: could not ${tried}: ${ADVICE[code]} (${reason})`, { cause: error });
}

function codeOf(error: unknown): Exclude<RecordsErrorCode, 'newer-schema'> | undefined {
  if (!(error instanceof Error) || error instanceof RecordsError) return undefined;
  const code = (error as { code?: unknown }).code;
  const name = typeof code === 'string' ? code : '';
  if (/^SQLITE_(BUSY|LOCKED)/.test(name)) return 'locked';
  if (name === 'SQLITE_FULL' || name === 'ENOSPC' || name === 'EDQUOT') return 'full';
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(name)) return 'corrupt';
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH)/.test(name)) return 'unavailable';
  if (/^E(ACCES|PERM|NOENT|ISDIR|NOTDIR|ROFS|EXIST|MFILE|NFILE|IO|LOOP|NAMETOOLONG)$/.test(name)) return 'unavailable';
  // libsql answers a failed open without a code
  if (error.message.includes('ConnectionFailed')) return 'unavailable';
  return undefined;
}
