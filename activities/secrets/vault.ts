import { z } from 'zod';
import type { ConnectorErrorCode } from '../../playbooks/language/words.js';
import { ConnectorError } from '../connectors/contract.js';
import { type GuardedAnswer, guardedFetch } from '../http/guarded-fetch.js';
import { Secret } from './secret.js';
import type { SecretStore } from './store.js';

/** What a version holds: ours. Anything else at the path is somebody else's, and is never overwritten. */
const Kept = z.object({ id: z.string(), secret: z.string() });
const ReadAnswer = z.object({
  data: z.object({ data: z.unknown(), metadata: z.object({ version: z.number().int() }) }),
});
const WriteAnswer = z.object({ data: z.object({ version: z.number().int() }) });

interface Current {
  /** 0 = the path was never written. */
  version: number;
  /** `nothing`: never written, or deleted. `foreign`: not in our shape. */
  held: { id: string; secret: Secret } | 'nothing' | 'foreign';
}

/**
 * Vault's KV v2 engine over its HTTP API. Every write carries `cas`, the version that it was decided on, so a newer
 * value of somebody else's is never overwritten. The token needs `read create update` on `<mount>/data/<path>` and
 * `update` on `<mount>/delete/<path>`.
 */
export function openVault(options: { address: string; token: Secret; mount: string; namespace?: string }): SecretStore {
  const fetch = guardedFetch(options.address);
  const mount = options.mount.replace(/^\/+|\/+$/g, '');
  const headers = (): Record<string, string> => ({
    'x-vault-token': options.token.reveal(),
    'x-vault-request': 'true',
    ...(options.namespace === undefined ? {} : { 'x-vault-namespace': options.namespace }),
  });
  const at = (engine: 'data' | 'delete', path: string): string =>
    `/v1/${mount}/${engine}/${segments(path).map(encodeURIComponent).join('/')}`;

  /** `version` 0 = the newest. */
  async function read(path: string, version = 0): Promise<Current> {
    const answer = await fetch(`${at('data', path)}${version === 0 ? '' : `?version=${version}`}`, {
      headers: headers(),
    });
    if (answer.status !== 200 && answer.status !== 404) throw refused(answer, `read ${path}`, options.address);
    const said = ReadAnswer.safeParse(answer.body);
    if (!said.success) {
      // a plain 404 is an empty path; with metadata it is a deleted version, whose number the next write must name
      if (answer.status === 404) return { version: 0, held: 'nothing' };
      throw new ConnectorError(
        'unexpected-answer',
        `cannot read ${path} at Vault: ${mount} is not a KV version 2 engine`,
      );
    }
    const { data, metadata } = said.data.data;
    if (data === null || data === undefined) return { version: metadata.version, held: 'nothing' };
    const kept = Kept.safeParse(data);
    return {
      version: metadata.version,
      held: kept.success ? { id: kept.data.id, secret: new Secret(kept.data.secret) } : 'foreign',
    };
  }

  /** The new version, or undefined when somebody wrote since `cas`. */
  async function write(path: string, value: { id: string; secret: Secret }, cas: number): Promise<string | undefined> {
    const answer = await fetch(at('data', path), {
      method: 'POST',
      headers: headers(),
      body: { options: { cas }, data: { id: value.id, secret: value.secret.reveal() } },
    });
    if (answer.status === 400) {
      // a check-and-set miss is a plain 400; what is there now tells it from a request that Vault did not understand
      const now = await read(path);
      if (now.version !== cas) return undefined;
    }
    const said = WriteAnswer.safeParse(answer.body);
    if (answer.status !== 200 || !said.success) throw refused(answer, `write ${path}`, options.address);
    return String(said.data.data.version);
  }

  return {
    title: `Vault ${mount} at ${new URL(options.address).origin}`,
    async put(path, value, replaces) {
      const { version, held } = await read(path);
      if (held === 'foreign') return { result: 'conflict', version: String(version) };
      if (held !== 'nothing' && held.id === value.id) return { result: 'already', version: String(version) };
      if (held !== 'nothing' && held.id !== replaces) return { result: 'conflict', version: String(version) };
      const written = await write(path, value, version);
      return written === undefined
        ? { result: 'conflict', version: String((await read(path)).version) }
        : { result: 'stored', version: written };
    },
    async get(path) {
      const { version, held } = await read(path);
      if (held === 'foreign') {
        throw new ConnectorError(
          'unexpected-answer',
          `${path} at Vault holds no credential of ours; look who wrote it`,
        );
      }
      return held === 'nothing' ? undefined : { ...held, version: String(version) };
    },
    async remove(path, id) {
      const { version, held } = await read(path);
      if (held === 'nothing') return 'gone';
      if (held === 'foreign' || held.id !== id) return 'conflict';
      const before = version > 1 ? await read(path, version - 1) : undefined;
      if (before !== undefined && typeof before.held === 'object') {
        return (await write(path, before.held, version)) === undefined ? 'conflict' : 'removed';
      }
      // only this version: one that somebody writes meanwhile stays
      const answer = await fetch(at('delete', path), {
        method: 'POST',
        headers: headers(),
        body: { versions: [version] },
      });
      if (answer.status !== 204 && answer.status !== 200) throw refused(answer, `remove ${path}`, options.address);
      return (await read(path)).version === version ? 'removed' : 'conflict';
    },
  };
}

/** Throws for a path that would leave its place: Vault reads `..` like a file system. */
function segments(path: string): string[] {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ConnectorError('invalid', `${path} is no path in a secret store`);
  }
  return parts;
}

const CODES: Record<number, ConnectorErrorCode> = {
  400: 'invalid',
  403: 'permission-denied',
  404: 'not-found',
  412: 'unavailable',
  429: 'rate-limited',
};

function refused(answer: GuardedAnswer, tried: string, address: string): ConnectorError {
  const code = CODES[answer.status] ?? (answer.status >= 500 ? 'unavailable' : 'unexpected-answer');
  const remedy =
    code === 'permission-denied'
      ? 'renew the token, or let its policy read, create and update there'
      : answer.status === 503
        ? 'Vault is sealed or standing by'
        : code === 'not-found'
          ? 'is the KV version 2 engine mounted there?'
          : 'look at it in Vault';
  return new ConnectorError(
    code,
    `cannot ${tried} at ${new URL(address).origin}: ${code} (HTTP ${answer.status}); ${remedy}`,
  );
}
