import type { Counts, Tally } from './tally.js';
import { isNetworkAddress, type Use } from './use.js';

export const INDICATOR_IDS = [
  'new_address',
  'new_tool',
  'enumeration',
  'new_action',
  'new_region',
  'error_burst',
  'rate_spike',
  'persistence',
  'defence_evasion',
  'impact',
] as const;
export type IndicatorId = (typeof INDICATOR_IDS)[number];

/** How to read an indicator; docs and reports are made from it. */
export interface IndicatorSpec {
  id: IndicatorId;
  title: string;
  /** The exact rule, in words. */
  how: string;
  /** `harm`: it alone is misuse when the key's past is known; `hint`: it is suspicious, and misuse only together (verdict.ts). */
  severity: 'hint' | 'harm';
  /** Needs the key's own past; without it the answer is `not_comparable`. */
  needsBaseline: boolean;
}

export interface Match {
  /** What matched: an address, an action, a minute (ISO). From the log: untrusted text. */
  what: string;
  count: number;
  /** ms since epoch, of the first one. */
  first?: number;
  /** Whom it came from and what it touched, for the first ones. */
  details: string[];
}

export interface IndicatorResult extends IndicatorSpec {
  state: 'matched' | 'not_matched' | 'not_comparable';
  count: number;
  /** At most 20; `count` is exact. */
  matches: Match[];
}

const ENUMERATION = new Set(
  (
    'GetCallerIdentity GetAccountSummary GetAccountAuthorizationDetails GetUser ListUsers ListRoles ListGroups ListPolicies ' +
    'ListAccessKeys ListAttachedUserPolicies ListUserPolicies ListGroupsForUser GetUserPolicy ListAttachedRolePolicies SimulatePrincipalPolicy ' +
    'ListBuckets GetBucketAcl GetBucketPolicy DescribeInstances DescribeRegions DescribeSecurityGroups DescribeSnapshots DescribeDBInstances ' +
    'ListSecrets DescribeParameters ListFunctions20150331 GetSendQuota ListIdentities GetAccount ListFoundationModels ListServiceQuotas ' +
    'DescribeOrganization ListAccounts DescribeTrails'
  ).split(' '),
);
const PERSISTENCE = new Set(
  (
    'CreateAccessKey CreateUser CreateLoginProfile UpdateLoginProfile AttachUserPolicy PutUserPolicy AttachGroupPolicy PutGroupPolicy AddUserToGroup ' +
    'AttachRolePolicy PutRolePolicy CreatePolicyVersion SetDefaultPolicyVersion ' +
    'CreateRole UpdateAssumeRolePolicy GetFederationToken GetSessionToken GetSigninToken CreateSAMLProvider UpdateSAMLProvider ' +
    'CreateOpenIDConnectProvider AddClientIDToOpenIDConnectProvider CreateTrustAnchor CreateProfile AddPermission20150331v2 AddPermission ' +
    'UpdateFunctionCode20150331v2 UpdateFunctionCode PublishLayerVersion20181031 PublishLayerVersion CreateServiceSpecificCredential ' +
    'ResetServiceSpecificCredential UploadSSHPublicKey DeactivateMFADevice CreateVirtualMFADevice EnableMFADevice UpdateAccessKey'
  ).split(' '),
);
const DEFENCE_EVASION = new Set(
  (
    'StopLogging DeleteTrail UpdateTrail PutEventSelectors DeleteFlowLogs DeleteDetector UpdateDetector DisassociateFromMasterAccount ' +
    'DeleteEventDataStore PutBucketLifecycle PutBucketLifecycleConfiguration LeaveOrganization DetachUserPolicy DeleteUserPolicy ' +
    'DeleteLogGroup DeleteLogStream StopConfigurationRecorder DeleteConfigurationRecorder DeleteBucketPolicy DisableSecurityHub DeleteAlarms'
  ).split(' '),
);
const IMPACT = new Set(
  (
    'ModifySnapshotAttribute ModifyImageAttribute ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute PutBucketPolicy PutBucketAcl ' +
    'PutPublicAccessBlock DeletePublicAccessBlock DeleteBucketPublicAccessBlock GetSecretValue BatchGetSecretValue GetParameters GetParametersByPath ' +
    'RunInstances RequestSpotInstances CreateFunction20150331 RunTask InvokeModel InvokeModelWithResponseStream Converse SendEmail SendRawEmail SendBulkEmail ' +
    'Publish DeleteBucket DeleteObject DeleteObjects TerminateInstances DeleteDBInstance DeleteSnapshot ScheduleKeyDeletion CreateSnapshot CopySnapshot ExportImage ' +
    'StartExportTask SharedSnapshotCopyInitiated CopyObject GetObject'
  ).split(' '),
);

