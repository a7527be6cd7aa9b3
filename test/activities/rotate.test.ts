import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError, type Intent } from '../../activities/connectors/contract.js';
import { Later, StepFailed } from '../../activities/contract.js';
import {
  type RotateSeams,
  type Rotation,
  rotate,
  rotationKeys,
  settleRotation,
  undoRotate,
} from '../../activities/rotate.js';
import { createSealer } from '../../activities/secrets/seal.js';
import { Secret } from '../../activities/secrets/secret.js';
import type { SecretStore } from '../../activities/secrets/store.js';
import type { Records } from '../../records/records.js';
import { openEffects } from './open-effects.js';
import { Died, dyingAt, ScriptedProvider } from './scripted-provider.js';

/** A store in memory that keeps what it held before, and dies, fails or lies when a test says so. */
class MemoryStore implements SecretStore {
  title = 'memory';
  held: { id: string; secret: Secret }[] = [{ id: 'OLD', secret: new Secret('old') }];
  puts = 0;
  failing?: ConnectorError;
  diesAfterPut = false;
  lies = false;

  async put(_path: string, value: { id: string; secret: Secret }, replaces: string) {
    if (this.failing) throw this.failing;
    this.puts += 1;
    const now = this.held.at(-1);
    if (now?.id === value.id) return { result: 'already' as const, version: `${this.held.length}` };
    if (now !== undefined && now.id !== replaces)
      return { result: 'conflict' as const, version: `${this.held.length}` };
    this.held.push(value);
    if (this.diesAfterPut) throw new Died();
    return { result: 'stored' as const, version: `${this.held.length}` };
  }
  async get() {
    const now = this.held.at(-1);
    if (now === undefined) return undefined;
    return { ...now, ...(this.lies && { secret: new Secret('cut off') }), version: `${this.held.length}` };
  }
  async remove(_path: string, id: string) {
    if (this.held.at(-1) === undefined) return 'gone' as const;
    if (this.held.at(-1)?.id !== id) return 'conflict' as const;
    this.held.pop();
    return 'removed' as const;
  }
}

let records: Records;
let remove: () => Promise<void>;
let provider: ScriptedProvider;
let store: MemoryStore;
let seams: RotateSeams;
let rotation: Rotation;

beforeEach(async () => {
  ({ records, remove } = await openEffects());
  provider = new ScriptedProvider();
  store = new MemoryStore();
  const sealer = createSealer({ keys: [{ id: 'k', key: createHash('sha256').update('k').digest() }] });
  seams = { ...provider.seams(records.effects), ...sealer, store };
  provider.limit = 3;
  provider.addKey('svc', 'OLD', 'Inactive');
  provider.pass(3_600_000);
  rotation = {
    intent: provider.effect(provider.keys('svc'), 'replace', {}).intent as Intent,
    fence: provider.fence,
    incident: 'INC-1',
    planDigest: 'digest',
    step: 'recover.rotate',
    generation: 1,
    storePath: 'payouts/aws',
    replaces: 'OLD',
  };
});
afterEach(() => remove());

const [replaceKey, storeKey] = [
  'INC-1/recover.rotate/rotate/user/svc/keys/1',
  'INC-1/recover.rotate/store/secret-store/payouts/aws/1',
];

