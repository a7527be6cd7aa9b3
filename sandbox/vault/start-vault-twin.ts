import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '../twin/clock.js';
import type { Twin } from '../twin/control.js';
import { type Fault, Faults } from '../twin/faults.js';
import { Ledger } from '../twin/ledger.js';
import { type Answer, type Request, serve } from '../twin/serve.js';

export interface VaultTwinOptions {
  clock?: Clock;
  port?: number;
  /** Where the KV v2 engine is mounted; `secret`. */
  mount?: string;
  /** A canary that every error text carries. */
  leakInErrors?: string;
}

/** Vault's KV v2 engine over HTTP: versions, check-and-set, soft delete, seal; paths by token. */
export interface VaultTwin extends Twin {
  mount: string;
  faults: Faults;
  /** A token for the paths that begin with `prefix`; `''` = all. */
  addToken(rights: { prefix: string; write: boolean }): string;
  seal(sealed: boolean): void;
  /** The newest live version as an operator sees it; outside of counts. */
  read(path: string): { version: number; data: Record<string, unknown> } | undefined;
  /** Writes as an operator would; outside of counts. */
  put(path: string, data: Record<string, unknown>): number;
}

interface Version {
  data: Record<string, unknown>;
  createdAt: number;
  deletedAt?: number;
  destroyed: boolean;
}

