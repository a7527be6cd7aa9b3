import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../activities/secrets/open-store.js';
import { Secret } from '../../../activities/secrets/secret.js';
import type { SecretStore } from '../../../activities/secrets/store.js';
import { openVault } from '../../../activities/secrets/vault.js';
import { startVaultTwin, type VaultTwin } from '../../../sandbox/vault/start-vault-twin.js';
import { describeSecretStore } from './describe-secret-store.js';

const LEAK = 'canary-in-an-error-text-4d1f';

describeSecretStore('Vault KV v2', async () => {
  const vault = await startVaultTwin({ mount: 'kv' });
  const open = () =>
    openVault({ address: vault.url, token: new Secret(vault.addToken({ prefix: '', write: true })), mount: 'kv' });
  return {
    store: open(),
    again: open,
    shown: async () => JSON.stringify(vault.controls.state()),
    close: () => vault.close(),
  };
});

describe('openVault', () => {
  const value = { id: 'AKIANEWNEWNEWNEW0002', secret: new Secret('canary-new-77aa') };
  let vault: VaultTwin;
  let store: SecretStore;
  beforeEach(async () => {
    vault = await startVaultTwin({ mount: 'kv', leakInErrors: LEAK });
    store = openVault({
      address: vault.url,
      token: new Secret(vault.addToken({ prefix: 'production/', write: true })),
      mount: 'kv',
    });
  });
  afterEach(() => vault.close());

  const failure = async (promise: Promise<unknown>): Promise<unknown> => {
    const error = await promise.catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary/);
    return error;
  };

  it('never overwrites what it did not write, and says that it is not its own', async () => {
    vault.put('production/a', { access_key: 'made by hand' });

    expect((await store.put('production/a', value, 'AKIAOLDOLDOLDOLD0001')).result).toBe('conflict');
    expect(await store.remove('production/a', value.id)).toBe('conflict');
    expect(await failure(store.get('production/a'))).toMatchObject({ code: 'unexpected-answer' });
    expect(vault.read('production/a')).toMatchObject({ version: 1, data: { access_key: 'made by hand' } });
  });

  it('does not write over what somebody wrote between its look and its write', async () => {
    vault.faults.add({
      method: 'read',
      kind: 'hook',
      onApplied: () => void vault.put('production/a', { id: 'AKIATHEIRSTHEIRS0003', secret: 'theirs' }),
    });

    expect((await store.put('production/a', value, '')).result).toBe('conflict');
    expect(vault.read('production/a')?.data.id).toBe('AKIATHEIRSTHEIRS0003');
  });

  it('does not take away what somebody wrote while it removed its own', async () => {
    await store.put('production/a', value, '');
    vault.faults.add({
      method: 'read',
      kind: 'hook',
      onApplied: () => void vault.put('production/a', { id: 'AKIATHEIRSTHEIRS0003', secret: 'theirs' }),
    });

    expect(await store.remove('production/a', value.id)).toBe('conflict');
    expect(vault.read('production/a')?.data.id).toBe('AKIATHEIRSTHEIRS0003');
  });

  it('finds out by itself that a write whose answer was lost has happened', async () => {
    vault.faults.add({ method: 'write', kind: 'lost-after' });
    expect(await failure(store.put('production/a', value, ''))).toMatchObject({ code: 'unknown-outcome' });

    expect((await store.put('production/a', value, '')).result).toBe('already');
  });

  it('says what to do when Vault refuses, is sealed, busy, or has no such engine', async () => {
    expect(await failure(store.get('staging/a'))).toMatchObject({ code: 'permission-denied' });
    vault.faults.add({ method: 'read', kind: 'throttle' });
    expect(await failure(store.get('production/a'))).toMatchObject({ code: 'rate-limited' });
    vault.faults.add({ method: 'read', kind: 'error' });
    expect(await failure(store.get('production/a'))).toMatchObject({ code: 'unavailable' });
    vault.seal(true);
    expect(await failure(store.put('production/a', value, ''))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/sealed/),
    });
  });

  it('does not take a missing engine for an empty path', async () => {
    const elsewhere = openVault({
      address: vault.url,
      token: new Secret(vault.addToken({ prefix: '', write: true })),
      mount: 'nowhere',
    });

    expect(await failure(elsewhere.put('production/a', value, ''))).toMatchObject({ code: 'not-found' });
  });

  it('leaves its place by no path', async () => {
    for (const path of ['production/../staging/a', '/production/a', 'production//a', '.']) {
      expect(await failure(store.get(path)), path).toMatchObject({ code: 'invalid' });
    }
  });
});

describe('openStore', () => {
  const sealer = { seal: () => '', open: () => new Secret('') };

  it('opens Vault where settings name one, else a file in the data folder', () => {
    const given = { dataFolder: '/nowhere', sealer };
    const vault = { address: 'https://vault.acme.example', token: new Secret('t'), mount: 'kv' };

    expect(openStore({ vault }, given).title).toBe('Vault kv at https://vault.acme.example');
    expect(openStore({ file: 'keys.json' }, given).title).toBe('encrypted file keys.json');
    expect(openStore({}, given).title).toBe('encrypted file secrets.json');
  });
});
