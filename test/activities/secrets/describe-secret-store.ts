import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import type { SecretStore } from '../../../activities/secrets/store.js';

export interface OpenedStore {
  store: SecretStore;
  /** A second client of the same store, as another process would open it. */
  again(): SecretStore;
  /** Whatever lies where the store keeps things and where others may read. */
  shown(): Promise<string>;
  close(): Promise<void>;
}

const OLD = { id: 'AKIAOLDOLDOLDOLD0001', secret: new Secret('canary-old-9f2c') };
const NEW = { id: 'AKIANEWNEWNEWNEW0002', secret: new Secret('canary-new-77aa') };
const THEIRS = { id: 'AKIATHEIRSTHEIRS0003', secret: new Secret('canary-theirs-51') };
const PATH = 'production/payments/aws-access-key/svc-payouts';

/** What every secret store promises. */
export function describeSecretStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`secret store: ${name}`, () => {
    let opened: OpenedStore;
    let store: SecretStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    it('never overwrites a value that is newer than the one being replaced', async () => {
      await store.put(PATH, OLD, '');
      await store.put(PATH, THEIRS, OLD.id);

      const late = await store.put(PATH, NEW, OLD.id);

      expect(late.result).toBe('conflict');
      expect((await store.get(PATH))?.id).toBe(THEIRS.id);
    });

    it('lets one of two rotations win when both replace the same credential', async () => {
      await store.put(PATH, OLD, '');

      const results = await Promise.all([store.put(PATH, NEW, OLD.id), opened.again().put(PATH, THEIRS, OLD.id)]);

      expect(results.map(({ result }) => result).sort()).toEqual(['conflict', 'stored']);
      const winner = results[0]?.result === 'stored' ? NEW : THEIRS;
      expect((await store.get(PATH))?.secret.reveal()).toBe(winner.secret.reveal());
    });

    it('answers already when the same value is stored again after a lost answer', async () => {
      await store.put(PATH, OLD, '');
      const first = await store.put(PATH, NEW, OLD.id);

      const second = await opened.again().put(PATH, NEW, OLD.id);

      expect(first.result).toBe('stored');
      expect(second).toEqual({ result: 'already', version: first.version });
    });

    it('has nothing where nothing was stored', async () => {
      expect(await store.get(PATH)).toBeUndefined();
      expect(await store.remove(PATH, NEW.id)).toBe('gone');
    });

    it('gives back exactly what was stored, to any process', async () => {
      const { version } = await store.put(PATH, NEW, '');

      const got = await opened.again().get(PATH);

      expect(got).toMatchObject({ id: NEW.id, version });
      expect(got?.secret.reveal()).toBe(NEW.secret.reveal());
    });

    it('puts the replaced value back after a false alarm', async () => {
      await store.put(PATH, OLD, '');
      await store.put(PATH, NEW, OLD.id);

      expect(await store.remove(PATH, NEW.id)).toBe('removed');

      expect((await store.get(PATH))?.secret.reveal()).toBe(OLD.secret.reveal());
    });

    it('is empty again after a false alarm if it was empty before, and can be written again', async () => {
      await store.put(PATH, NEW, OLD.id);

      expect(await store.remove(PATH, NEW.id)).toBe('removed');
      expect(await store.remove(PATH, NEW.id)).toBe('gone');

      expect(await store.get(PATH)).toBeUndefined();
      expect((await store.put(PATH, THEIRS, OLD.id)).result).toBe('stored');
      expect((await store.get(PATH))?.id).toBe(THEIRS.id);
    });

    it("removes nobody else's value", async () => {
      await store.put(PATH, THEIRS, '');

      expect(await store.remove(PATH, NEW.id)).toBe('conflict');

      expect((await store.get(PATH))?.id).toBe(THEIRS.id);
    });

    it('keeps paths apart', async () => {
      await store.put(PATH, OLD, '');
      await store.put(`${PATH}-2`, NEW, '');

      expect((await store.get(PATH))?.id).toBe(OLD.id);
      expect((await store.get(`${PATH}-2`))?.id).toBe(NEW.id);
    });

    it('shows no secret to who looks at it from outside', async () => {
      await store.put(PATH, OLD, '');
      await store.put(PATH, NEW, OLD.id);

      const seen =
        (await opened.shown()) + inspect(await store.get(PATH)) + JSON.stringify(await store.get(PATH)) + store.title;

      expect(seen).not.toContain('canary');
    });
  });
}
