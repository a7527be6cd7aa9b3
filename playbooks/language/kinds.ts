/**
 * What the language knows of connectors: data, never code. The built-in verbs have their class here; a connector says
 * which of them it can do and adds its own.
 */
import type { EffectClass, Proof } from './words.js';

/** What a verb's argument or result may be: a closed list of words, free text, a time (`30d`), or a list of words. */
export type ValueType = { words: readonly string[] } | 'text' | 'time' | 'words' | 'count' | 'audience' | 'sentence';

/** One verb as pages, plans, docs and cards read it. */
export interface VerbSpec {
  class: EffectClass;
  /** Sentence fragment for titles, with `<credential>`: `Disable <credential>`. */
  title: string;
  /** `default` is what the plan holds where the page says nothing. */
  args?: Record<string, { type: ValueType; required: boolean; default?: string | number | string[] }>;
  results?: Record<string, ValueType>;
  /** `pre-image`, a verb, or absent: cannot be undone. */
  undo?: string;
  /** The question asked where policy inserts one: `Freeze <credential>?`. */
  question?: string;
  permissions?: string[];
  /** What goes on in spite of it, shown to whoever decides: `sessions already issued from this key`. */
  doesNotStop?: string[];
  /** Overrides the class's time limit. */
  timeLimitSeconds?: number;
}

/** A kind of credential, as data. `verbs` holds only what its connector can do, and the tells and reads of the house. */
export interface KindSpec {
  kind: string;
  title: string;
  verbs: Record<string, VerbSpec>;
  /** Proofs that somebody can make here. `manual` has all three: a person's word, graded `unproven`. */
  proofs: readonly Proof[];
  /** How long a proof looks before it has failed: the connector's window, never less than 120. Absent = 120. */
  proofSeconds?: number;
  /** Nobody but a person can look here (`manual`): the binder turns every proof into a task, graded `unproven`. */
  byHand?: boolean;
}

/** Every kind this installation knows, by name. */
export type Catalogue = Record<string, KindSpec>;
