/**
 * What the activities are given: everything that touches the world, and every word of settings that they need. Wired in
 * worker/, so that a case runs the same code against twins in process with a clock of its own.
 */
import type { Octokit } from 'octokit';
import type { Catalogue } from '../playbooks/language/kinds.js';
import type { Credential, Fact, Facts, Plan } from '../playbooks/language/plan.js';
import type { Office } from '../playbooks/language/policy.js';
import type { Mode } from '../playbooks/language/words.js';
import type { Records } from '../records/records.js';
import type { Connector, Identity } from './connectors/contract.js';
import type { Mailer } from './notify/mailer.js';
import type { Pager } from './notify/pager.js';
import type { Secret } from './secrets/secret.js';
import type { SecretStore } from './secrets/store.js';

export interface Clock {
  /** ms since epoch, UTC. */
  now(): number;
}

/** Encrypts at the edge, opens where a secret must be tried or handed over. `context` binds a box to its use. */
export interface Sealer {
  seal(value: Secret, context: string): string;
  /** Throws if the box was made for another context or by an unknown key. */
  open(box: string, context: string): Secret;
}

/**
 * Moments of an incident that settings' `tell` may name. `unfinished`: something that no workflow will finish;
 * security-on-call hear of it in any case.
 */
export const MOMENTS = ['opened', 'contained', 'replaced', 'closed', 'misuse', 'unfinished'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Person {
  name: string;
  mail: string;
}

/**
 * The people behind a role or an audience, as their source says at this moment, with whoever it names and we do not know.
 * `unreachable`: the source could not be read, in one sentence without its end; that is not nobody.
 */
export type Holders = { people: Person[]; notes?: string[] } | { unreachable: string };

/** What settings know about a credential once it is identified. */
export interface ResolvedFacts {
  environment: Fact;
  mode: Mode;
  criticality: Facts['criticality'];
  owner: Fact;
}

export interface BindInputs {
  incident: string;
  credential: Credential;
  facts: Facts;
  mode: Mode;
  /** The incident that found it. */
  foundBy?: string;
  /** Page asked for by name; absent = the page of the kind, else `manual`. */
  playbook?: string;
}

/** Where an alert stands at its source, and how to read and resolve it there. */
export interface GithubSource {
  octokit: Octokit;
}

export interface Seams {
  records: Records;
  clock: Clock;
  sealer: Sealer;
  connectors: Record<string, Connector>;
  catalogue: Catalogue;
  /** Binds a page of the playbooks folder under the team's policy. Throws StepFailed('invalid') with the lint report. */
  bind(inputs: BindInputs): Plan;
  resolveFacts(identity: Identity, kind: string): ResolvedFacts;
  people: {
    /** Who holds the role now, for a credential of this owner. */
    ofRole(role: string, owner: string): Promise<Holders>;
    /** Roles of the installation. */
    roles(): string[];
    /** The people or addresses of `notify`'s audience; empty = settings name none. */
    ofAudience(audience: string, owner: string): Promise<Holders>;
    /** Our person behind a provider's name of one, if settings say so. */
    bySubject(subject: string): string | undefined;
  };
  /** Globs of principals and names that nothing may change, with their line in settings. */
  protected: { pattern: string; where: string }[];
  secrets?: { store: SecretStore; path(plan: Plan): string };
  logs?: { cloudtrail?: { folder: string; lagSeconds: number; knows: string[] } };
  tickets?: { octokit: Octokit; owner: string; repo: string; labels: string[] };
  github?: GithubSource;
  mailer?: Mailer;
  /** Wakes whoever is on call for a role. */
  pager?: Pager;
  /** The address that mails come from. */
  from?: string;
  /** Says that incidents wait to be started, so that nobody need look. */
  opened?(): void;
  /** First line of everything that people read: `SANDBOX` or empty. */
  banner: string;
  /** Who hears of which moments of an incident. */
  tellRules: { audience: string; at: Moment[]; by: ('slack' | 'mail')[] }[];
  /** The team's office hours; mails show times in its zone. */
  office: Office;
  /** `https://firebreak.acme.example`, for links. */
  publicUrl: string;
}

/** What the caller of an activity gives besides its input. */
export interface Attempt {
  /** Aborted when the process must stop or the attempt's time is over. */
  signal: AbortSignal;
  /** Long reads say where they are. */
  heartbeat(progress: string): void;
}
