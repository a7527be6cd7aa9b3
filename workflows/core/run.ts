/**
 * The state of one live incident: plain JSON, changed by `apply` alone. Times are ms since epoch, deadlines absolute.
 */
import type {
  AskCall,
  CloseCall,
  NoteCall,
  NoteKind,
  Prepared,
  StepCall,
  StepResult,
  UndoCall,
  UndoResult,
} from '../../activities/contract.js';
import type { ActStep, AskStep, EachStep, Plan, Step, TaskStep } from '../../playbooks/language/plan.js';
import type { Office } from '../../playbooks/language/policy.js';
import type { ClosedAs, EffectClass, FailureCode, Grade, StepEnd } from '../../playbooks/language/words.js';
import type { AlertsJoined, Message } from './message.js';

/** Asking people: a question's or a task's time and answers. Present once it has opened, until it is asked again. */
export interface Asking {
  openedAt: number;
  /** 0 = those asked first. */
  tier: number;
  /** When this tier is told; later than now only outside office hours. */
  askAt: number;
  /** When this tier's time is over. */
  until: number;
  /** Those who said yes or done, each with the roles that were verified then. */
  yes: { person: string; roles: string[]; at: number }[];
  /** Minutes that `not_yet` has added in all. */
  postponedMinutes: number;
  /** Extra looks that a `done` has asked for. */
  looks: number;
}

/** One step's life in its present generation. */
export interface StepRun {
  generation: number;
  state: 'pending' | 'running' | 'waiting' | StepEnd;
  startedAt?: number;
  endedAt?: number;
  /** The newest begin of an effect that may have changed something: undo goes by it, in reverse order. */
  begun?: { order: number; generation: number };
  results?: Record<string, string | number>;
  grade?: Grade;
  code?: FailureCode;
  line?: string;
  asking?: Asking;
  /** A person decided that it is skipped, so a person may take that back by `retry`. */
  skippedBy?: string;
  /** Failed, but a proof or a person has settled the matter. */
  settled?: boolean;
  /** Attempts were given up and the outcome is not clear: `settle` is looking. */
  settling?: { code: FailureCode; line: string };
  /** Of a wait for children: what had been opened when it began, by which step and generation. */
  looksFor?: string[];
  /** People were told that it takes long. */
  told?: boolean;
}

/** How far bringing back one step has come; by step id. `restored` is the proof between them. */
export interface UndoRun {
  state: 'running' | 'undone' | 'nothing' | 'failed';
  line?: string;
  at: number;
}

/** A person's word that ends the incident early. */
export interface Ending {
  as: 'false_alarm' | 'cancelled' | 'closed';
  by: string;
  why: string;
  at: number;
}

export interface Run {
  incident: string;
  plan: Plan;
  requester?: string;
  emptyRoles: string[];
  office?: Office;
  openedAt: number;
  /** Time of the newest fact. */
  now: number;
  steps: Record<string, StepRun>;
  /** How many effects have begun. */
  begun: number;
  /** Tasks that the engine opened itself, after an undo that failed. */
  extra: TaskStep[];
  undo: Record<string, UndoRun>;
  /** Calls that have begun, by key. */
  calls: Record<string, { call: Call; at: number; endedAt?: number }>;
  /** Lines for the timeline, in order; each becomes one `note`. */
  lines: { key: string; kind: NoteKind; step: string; generation: number; line: string; tell: boolean }[];
  hold?: { by: string; why: string; until?: number };
  /** A second alert came while undoing: nobody undoes it unseen. */
  undoHeld?: string;
  ending?: Ending;
  alerts: number;
  exposure: 'public' | 'internal' | 'unknown';
  secretHeld: boolean;
  lead?: string;
  contained?: { at: number; grade: Grade };
  replaced?: { at: number; grade: Grade };
  dead?: { at: number; grade: Grade };
  /** What `held` said last, so that each change is noted once. */
  heldBefore: string[];
  closed?: { as: ClosedAs; at: number };
}

/** Failures after which nobody can have been left in doubt: the provider, or our own check, clearly said no. */
export const CLEAR: readonly FailureCode[] = ['permission-denied', 'not-found', 'invalid', 'protected', 'over-budget'];

/** What a call is for; decides which fact its end becomes. */
export type Purpose = 'step' | 'look' | 'settle' | 'undo' | 'restored' | 'ask' | 'note' | 'close';

/** The row of the table of timeouts and retries that a call runs under. */
export type CallRow = Exclude<EffectClass, 'read'> | 'read' | 'proof' | 'settle' | 'undo' | 'wait' | 'say' | 'close';

interface CallBase {
  /** Unique within the incident: `contain.disable/1`, `close.revoke.ask/1/ask/0`. */
  key: string;
  purpose: Purpose;
  row: CallRow;
  /** Step that it is for, or ''. */
  step: string;
  generation: number;
  /** Time until it has failed, counted from its schedule; absent = it is tried until it works. */
  limitSeconds?: number;
  /** What Temporal's UI and cards show of it. */
  summary: string;
}

