import { afterEach, beforeEach, expect, it } from 'vitest';
import { startVaultTwin, type VaultTwin } from '../../../sandbox/vault/start-vault-twin.js';

const PATH = 'production/payments/aws-access-key/svc-payouts';
let vault: VaultTwin;
let token: string;

beforeEach(async () => {
  vault = await startVaultTwin();
  token = vault.addToken({ prefix: 'production/', write: true });
});
afterEach(() => vault.close());

async function ask(method: string, place: string, body?: unknown, as = token) {
  const answer = await fetch(`${vault.url}/v1/secret/${place}`, {
    method,
    headers: { 'x-vault-token': as },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}
const put = (id: string, cas?: number) =>
  ask('POST', `data/${PATH}`, { data: { id }, ...(cas === undefined ? {} : { options: { cas } }) });

it('refuses unknown tokens, foreign paths, and writes of a reader', async () => {
  expect(await ask('GET', `data/${PATH}`, undefined, 'hvs.unknown')).toEqual({
    status: 403,
    body: { errors: ['permission denied'] },
  });
  expect((await ask('GET', 'data/staging/x')).status).toBe(403);
  const reader = vault.addToken({ prefix: 'production/', write: false });
  expect((await ask('POST', `data/${PATH}`, { data: { id: 'x' } }, reader)).status).toBe(403);
  expect(vault.read(PATH)).toBeUndefined();
});

it('answers nothing while it is sealed', async () => {
  vault.seal(true);
  expect(await put('AKIA1')).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } });
  vault.seal(false);
  expect((await put('AKIA1')).status).toBe(200);
});

it('refuses a check-and-set on any version but the current', async () => {
  expect((await put('AKIA1', 0)).body.data.version).toBe(1);
  expect(await put('AKIA2', 0)).toEqual({
    status: 400,
    body: { errors: ['check-and-set parameter did not match the current version'] },
  });
  expect((await put('AKIA2', 1)).body.data.version).toBe(2);
  expect(vault.read(PATH)).toEqual({ version: 2, data: { id: 'AKIA2' } });
  expect(vault.controls.ledger.writesOf('write', PATH)).toBe(2);
});

it('has written although the answer was lost', async () => {
  vault.faults.add({ method: 'write', kind: 'lost-after' });
  await expect(put('AKIA1')).rejects.toThrow();
  expect(vault.read(PATH)).toEqual({ version: 1, data: { id: 'AKIA1' } });
});

it('tells an empty path from a deleted version, and keeps the older ones', async () => {
  expect(await ask('GET', `data/${PATH}`)).toEqual({ status: 404, body: { errors: [] } });
  await put('AKIA1');
  await put('AKIA2');
  expect((await ask('DELETE', `data/${PATH}`)).status).toBe(204);
  expect(await ask('GET', `data/${PATH}`)).toMatchObject({ status: 404, body: { data: { data: null } } });
  expect((await ask('GET', `data/${PATH}?version=1`)).body.data.data).toEqual({ id: 'AKIA1' });
  expect((await put('AKIA3', 1)).status).toBe(400);
  expect((await put('AKIA3', 2)).status).toBe(200);
  await ask('POST', `undelete/${PATH}`, { versions: [2] });
  expect((await ask('GET', `data/${PATH}?version=2`)).body.data.data).toEqual({ id: 'AKIA2' });
  await ask('POST', `destroy/${PATH}`, { versions: [1] });
  expect((await ask('GET', `metadata/${PATH}`)).body.data).toMatchObject({
    current_version: 3,
    versions: { 1: { destroyed: true }, 2: { destroyed: false } },
  });
});

it('lists what lies below a path', async () => {
  await put('AKIA1');
  vault.put('production/payments/other', { id: 'x' });
  expect((await ask('GET', 'metadata/production/payments?list=true')).body.data.keys).toEqual([
    'aws-access-key/',
    'other',
  ]);
});
