import { randomUUID } from 'node:crypto';
import { CliError, EXIT_CODES, type ExitCode } from './exit-codes.js';
import type { VerbContext } from './verbs.js';

/** The API as the verbs use it. Every method throws CliError with the sentence that a person should read. */
export interface Client {
  get<Body>(path: string): Promise<Body>;
  /** Tried again once, under the same key, when the connection breaks: nothing happens twice. */
  post<Body>(path: string, body: object): Promise<{ status: number; body: Body }>;
}

/** What the API answers when it does not do it. */
interface Refused {
  error?: { code: string; message: string };
}

const PATIENCE_MS = 30_000;

/** Talks to the Firebreak at `--url` as the person whose token FIREBREAK_TOKEN is. */
export function createClient({ options, io }: Pick<VerbContext, 'options' | 'io'>): Client {
  const token = io.env.FIREBREAK_TOKEN;
  if (!token) {
    throw new CliError(
      EXIT_CODES.usage,
      'FIREBREAK_TOKEN is not set. `firebreak token <person>` makes one; its hash goes into the settings.',
    );
  }
  const base = options.url.replace(/\/+$/, '');

  async function send(method: 'GET' | 'POST', path: string, body: object | undefined, key?: string): Promise<Response> {
    try {
      return await fetch(`${base}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'user-agent': 'firebreak-cli',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A token follows nobody to another address.
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch (cause) {
      throw new CliError(
        EXIT_CODES.unreachable,
        `Firebreak does not answer at ${base}. Is it running (firebreak start), and is --url right?`,
        { cause },
      );
    }
  }

  async function read<Body>(response: Response): Promise<Body> {
    const body = (await response.json().catch(() => undefined)) as (Body & Refused) | undefined;
    if (response.ok && body !== undefined) return body;
    const said =
      body?.error?.message ?? `${base} answered ${response.status}, which Firebreak does not. Is --url right?`;
    throw new CliError(exitCodeOf(response.status), said);
  }

  return {
    get: async (path) => read(await send('GET', path, undefined)),
    async post<Body>(path: string, body: object) {
      const key = randomUUID();
      const response = await send('POST', path, body, key).catch(() => send('POST', path, body, key));
      return { status: response.status, body: await read<Body>(response) };
    },
  };
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403 || status === 409) return EXIT_CODES.refused;
  return status >= 500 ? EXIT_CODES.unreachable : EXIT_CODES.usage;
}

/** `INC-142` as the API wants it; `inc-142` and `142` are the same to a tired person. */
export function incidentOf(text: string | undefined): string {
  const number = /^(?:inc-)?([1-9][0-9]{0,11})$/i.exec(text ?? '')?.[1];
  if (number === undefined) throw new CliError(EXIT_CODES.usage, `${text} is no incident; they are called INC-142.`);
  return `INC-${number}`;
}
