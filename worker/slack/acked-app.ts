import type { App } from '@slack/bolt';
import type { Log } from '../log.js';

type Incoming = Parameters<App['processEvent']>[0];

/** Slack shows a failure to the person after 3 s. */
const ACK_AT_MOST_MS = 2_500;

/**
 * Bolt, with what it leaves open about acknowledging closed: once, within 3 s, also when a listener throws, when nobody
 * listens, and when Bolt does not know the kind. Events are the other way round: Bolt acknowledges them before anybody has
 * looked; here that waits for the listener, and one that fails is left unacknowledged, since Slack sends events again.
 */
export function ackedApp(app: App, log: Log, ackAtMostMs = ACK_AT_MOST_MS): Pick<App, 'processEvent'> {
  return {
    async processEvent(incoming: Incoming) {
      const isEvent = incoming.body.event !== undefined;
      let isAcked = false;
      const ack = async (response?: unknown): Promise<void> => {
        if (isAcked) return;
        isAcked = true;
        try {
          await incoming.ack(response);
        } catch (error) {
          // The connection is gone. What was said is stored, and is done all the same.
          log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'Slack was not acknowledged');
        }
      };
      const late = setTimeout(() => void ack(), ackAtMostMs);
      if (isEvent) clearTimeout(late);
      try {
        await app.processEvent({ ...incoming, ack: isEvent ? async () => {} : ack });
      } catch (error) {
        if (isEvent) throw error;
        log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'an interaction failed');
      } finally {
        clearTimeout(late);
      }
      await ack();
    },
  };
}
