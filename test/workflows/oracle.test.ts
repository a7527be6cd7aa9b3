import { isDeepStrictEqual } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { fold, type HistoryEvent } from './oracle.js';
import { recordedHistory, recordedNames, replayed, storyOf } from './replayed.js';

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

describe('the status after every workflow task of a recorded history', () => {
  it.each(recordedNames())('is what the facts in its events say: %s', async (name) => {
    const history = recordedHistory(name);
    const { statuses } = await replayed(name, history);
    expect(statuses.size).toBeGreaterThan(1);
    expect(statuses).toEqual(fold(storyOf(name), history.events as HistoryEvent[]));
  });

  it.each(['dead-after-a-no-and-a-retry', 'taken-back-by-hand'])(
    'is another without any one thing that was heard: %s',
    async (name) => {
      const events = recordedHistory(name).events as HistoryEvent[];
      const { statuses } = await replayed(name, { events });
      const heard = events.filter((event) => isHeard(event, events));
      expect(heard.length).toBeGreaterThan(8);
      for (const event of heard) {
        const without = () =>
          fold(
            name,
            events.filter((other) => other !== event),
          );
        let same: boolean;
        try {
          same = isDeepStrictEqual(without(), statuses);
        } catch {
          // What the core asks for is not what was scheduled.
          same = false;
        }
        expect(same, `${event.eventType} ${event.eventId}`).toBe(false);
      }
    },
  );
});

/** Whatever moves the state; the end of a note or of a reminder moves nothing but the clock. */
function isHeard(event: HistoryEvent, events: HistoryEvent[]): boolean {
  if (/UPDATE_ACCEPTED|SIGNALED|CANCEL_REQUESTED/.test(event.eventType)) return true;
  const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
  const scheduled = events.find(({ eventId }) => eventId === ended?.scheduledEventId);
  const type = scheduled?.activityTaskScheduledEventAttributes?.activityType.name;
  return type !== undefined && type !== 'note' && type !== 'ask_people';
}
