/** What an error of Slack's means to whoever posts. */
import { webApi } from '@slack/bolt';
import { reasonOf } from '../patiently.js';

export type Trouble =
  /** It clearly did nothing: Slack asks to wait. */
  | { is: 'limited'; waitMs: number }
  /** It clearly did nothing, in Slack's own word: `message_not_found`. */
  | { is: 'refused'; code: string }
  /** It may or may not have been done. */
  | { is: 'unknown'; reason: string };

export function troubleOf(error: unknown): Trouble {
  if (error instanceof webApi.WebAPIRateLimitedError)
    return { is: 'limited', waitMs: Math.max(1, error.retryAfter) * 1_000 };
  if (error instanceof webApi.WebAPIPlatformError) {
    const code = error.data.error;
    // Slack itself does not know
    if (
      code === 'internal_error' ||
      code === 'fatal_error' ||
      code === 'request_timeout' ||
      code === 'service_unavailable'
    ) {
      return { is: 'unknown', reason: code };
    }
    return code === 'ratelimited' ? { is: 'limited', waitMs: 1_000 } : { is: 'refused', code };
  }
  return { is: 'unknown', reason: reasonOf(error) };
}

/** The message is not there any more, or can no longer be changed: it is posted anew. */
export const LOST: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
/** The place is not there, or does not take us. */
export const NO_PLACE: ReadonlySet<string> = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'user_not_found',
  'cannot_dm_bot',
  'user_disabled',
  'restricted_action',
]);
