import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSealer } from '../../../activities/secrets/seal.js';
import { createLog } from '../../../worker/log.js';
import { createDoor } from '../../../worker/slack/door.js';

const command = {
  command: '/firebreak',
  text: 'status',
  user_id: 'U0SAM',
  channel_id: 'C1',
  trigger_id: 't1',
  team_id: 'T0ACME',
};

it('acknowledges nothing before it is stored', async () => {
  const happened: string[] = [];
  let store: (isNew: boolean) => void = () => {};
  const storing = new Promise<boolean>((resolve) => {
    store = resolve;
  });
  const door = createDoor({
    desk: {
      take: async () => {
        happened.push('storing');
        const isNew = await storing;
        happened.push('stored');
        return isNew;
      },
    },
    answer: () => ({ tell: async () => {}, replace: async () => {}, open: async () => false }),
    sealer: createSealer({ keys: [{ id: 'test', key: randomBytes(32) }] }),
    company: 'Acme',
    clock: { now: () => 1 },
    log: createLog({ level: 'silent' }),
  });
  const heard = door.hear(command, async () => void happened.push('acknowledged'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(happened).toEqual(['storing']);
  store(true);
  await heard;
  expect(happened).toEqual(['storing', 'stored', 'acknowledged']);
});
