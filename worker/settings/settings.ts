/** The settings of an installation, as the rest of the house reads them. Nothing here is a secret; secrets are references. */

import type { Moment } from '../../activities/seams.js';
import type { Environment, Office, Policy } from '../../playbooks/language/policy.js';
import type { SecretRef, TextRef } from './reference.js';
import type { Severity } from './severity.js';

export interface Settings {
  /** As it was given. */
  file: string;
  company: string;
  /** Links in mails and tickets start with it; without a trailing slash. */
  publicUrl?: string;
  /** Absent: the embedded server. */
  temporal?: TemporalSettings;
  /** Absolute; absent: in the data folder. */
  recordsFile?: string;
  /** The first writes, all read. Each value is 32 bytes, base64. */
  encryptionKeys: { id: string; from: SecretRef }[];
  mail?: { smtp: TextRef; from: string };
  slack?: SlackSettings;
  channels?: { default: string; severity: Partial<Record<Severity, string>> };
  pagerduty?: PagerDutySettings;
  people: Person[];
  roles: Role[];
  owners: OwnerRule[];
  office: Office;
  /** In the order of the file; `default` is always the last and matches everything. */
  environments: EnvironmentRule[];
  policy: Policy;
  /** Globs of principals, names and ids that nothing may change. */
  protected: { pattern: string; where: string }[];
  connectors: { 'aws-access-key'?: AwsSettings };
  secrets: SecretsSettings;
  sources: { github?: GithubSourceSettings; standard?: { secrets: SecretRef[] } };
  /** More alerts of one source within so long, ms, open an incident of their own. */
  intake: { storm: { alerts: number; withinMs: number } };
  logs: { cloudtrail?: { files: TextRef; knows: string[]; lagSeconds: number } };
  tickets?: { owner: string; repo: string; token: SecretRef; api: TextRef; labels: string[] };
  tell: TellRule[];
  api: { host: string; port: number; tokens: TokenSettings[] };
  /** Absolute; absent: the pages that come with Firebreak. */
  playbooks?: string;
  /** Every reference in the file, for a check at start. */
  references: (SecretRef | TextRef)[];
  /** `firebreak.yaml:41`, the line of a key; of what is around it if it is not written. */
  where(...path: (string | number)[]): string;
}

export interface TemporalSettings {
  address: TextRef;
  namespace: string;
  apiKey?: SecretRef;
  tls?: { ca?: SecretRef; certificate?: SecretRef; key?: SecretRef; serverName?: string };
}

export interface Person {
  name: string;
  mail: string;
  teams: string[];
  /** What providers call this person: an IAM user, a GitHub login. */
  knownAs: string[];
}

/** Where its holders are written; of a `pagerdutySchedule`, `page` wakes whoever is on call when the role is asked. */
export type Role = { name: string; where: string } & (
  | { people: string[] }
  | { of: 'owner' }
  | { slackGroup: string }
  | { pagerdutySchedule: string; page: boolean }
);

export interface SlackSettings {
  mode: 'socket' | 'http';
  /** There in mode `socket`. */
  appToken?: SecretRef;
  botToken: SecretRef;
  /** There in mode `http`. */
  signingSecret?: SecretRef;
  /** `T0ACME`; interactions of any other are refused. */
  workspace: string;
  /** `https://slack.com/api/`. */
  api: TextRef;
}

export interface PagerDutySettings {
  /** Reads who is on call. */
  token: SecretRef;
  /** Of the service that is paged; there as soon as a role says `page: true`. */
  routingKey?: SecretRef;
  api: TextRef;
  events: TextRef;
}

/** The first that answers wins. */
export type OwnerRule = { where: string } & (
  | { by: 'aws_tag'; tag: string }
  | { by: 'csv'; rows: OwnerRow[] }
  | { by: 'default'; owner: string }
);
export interface OwnerRow {
  /** Glob of names. */
  name: string;
  /** Empty: any. */
  account: string;
  owner: string;
  /** `owners.csv:3` */
  where: string;
}

export interface EnvironmentRule extends Environment {
  /** Both must hold if both are there; none: matches everything. */
  match: { awsAccounts?: string[]; names?: string[] };
  where: string;
}

export interface AwsSettings {
  region: string;
  /** Of IAM and STS; absent: AWS itself. */
  endpoint?: TextRef;
  accounts: Record<string, AwsAccountSettings>;
  /** Seconds; overrides of what the connector measured. */
  fence: { lateSeconds?: number; lagSeconds?: number; skewSeconds?: number };
  propagation: { looks?: number; spreadSeconds?: number; windowSeconds?: number };
}
/** A role to assume, a key to use, or a key to assume the role with. At least one of them. */
export interface AwsAccountSettings {
  role?: string;
  key?: { accessKeyId: TextRef; secretAccessKey: SecretRef };
}

export interface SecretsSettings {
  /** Absent: an encrypted file. */
  vault?: { address: TextRef; token: SecretRef; mount: string; namespace?: string };
  /** Absolute; absent: in the data folder. */
  file?: string;
  /** `<environment>/<owner>/<credential.kind>/<credential.name>` */
  path: string;
}

export interface GithubSourceSettings {
  /** All of them verify. */
  secrets: SecretRef[];
  /** Reads the alert's secret and places, resolves it. */
  token?: SecretRef;
  api: TextRef;
}

export interface TellRule {
  /** `owner` (the people of the owning team) or a name of the team's own. */
  audience: string;
  /** Absent: by the mails of the people of the audience. */
  mail?: string;
  by: ('slack' | 'mail')[];
  at: Moment[];
  where: string;
}

export interface TokenSettings {
  id: string;
  person: string;
  /** 64 hex digits once resolved. */
  sha256: TextRef;
  /** Absent: every role of the person. */
  roles?: string[];
}
