/**
 * A plan: a playbook bound to one incident. Facts resolved, gates inserted, validated, digested; pinned for the
 * incident's life. Plain JSON, at most 128 KiB and 64 steps (language.md section 4).
 */
import { type EffectClass, type Grade, type Mode, PHASES, type Phase, type Proof } from './words.js';

/** What leaked. `id` is canonical (the key's id, never a hash of its secret). Nothing here is secret. */
export interface Credential {
  kind: string;
  id: string;
  /** The provider's account, `unknown` until identified. */
  account: string;
  /** What people call it: the IAM user's name, the token's note. */
  name: string;
  /** The provider's name of what holds it (an ARN); what `protected` patterns and one-at-a-time replacement go by. */
  principal: string;
}

/** A value and where it came from, e.g. `{ value: 'production', source: 'firebreak.yaml:31 aws_account' }`. */
export interface Fact<T extends string = string> {
  value: T;
  source: string;
}

/** Resolved once when binding, shown with their source, pinned (language.md section 3). */
export interface Facts {
  environment: Fact;
  criticality: Fact<'critical' | 'normal' | 'unknown'>;
  exposure: Fact<'public' | 'internal' | 'unknown'>;
  secret: Fact<'held' | 'not_held'>;
  /** In sentences only. A team, or `unknown`. */
  owner: Fact;
  /** In sentences only. The person whose own credential it is, or `none`. */
  subject: Fact;
  /** In sentences only. ISO 8601 UTC. */
  exposed_since: Fact;
}

/** Path (`environment`, `scan_logs.verdict`, `credential.kind`) to the words of which it must have one. */
export type Condition = Record<string, string[]>;

/** How many different people of each role must fill a question: `{ 'security-on-call': 1, 'service-owner': 1 }`. */
export type Places = Record<string, number>;

interface StepBase {
  /** `contain.disable`; a question is named after the first step it covers, `contain.disable.ask`. */
  id: string;
  /** The page's own name of the step (`disable`), which conditions and cases use; a question's is `disable.ask`. */
  name: string;
  phase: Phase;
  /** What people read: `Disable AKIA…QX7`. Finished text: never fill it again (data in it is not re-read). No secret. */
  title: string;
  /** Ids of the steps that must have ended before (or, within `close`, ended well). */
  needs: string[];
  when?: Condition;
  unless?: Condition;
  /** Set when a condition on facts alone, or the mode, decided at binding that this step will not run; says why. */
  skip?: string;
  /** Line in the page; not part of the digest. */
  line: number;
}

/** One read, one change, one message, or one proof, done by Firebreak. */
export interface ActStep extends StepBase {
  kind: 'act';
  /** Exactly one of `verb` and `proof` is set. */
  verb?: string;
  proof?: Proof;
  class: EffectClass;
  /** As the page wrote them, defaults filled in: times as text (`30d`), sentences with their placeholders unfilled. */
  args: Record<string, string | string[] | number>;
  /** Id of the question that covers it. */
  gate?: string;
  /** What undoes it: `pre-image` (set back what was there before us), a verb of the connector, or absent: nothing does. */
  undo?: string;
  permissions: string[];
  /** After this much time without success the step has failed. */
  timeLimitSeconds: number;
}

/** A question to people; written on the page or inserted by policy. */
export interface AskStep extends StepBase {
  kind: 'ask';
  /** Ids of the steps that an answer decides about, and nothing else. */
  covers: string[];
  places: Places;
  /** The roles asked next, a tier each, when a tier's time is over. */
  tiers: string[][];
  withinSeconds: number;
  ifSilent: 'hold' | 'proceed';
  ifDenied: 'hold' | 'skip';
  hours: 'any' | 'office';
  /** The sentence with its question mark, placeholders unfilled: `fill` them when it is shown. */
  question: string;
  /** Why it is asked: the page's line, or a row of policy (`destroy: production`). */
  because: { source: 'page' | 'policy' | 'mode'; row: string }[];
}

/** A person does it by hand. */
export interface TaskStep extends StepBase {
  kind: 'task';
  /** Placeholders unfilled: `fill` them when it is shown. */
  sentence: string;
  does?: 'disable' | 'restrict' | 'cut_sessions' | 'rotate' | 'revoke';
  class: EffectClass;
  /** The engine looks; the button only makes it look now. */
  doneWhen?: Proof;
  /** A proof that only a person can make (kind `manual`): `done` is that proof, graded `unproven` with the name. */
  proves?: Proof;
  /** Names of the steps whose doer may not do this one: who did the deed does not prove it. */
  notBy?: string[];
  places: Places;
  tiers: string[][];
  withinSeconds: number;
  gate?: string;
}

/**
 * Sees to what a `find_created` step found. `open`: an incident for each credential, newest first, until `atMost` were
 * opened. `more`: for those beyond, if people say so. `contained`: waits until all of these are contained or closed.
 */
export interface EachStep extends StepBase {
  kind: 'each';
  part: 'open' | 'more' | 'contained';
  /** Id of the `find_created` step. */
  of: string;
  atMost: number;
  /** Id of the question that covers it. */
  gate?: string;
}

/** The phase in which the page writes it; what a `respond_to_each` has beside the phases stands with it. */
export function phaseOnPage({ id, phase }: Pick<Step, 'id' | 'phase'>): Phase {
  return PHASES.find((known) => id.startsWith(`${known}.`)) ?? phase;
}

export type Step = ActStep | AskStep | TaskStep | EachStep;

export interface Plan {
  ir: 1;
  /** `INC-142`. Not part of the digest. */
  incident: string;
  playbook: { name: string; summary: string; sha256: string };
  mode: Mode;
  credential: Credential;
  facts: Facts;
  /** Topological; ties by contain, alongside, assess, recover, close, then the page. */
  steps: Step[];
  /** Lower-case hex SHA-256 over the RFC 8785 JSON of the plan without `digest`, `incident` and every `line`. */
  digest: string;
}

/** What a proof said, as conditions and reports read it. */
export interface ProofResult {
  grade: Grade;
}
