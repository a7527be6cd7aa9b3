import { ConnectorError } from '../connectors/contract.js';

export interface GuardedRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface GuardedAnswer {
  status: number;
  headers: Headers;
  /** Parsed; `undefined` when the body is empty or not JSON. */
  body: unknown;
}

/** Asks one path of one origin. */
export type GuardedFetch = (path: string, request?: GuardedRequest) => Promise<GuardedAnswer>;

/**
 * Plain HTTP to one origin and nowhere else: follows no redirect, reads at most `maxBytes`, gives up after `timeoutMs`.
 *
 * Throws ConnectorError: `invalid` for a path that leaves the origin; `unexpected-answer` for a redirect or a body that
 * is too long; `unavailable` when nothing was changed for sure or a read went unanswered; `unknown-outcome` when a
 * change was sent and not answered. An HTTP error status is an answer: the caller judges it.
 */
export function guardedFetch(
  origin: string,
  { maxBytes = 1 << 20, timeoutMs = 15_000 }: { maxBytes?: number; timeoutMs?: number } = {},
): GuardedFetch {
  const allowed = new URL(origin).origin;
  return async (path, { method = 'GET', body, headers = {}, signal } = {}) => {
    const url = new URL(path, allowed);
    if (url.origin !== allowed || !path.startsWith('/')) {
      throw new ConnectorError('invalid', `refused to ask anybody but ${allowed}`);
    }
    const tried = `${method} ${allowed}${url.pathname}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      if (answer.status >= 300 && answer.status < 400) {
        await answer.body?.cancel();
        throw new ConnectorError(
          'unexpected-answer',
          `${tried} was sent elsewhere (HTTP ${answer.status}); set its final address`,
        );
      }
      return { status: answer.status, headers: answer.headers, body: parsed(await limited(answer, maxBytes, tried)) };
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      const neverSent = NEVER_SENT.has(causeCode(error));
      throw new ConnectorError(
        method === 'GET' || neverSent ? 'unavailable' : 'unknown-outcome',
        `${tried} got no answer${neverSent ? '; is it running, and is the address right?' : ''}`,
      );
    }
  };
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function causeCode(error: unknown): string {
  const cause = (error as { cause?: { code?: string; errors?: { code?: string }[] } }).cause;
  return cause?.code ?? cause?.errors?.[0]?.code ?? '';
}

async function limited(answer: Response, maxBytes: number, tried: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) {
      throw new ConnectorError('unexpected-answer', `${tried} answered with more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
