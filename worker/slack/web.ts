import { LogLevel } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Log } from '../log.js';
import type { Message } from './contract.js';
import { sdkLogger } from './sdk-logger.js';

/** An answer that takes longer helps nobody who waits for it. */
const TIMEOUT_MS = 10_000;

/**
 * How we call Slack: one try each, and a limit is an error with `retryAfter` in seconds. Whoever calls knows whether to
 * wait; the SDK's own ten tries would hide half an hour in one call.
 */
export function webOptions(log: Log, apiUrl: string): WebClientOptions {
  return {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    logger: sdkLogger(log),
    logLevel: LogLevel.WARN,
  };
}

export function createWeb(token: string, log: Log, apiUrl: string): WebClient {
  return new WebClient(token, webOptions(log, apiUrl));
}

/** Writes into the direct messages of an account, which need not be open. Throws what Slack answers. */
export async function writeDirectly(
  web: WebClient,
  account: string,
  message: Pick<Message, 'text'> & Partial<Message>,
): Promise<void> {
  const { channel } = await web.conversations.open({ users: account });
  await web.chat.postMessage({ channel: channel?.id ?? account, ...message });
}
