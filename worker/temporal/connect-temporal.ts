import { join } from 'node:path';
import type { ConnectionOptions } from '@temporalio/client';
import type { Settings, TemporalSettings } from '../settings/settings.js';
import { startEmbeddedServer } from './embedded-server.js';
import { checkCluster } from './namespace.js';

type Tls = Exclude<ConnectionOptions['tls'], undefined | null>;

/** A Temporal that answers and is ready for incidents. */
export interface TemporalHome {
  address: string;
  namespace: string;
  /** Of the server. */
  version: string;
  /** For `NativeConnection.connect` and `Connection.connect`. */
  connection: { address: string; apiKey?: string; tls?: Tls };
  /** Its web page, where we serve it. */
  uiUrl?: string;
  /** Embedded: its process, and whether it ran before us. */
  embedded?: { pid: number; adopted: boolean };
  /** Embedded: ends it, unless another process uses it still. */
  stop?(): Promise<void>;
  /** Embedded: lets go of it and leaves it running. */
  leave?(): void;
}

export interface ConnectOptions {
  env: Record<string, string | undefined>;
  say(line: string): void;
  /** Embedded: serve Temporal's web page on this port of the loopback. */
  uiPort?: number;
  /** How long the server may take to answer; 10 s for a cluster, 30 s for the embedded one. */
  deadlineMs?: number;
}

/**
 * The cluster that settings name, or else the embedded server of the data folder. Throws TemporalError, and
 * SettingsError for a reference that gives nothing.
 */
export async function connectTemporal(
  settings: Pick<Settings, 'temporal'>,
  dataFolder: string,
  options: ConnectOptions,
): Promise<TemporalHome> {
  if (settings.temporal) return cluster(settings.temporal, options.deadlineMs);
  const server = await startEmbeddedServer({ folder: join(dataFolder, 'temporal'), ...options });
  return {
    address: server.address,
    namespace: server.namespace,
    version: server.version,
    connection: { address: server.address },
    ...(server.uiUrl === undefined ? {} : { uiUrl: server.uiUrl }),
    embedded: { pid: server.pid, adopted: server.adopted },
    stop: () => server.stop(),
    leave: () => server.leave(),
  };
}

async function cluster(
  { address, namespace, apiKey, tls }: TemporalSettings,
  deadlineMs = 10_000,
): Promise<TemporalHome> {
  const connection = {
    address: address.resolve(),
    ...(apiKey && { apiKey: apiKey.resolve().reveal() }),
    ...(tls && { tls: tlsOf(tls) }),
  };
  const { version } = await checkCluster(connection, namespace, deadlineMs);
  return { address: connection.address, namespace, version, connection };
}

function tlsOf({ ca, certificate, key, serverName }: NonNullable<TemporalSettings['tls']>): Tls {
  return {
    ...(ca && { serverRootCACertificate: Buffer.from(ca.resolve().reveal()) }),
    ...(certificate &&
      key && {
        clientCertPair: { crt: Buffer.from(certificate.resolve().reveal()), key: Buffer.from(key.resolve().reveal()) },
      }),
    ...(serverName && { serverNameOverride: serverName }),
  };
}
