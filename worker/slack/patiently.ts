import { webApi } from '@slack/bolt';

/** Whatever Slack asks us to wait, a person is not waited for longer. */
const TRIES = 3;
const WAIT_AT_MOST_MS = 30_000;

/** Undefined = it was done; else why not. Waits where Slack says how long. */
export async function patiently(work: () => Promise<unknown>): Promise<string | undefined> {
  for (let tried = 1; ; tried += 1) {
    try {
      await work();
      return undefined;
    } catch (error) {
      const waitMs = error instanceof webApi.WebAPIRateLimitedError ? error.retryAfter * 1_000 : undefined;
      if (waitMs === undefined || waitMs > WAIT_AT_MOST_MS || tried === TRIES) return reasonOf(error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** Slack's own word, never what was sent. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 200) : 'unknown');
