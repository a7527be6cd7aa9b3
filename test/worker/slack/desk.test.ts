import { expect, it } from 'vitest';
import { createLog } from '../../../worker/log.js';
import type { Handle, Interaction } from '../../../worker/slack/contract.js';
import { createDesk } from '../../../worker/slack/desk.js';
import { openTemporaryRecords } from '../../activities/temporary-records.js';
import { eventually } from './start-slack.js';

it('lets whoever may decide wait for no stranger who presses the same card', async () => {
  const { records, close } = await openTemporaryRecords();
  const source = 'slack/T0ACME';
  const of: Handle = { of: 'incident', incident: 'INC-1' };
  const handle = await records.handles.give('incident/INC-1', of, 1);
  await records.links.put({ source, account: 'U0SAM', person: 'sam', at: 1, by: 'cli' });
  const clock = { now: () => 1 };
  const done: string[] = [];
  let letGo: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const desk = createDesk({
    records,
    source,
    handlers: {
      'action hold': async ({ user }) => {
        if (user === 'U0NOBODY') await slow;
        done.push(user);
        return 'done';
      },
    },
    answer: () => ({ tell: async () => {}, replace: async () => {}, open: async () => false }),
    turnAway: async () => undefined,
    sealer: { seal: () => '', open: () => expect.fail() },
    clock,
    log: createLog({ level: 'silent' }),
  });
  const press = (user: string): Interaction => ({
    kind: 'action',
    name: 'hold',
    user,
    handle,
    text: '',
    fields: {},
    sealed: [],
    at: 1,
  });
  await desk.take('action/1', press('U0NOBODY'));
  await desk.take('action/2', press('U0SAM'));
  await eventually(() => expect(done).toEqual(['U0SAM']));
  letGo();
  await eventually(() => expect(done).toEqual(['U0SAM', 'U0NOBODY']));
  await desk.stop();
  await close();
});

it('lets a repeat wait for the first, so that none is acknowledged of which nothing is kept', async () => {
  const { records, close } = await openTemporaryRecords();
  const stores: { keep: () => void; fail: (error: Error) => void }[] = [];
  const desk = createDesk({
    records: {
      ...records,
      said: {
        ...records.said,
        take: async (row) => {
          await new Promise<void>((keep, fail) => stores.push({ keep, fail }));
          return records.said.take(row);
        },
      },
    },
    source: 'slack/T0ACME',
    handlers: { 'mention ': async () => 'done' },
    answer: () => ({ tell: async () => {}, replace: async () => {}, open: async () => false }),
    turnAway: async () => undefined,
    sealer: { seal: () => '', open: () => expect.fail() },
    clock: { now: () => 1 },
    log: createLog({ level: 'silent' }),
  });
  const said: Interaction = { kind: 'mention', name: '', user: 'U0SAM', text: '', fields: {}, sealed: [], at: 1 };
  const take = () => desk.take('mention/1', said);
  const failing = Promise.allSettled([take(), take()]);
  stores[0]?.fail(new Error('the disk is full'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const kept = Promise.all([take(), take()]);
  stores[1]?.keep();
  expect(await kept).toEqual([true, false]);
  expect(stores).toHaveLength(2);
  await desk.stop();
  await close();
});
