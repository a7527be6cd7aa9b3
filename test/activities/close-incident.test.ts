import { expect, it } from 'vitest';
import { closeIncident } from '../../activities/close-incident.js';
import type { Records } from '../../records/records.js';
import { pinIncident } from './pinned-incident.js';

it('has written how it ended when it lets go of the credential', async () => {
  const site = await pinIncident();
  const { incidents } = site.records;
  let written: string[] | undefined;
  const close: Records['incidents']['close'] = async (...args) => {
    await incidents.close(...args);
    written ??= (await site.records.timeline.ofIncident('INC-1')).map(({ line }) => line);
  };
  const records: Records = { ...site.records, incidents: { ...incidents, close } };
  const call = { incident: 'INC-1', as: 'contained' as const, remains: ['revoke was left out'] };
  await closeIncident({ ...site.seams, records }, call as unknown as Parameters<typeof closeIncident>[1]);

  expect(written).toContain('closed as contained; left: revoke was left out');
  const alert = { source: 'api', key: '2', kind: 'alert' as const, receivedAt: 2, body: {}, claims: ['key:K'] };
  expect(await site.records.receive(alert, { by: 'source:api', observe: false })).toMatchObject({ incident: 'INC-2' });
  await site.close();
});
