import type { Secret } from './secret.js';

/**
 * Where new secrets live. A new secret goes from provider to store inside one activity and is read back before it is
 * believed. Errors are ConnectorError with the usual codes.
 */
export interface SecretStore {
  /** For report and card: `encrypted file`, `Vault kv at https://…`. */
  title: string;
  /**
   * Writes `{ id, secret }` at `path`, on the condition that what is there is the credential `replaces`, or nothing.
   * `already`: ours was there; `conflict`: somebody else's newer value is, and nothing was written.
   */
  put(
    path: string,
    value: { id: string; secret: Secret },
    replaces: string,
  ): Promise<{ result: 'stored' | 'already' | 'conflict'; version: string }>;
  /** What is there now; undefined if nothing. */
  get(path: string): Promise<{ id: string; secret: Secret; version: string } | undefined>;
  /** Puts back what `replaces` said, after a false alarm: removes `id` if it is what is there. */
  remove(path: string, id: string): Promise<'removed' | 'conflict' | 'gone'>;
}
