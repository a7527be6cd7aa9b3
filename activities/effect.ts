import type { FailureCode } from '../playbooks/language/words.js';
import type { EffectRow, Effects } from '../records/records.js';
import type { Fence, Intent, Seen } from './connectors/contract.js';
import { StepFailed } from './contract.js';
import type { ActingClass } from './effect-rules.js';
import type { Secret } from './secrets/secret.js';

/** One change to be made once, whatever dies on the way. */
export interface Effect {
  /** Made by `effectKey`, or by `undoKey` for an undo. */
  key: string;
  incident: string;
  planDigest: string;
  /** For an undo: the intent of the effect that it undoes. */
  intent: Omit<Intent, 'class'> & { class: ActingClass };
  fence: Fence;
  /** Key of the effect to undo. */
  undoes?: string;
  /** With `undoes`: every other effect key that is closed before it, begun or not; for a false alarm all of the plan. */
  incidentKeys?: string[];
}

/** Everything outside of the protocol. Each await of it is a place where a process may die. */
export interface EffectSeams {
  effects: Effects;
  clock: { now(): number };
  seal(value: Secret, context: string): string;
  /** [0, 1); spreads retries so that two do not keep step. */
  random?(): number;
  deadline?(ms: number): AbortSignal;
  /** Between tries of a commit that must not be lost. */
  pause?(ms: number): Promise<void>;
}

/** How it ended. What failed is thrown instead, except for an undo, whose failure is a task for a person. */
export interface Outcome {
  /**
   * `not_applied`: it was gone before us · `undone`: it was undone since, only a retry by a person makes it again ·
   * `nothing`: there was nothing to undo, and now nothing will come · `held`: another effect of ours holds the target.
   */
  state: 'done' | 'not_applied' | 'needs_human' | 'undone' | 'nothing' | 'held';
  line: string;
  /** Of what it made, or found as made by an earlier attempt. */
  id?: string;
  /** What it is now, where the provider said so. */
  after?: unknown;
  evidence: Record<string, string>;
  /** The row as it was read last. */
  row?: EffectRow;
}

/** One attempt: look, begin, send once, finish. */
export interface Attempt {
  row: EffectRow;
  seen: Seen | null;
  lookedAt: number;
  begunAt: number;
}

/** 250 ms, doubled with each attempt, at most 5 s. */
export const backoff = ({ attempts }: EffectRow): number => Math.min(250 * 2 ** (attempts - 1), 5_000);

/** Up to 250 ms, so that two that wait for each other do not keep step. */
export const spread = ({ random = Math.random }: EffectSeams): number => Math.floor(random() * 250);

/** What a closed row says. Throws StepFailed where it says that the step failed. */
export function outcomeOf(effect: Effect, row: EffectRow): Outcome {
  const { id, after, evidence, line, code } = (row.outcome ?? {}) as {
    id?: string;
    after?: unknown;
    evidence?: Record<string, string>;
    line?: string;
    code?: FailureCode;
  };
  const told = {
    evidence: evidence ?? {},
    row,
    ...(id !== undefined && { id }),
    ...(after !== undefined && { after }),
  };
  if (row.undoneBy !== undefined) {
    return { ...told, state: 'undone', line: 'it was undone since; only a retry by a person makes it again' };
  }
  if (row.state === 'intent') throw new Error(`${row.key} is open, and was taken for closed`);
  if (effect.undoes === undefined && code !== undefined) throw new StepFailed(code, line ?? row.state);
  return { ...told, state: row.state, line: line ?? row.state };
}
