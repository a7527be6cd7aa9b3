import { type Logger, LogLevel } from '@slack/bolt';
import { tokenBucket } from '../intake/token-bucket.js';
import type { Log } from '../log.js';

/** Strangers can make Bolt warn of them; beyond this they would fill the disk with our own log. */
const LINES = { burst: 60, perSecond: 1 };

/** What Slack's packages say goes to our log, one short line each. Their debug lines hold whole messages, so they are left out. */
export function sdkLogger(log: Log): Logger {
  const lines = tokenBucket(LINES.burst, LINES.perSecond);
  const write =
    (level: 'warn' | 'error') =>
    (...said: unknown[]): void => {
      if (!lines.take(Date.now())) return;
      const [first] = said;
      const words = first instanceof Error ? `${first.name}: ${first.message}` : String(first);
      log[level]({ from: 'slack-sdk' }, words.slice(0, 300));
    };
  return {
    debug() {},
    info() {},
    warn: write('warn'),
    error: write('error'),
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
}
