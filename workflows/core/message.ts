/** What people and the dispatcher say to a live incident, and what it answers. Types shared with CLI, API and Slack. */

import type { Places } from '../../playbooks/language/plan.js';
import type { ClosedAs, FailureCode, Grade, Mode, Phase, Stage, StepEnd } from '../../playbooks/language/words.js';

/**
 * What a new incident is started with, so that the workflow code knows what those already open were promised: it does for
 * each what the code of its start did. 1: one timer for all deadlines. 2: fewer promises, each of which costs the SDK a
 * stack; and its end is no stage of its own in Temporal's search.
 */
export const REVISION = 2;

/** Each is one Temporal update of this name, with a validator. */
export const CONTROLS = [
  'decide',
  'hold',
  'resume',
  'retry',
  'skip',
  'false_alarm',
  'note',
  'take',
  'cancel',
  'close',
] as const;
export type Control = (typeof CONTROLS)[number];

/** One control by one person. `roles` were verified by the process that took it, when it was taken, and are recorded. */
export interface Message {
  /** Id of the decision row; also the update id. */
  id: string;
  control: Control;
  person: string;
  roles: string[];
  /** ms since epoch, when the person said it. */
  at: number;
  /** Question, task or step id (`close.revoke.ask`) or the page's name of it (`revoke`). Needed by decide, retry, skip. */
  step?: string;
  /** decide: `yes no not_yet` for questions, `done` for tasks. */
  answer?: 'yes' | 'no' | 'not_yet' | 'done';
  /** not_yet: 10, 30 or 60. hold: how long, absent = until resumed. */
  minutes?: number;
  /** Needed by no, skip, cancel, close. At most 300 characters. */
  reason?: string;
  /** decide: the generation and plan digest that the person saw. */
  generation?: number;
  digest?: string;
}

/** Why a message does not count. The sentence says what to do. */
export const REFUSAL_CODES = [
  'role',
  'self',
  'subject',
  'late',
  'expired',
  'same-person',
  'plan-changed',
  'not-waiting',
  'unknown-step',
  'not-possible',
  'invalid',
  'closed',
] as const;
export interface Refusal {
  code: (typeof REFUSAL_CODES)[number];
  message: string;
}

/** Signal `alerts_joined`, at most one a second. */
export interface AlertsJoined {
  /** Alerts taken in all, the first one included. */
  alerts: number;
  /** The worst exposure that any of them said. */
  exposure: 'public' | 'internal' | 'unknown';
  secretHeld: boolean;
  at: number;
}

export interface StepStatus {
  id: string;
  name: string;
  phase: Phase;
  kind: 'act' | 'ask' | 'task' | 'each';
  title: string;
  state: 'pending' | 'running' | 'waiting' | StepEnd | 'undone';
  generation: number;
  startedAt?: number;
  endedAt?: number;
  line?: string;
  results?: Record<string, string | number>;
  grade?: Grade;
  code?: FailureCode;
}

/** A question or task that is open now. */
export interface WaitingStatus {
  id: string;
  kind: 'question' | 'task';
  sentence: string;
  places: Places;
  filled: { role: string; person: string; at: number }[];
  /** Roles asked so far. */
  asked: string[];
  tier: number;
  /** ms since epoch. */
  until: number;
  onSilence: 'hold' | 'proceed' | 'fail';
  generation: number;
}

/** Answer of the query `status`. */
export interface Status {
  incident: string;
  digest: string;
  mode: Mode;
  playbook: string;
  stage: Stage;
  closedAs?: ClosedAs;
  /** Why nothing new starts; empty = running. One sentence each. */
  held: string[];
  /** What is waited for and until when, one sentence; empty = nothing. */
  waitingFor: string;
  waiting: WaitingStatus[];
  steps: StepStatus[];
  alerts: number;
  /** The worst that any alert said; the plan's own fact stays as it was pinned. */
  exposure: 'public' | 'internal' | 'unknown';
  lead?: string;
  contained?: { at: number; grade: Grade };
  replaced?: { at: number; grade: Grade };
  dead?: { at: number; grade: Grade };
  updatedAt: number;
}
