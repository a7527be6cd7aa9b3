import type { WebClient } from '@slack/web-api';
import type { Log } from '../log.js';

const AGAIN_MS = 30_000;

/**
 * Where messages of the workspace are found: `https://acme.slack.com/archives/C…/p…`. Slack is asked once who we are; until
 * it has said so there is no address, and nobody waits for it.
 */
export function createAddresses(doors: { web: WebClient; clock: { now(): number }; log: Log }) {
  let workspace: string | undefined;
  let notBefore = 0;

  async function learn(): Promise<void> {
    const now = doors.clock.now();
    if (workspace !== undefined || now < notBefore) return;
    notBefore = now + AGAIN_MS;
    try {
      const { url } = await doors.web.auth.test();
      workspace = url?.replace(/\/$/, '');
    } catch (error) {
      doors.log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'Slack does not say who we are yet');
    }
  }

  return {
    learn,
    addressOf(channel: string, message: string): string | undefined {
      if (workspace === undefined) void learn();
      return workspace === undefined ? undefined : `${workspace}/archives/${channel}/p${message.replace('.', '')}`;
    },
  };
}
