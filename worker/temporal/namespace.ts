import { connect } from 'node:net';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NAMESPACE, RETENTION_DAYS, SEARCH_ATTRIBUTES } from './server-settings.js';
import { TemporalError } from './temporal-error.js';

const KEYWORD = 2;
/** gRPC: the namespace is not registered yet, or its shard is not owned yet, while a server starts. */
const NOT_YET = [4, 5, 14];

/** gRPC: the deadline is over, nobody is there. */
const SILENT = [4, 14];

/** Answers health checks within the deadline, or not. */
export async function isHealthy(address: string, deadlineMs: number): Promise<boolean> {
  // a gRPC client that was refused once waits a second before it tries again; a socket does not
  if (!(await accepts(address))) return false;
  const connection = Connection.lazy({ address });
  try {
    const answer = await connection.withDeadline(Date.now() + deadlineMs, () => connection.healthService.check({}));
    return answer.status === 1;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

function accepts(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/**
 * Sets on the embedded server, at every start, what its flags set on a new file only: how long closed incidents can be
 * looked at, and the search attributes. Asked twice, nothing changes.
 */
export async function prepareNamespace(address: string, deadline: number): Promise<void> {
  const connection = Connection.lazy({ address });
  try {
    await patiently(deadline, () =>
      connection.workflowService.updateNamespace({
        namespace: NAMESPACE,
        config: { workflowExecutionRetentionTtl: msToTs(RETENTION_DAYS * 86_400_000) },
      }),
    );
    await patiently(deadline, () =>
      connection.operatorService.addSearchAttributes({
        namespace: NAMESPACE,
        searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])),
      }),
    );
  } finally {
    await connection.close();
  }
}

/** Looks whether a cluster can carry incidents; adds missing search attributes where it lets us. Throws TemporalError. */
export async function checkCluster(
  options: ConnectionOptions,
  namespace: string,
  deadlineMs: number,
): Promise<{ version: string }> {
  const { address } = options;
  const connection = Connection.lazy(options);
  try {
    return await connection.withDeadline(Date.now() + deadlineMs, async () => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({}).catch((error: Error) => {
        const why = `cannot be reached (${firstLine(error)}); check temporal.address, its TLS and its API key`;
        const { code } = error as { code?: number };
        const isSilent = code !== undefined && SILENT.includes(code);
        throw new TemporalError(isSilent ? 'not-answering' : 'unreachable', `Temporal at ${address} ${why}.`, {
          cause: error,
        });
      });
      await connection.workflowService.describeNamespace({ namespace }).catch((error: Error) => {
        const why = `does not let us into the namespace ${namespace} (${firstLine(error)}); create it, or correct temporal.namespace`;
        throw new TemporalError('unreachable', `Temporal at ${address} ${why}.`, { cause: error });
      });
      await addMissing(connection, namespace);
      return { version: serverVersion ?? 'unknown' };
    });
  } finally {
    await connection.close();
  }
}

async function addMissing(connection: Connection, namespace: string): Promise<void> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace }).catch(() => undefined);
  const missing = SEARCH_ATTRIBUTES.filter((name) => listed?.customAttributes?.[name] !== KEYWORD);
  if (missing.length === 0) return;
  try {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    const commands = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new TemporalError(
      'unreachable',
      `The namespace ${namespace} lacks search attributes and does not let us add them; run \`temporal operator search-attribute create --namespace ${namespace} ${commands}\`.`,
      { cause: error },
    );
  }
}

async function patiently<T>(deadline: number, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const { code } = error as { code?: number };
      if (code === undefined || !NOT_YET.includes(code) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const firstLine = (error: Error) => error.message.split('\n')[0];
