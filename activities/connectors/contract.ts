/**
 * What a connector promises. It reads and applies, and proves; once-ness is `apply-effect`'s, order is the workflow's.
 * A connector imports this file, the guarded HTTP client and its vendor's SDK, and nothing else of ours.
 */
import type { z } from 'zod';
import type { KindSpec } from '../../playbooks/language/kinds.js';
import type { Credential } from '../../playbooks/language/plan.js';
import type { ConnectorErrorCode, EffectClass, Grade, Proof } from '../../playbooks/language/words.js';
import type { Secret } from '../secrets/secret.js';

/** Thrown by reads. A message says what was tried, on what, and what to do; it never quotes a provider's body unfiltered. */
export class ConnectorError extends Error {
  readonly code: ConnectorErrorCode;
  /** When the provider said how long to wait. */
  readonly retryAfterSeconds?: number;
  constructor(code: ConnectorErrorCode, message: string, options?: { cause?: unknown; retryAfterSeconds?: number }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectorError';
    this.code = code;
    if (options?.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What identify found. `known: false` = no account of ours knows it. */
export interface Identity {
  known: boolean;
  account: string;
  name: string;
  principal: string;
  state: 'active' | 'inactive' | 'gone' | 'unknown';
  /** The provider's tags of its holder, for the owner's look-up. */
  tags: Record<string, string>;
  /** Other live credentials of the same holder (ids). */
  siblings: string[];
  /** Lines for card and report: `last used 2026-11-24 03:11 from eu-west-1, s3`. No secrets. */
  lines: string[];
  /** When the provider last saw it used, ms since epoch; absent if never, or if it does not say. */
  lastUsedAt?: number;
  /** Whose own credential it is, as the provider names them; settings say whether that is a person of ours. */
  subject?: string;
}

/** What a look at the target shows: JSON that compares by value (it becomes the pre-image), and the provider's clock. */
export interface Seen {
  /** The value under change, e.g. `"Active"`, or a policy document, or a list of ids; `null` = the thing is not there. */
  state: unknown;
  /** For lists (class replace): each item's id and creation time in the provider's clock, ms since epoch. */
  items?: { id: string; createdAt?: number; active: boolean }[];
  /** The provider's own clock at this look (its Date header), ms since epoch. */
  providerTime?: number;
}

/** How a sent change was answered (once/protocol.md section 2). */
export type Answer =
  | {
      kind: 'applied';
      evidence: Record<string, string> /** id of what was made */;
      id?: string;
      secret?: Secret;
      after?: unknown;
    }
  /** 5xx, timeout, reset, 202: it may or may not have happened. */
  | { kind: 'unknown'; reason: string }
  /** A clear refusal to look at it at all: 429. */
  | { kind: 'throttled'; afterSeconds: number }
  /** The target is not there. */
  | { kind: 'gone' }
  /** The provider clearly said no. */
  | { kind: 'denied'; code: ConnectorErrorCode; reason: string }
  /** A limit of the provider's was reached; nothing happened (two keys a user). */
  | { kind: 'limit'; reason: string }
  /** Somebody else's newer value is there (conditional write). */
  | { kind: 'conflict'; reason: string };

export interface SendOptions {
  /** Begin of the attempt: the time a request must be signed with, so that the provider refuses it when it arrives late. */
  signedAt: number;
  /** Latency only; no promise hangs on it. */
  signal: AbortSignal;
}

/** One change of one thing at a provider. `target` names what is serialised: `aws-access-key/111122223333/AKIA…/status`. */
export interface Change {
  target: string;
  /** Looks at the target. Throws ConnectorError. */
  read(): Promise<Seen>;
  /** Sends one request, once, and never throws for a provider's answer. */
  apply(args: unknown, options: SendOptions): Promise<Answer>;
}

/** What a verb would do, before any of it is done. */
export interface Intent {
  class: EffectClass;
  change: Change;
  /** Arguments of the request; recorded with the intent, never secret. For `contain`, the state to set. */
  args: unknown;
  /** For an undo of a pre-image: turns what `read` showed into args that set it again. */
  argsFor?(before: unknown): unknown;
  /** For `replace`: the change that switches off a stray that we made and never learned of. */
  disableStray?(id: string): { change: Change; args: unknown };
}

export interface Observation {
  /** `yes`: what was to be proven was seen now; `no`: the opposite was seen; `unknown`: the provider did not say. */
  seen: 'yes' | 'no' | 'unknown';
  grade: Grade;
  /** One line for the report: `sts GetCallerIdentity: InvalidClientTokenId`. */
  line: string;
}

/** One thing that was made or changed since a credential was exposed. Text from a provider or a log is untrusted. */
export interface Found {
  /**
   * `credential`: it gets an incident of its own. `other`: people look at it; also a credential of which a log says that
   * somebody else made it, for a team's own new keys must not be frozen unseen.
   */
  what: 'credential' | 'other';
  credential?: { kind: string; id: string; account: string; name: string };
  /** One line, no secret: `access key AKIA… of svc-payouts`. */
  title: string;
  /** When it was made or changed, the provider's time, ms since epoch; absent if nobody says. */
  at?: number;
  /** Who made it, as the provider names them; absent if nobody says. */
  by?: string;
  /** How it was found, each way once: `IAM ListAccessKeys`, `CloudTrail CreateAccessKey`. */
  ways: string[];
  /** The provider's name of the thing: what is found in two ways under one identity is one thing. Absent: the title. */
  identity?: string;
  /** The target (Change) of our own effects that could have made it: what one of them recorded is not reported. */
  target?: string;
}

/** How long a provider may still say yes after it said it changed, and how refusals must be spread to count. */
export interface Propagation {
  /** Refusals needed. */
  looks: number;
  /** Between the first and the last of them. */
  spreadSeconds: number;
  /** Beyond this a credential that still works is reported `alive`. */
  windowSeconds: number;
}

/** How late requests are refused by the provider itself (once/protocol.md section 6). */
export interface Fence {
  kind: 'signature' | 'condition' | 'none';
  lateSeconds: number;
  lagSeconds: number;
  skewSeconds: number;
}

/** What connectors are given for one credential. Secrets are handed in, never fetched by them. */
export interface ConnectorCall {
  credential: Credential;
  incident: string;
  /** Step arguments of the page. */
  args: Record<string, string | string[] | number>;
  /** Moment of the first containment; cut_sessions ends what was issued before it. ms since epoch. */
  now(): number;
}

/** A connector, wired to its settings. Optional verbs are absent if it cannot; `spec.verbs` says the same as data. */
export interface Connector {
  spec: KindSpec;
  fence: Fence;
  propagation: Propagation;
  /** Reads only. `id` is what an alert said; throws ConnectorError('invalid') for a malformed one. */
  identify(id: string, account?: string): Promise<Identity>;
  /** One intent per change that the verb makes, in order. */
  intend(verb: string, call: ConnectorCall): Intent[];
  /** One look. `leaked` is the sealed old secret if it is held; `replacement` the new one read back from the store. */
  prove(
    proof: Proof | 'restored',
    call: ConnectorCall,
    secrets: { leaked?: Secret; replacement?: { id: string; secret: Secret } },
  ): Promise<Observation>;
  /**
   * What exists now that was made or changed since `since` (ms since epoch) where the credential could make it. Reads
   * only; all of it or ConnectorError, never a part that looks like the whole.
   */
  findCreated?(call: ConnectorCall, since: number): Promise<Found[]>;
}

/** A kind of credential before it is wired: what its settings look like, and how a connector is made of them. */
export interface ConnectorPlugin<S extends z.ZodType = z.ZodType> {
  spec: KindSpec;
  /** What identify and prove need; what changes need stands with their verbs. */
  permissions: readonly string[];
  /** Settings of `connectors.<kind>`, secret references resolved; also the schema that reports their mistakes. */
  settings: S;
  /** Opens no connection. What it signs with a time is signed by `clock`; without one, by the machine's. */
  open(settings: z.output<S>, clock?: { now(): number }): Connector;
}