/** An activity to start: its name, its input and how patient to be. Whoever runs it answers with the fact `ended`. */
export type Call =
  | (CallBase & { purpose: 'step'; activity: string; input: StepCall })
  | (CallBase & { purpose: 'look'; activity: 'prove'; input: StepCall })
  | (CallBase & { purpose: 'settle'; activity: 'settle'; input: StepCall })
  | (CallBase & { purpose: 'undo'; activity: 'undo'; input: UndoCall })
  | (CallBase & { purpose: 'restored'; activity: 'prove_restored'; input: StepCall })
  | (CallBase & { purpose: 'ask'; activity: 'ask_people'; input: AskCall })
  | (CallBase & { purpose: 'note'; activity: 'note'; input: NoteCall & { tell?: boolean } })
  | (CallBase & { purpose: 'close'; activity: 'close_incident'; input: CloseCall });

/** What the activity of a call answered. */
export type Outcome =
  | {
      ok: true;
      value:
        | StepResult
        | UndoResult
        | { state: 'done' | 'not_applied' | 'needs_human'; line: string }
        | { reached: boolean }
        | undefined;
    }
  | { ok: false; code: FailureCode; message: string };

/** Everything that can happen to an incident. `at` is workflow time. */
export type Fact = { at: number } & (
  | { kind: 'time' }
  | { kind: 'begun'; call: Call }
  | { kind: 'ended'; key: string; outcome: Outcome }
  /** A control that `refuse` let through; what it would refuse changes nothing. */
  | { kind: 'said'; message: Message }
  | { kind: 'alerts'; joined: AlertsJoined }
);

/** What may start now, and when to look again. */
export interface Ready {
  /** In the order in which they should be scheduled: what contains first. */
  calls: Call[];
  /** Keys of running calls whose answer nobody waits for any more; only reads and reminders, never an effect. */
  unwanted: string[];
  /** The next deadline, ms since epoch; absent = only an answer, a person or an alert moves it. */
  wakeAt?: number;
}

/** An incident at its start. `at` is workflow time in ms. */
export function open(planned: Extract<Prepared, { result: 'planned' }>, at: number): Run {
  const { plan } = planned;
  return {
    incident: plan.incident,
    plan,
    ...(planned.requester === undefined ? {} : { requester: planned.requester.replace(/^person:/, '') }),
    emptyRoles: planned.emptyRoles,
    ...(planned.office === undefined ? {} : { office: planned.office }),
    openedAt: at,
    now: at,
    steps: Object.fromEntries(plan.steps.map((step) => [step.id, { generation: 1, state: 'pending' }])),
    begun: 0,
    extra: [],
    undo: {},
    calls: {},
    lines: [],
    alerts: planned.alerts,
    exposure: plan.facts.exposure.value,
    secretHeld: plan.facts.secret.value === 'held',
    heldBefore: [],
  };
}

/** The plan's steps, then the tasks that the engine opened itself. */
export function allSteps(run: Run): Step[] {
  return [...run.plan.steps, ...run.extra];
}

/** The step of that id. Throws for an id that no fact of this incident can name. */
export function stepOf(run: Run, id: string): Step {
  const step = allSteps(run).find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`${run.incident} has no step ${id}`);
  return step;
}

export function runOf(run: Run, id: string): StepRun {
  const state = run.steps[id];
  if (state === undefined) throw new Error(`${run.incident} has no step ${id}`);
  return state;
}

export const isAct = (step: Step): step is ActStep => step.kind === 'act';
export const isAsk = (step: Step): step is AskStep => step.kind === 'ask';
export const isTask = (step: Step): step is TaskStep => step.kind === 'task';
export const isEach = (step: Step): step is EachStep => step.kind === 'each';

/** What a step proves when it ends well: a proof, a task that stands for one, or a task's `done_when`. */
export function proofOf(step: Step) {
  return isAct(step) ? step.proof : isTask(step) ? (step.proves ?? step.doneWhen) : undefined;
}

/** It changes something in the world and its end must be awaited. */
export function isEffect(step: Step): boolean {
  return isAct(step) && step.class !== 'read';
}

/** What has begun of it is awaited, whatever ends the incident: it changes the world, or opens incidents. */
export function mustEnd(step: Step): boolean {
  return isEffect(step) || (isEach(step) && step.part !== 'contained');
}

/** The question that covers it. */
export function gateOf(step: Step): string | undefined {
  return isAsk(step) ? undefined : step.gate;
}

/** Writes one line into the timeline; `tell` sends it to security-on-call too. */
export function say(run: Run, kind: NoteKind, step: string, line: string, tell = false): void {
  const generation = run.steps[step]?.generation ?? 0;
  run.lines.push({ key: `${kind}/${run.lines.length}`, kind, step, generation, line, tell });
}
