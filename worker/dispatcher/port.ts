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

export type Fate =
  | { state: 'running' }
  /** `run` tells one end from the next. */
  | { state: 'ended'; how: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out'; at: number; run: string }
  /** Temporal does not know it: its data was lost, or kept no longer. */
  | { state: 'unknown' };

/** What Firebreak asks of Temporal about incidents. Every method throws TemporalUnavailable, and is safe to repeat. */
export interface TemporalPort {
  /** Starts the incident's workflow, once in its life; `already` when it had been. */
  start(incident: string, summary: string): Promise<'started' | 'already'>;
  joined(incident: string, joined: AlertsJoined): Promise<'told' | 'not-running'>;
  /** One update named after the control; its id is the decision's, so that a second try is the first one's answer. */
  control(incident: string, message: Message): Promise<ControlOutcome>;
  status(incident: string): Promise<Status | 'not-running'>;
  /** Ids of the workflows that run, as Temporal's index has them: it may be a second behind. */
  runningIds(): Promise<ReadonlySet<string>>;
  /** What Temporal itself says became of an incident's workflow. */
  fate(incident: string): Promise<Fate>;
  /** Whether an activity of this name is under way in the incident's workflow, or waits there to be tried again. */
  isUnderWay(incident: string, activity: string): Promise<boolean>;
  /**
   * Runs a workflow on that was ended from outside: from its last state, with all that people said; one that Temporal has
   * lost from its beginning, where its effects find their rows. `running`: it runs, nothing was done.
   */
  revive(incident: string, summary: string): Promise<'revived' | 'started' | 'running'>;
  /** Whether the server answers and serves our namespace. Never throws. */
  reachable(): Promise<boolean>;
}
