/** Why a delivery was refused, as the log says it. The sender is told nothing of it. */

/** Before the sender is known. Nothing of such a request reaches the records. */
export type UnauthenticatedReason =
  | 'not-configured'
  | 'content-type'
  | 'content-encoding'
  | 'too-large'
  | 'unreadable'
  | 'header-missing'
  | 'header-malformed'
  | 'timestamp-old'
  | 'timestamp-future'
  | 'signature';

/** The sender is known, and what was sent is not what we read. */
export type MalformedReason =
  | 'utf8'
  | 'json'
  | 'depth'
  | 'keys'
  | 'forbidden-key'
  | 'duplicate-key'
  | 'shape'
  | 'secret-as-id';

/** Why a delivery of a known sender started nothing. */
export type IgnoredReason = 'event' | 'type';
