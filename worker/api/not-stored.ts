import type { Context } from 'hono';
import type { RecordsError } from '../../records/records-error.js';
import type { Log } from '../log.js';
import { errorBody } from './api-error.js';

/** A lock is gone in seconds; a disk is not emptied so soon. */
const RETRY_AFTER_SECONDS = { locked: 5, full: 60, corrupt: 60, 'newer-schema': 60, unavailable: 60 } as const;

/**
 * What is acknowledged is on disk. What is not is said to be not: 503 with Retry-After, so that a sender keeps it and sends it
 * again. The log says what is wrong with the records; the sender only that they are.
 */
export function notStored(c: Context, { code, message }: RecordsError, log: Log): Response {
  log.error({ path: c.req.routePath, code, reason: message }, 'not stored');
  return c.json(
    errorBody('not-stored', 'Firebreak cannot reach its records now. Nothing was acknowledged; send it again.'),
    503,
    { 'retry-after': String(RETRY_AFTER_SECONDS[code]) },
  );
}
