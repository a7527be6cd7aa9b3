import type { AlertsJoined, Message, Refusal, Status } from '../../workflows/core/message.js';

/**
 * Temporal did not answer, or cannot say: nothing may be concluded about what it did. Asking again with the same ids
 * is safe.
 */
export class TemporalUnavailable extends Error {
  constructor(attempted: string, options?: { cause?: unknown }) {
    super(`${attempted}: Temporal did not answer; it will be tried again`, options);
    this.name = 'TemporalUnavailable';
  }
}

export type ControlOutcome =
  | { outcome: 'counted' }
  | { outcome: 'refused'; refusal: Refusal }
  /** No workflow of that incident runs: not started yet, or closed. */
  | { outcome: 'not-running' };

/** What Firebreak asks of Temporal about incidents. Every method throws TemporalUnavailable, and is safe to repeat. */
export interface TemporalPort {
  /** Starts the incident's workflow, once in its life; `already` when it had been. */
  start(incident: string, summary: string): Promise<'started' | 'already'>;
  joined(incident: string, joined: AlertsJoined): Promise<'told' | 'not-running'>;
  /** One update named after the control; its id is the decision's, so that a second try is the first one's answer. */
  control(incident: string, message: Message): Promise<ControlOutcome>;
  status(incident: string): Promise<Status | 'not-running'>;
  /** Whether the server answers and serves our namespace. Never throws. */
  reachable(): Promise<boolean>;
}
