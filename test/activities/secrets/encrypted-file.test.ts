import { spawn } from 'node:child_process';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sealer } from '../../../activities/seams.js';
import { openEncryptedFile } from '../../../activities/secrets/encrypted-file.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { describeSecretStore } from './describe-secret-store.js';

/** AES-256-GCM with the context as associated data, as the real one. */
function sealerFor(key: Buffer): Sealer {
  return {
    seal(value, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(value.reveal(), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(box, context) {
      const bytes = Buffer.from(box, 'base64');
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      cipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28));
      return new Secret(Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8'));
    },
  };
}

const sealer = sealerFor(randomBytes(32));

describeSecretStore('encrypted file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-secrets-'));
  const open = () => openEncryptedFile({ file: join(folder, 'secrets.json'), sealer });
  return {
    store: open(),
    again: open,
    shown: () => readFile(join(folder, 'secrets.json'), 'utf8'),
    close: () => rm(folder, { recursive: true }),
  };
});

describe('openEncryptedFile', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'firebreak-secrets-'));
    file = join(folder, 'secrets.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const value = { id: 'AKIANEWNEWNEWNEW0002', secret: new Secret('canary-new-77aa') };

  it('refuses to start over when its file was damaged', async () => {
    await writeFile(file, '{"format":"firebreak-sec');

    await expect(openEncryptedFile({ file, sealer }).put('a/b', value, '')).rejects.toMatchObject({
      code: 'unexpected-answer',
    });
    expect(await readFile(file, 'utf8')).toBe('{"format":"firebreak-sec');
  });

  it('says which file and setting when the key is another one', async () => {
    await openEncryptedFile({ file, sealer }).put('a/b', value, '');

    const stranger = openEncryptedFile({ file, sealer: sealerFor(randomBytes(32)) });

    await expect(stranger.get('a/b')).rejects.toThrow(/encryption\.keys/);
  });

  it('does not open a box that was moved to another path', async () => {
    const store = openEncryptedFile({ file, sealer });
    await store.put('a/staging', value, '');
    const moved = (await readFile(file, 'utf8')).replace('a/staging', 'a/production');
    await writeFile(file, moved);

    await expect(store.get('a/production')).rejects.toMatchObject({ code: 'unexpected-answer' });
  });

  it('is readable to its owner alone and leaves nothing beside it', async () => {
    await openEncryptedFile({ file, sealer }).put('a/b', value, '');

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secrets.json']);
  });

  it('loses none of forty writes at once', async () => {
    const stores = [openEncryptedFile({ file, sealer }), openEncryptedFile({ file, sealer })];

    await Promise.all(Array.from({ length: 40 }, (_, n) => stores[n % 2]?.put(`a/${n}`, value, '')));

    const kept = await Promise.all(Array.from({ length: 40 }, (_, n) => stores[0]?.get(`a/${n}`)));
    expect(kept.every((one) => one?.id === value.id)).toBe(true);
  });

  it('takes over the lock of a process that is gone, and of an earlier life with the same pid', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    await writeFile(`${file}.lock`, `${gone.pid} 1`);
    await openEncryptedFile({ file, sealer }).put('a/b', value, '');

    await writeFile(`${file}.lock`, `${process.pid} 1`);
    const again = await openEncryptedFile({ file, sealer }).put('a/b', value, '');

    expect(again.result).toBe('already');
  });
});
