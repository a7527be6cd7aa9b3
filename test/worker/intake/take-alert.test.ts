import { expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { RecordsError } from '../../../records/records-error.js';
import { takeAlert } from '../../../worker/intake/take-alert.js';
import { canary, startFirebreak } from '../api/start-firebreak.js';
import { fromGithub, githubAlert, post } from './deliveries.js';

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
