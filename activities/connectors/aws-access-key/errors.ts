import type { ConnectorErrorCode } from '../../../playbooks/language/words.js';
import { type Answer, ConnectorError } from '../contract.js';

/**
 * What AWS says by name, what it means to us. Names that are not here are judged by their HTTP status and never
 * repeated: the name, like the message, is the provider's text.
 */
export const ERROR_CODES: Readonly<Record<string, ConnectorErrorCode>> = {
  AccessDenied: 'permission-denied',
  UnauthorizedOperation: 'permission-denied',
  InvalidClientTokenId: 'permission-denied',
  UnrecognizedClient: 'permission-denied',
  SignatureDoesNotMatch: 'permission-denied',
  IncompleteSignature: 'permission-denied',
  ExpiredToken: 'permission-denied',
  MissingAuthenticationToken: 'permission-denied',
  OptInRequired: 'permission-denied',
  UnmodifiableEntity: 'permission-denied',
  NoSuchEntity: 'not-found',
  Throttling: 'rate-limited',
  ThrottlingException: 'rate-limited',
  TooManyRequests: 'rate-limited',
  RequestLimitExceeded: 'rate-limited',
  SlowDown: 'rate-limited',
  EntityTemporarilyUnmodifiable: 'rate-limited',
  ConcurrentModification: 'rate-limited',
  ServiceUnavailable: 'unavailable',
  ServiceFailure: 'unavailable',
  InternalFailure: 'unavailable',
  InternalError: 'unavailable',
  RequestTimeout: 'unavailable',
  RequestExpired: 'unavailable',
  ValidationError: 'invalid',
  InvalidInput: 'invalid',
  InvalidAction: 'invalid',
  InvalidParameterValue: 'invalid',
  MalformedPolicyDocument: 'invalid',
  LimitExceeded: 'invalid',
  DeleteConflict: 'invalid',
};

/** Errors of the connection itself: the request never reached anybody. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** An error as AWS meant it. Its text is left behind: it may quote a secret. */
export interface Fault {
  code: ConnectorErrorCode;
  /** A name of the table, `HTTP 418`, or `no answer`. */
  name: string;
  /** Whether AWS answered at all. */
  answered: boolean;
  neverSent: boolean;
  /** Signed too long ago: AWS refused it without looking at it. */
  expired: boolean;
  retryAfterSeconds?: number;
}

interface SdkError {
  name?: string;
  message?: string;
  code?: string;
  errors?: unknown[];
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string | undefined> };
}

/** Reads an error of the SDK by the table above. */
export function faultOf(error: unknown): Fault {
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as SdkError;
  const status = thrown.$metadata?.httpStatusCode;
  const said = (thrown.name ?? '').replace(/Exception$/, '');
  const code = ERROR_CODES[said];
  const retryAfter = Number(thrown.$response?.headers?.['retry-after']);
  const expired =
    said === 'RequestExpired' || (said === 'SignatureDoesNotMatch' && /^signature expired/i.test(thrown.message ?? ''));
  return {
    code: expired ? 'unavailable' : (code ?? codeOfStatus(status)),
    name: code !== undefined ? said : status === undefined ? 'no answer' : `HTTP ${status}`,
    answered: status !== undefined,
    neverSent: status === undefined && NEVER_SENT.has(codeOf(thrown)),
    expired,
    ...(Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterSeconds: Math.min(retryAfter, 900) } : {}),
  };
}

const codeOf = (thrown: SdkError): string =>
  thrown.code ?? (thrown.errors?.[0] as { code?: string } | undefined)?.code ?? '';

function codeOfStatus(status: number | undefined): ConnectorErrorCode {
  if (status === undefined || status >= 500 || status === 408) return 'unavailable';
  if (status === 401 || status === 403) return 'permission-denied';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  return 'unexpected-answer';
}

/** What a person can do about it. */
function remedy(fault: Fault, permission: string): string {
  switch (fault.code) {
    case 'permission-denied':
      return fault.name === 'AccessDenied'
        ? `grant ${permission}`
        : "check Firebreak's own AWS credentials for this account in connectors.aws-access-key";
    case 'not-found':
      return 'it is not there (any more)';
    case 'rate-limited':
      return 'it is tried again';
    case 'unavailable':
      return 'AWS gave no usable answer; it is tried again';
    default:
      return 'look at it in the AWS console, and report this if it persists';
  }
}

/** `tried` is a verb phrase with its object: `list the keys of svc-payouts`. Never carries the SDK's error as its cause. */
export function connectorError(error: unknown, tried: string, permission: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const fault = faultOf(error);
  return new ConnectorError(
    fault.code,
    `cannot ${tried}: ${fault.code} (${fault.name}); ${remedy(fault, permission)}`,
    fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds },
  );
}

/**
 * How the refusal of a change counts. Only an answer that says that nothing happened may be called one: no answer and
 * 5xx stay unknown, and a request that AWS refused unseen (throttled, signed too long ago) may be sent again.
 */
export function refusalOf(error: unknown, tried: string, permission: string): Answer {
  const fault = faultOf(error);
  const reason = connectorError(error, tried, permission).message;
  if (fault.name === 'LimitExceeded') return { kind: 'limit', reason };
  if (fault.code === 'not-found') return { kind: 'gone' };
  if (fault.code === 'rate-limited' || fault.expired || fault.neverSent) {
    return { kind: 'throttled', afterSeconds: fault.retryAfterSeconds ?? 1 };
  }
  if (fault.code === 'unavailable' || fault.code === 'unexpected-answer') return { kind: 'unknown', reason };
  return { kind: 'denied', code: fault.code, reason };
}
