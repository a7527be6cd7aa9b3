import { readFile } from 'node:fs/promises';
import type { SigningKey } from './aws/sigv4.js';
import { getCallerIdentity, repeat, type Use } from './use-key.js';

export interface ServiceOptions {
  awsUrl: string;
  /** Asked before every use, as a service does that reads its secret store; may fail. */
  readKey(): Promise<SigningKey>;
  onUse(use: Use): void;
  everyMs?: number;
  address?: string;
  agent?: string;
}

export const SERVICE_ADDRESS = '10.20.0.14';
export const SERVICE_AGENT = 'svc-payouts/4.2.0 aws-sdk-java/2.26.12 Linux/5.15 OpenJDK_64-Bit_Server_VM/21.0.3';

/** The victim: uses its key once a second. `error: no-key` when its provider has none. */
export function startService(options: ServiceOptions): { stop(): Promise<void> } {
  const from = {
    awsUrl: options.awsUrl,
    address: options.address ?? SERVICE_ADDRESS,
    agent: options.agent ?? SERVICE_AGENT,
  };
  return repeat(async () => {
    let key: SigningKey;
    try {
      key = await options.readKey();
    } catch {
      options.onUse({ at: Date.now(), keyId: '', action: 'GetCallerIdentity', status: 0, error: 'no-key' });
      return;
    }
    options.onUse(await getCallerIdentity(key, from));
  }, options.everyMs ?? 1000);
}

/** Reads `{ "id": …, "secret": … }` from a file each time. */
export function keyFromFile(file: string): () => Promise<SigningKey> {
  return async () => keyIn(JSON.parse(await readFile(file, 'utf8')));
}

/** Reads the newest version of a KV v2 path each time. */
export function keyFromVault(at: {
  url: string;
  token: string;
  mount: string;
  path: string;
}): () => Promise<SigningKey> {
  return async () => {
    const answer = await fetch(`${at.url}/v1/${at.mount}/data/${at.path}`, {
      headers: { 'x-vault-token': at.token },
      signal: AbortSignal.timeout(5000),
    });
    if (!answer.ok) throw new Error(`Vault answered ${answer.status}`);
    return keyIn(((await answer.json()) as { data: { data: unknown } }).data.data);
  };
}

function keyIn(value: unknown): SigningKey {
  const { id, secret } = value as { id?: unknown; secret?: unknown };
  if (typeof id !== 'string' || typeof secret !== 'string') throw new Error('there is no key');
  return { id, secret };
}
