import type { Alert } from '../../activities/alert.js';
import type { Secret } from '../../activities/secrets/secret.js';
import type { IgnoredReason, MalformedReason, UnauthenticatedReason } from './reasons.js';

/** Sender known, `key` unique per delivery: what replay protection goes by. */
export type Verdict = { verified: true; key: string } | { verified: false; reason: UnauthenticatedReason };

/** What a verified delivery asks for. */
export type Reading =
  | { result: 'take'; alert: Alert; claims: string[]; joinOnly: boolean; secret?: Secret }
  | { result: 'ping' }
  | { result: 'ignored'; reason: IgnoredReason }
  | { result: 'malformed'; reason: MalformedReason };

/** One monitoring system: how its deliveries are authenticated and what they say. Does no I/O. */
export interface Source {
  name: 'github' | 'standard';
  bodyLimitBytes: number;
  /** Exactly these; nothing else is read. */
  contentTypes: readonly string[];
  /** On the raw bytes, against every active secret, without leaving early. `now` in ms. */
  verify(raw: Uint8Array, headers: Headers, now: number): Verdict;
  read(json: unknown, headers: Headers): Reading;
}
