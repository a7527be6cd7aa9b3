/** The one table: what a call is -> how long an attempt may take, how it is tried again, and for how long in all. */
import type { ActivityOptions } from '@temporalio/workflow';
import type { Call, CallRow } from './core/run.js';

interface Row {
  /** One attempt. After a crash this is what the server waits before the next; `whole` = the call's whole time. */
  attempt: '10s' | '15s' | '17s' | '30s' | '62s' | 'whole';
  retry: { first: '250ms' | '1s' | '2s'; most: '5s' | '30s' | '60s' };
}

// Attempts of changes are 2 s longer than the connector's own deadline, so that its answer is recorded (once/protocol.md 6).
const ROWS: Record<CallRow | 'prepare', Row> = {
  prepare: { attempt: '30s', retry: { first: '1s', most: '30s' } },
  contain: { attempt: '10s', retry: { first: '250ms', most: '5s' } },
  burn: { attempt: '10s', retry: { first: '250ms', most: '5s' } },
  interrupt: { attempt: '10s', retry: { first: '250ms', most: '5s' } },
  destroy: { attempt: '17s', retry: { first: '250ms', most: '5s' } },
  replace: { attempt: '62s', retry: { first: '1s', most: '30s' } },
  tell: { attempt: '17s', retry: { first: '1s', most: '60s' } },
  read: { attempt: 'whole', retry: { first: '1s', most: '30s' } },
  proof: { attempt: '30s', retry: { first: '2s', most: '30s' } },
  settle: { attempt: '62s', retry: { first: '1s', most: '30s' } },
  undo: { attempt: '62s', retry: { first: '1s', most: '30s' } },
  wait: { attempt: '30s', retry: { first: '1s', most: '60s' } },
  say: { attempt: '15s', retry: { first: '1s', most: '30s' } },
  close: { attempt: '15s', retry: { first: '1s', most: '30s' } },
};

/** A read that may take longer than this (a log scan) must show that it lives. */
const HEARTBEAT_BEYOND_SECONDS = 600;
/** The worker shows that it lives, so that its death is not waited out: attempts of these are long, or they contain. */
const PATIENT: ReadonlySet<CallRow | 'prepare'> = new Set([
  ...(['prepare', 'replace', 'proof', 'settle', 'undo', 'wait'] as const),
  ...(['contain', 'burn', 'interrupt', 'destroy'] as const),
]);
const HEARTBEAT = '5s';

/** Options of one call: its row, its own time limit, and its summary for Temporal's UI. */
export function optionsOf(call: Pick<Call, 'row' | 'limitSeconds' | 'summary'> | 'prepare'): ActivityOptions {
  const { row, limitSeconds, summary } = call === 'prepare' ? PREPARE : call;
  const { attempt, retry } = ROWS[row];
  const whole = limitSeconds === undefined ? {} : { scheduleToCloseTimeout: limitSeconds * 1000 };
  const isLong = attempt === 'whole' && (limitSeconds ?? 0) > HEARTBEAT_BEYOND_SECONDS;
  const isPatient = isLong || PATIENT.has(row);
  return {
    summary: summary.slice(0, 200),
    startToCloseTimeout: attempt === 'whole' ? (limitSeconds ?? HEARTBEAT_BEYOND_SECONDS) * 1000 : attempt,
    ...whole,
    ...(isPatient ? { heartbeatTimeout: HEARTBEAT } : {}),
    retry: { initialInterval: retry.first, backoffCoefficient: 2, maximumInterval: retry.most },
    cancellationType: 'TRY_CANCEL',
  };
}

const PREPARE = {
  row: 'prepare',
  // Nothing is contained before it has ended, so people hear of it as soon as of a containment that takes long.
  limitSeconds: 60,
  summary: 'Identify it, resolve facts, bind the playbook',
} as const;