describe('rotate', () => {
  it('hands the new secret to the store and drops the sealed copy only once it was read back', async () => {
    expect(rotationKeys(rotation)).toEqual([replaceKey, storeKey]);
    expect(await rotate(rotation, seams)).toEqual({ id: 'K1', storedAt: 'payouts/aws' });

    expect(store.held.at(-1)?.secret.reveal()).toBe('secret-of-K1');
    expect((await records.effects.read(replaceKey))?.sealed).toBeUndefined();
    expect((await records.verify()).ok).toBe(true);
  });

  it('makes and stores nothing more when it is asked again', async () => {
    await rotate(rotation, seams);
    expect(await rotate(rotation, seams)).toEqual({ id: 'K1', storedAt: 'payouts/aws' });

    expect([provider.sent.length, store.puts]).toEqual([1, 1]);
  });

  it('keeps the sealed secret when the store cannot be reached, and goes on with the same key', async () => {
    store.failing = new ConnectorError('unavailable', 'vault does not answer');
    await expect(rotate(rotation, seams)).rejects.toThrow(Later);
    expect((await records.effects.read(replaceKey))?.sealed).toMatch(/^s1\.k\./);
    delete store.failing;

    expect(await rotate(rotation, seams)).toMatchObject({ id: 'K1' });
    expect(provider.sent).toHaveLength(1);
  });

  it('stores once when the process dies right after the store took it', async () => {
    store.diesAfterPut = true;
    await expect(rotate(rotation, seams)).rejects.toThrow(Died);

    expect(await rotate(rotation, seams)).toMatchObject({ id: 'K1' });
    expect(store.held.map(({ id }) => id)).toEqual(['OLD', 'K1']);
  });

  it('makes one key, whatever call to records it died at', async () => {
    let calls = 0;
    for (let call = 1; ; call += 1) {
      const own = { ...rotation, incident: `INC-${call}` };
      store.held = [{ id: 'OLD', secret: new Secret('old') }];
      provider.limit = 99;
      const known = provider.activeKeys('svc');
      const died = await rotate(own, { ...seams, ...dyingAt(seams, call) }).then(
        () => false,
        () => true,
      );
      provider.pass(provider.quietMs);
      const { id } = await rotate(own, seams);
      expect(provider.activeKeys('svc')).toEqual([...known, id]);
      expect(store.held.map((held) => held.id)).toEqual(['OLD', id]);
      expect(store.held.at(-1)?.secret.reveal()).toBe(`secret-of-${id}`);
      provider.pass(provider.quietMs);
      calls = call;
      if (!died) break;
    }
    expect(calls).toBe(8);
  });

  it('keeps the secret sealed and asks a person when something else is read back', async () => {
    store.lies = true;

    await expect(rotate(rotation, seams)).rejects.toMatchObject({ name: 'StepFailed', code: 'unexpected-answer' });
    expect((await records.effects.read(replaceKey))?.sealed).toBeDefined();
  });

  it('store_cas, store_from: overwrites nothing that is newer than the credential it replaces', async () => {
    store.held.push({ id: 'NEWER', secret: new Secret('newer') });

    await expect(rotate(rotation, seams)).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('payouts/aws holds neither OLD nor K1, but something newer'),
    });
    expect(store.held.at(-1)?.id).toBe('NEWER');
    expect((await records.effects.read(replaceKey))?.sealed).toBeDefined();
  });

  it('fails with what to do at the two-key limit and stores nothing', async () => {
    provider.limit = 1;

    await expect(rotate(rotation, seams)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('free one, then retry'),
    });
    expect(store.puts).toBe(0);
  });

  it('stores what an earlier generation made when a person retries, and makes no second key', async () => {
    store.held.push({ id: 'NEWER', secret: new Secret('newer') });
    await expect(rotate(rotation, seams)).rejects.toMatchObject({ code: 'unexpected-answer' });
    store.held.pop();
    provider.pass(provider.quietMs);
    const retry = { ...rotation, generation: 2 };

    expect(await rotate(retry, seams)).toEqual({ id: 'K1', storedAt: 'payouts/aws' });
    expect(provider.sent).toEqual(['create for svc']);
    expect(await rotate(retry, seams)).toEqual({ id: 'K1', storedAt: 'payouts/aws' });
    provider.pass(provider.quietMs);
    expect((await undoRotate(retry, seams)).state).toBe('done');
    expect(store.held.map(({ id }) => id)).toEqual(['OLD']);
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('can be retried after nobody could find out how it ended: the stray is switched off, another key made', async () => {
    provider.script.push('lost');
    await expect(rotate(rotation, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);
    provider.unreadable = new ConnectorError('permission-denied', 'cannot list keys: grant it');
    await expect(settleRotation(rotation, seams)).rejects.toThrow(StepFailed);
    delete provider.unreadable;

    const retried = { ...rotation, generation: 2 };
    for (let tries = 0; tries < 5 && store.puts === 0; tries += 1) {
      await rotate(retried, seams).catch((error: unknown) => expect(error).toBeInstanceOf(Later));
      provider.pass(provider.quietMs);
    }
    expect(provider.activeKeys('svc')).toEqual([store.held.at(-1)?.id]);
    expect(store.held).toHaveLength(2);
  });

  it('shows the new secret in no row and no error', async () => {
    store.lies = true;
    const error = (await rotate(rotation, seams).catch((thrown: unknown) => thrown)) as StepFailed;
    const rows = await records.effects.ofIncident('INC-1');

    expect(error).toBeInstanceOf(StepFailed);
    expect(JSON.stringify([rows, error, error.message, error.stack])).not.toContain('secret-of');
  });
});

describe('settleRotation', () => {
  it('does not call a rotation done whose secret is not in the store, and a retry stores that one', async () => {
    store.failing = new ConnectorError('unavailable', 'vault does not answer');
    await expect(rotate(rotation, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect(await settleRotation(rotation, seams)).toMatchObject({
      state: 'needs_human',
      line: expect.stringMatching(/^K1 was made, but is not in the store .* kept sealed/),
    });
    delete store.failing;
    provider.pass(provider.quietMs);
    expect(await rotate({ ...rotation, generation: 2 }, seams)).toMatchObject({ id: 'K1' });
    expect(provider.sent).toHaveLength(1);
  });

  it('calls it done once the secret is read back from the store', async () => {
    store.diesAfterPut = true;
    await expect(rotate(rotation, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await settleRotation(rotation, seams)).toMatchObject({ state: 'done' });
    expect((await records.effects.read(replaceKey))?.sealed).toBeUndefined();
  });

  it('asks a person when the new key itself was lost', async () => {
    provider.script.push('dies');
    await expect(rotate(rotation, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await settleRotation(rotation, seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.activeKeys('svc')).toEqual([]);
  });
});

describe('undoRotate', () => {
  it('puts the old secret back, then switches off the new key and deletes nothing', async () => {
    await rotate(rotation, seams);
    await expect(undoRotate(rotation, seams)).rejects.toThrow(Later);
    // two workers' clocks may differ: a look in the moment of the write does not count
    expect(store.held.at(-1)?.id).toBe('K1');
    provider.pass(provider.lagMs);

    expect((await undoRotate(rotation, seams)).state).toBe('done');
    expect(store.held.map(({ id }) => id)).toEqual(['OLD']);
    expect(provider.activeKeys('svc')).toEqual([]);
    expect(provider.sent).toEqual(['create for svc', 'key/K1 := Inactive']);
  });

  it('asks a person and leaves the new key alive when somebody stored something newer', async () => {
    await rotate(rotation, seams);
    store.held.push({ id: 'NEWER', secret: new Secret('newer') });
    provider.pass(provider.lagMs);

    expect((await undoRotate(rotation, seams)).state).toBe('needs_human');
    expect(provider.activeKeys('svc')).toEqual(['K1']);
  });

  it('has nothing to undo before it began, and lets nothing begin after', async () => {
    expect((await undoRotate(rotation, seams)).state).toBe('nothing');

    await expect(rotate(rotation, seams)).rejects.toMatchObject({ code: 'too-late' });
    expect([provider.sent, store.puts]).toEqual([[], 0]);
  });

  it('lets an attempt that just made its key store nothing afterwards', async () => {
    let undone: Promise<unknown> = Promise.resolve();
    provider.script.push({
      pause: async () => {
        undone = undoRotate(rotation, seams).catch((error: unknown) => error);
        await undone;
      },
    });
    await expect(rotate(rotation, seams)).rejects.toMatchObject({ code: 'too-late' });
    expect(await undone).toBeInstanceOf(Later);
    expect(store.puts).toBe(0);
    provider.pass(provider.quietMs);

    expect((await undoRotate(rotation, seams)).state).toBe('done');
    expect(provider.activeKeys('svc')).toEqual([]);
  });
});
