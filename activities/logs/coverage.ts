/** One line of the manifest: which bytes were read, and what is known about them. */
export interface FileCoverage {
  /** Relative to the folder. Untrusted text. */
  name: string;
  bytes: number;
  /** Lower-case hex; empty where the bytes could not be read. */
  sha256: string;
  decodedBytes: number;
  records: number;
  /** Times of its first and last record, ms since epoch. */
  from?: number;
  to?: number;
  /** Every record in it was read and understood. */
  complete: boolean;
  /** Why not; or, for a complete one, why nothing had to be read. */
  why?: string;
  /** Pieces that could not be understood and may name the key. */
  mentions?: number;
}

export interface Coverage {
  /** Nothing is missing for the time asked about. Only then may "nothing found" mean anything. */
  complete: boolean;
  /** Why not, a sentence each. */
  reasons: string[];
  files: FileCoverage[];
  unread: number;
  records: number;
  bytes: number;
  /** Times of the first and last record of any key. */
  from?: number;
  to?: number;
  /** When a further look can know more, ms since epoch. */
  lookAgainAt?: number;
  /** What these logs never hold, whatever was read. */
  neverLogged: readonly string[];
}

/** Said in every report, because silence about it reads as an all-clear. */
export const NEVER_LOGGED: readonly string[] = [
  'S3 and Lambda data events (reading or writing objects, invoking functions), unless the trail logs data events',
  'calls that AWS refused before it knew the key, e.g. with a deleted key',
  'accounts, regions and trails whose files are not in this folder',
  'calls that AWS services made on behalf of the key under their own sessions',
  'whether the files were altered: CloudTrail digests are not checked',
];

/** A trail delivers at least this often when anything at all happens. */
const QUIET_SECONDS = 900;

/** Judges whether the files answer for all of `since` to `until`. */
export function coverageOf(
  asked: { since: number; until: number; now: number; lagSeconds: number },
  files: FileCoverage[],
  limits: readonly string[],
): Coverage {
  const times = files.filter((file) => file.from !== undefined && file.to !== undefined);
  const from = times.reduce<number | undefined>(
    (least, file) => Math.min(least ?? Infinity, file.from as number),
    undefined,
  );
  const to = times.reduce<number | undefined>(
    (most, file) => Math.max(most ?? -Infinity, file.to as number),
    undefined,
  );
  const unread = files.filter((file) => !file.complete);
  const settled = asked.now - asked.lagSeconds * 1000;
  const quiet = Math.max(asked.lagSeconds, QUIET_SECONDS) * 1000;

  const reasons = [...limits];
  if (unread.length > 0) reasons.push(`${count(unread.length, 'file')} could not be read: ${unreadReasons(unread)}`);
  if (from === undefined || to === undefined) reasons.push('there is no record in the folder');
  else {
    if (from > asked.since) reasons.push(`the logs begin at ${time(from)}, after the exposure`);
    if (to < asked.until - quiet)
      reasons.push(`the newest record of any key is from ${time(to)}; the trail may have stopped`);
  }
  if (settled < asked.until) reasons.push(`calls after ${time(settled)} may not have been delivered yet`);

  return {
    complete: reasons.length === 0,
    reasons,
    files,
    unread: unread.length,
    records: files.reduce((sum, file) => sum + file.records, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(settled < asked.until ? { lookAgainAt: asked.until + asked.lagSeconds * 1000 } : {}),
    neverLogged: NEVER_LOGGED,
  };
}

/** `truncated, not gzip`: each reason once, in its short form. */
export function unreadReasons(unread: FileCoverage[]): string {
  const short = unread.map((file) => (file.why ?? 'unknown reason').split(':')[0] as string);
  return [...new Set(short)].slice(0, 3).join(', ');
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
