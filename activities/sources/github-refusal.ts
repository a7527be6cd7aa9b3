import type { ConnectorErrorCode } from '../../playbooks/language/words.js';
import { type Answer, ConnectorError } from '../connectors/contract.js';

/** What GitHub answered, in our words. Nothing of its body: that may quote what we must not repeat. */
export interface GitHubRefusal {
  code: ConnectorErrorCode;
  /** `HTTP 403, request 1A2B`, or how the connection failed. */
  what: string;
  retryAfterSeconds?: number;
  /** False when no answer came, or one that says nothing about whether it happened. */
  clear: boolean;
}

/** Statuses whose meaning does not depend on headers. */
const BY_STATUS: Record<number, ConnectorErrorCode> = {
  400: 'invalid',
  401: 'permission-denied',
  404: 'not-found',
  409: 'unexpected-answer',
  410: 'invalid', // issues or alerts are switched off in the repository
  422: 'invalid',
  429: 'rate-limited',
  451: 'permission-denied',
};

const FIX: Partial<Record<ConnectorErrorCode, string>> = {
  'permission-denied': 'check that the token is valid and may do this',
  'not-found': 'check the name; GitHub also answers so where the token may not look',
  invalid: 'GitHub does not accept it like this, or the feature is off in the repository',
};

/** Reads an Octokit error. GitHub says "rate limited" as 429, and as 403 with one of three signs. */
export function refusalOf(error: unknown, now = Date.now()): GitHubRefusal {
  const answer = responseOf(error);
  if (answer === undefined) return { code: 'unavailable', what: connectionFault(error), clear: false };
  const { status, headers } = answer;
  const requestId = headers['x-github-request-id'];
  const what = `HTTP ${status}${typeof requestId === 'string' ? `, request ${requestId.slice(0, 64)}` : ''}`;
  if (status >= 500) return { code: 'unavailable', what, clear: false };
  if (status < 400) return { code: 'unexpected-answer', what, clear: status !== 202 };
  if (status === 429 || (status === 403 && isRateLimit(headers, answer.data))) {
    return { code: 'rate-limited', what, retryAfterSeconds: waitOf(headers, now), clear: true };
  }
  const code = status === 403 ? 'permission-denied' : (BY_STATUS[status] ?? 'unexpected-answer');
  return { code, what, clear: true };
}

/** For reads: throws what went wrong in our own words. */
export function readFailed(tried: string, error: unknown): ConnectorError {
  const { code, what, retryAfterSeconds } = refusalOf(error);
  return new ConnectorError(
    code,
    sentence(tried, code, what),
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}

/** For changes: never throws. `goneIs`: what a 404 means for this change. */
export function changeFailed(tried: string, error: unknown): Answer {
  const { code, what, retryAfterSeconds, clear } = refusalOf(error);
  if (!clear) return { kind: 'unknown', reason: `${tried}: ${what}` };
  if (code === 'rate-limited') return { kind: 'throttled', afterSeconds: retryAfterSeconds ?? 60 };
  return { kind: 'denied', code, reason: sentence(tried, code, what) };
}

/** A status that should not have come, without an error: redirects, 202. */
export function unexpected(tried: string, status: number): Answer {
  return status === 202
    ? { kind: 'unknown', reason: `${tried}: HTTP 202, accepted but not yet done` }
    : {
        kind: 'denied',
        code: 'unexpected-answer',
        reason: `${tried}: unexpected-answer (HTTP ${status}); was the repository renamed?`,
      };
}

function sentence(tried: string, code: ConnectorErrorCode, what: string): string {
  const fix = FIX[code];
  return `cannot ${tried}: ${code} (${what})${fix === undefined ? '' : `; ${fix}`}`;
}

interface Response {
  status: number;
  headers: Record<string, unknown>;
  data: unknown;
}

function responseOf(error: unknown): Response | undefined {
  const response = (error as { response?: Partial<Response> } | undefined)?.response;
  if (typeof response?.status !== 'number') return undefined;
  return { status: response.status, headers: response.headers ?? {}, data: response.data };
}

function isRateLimit(headers: Record<string, unknown>, data: unknown): boolean {
  const message = (data as { message?: unknown } | undefined)?.message;
  return (
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    (typeof message === 'string' && /rate limit|abuse detection/i.test(message))
  );
}

/** GitHub's own words first, then the time its budget is full again; a minute if it says nothing. At most an hour. */
function waitOf(headers: Record<string, unknown>, now: number): number {
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after > 0) return Math.min(after, 3600);
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) === '0' && Number.isFinite(reset)) {
    return Math.min(Math.max(Math.ceil(reset - now / 1000), 1), 3600);
  }
  return 60;
}

function connectionFault(error: unknown): string {
  const chain = [error, (error as { cause?: unknown } | undefined)?.cause];
  chain.push((chain[1] as { cause?: unknown } | undefined)?.cause);
  const codes = chain.map((link) => (link as { code?: unknown } | undefined)?.code);
  const code = codes.find((candidate) => typeof candidate === 'string' && /^[A-Z_]+$/.test(candidate));
  if (chain.some((link) => ['AbortError', 'TimeoutError'].includes((link as Error | undefined)?.name ?? ''))) {
    return 'no answer in time';
  }
  return code === undefined ? 'no answer' : `no answer, ${String(code)}`;
}
