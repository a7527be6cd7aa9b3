/**
 * The activities as the workflow sees them: types only. Inputs name things (incident, step, generation) and carry no
 * plan and no secret; the activity loads the pinned plan from records by its digest and checks the covering decisions
 * itself, so a forged or reset workflow alone cannot make it act.
 *
 * Activity types in Temporal's history are the verbs of the playbook: `disable`, `rotate`, `open_ticket`, `prove`.
 */
import type { Plan } from '../playbooks/language/plan.js';
import type { Office } from '../playbooks/language/policy.js';
import type { ClosedAs, FailureCode, Grade, Stage } from '../playbooks/language/words.js';

/** What lists and cards show while this activity runs; carried by every call, so views need no activity of their own. */
export interface View {
  stage: Stage;
  waiting: string;
  held: string;
  /** Workflow time, ms. */
  at: number;
}

export interface StepCall {
  incident: string;
  digest: string;
  step: string;
  /** 1, and one more for each retry by a person. */
  generation: number;
  view: View;
}

export interface StepResult {
  /** By name, as conditions and sentences read them: `verdict`, `url`, `grade`, `new`, `stored_at`. Strings and counts only. */
  results: Record<string, string | number>;
  /** One line for card and report: `AWS refused it 3 of 3 times over 10 s`. */
  line: string;
  grade?: Grade;
}

export type Prepared =
  | {
      result: 'planned';
      plan: Plan;
      /** Alerts taken so far. */
      alerts: number;
      /** The person who started it; may not decide about it. Absent when a monitoring system did. */
      requester?: string;
      /** Roles that nobody holds right now, so that their tiers are passed at once. */
      emptyRoles: string[];
      /** The team's office hours, for questions that count them; absent = every hour counts. */
      office?: Office;
    }
  | { result: 'joined'; to: string; line: string }
  | { result: 'benign'; line: string };

export interface UndoCall extends StepCall {
  /** Why, in one word: `false_alarm`. */
  because: 'false_alarm';
}

export type UndoResult =
  | { result: 'undone' | 'nothing'; line: string }
  /** It was not brought back; a person has to, and the line says what. */
  | { result: 'needs_human'; line: string };

export interface AskCall extends StepCall {
  /** Which tier of people; 0 = those the question asks first. */
  tier: number;
  /** ms since epoch; when this tier's time is over. */
  until: number;
  /** Sentence with its placeholders filled. */
  sentence: string;
  /** 0 of 1 … by name, for the reminder. */
  filled: string[];
  /** Roles that this tier asks. Always set by the engine, whose own tasks (after a failed undo) stand in no plan. */
  roles?: string[];
}

export interface CloseCall {
  incident: string;
  digest: string;
  as: ClosedAs;
  /** What is still true and open, one line each: failed tells, a death not proven. */
  remains: string[];
  /** The incident that holds the credential, when this one closes as joined. */
  joinedTo?: string;
  view: View;
}

/** What the workflow may write into the timeline by itself; everything else there is written by whoever did or saw it. */
export const NOTE_KINDS = [
  'cancelled',
  'closed',
  'denied',
  'exposure',
  'failed',
  'false_alarm',
  'held',
  'lead',
  'not-seen',
  'note',
  'postponed',
  'proceeded',
  'resumed',
  'retry',
  'skipped',
  'slow',
  'unanswered',
  'undone',
] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

export interface NoteCall {
  incident: string;
  view: View;
  kind: NoteKind;
  step: string;
  generation: number;
  line: string;
  /** Unique within the incident. */
  key: string;
}

/** Failures cross as ApplicationFailure with `type` = FailureCode and a message that says what to do. */
export type Failure = { code: FailureCode; message: string };

/** Everything the workflow can call by fixed name; the verbs of the catalogue are called by their own names as `StepCall -> StepResult`. */
export interface FixedActivities {
  prepare(call: { incident: string; view: View }): Promise<Prepared>;
  /** `step` is a proof, or a task whose `doneWhen` is looked for. Until it is seen it asks to be run again. */
  prove(call: StepCall): Promise<StepResult>;
  /** After a false alarm: the old credential works again. */
  prove_restored(call: StepCall): Promise<StepResult>;
  undo(call: UndoCall): Promise<UndoResult>;
  /** Ends an effect whose attempts were given up: done, or a person must look. */
  settle(call: StepCall): Promise<{ state: 'done' | 'not_applied' | 'needs_human'; line: string }>;
  /** Opens an incident for each credential that was found: the step's part says which. */
  respond_to_each(call: StepCall): Promise<StepResult>;
  /** Until all that answer for what was found are contained or closed, it asks to be run again. */
  await_children(call: StepCall): Promise<StepResult>;
  /** Tells the people of a tier that a question or a task waits for them. No answer, as before there was one = reached. */
  ask_people(call: AskCall): Promise<{ reached: boolean } | undefined>;
  /** Writes one line of the timeline: held, resumed, a failure told to security-on-call. `tell` sends it to them too. */
  note(call: NoteCall & { tell?: boolean }): Promise<void>;
  /** Writes the end and frees the claim; idempotent. */
  close_incident(call: CloseCall): Promise<void>;
}
export type VerbActivity = (call: StepCall) => Promise<StepResult>;

/** Errors by which an activity asks to be run again; the Temporal boundary turns them into retryable failures. */
export class Later extends Error {
  /** ms since epoch. */
  readonly until: number;
  constructor(until: number, why: string) {
    super(why);
    this.name = 'Later';
    this.until = until;
  }
}

/** The step has failed, for good as far as retries go. */
export class StepFailed extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StepFailed';
    this.code = code;
  }
}
