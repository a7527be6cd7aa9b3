import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { OUTCOMES } from './outcomes.js';
import { recordedHistory, recordedNames, replayed, type Scheduled, storyOf } from './replayed.js';

const CHANGED =
  'The engine now asks for something else than it did when this was recorded, so an incident that is open right now would ' +
  'stall, or do an effect twice. Keep the old behaviour for incidents of an older revision (REVISION, workflows/core/message.ts), then record ' +
  'the new one beside the old: npm run record-histories -- NAME. Never record the old one anew (test/histories/README.md).';

function recorded(history: unknown): Scheduled[] {
  return (historyFromJSON(history).events ?? []).flatMap(({ activityTaskScheduledEventAttributes: event }) =>
    event == null
      ? []
      : [
          {
            id: event.activityId ?? '',
            type: event.activityType?.name ?? '',
            args: (event.input?.payloads ?? []).map(
              ({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')) as unknown,
            ),
          },
        ],
  );
}

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

describe('recorded histories', () => {
  it('are there, one at least for each incident that is told', () => {
    const missing = OUTCOMES.map(({ name }) => name).filter((name) => !recordedNames().map(storyOf).includes(name));
    expect(missing, `record them: npm run record-histories -- ${missing.join(' ')}`).toEqual([]);
  });

  it.each(recordedNames())('%s replays, with the same arguments', async (name) => {
    const history = recordedHistory(name);
    const { scheduled } = await replayed(name, history).catch((error: Error) =>
      expect.fail(`${error.message}\n${CHANGED}`),
    );
    expect(scheduled, CHANGED).toEqual(recorded(history));
  });

  it('of another engine are noticed: a changed argument is not the same', async () => {
    const history = recordedHistory('dead');
    const { scheduled } = await replayed('dead', history);
    const changed = scheduled.map((call) => ({ ...call, args: [{ ...(call.args[0] as object), generation: 7 }] }));
    expect(changed).not.toEqual(recorded(history));
  });
});
