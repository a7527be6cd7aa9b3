import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from './secret.js';

/** `no-key`: made with a key that is not here · `broken`: damaged, or made for another context. */
export const SEAL_ERROR_CODES = ['no-key', 'broken', 'invalid'] as const;
export type SealErrorCode = (typeof SEAL_ERROR_CODES)[number];

/** Never holds the value, a key or the box. */
export class SealError extends Error {
  readonly code: SealErrorCode;
  constructor(code: SealErrorCode, message: string) {
    super(message);
    this.name = 'SealError';
    this.code = code;
  }
}

export interface SealingKey {
  /** Named in every box; letters, digits, `_` and `-`. */
  id: string;
  /** 32 random bytes. */
  key: Buffer;
}

/** Encrypts secrets that must outlive a process. */
export interface SecretSealer {
  /** The context (an effect key, a credential) binds the box to its use: it opens for no other. */
  seal(value: Secret, context: string): string;
  /** Throws SealError. */
  open(box: string, context: string): Secret;
}

const FORMAT = 's1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a fresh random IV for each box. The first key writes, all of them read, so a key is changed by putting
 * the new one first. Box: `s1.<key id>.<base64url of iv, ciphertext, tag>`. Source: NIST SP 800-38D.
 */
export function createSealer({ keys }: { keys: SealingKey[] }): SecretSealer {
  const [writes] = keys;
  if (writes === undefined) throw new SealError('invalid', 'sealing needs a key; make one of 32 random bytes');
  for (const { id, key } of keys) {
    if (!/^[\w-]+$/.test(id)) throw new SealError('invalid', `a sealing key may not be called ${JSON.stringify(id)}`);
    if (key.length !== 32) throw new SealError('invalid', `sealing key ${id} has ${key.length} bytes, not 32`);
  }
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  if (byId.size !== keys.length) throw new SealError('invalid', 'two sealing keys have the same id');

  return {
    seal(value, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', writes.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(writes.id, context));
      const text = Buffer.concat([cipher.update(value.reveal(), 'utf8'), cipher.final()]);
      return `${FORMAT}.${writes.id}.${Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64url')}`;
    },

    open(box, context) {
      const [format, id = '', body = '', ...rest] = box.split('.');
      const bytes = Buffer.from(body, 'base64url');
      if (format !== FORMAT || rest.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) {
        throw new SealError('broken', `the sealed value for ${context} is damaged; it cannot be opened`);
      }
      const key = byId.get(id);
      if (key === undefined) {
        throw new SealError(
          'no-key',
          `the sealed value for ${context} was made with a key that is not here; add the old key behind the first`,
        );
      }
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(boundTo(id, context));
        decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
        const text = decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES));
        return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'));
      } catch {
        // not the cause: whatever was decrypted so far must not travel
        throw new SealError('broken', `the sealed value for ${context} is damaged, or was made for something else`);
      }
    },
  };
}

const boundTo = (id: string, context: string): Buffer => Buffer.from(JSON.stringify([FORMAT, id, context]));
