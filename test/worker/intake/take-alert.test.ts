import { expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { RecordsError } from '../../../records/records-error.js';
import { takeAlert } from '../../../worker/intake/take-alert.js';
import { canary, startFirebreak } from '../api/start-firebreak.js';
import { fromGithub, githubAlert, post } from './deliveries.js';
import { openIntake } from './intake.js';

it('tells no sender that an alert is taken which could not be stored', async () => {
  const firebreak = await startFirebreak();
  firebreak.records.receive = async () => {
    throw new RecordsError('full', 'the disk is full');
  };
  const answer = await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()));
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(firebreak.temporal.started).toEqual([]);
});

it('takes a leaked value out of every field that quotes it', async () => {
  const firebreak = await startFirebreak();
  const value = canary();
  const alert = {
    v: 1 as const,
    source: 'standard' as const,
    event: 'credential.leaked',
    credential: { kind: 'api-key', id: 'K1' },
    exposure: 'public' as const,
    exposedSince: '2026-11-24T03:11:00.000Z',
    url: `https://paste.example/${value}`,
    summary: `it is ${value}, twice: ${value}`,
    secret: 'held' as const,
  };
  const { incident } = await takeAlert(
    firebreak,
    { key: '1', alert, claims: ['api-key:K1'], secret: new Secret(value) },
    { by: 'source:standard', observe: false },
  );
  const [row] = await firebreak.records.inbox.ofIncident(incident);
  expect(row?.body).toMatchObject({
    url: 'https://paste.example/[secret]',
    summary: 'it is [secret], twice: [secret]',
  });
  expect(await firebreak.written()).not.toContain(value);
});

it('seals a leaked value under its first claim for seven days to the millisecond, and nothing where none came', async () => {
  const doors = await openIntake();
  const alert = { v: 1, source: 'api', event: 'opened', exposure: 'internal', secret: 'not_held' } as const;
  const open = { by: 'person:sam', observe: false };
  const held = { key: '1', alert: { ...alert, secret: 'held' } as const, claims: ['k:1', 'k:2'] };
  await takeAlert(doors, { ...held, secret: new Secret('hunter2') }, open);
  await takeAlert(doors, { key: '2', alert, claims: ['k:3'] }, open);
  const { sealed, inbox } = doors.records;
  const until = doors.clock.at + 7 * 86_400_000;
  expect(await sealed.names('INC-1', until - 1)).toEqual(['leaked:k:1']);
  expect(await sealed.names('INC-1', until)).toEqual([]);
  const box = await sealed.get('INC-1', 'leaked:k:1', until - 1);
  expect(doors.sealer.open(box as string, 'leaked:k:1').reveal()).toBe('hunter2');
  expect(await sealed.names('INC-2', doors.clock.at)).toEqual([]);
  expect(await inbox.exposures('INC-1')).toEqual(['internal']);
  expect(await inbox.ofIncident('INC-2')).toMatchObject([{ key: '2', kind: 'alert', receivedAt: doors.clock.at }]);
});

it('keeps nothing of an alert that is none', async () => {
  const doors = await openIntake();
  const alert = { v: 1, source: 'api', event: 'a'.repeat(65), exposure: 'internal', secret: 'not_held' } as const;
  const taken = takeAlert(doors, { key: '1', alert, claims: ['k:1'] }, { by: 'person:sam', observe: false });
  await expect(taken).rejects.toThrow(/event/);
  expect(await doors.records.incidents.get('INC-1')).toBeUndefined();
});
