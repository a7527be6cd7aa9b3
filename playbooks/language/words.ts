/** The closed vocabularies of the house. Every room says these words and no others. */

/** Phases of a page, in the order in which the phases run; `alongside` runs beside them. */
export const PHASES = ['alongside', 'contain', 'assess', 'recover', 'close'] as const;
export type Phase = (typeof PHASES)[number];

/** What a verb does to the world; decides how it is retried, undone and gated. */
export const EFFECT_CLASSES = ['read', 'contain', 'burn', 'interrupt', 'replace', 'destroy', 'tell'] as const;
export type EffectClass = (typeof EFFECT_CLASSES)[number];

/** What a page may ask to see proven. `restored` is the engine's own: after a false alarm the old one works again. */
export const PROOFS = ['contained', 'replacement_works', 'dead'] as const;
export type Proof = (typeof PROOFS)[number];

/** How good an observation is: the secret itself was tried · the provider's API says so · nobody could look. Best first. */
export const GRADES = ['refused', 'provider-state', 'unproven'] as const;
export type Grade = (typeof GRADES)[number];

/** What a connector may answer when it cannot. `unknown-outcome`: it may or may not have happened. */
export const CONNECTOR_ERROR_CODES = [
  'permission-denied',
  'not-found',
  'rate-limited',
  'unavailable',
  'invalid',
  'unknown-outcome',
  'unexpected-answer',
] as const;
export type ConnectorErrorCode = (typeof CONNECTOR_ERROR_CODES)[number];

/** Why a step failed: a connector's code, or the engine's own word. */
export const FAILURE_CODES = [
  ...CONNECTOR_ERROR_CODES,
  'alive',
  'nobody',
  'too-late',
  'protected',
  'over-budget',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** How a step ended (language.md 2.2). */
export const STEP_STATES = ['done', 'failed', 'skipped', 'denied', 'unanswered'] as const;
export type StepEnd = (typeof STEP_STATES)[number];

/** Whether Firebreak changes anything: at once where policy allows, after asking each time, or never. */
export const MODES = ['act', 'ask', 'observe'] as const;
export type Mode = (typeof MODES)[number];

/** Where a live incident stands (language.md 2.11). */
export const STAGES = ['opening', 'containing', 'assessing', 'recovering', 'closing', 'undoing', 'closed'] as const;
export type Stage = (typeof STAGES)[number];

/** How an incident closed. `joined`: it turned out to be about a credential that another live incident holds. */
export const CLOSED_AS = ['dead', 'contained', 'false_alarm', 'cancelled', 'joined', 'benign', 'observed'] as const;
export type ClosedAs = (typeof CLOSED_AS)[number];

export const VERDICTS = ['misuse', 'suspicious', 'no_misuse_found', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];