/** Starts the twin on loopback. Methods in faults and counts: `read`, `write`, `delete`, `metadata`. */
export async function startVaultTwin(options: VaultTwinOptions = {}): Promise<VaultTwin> {
  const clock = options.clock ?? systemClock;
  const mount = options.mount ?? 'secret';
  const faults = new Faults();
  const ledger = new Ledger();
  const tokens = new Map<string, { prefix: string; write: boolean }>();
  const kv = new Map<string, Version[]>();
  let sealed = false;

  const refused = (status: number, ...errors: string[]): Answer => ({
    ...json(status, { errors: options.leakInErrors ? [...errors, `debug: ${options.leakInErrors}`] : errors }),
    refusal: String(status),
  });

  function put(path: string, data: Record<string, unknown>): number {
    const versions = kv.get(path) ?? [];
    versions.push({ data, createdAt: clock.now(), destroyed: false });
    kv.set(path, versions);
    return versions.length;
  }

  function answer(request: Request): Answer {
    if (request.path === '/v1/sys/health') return json(sealed ? 503 : 200, { initialized: true, sealed });
    if (sealed) return refused(503, 'Vault is sealed');
    const rights = rightsOf(tokens, request.header('x-vault-token'));
    const [, root, mounted, kind = '', ...rest] = decodeURI(request.path).split('/');
    const path = rest.join('/');
    const writing = request.method !== 'GET';
    if (rights === undefined || !path.startsWith(rights.prefix) || (writing && !rights.write)) {
      return refused(403, 'permission denied');
    }
    if (root !== 'v1' || mounted !== mount) return refused(404, `no handler for route "${mounted}/${kind}"`);
    const versions = kv.get(path);
    // Vault's own verb LIST never gets through Node's parser; its documented other form is a GET with list=true
    const method = request.query.get('list') === 'true' ? 'LIST' : request.method === 'PUT' ? 'POST' : request.method;
    const verb = `${method} ${kind}`;
    switch (verb) {
      case 'GET data':
        return readData(versions, request.query.get('version'));
      case 'POST data':
        return writeData(path, request);
      case 'GET metadata':
        return versions === undefined ? refused(404) : json(200, { data: metadata(versions) });
      case 'LIST metadata':
        return list(path);
    }
    if (versions === undefined) return refused(404);
    const body = request.method === 'POST' ? parse(request) : {};
    if (body === undefined) return refused(400, 'error parsing JSON');
    const named = Array.isArray(body.versions) ? body.versions.map(Number) : [versions.length];
    const chosen = versions.filter((_, index) => named.includes(index + 1));
    switch (verb) {
      case 'DELETE data':
      case 'POST delete':
        for (const version of chosen) version.deletedAt = clock.now();
        break;
      case 'POST undelete':
        for (const version of chosen) delete version.deletedAt;
        break;
      case 'POST destroy':
        for (const version of chosen) Object.assign(version, { destroyed: true, data: {} });
        break;
      case 'DELETE metadata':
        kv.delete(path);
        break;
      default:
        return refused(405, 'unsupported operation');
    }
    wrote('delete', path, { versions: verb === 'DELETE metadata' ? 'all' : named.join(',') });
    return { status: 204, body: '' };
  }

  function readData(versions: Version[] | undefined, asked: string | null): Answer {
    const number = asked === null || asked === '0' ? (versions?.length ?? 0) : Number(asked);
    const version = versions?.[number - 1];
    if (version === undefined) return refused(404);
    const gone = version.deletedAt !== undefined || version.destroyed;
    // a deleted version answers 404 with its metadata, not with errors
    return json(gone ? 404 : 200, { data: { data: gone ? null : version.data, metadata: described(version, number) } });
  }

  function writeData(path: string, request: Request): Answer {
    const body = parse(request) as { data?: Record<string, unknown>; options?: { cas?: unknown } } | undefined;
    if (body === undefined) return refused(400, 'error parsing JSON');
    if (body.data === null || typeof body.data !== 'object') return refused(400, 'no data provided');
    const current = kv.get(path)?.length ?? 0;
    const cas = body.options?.cas;
    if (cas !== undefined && cas !== current) {
      return refused(400, 'check-and-set parameter did not match the current version');
    }
    const version = put(path, body.data);
    wrote('write', path, { version: String(version) });
    return json(200, { data: described(kv.get(path)![version - 1]!, version) });
  }

  function list(path: string): Answer {
    const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
    const below = [...kv.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    const keys = [...new Set(below.map((one) => (one.includes('/') ? `${one.split('/')[0]}/` : one)))].sort();
    return keys.length === 0 ? refused(404) : json(200, { data: { keys } });
  }

  const wrote = (method: string, path: string, detail: Record<string, string>) =>
    ledger.wrote({ at: clock.now(), method, target: path, by: 'token', detail });

  const served = await serve({
    clock,
    port: options.port ?? 0,
    faults,
    ledger,
    name: ({ method, path }) => ({
      method: /^\/v1\/[^/]+\/data\//.test(path)
        ? ({ GET: 'read', POST: 'write', PUT: 'write' }[method] ?? 'delete')
        : method === 'GET'
          ? 'metadata'
          : 'delete',
    }),
    answer,
    refuse: (fault: Fault) =>
      fault.kind === 'throttle'
        ? refused(429, 'request path rate limited')
        : fault.kind === 'deny'
          ? refused(403, 'permission denied')
          : refused(500, 'internal error'),
  });

  const twin: Omit<VaultTwin, 'controls'> = {
    url: served.url,
    mount,
    faults,
    addToken(rights) {
      const token = `hvs.${randomBytes(24).toString('base64url')}`;
      tokens.set(token, rights);
      return token;
    },
    seal(value) {
      sealed = value;
    },
    read(path) {
      const versions = kv.get(path);
      const newest = versions?.[versions.length - 1];
      if (versions === undefined || newest === undefined || newest.deletedAt !== undefined || newest.destroyed) return;
      return { version: versions.length, data: newest.data };
    },
    put,
    close: served.close,
  };
  return {
    ...twin,
    controls: {
      faults,
      ledger,
      state: () => ({
        sealed,
        paths: Object.fromEntries([...kv].map(([path, versions]) => [path, metadata(versions)])),
      }),
      commands: {
        seal: ({ sealed: value }) => twin.seal(value === true),
        /** Which credential each path holds now. */
        ids: () => Object.fromEntries([...kv.keys()].map((path) => [path, twin.read(path)?.data.id ?? null])),
        put: ({ path, data }) => ({ version: twin.put(String(path), data as Record<string, unknown>) }),
      },
    },
  };
}

function rightsOf<T>(tokens: Map<string, T>, given: string | undefined): T | undefined {
  const asked = Buffer.from(given ?? '');
  for (const [token, rights] of tokens) {
    const known = Buffer.from(token);
    if (known.length === asked.length && timingSafeEqual(known, asked)) return rights;
  }
  return undefined;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

function parse(request: Request): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8') || '{}');
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const time = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString());

const described = (version: Version, number: number) => ({
  created_time: time(version.createdAt),
  custom_metadata: null,
  deletion_time: time(version.deletedAt),
  destroyed: version.destroyed,
  version: number,
});

const metadata = (versions: Version[]) => ({
  cas_required: false,
  created_time: time(versions[0]?.createdAt),
  current_version: versions.length,
  oldest_version: 1,
  updated_time: time(versions[versions.length - 1]?.createdAt),
  versions: Object.fromEntries(versions.map((version, index) => [index + 1, described(version, index + 1)])),
});
