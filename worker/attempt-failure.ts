/** What an activity threw, as a decision: which code it has, and whether and when another attempt is worth it. */
import { ConnectorError } from '../activities/connectors/contract.js';
import { Later, StepFailed } from '../activities/contract.js';
import type { ConnectorErrorCode, FailureCode } from '../playbooks/language/words.js';
import { RecordsError } from '../records/records-error.js';

export interface AttemptFailure {
  code: FailureCode;
  /** Never holds what we did not write. */
  message: string;
  retried: boolean;
  /** ms until the next attempt; absent = the back-off of its row in workflows/options.ts. */
  afterMs?: number;
  /** The activity asked for it: nothing is wrong. */
  expected: boolean;
  /** Where it was thrown, for the log; only of an error that nobody foresaw. */
  frames?: string[];
}

/** The one table of what is worth another attempt; how often and how long is the workflow's (workflows/options.ts). */
const RETRIED: Record<ConnectorErrorCode, boolean> = {
  'permission-denied': false,
  'not-found': false,
  'rate-limited': true,
  unavailable: true,
  invalid: false,
  'unknown-outcome': true,
  'unexpected-answer': true,
};

export function failureOf(error: unknown, now: number): AttemptFailure {
  if (error instanceof Later) {
    const { message, until } = error;
    return { code: 'too-late', message, retried: true, afterMs: Math.max(1, until - now), expected: true };
  }
  if (error instanceof StepFailed) {
    return { code: error.code, message: error.message, retried: false, expected: false };
  }
  if (error instanceof ConnectorError) {
    const { code, message, retryAfterSeconds } = error;
    return {
      code,
      message,
      retried: RETRIED[code],
      ...(retryAfterSeconds === undefined ? {} : { afterMs: retryAfterSeconds * 1000 }),
      expected: false,
    };
  }
  if (error instanceof RecordsError) {
    return { code: 'unavailable', message: error.message, retried: true, expected: false };
  }
  // A bug of ours, or a library's error that nobody foresaw: its text may hold anything, so only its class crosses.
  const name = error instanceof Error ? error.name : typeof error;
  const message = `unexpected ${name} inside Firebreak; the worker's log has more`;
  return { code: 'unexpected-answer', message, retried: true, expected: false, frames: framesOf(error) };
}

/** The lines of a stack below the error's own text, of its causes too. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const textEnd = error.stack.indexOf(error.message) + error.message.length;
  const frames = error.stack
    .slice(textEnd)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
  const { cause } = error;
  return cause instanceof Error ? [...frames, `caused by ${cause.name}`, ...framesOf(cause)] : frames;
}
