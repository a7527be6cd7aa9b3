/** A page: what to do for one kind of credential, read from YAML and free of mistakes. */
import type { Case } from './cases.js';
import type { Catalogue } from './kinds.js';
import type { Condition, Places } from './plan.js';
import type { Place, Problem } from './problem.js';
import type { HandVerb } from './verbs.js';
import type { EffectClass, Phase, Proof } from './words.js';

/** People's keys and a question's, as written; what is unwritten says nothing. */
export interface WrittenGate {
  from?: Places;
  withinSeconds?: number;
  then?: string[];
  ifSilent?: 'hold' | 'proceed';
  ifDenied?: 'hold' | 'skip';
  hours?: 'any' | 'office';
}

interface PageStepBase {
  name: string;
  phase: Phase;
  at: Place;
  class: EffectClass;
  when?: Condition;
  unless?: Condition;
}
export interface DoStep extends PageStepBase {
  head: 'do';
  verb: string;
  args: Record<string, string | string[] | number>;
  /** A question written on the page. */
  ask?: string;
  gate: WrittenGate;
}
export interface ProveStep extends PageStepBase {
  head: 'prove';
  proof: Proof;
}
export interface HandStep extends PageStepBase {
  head: 'task';
  sentence: string;
  does?: HandVerb;
  doneWhen?: Proof;
  people: Pick<WrittenGate, 'from' | 'withinSeconds' | 'then'>;
}
export type PageStep = DoStep | ProveStep | HandStep;

/** One item of a phase: a step, or several that run side by side. */
export interface Item {
  steps: PageStep[];
}

export interface Page {
  name: string;
  summary: string;
  /** Whose verbs it uses. A page answers alerts about the kind that has its name. */
  kind: string;
  phases: Record<Phase, Item[]>;
  cases: Case[];
  file: string;
  /** Lower-case hex, over the page's text. */
  sha256: string;
}

/** What the team's settings know; with it `check` also refuses roles, audiences and environments that do not exist. */
export interface SettingsWords {
  roles?: readonly string[];
  audiences?: readonly string[];
  environments?: readonly string[];
}

/**
 * Reads a page and reports all its problems at once, sorted by line; `page` is there exactly when none of them is an
 * error. Never throws, whatever the text. `file` is how problems name it, and its base name must be the page's name.
 */
export function readPage(
  _text: string | Uint8Array,
  _file: string,
  _catalogue: Catalogue,
  _settings: SettingsWords = {},
): { page?: Page; problems: Problem[] } {
  throw new Error('readPage is not built yet');
}