/** Fewer calls before exposure say too little about a key to compare with. */
export const BASELINE_MIN_CALLS = 10;
const BASELINE_MIN_MINUTES = 10;
const BURST_MIN = 5;
const SPIKE_MIN = 20;
const SPIKE_Z = 6;
const MATCH_LIMIT = 20;

/** The ten, in the order in which they are reported. */
export const INDICATORS: readonly IndicatorSpec[] = [
  {
    id: 'new_address',
    title: 'Called from an address it never used before',
    how: 'A network address since exposure that made no call with this key before exposure. Names of AWS services are no addresses.',
    severity: 'hint',
    needsBaseline: true,
  },
  {
    id: 'new_tool',
    title: 'Called by a tool it never used before',
    how: 'The first product of the user agent, without versions, since exposure and not before.',
    severity: 'hint',
    needsBaseline: true,
  },
  {
    id: 'enumeration',
    title: "An attacker's first calls",
    how: `One of ${ENUMERATION.size} calls that look around (GetCallerIdentity, ListBuckets, ListUsers, DescribeInstances, GetSendQuota, …), new for this key or from a new address.`,
    severity: 'hint',
    needsBaseline: false,
  },
  {
    id: 'new_action',
    title: 'An action or service it never used before',
    how: 'An event name, or an event source, since exposure and not before.',
    severity: 'hint',
    needsBaseline: true,
  },
  {
    id: 'new_region',
    title: 'A region it never used before',
    how: 'An AWS region since exposure and not before.',
    severity: 'hint',
    needsBaseline: true,
  },
  {
    id: 'error_burst',
    title: 'A burst of refusals',
    how: `A minute since exposure with at least ${BURST_MIN} calls refused for lack of permission, at least half of that minute's calls, and more than any minute before exposure.`,
    severity: 'hint',
    needsBaseline: false,
  },
  {
    id: 'rate_spike',
    title: 'Far more calls than usual',
    how: `A minute since exposure with at least ${SPIKE_MIN} calls, at least three times the median, and a robust z (median and MAD over the minutes with calls before exposure, at least ${BASELINE_MIN_MINUTES} of them) above ${SPIKE_Z}.`,
    severity: 'hint',
    needsBaseline: true,
  },
  {
    id: 'persistence',
    title: 'Made a way to come back',
    how: `One of ${PERSISTENCE.size} calls that make credentials or widen rights (CreateAccessKey, CreateUser, AttachUserPolicy, GetSessionToken, …), accepted, new for this key or from a new address.`,
    severity: 'harm',
    needsBaseline: false,
  },
  {
    id: 'defence_evasion',
    title: 'Switched off what watches',
    how: `One of ${DEFENCE_EVASION.size} calls against logs and guards (StopLogging, DeleteTrail, DeleteDetector, DetachUserPolicy, …), tried, new for this key or from a new address.`,
    severity: 'harm',
    needsBaseline: false,
  },
  {
    id: 'impact',
    title: 'Took, shared, spent or destroyed something',
    how: `One of ${IMPACT.size} calls (GetSecretValue, PutBucketPolicy, ModifySnapshotAttribute, RunInstances, InvokeModel, SendEmail, …), accepted, new for this key or from a new address.`,
    severity: 'harm',
    needsBaseline: false,
  },
];

/** Whether the key's own past is long enough to compare with. */
export function hasBaseline(before: Tally): boolean {
  return before.calls - before.notAccepted >= BASELINE_MIN_CALLS;
}

/** Computes all ten, each against the key's own calls before exposure. */
export function computeIndicators(before: Tally, since: Tally): IndicatorResult[] {
  const comparable = hasBaseline(before);
  return INDICATORS.map((spec) => {
    const minutesTooFew = spec.id === 'rate_spike' && before.minutes.size < BASELINE_MIN_MINUTES;
    if (spec.needsBaseline && (!comparable || minutesTooFew)) {
      return { ...spec, state: 'not_comparable', count: 0, matches: [] };
    }
    const matches = MATCHERS[spec.id](before, since);
    const count = matches.reduce((sum, match) => sum + match.count, 0);
    return {
      ...spec,
      state: matches.length > 0 ? 'matched' : 'not_matched',
      count,
      matches: matches.slice(0, MATCH_LIMIT),
    };
  });
}

