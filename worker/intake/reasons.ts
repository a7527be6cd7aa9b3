/** Why a delivery was refused, as the log says it. The sender is told nothing of it. */

/** Before the sender is known. Nothing of such a request reaches the records. */
export const UNAUTHENTICATED_REASONS = [
  'not-configured',
  'content-type',
  'content-encoding',
  'too-large',
  'unreadable',
  'header-missing',
  'header-malformed',
  'timestamp-old',
  'timestamp-future',
  'signature',
] as const;
export type UnauthenticatedReason = (typeof UNAUTHENTICATED_REASONS)[number];

/** The sender is known, and what was sent is not what we read. */
export const MALFORMED_REASONS = [
  'utf8',
  'json',
  'depth',
  'keys',
  'forbidden-key',
  'duplicate-key',
  'shape',
  'secret-as-id',
] as const;
export type MalformedReason = (typeof MALFORMED_REASONS)[number];

/** Why a delivery of a known sender started nothing. */
export const IGNORED_REASONS = ['event', 'action', 'type'] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];