const MATCHERS: Record<IndicatorId, (before: Tally, since: Tally) => Match[]> = {
  new_address: (before, since) =>
    since
      .networkVisitors()
      .filter((visitor) => !before.addresses.has(visitor.address))
      .map((visitor) => ({
        what: visitor.address,
        count: visitor.calls,
        first: visitor.first,
        details: visitor.actions
          .sorted()
          .slice(0, 5)
          .map(({ value, count }) => `${value} ${count}`),
      })),
  new_tool: (before, since) => unseen(before.tools, since.tools),
  enumeration: (before, since) => listed(ENUMERATION, before, since, 'actions'),
  new_action: (before, since) => [
    ...unseen(before.services, since.services),
    ...unseen(before.actions, since.actions).map((match) => withDetails(match, since)),
  ],
  new_region: (before, since) => unseen(before.regions, since.regions),
  error_burst: (before, since) => {
    const worst = [...before.minutes.values()].reduce((most, { forbidden }) => Math.max(most, forbidden), 0);
    return minutesOf(
      since,
      ({ calls, forbidden }) => forbidden >= BURST_MIN && forbidden * 2 >= calls && forbidden > worst,
      'forbidden',
    );
  },
  rate_spike: (before, since) => {
    const past = [...before.minutes.values()].map(({ calls }) => calls);
    const middle = median(past);
    const spread = 1.4826 * median(past.map((calls) => Math.abs(calls - middle)));
    const limit = Math.max(SPIKE_MIN, 3 * middle, middle + SPIKE_Z * spread);
    return minutesOf(since, ({ calls }) => calls >= limit && calls > middle + SPIKE_Z * spread, 'calls');
  },
  persistence: (before, since) => listed(PERSISTENCE, before, since, 'accepted'),
  defence_evasion: (before, since) => listed(DEFENCE_EVASION, before, since, 'actions'),
  impact: (before, since) => listed(IMPACT, before, since, 'accepted'),
};

function unseen(before: Counts, since: Counts): Match[] {
  return since
    .sorted()
    .filter(({ value }) => value !== '' && !before.has(value))
    .map(({ value, count }) => ({ what: value, count, details: [] }));
}

/** Calls of a list, where the key never made them before, or somebody at a new address does now. */
function listed(list: Set<string>, before: Tally, since: Tally, which: 'actions' | 'accepted'): Match[] {
  const strangers = hasBaseline(before)
    ? since.networkVisitors().filter((visitor) => !before.addresses.has(visitor.address))
    : [];
  return since[which].sorted().flatMap(({ value: action, count }) => {
    if (!list.has(action)) return [];
    const isNew = !before.actions.has(action);
    const byStrangers = strangers.filter((visitor) => visitor[which].has(action));
    if (!isNew && byStrangers.length === 0) return [];
    const samples = (since.samples.get(action) ?? [])
      .filter((use) => isNew || byStrangers.some(({ address }) => address === use.address))
      .filter((use) => which === 'actions' || use.error === '');
    return [
      {
        what: action,
        count: isNew ? count : byStrangers.reduce((sum, visitor) => sum + visitor[which].get(action), 0),
        ...(samples.length === 0 ? {} : { first: Math.min(...samples.map((use) => use.at)) }),
        details: samples.slice(0, 5).map(detailOf),
      },
    ];
  });
}

function withDetails(match: Match, since: Tally): Match {
  const samples = since.samples.get(match.what) ?? [];
  return { ...match, details: samples.slice(0, 3).map(detailOf) };
}

function detailOf(use: Use): string {
  const made = [...use.keys, ...use.sessions].map((id) => `made ${id}`);
  const from = isNetworkAddress(use.address) ? `from ${use.address}` : `by ${use.address}`;
  return [from, use.target, ...made, use.error].filter((part) => part !== '').join(' · ');
}

function minutesOf(
  tally: Tally,
  holds: (minute: { calls: number; forbidden: number }) => boolean,
  counted: 'calls' | 'forbidden',
): Match[] {
  return [...tally.minutes]
    .filter(([, minute]) => holds(minute))
    .sort(([a], [b]) => a - b)
    .map(([minute, counts]) => ({
      what: new Date(minute * 60_000).toISOString().slice(0, 16),
      count: counts[counted],
      first: minute * 60_000,
      details: [`${counts.calls} calls, ${counts.forbidden} refused`],
    }));
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
