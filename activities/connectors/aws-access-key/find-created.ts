import {
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { type ConnectorCall, ConnectorError, type Found } from '../contract.js';
import { type Account, look } from './accounts.js';
import { listKeys } from './keys.js';
import { heldKey, SessionCut } from './schema.js';
import {
  accessKeyThing,
  attachedThing,
  groupThing,
  type HolderKind,
  inlineThing,
  keysTarget,
  loginThing,
  policyThing,
  roleThing,
  type Thing,
  userThing,
  versionThing,
} from './things.js';

const DETAILS = 'IAM GetAccountAuthorizationDetails';
/** Users are looked at by so many at a time: IAM throttles whoever asks faster. */
const AT_ONCE = 4;
/** IAM holds 5,000 users, 1,000 roles and 1,500 policies unless raised: more pages than these would be circles. */
const MOST_PAGES = 1_000;
/** Waits before a read is tried again once others have been answered; beginning again from nothing might never end. */
const PATIENCE_MS = [500, 2_000, 8_000];

type Details = GetAccountAuthorizationDetailsCommandOutput;
type Holder = {
  kind: HolderKind;
  name: string;
  createdAt?: Date | undefined;
  inline: { PolicyName?: string | undefined; PolicyDocument?: string | undefined }[];
  attached: { PolicyArn?: string | undefined }[];
  trust?: string | undefined;
};

/**
 * What IAM itself dates since `since`: users, groups, roles, own policies and their versions, access keys, console
 * passwords; and the rights of users, groups and roles that are new themselves. What IAM does not date (rights and trust
 * of what was there before) only logs can tell. All of it or ConnectorError, never a part.
 */
export async function findCreated(account: Account, call: ConnectorCall, since: number): Promise<Found[]> {
  const leaked = heldKey(call.credential);
  const read = patiently();
  // AWS tells whole seconds
  const first = Math.floor(since / 1_000) * 1_000;
  const isNew = (date: Date | undefined): boolean => date !== undefined && date.getTime() >= first;
  const found: Found[] = [];
  const add = (thing: Thing, date: Date | undefined, way: string): void => {
    found.push({ ...thing, ...(date === undefined ? {} : { at: date.getTime() }), ways: [way] });
  };

  const users: string[] = [];
  for await (const page of detailPages(account, read)) {
    for (const holder of holdersOf(page)) {
      if (holder.kind === 'user') users.push(holder.name);
      if (isNew(holder.createdAt)) addHolder(account.id, holder, add);
    }
    for (const policy of page.Policies ?? []) {
      const arn = named(policy.Arn, 'a policy without its ARN');
      if (isNew(policy.CreateDate)) add(policyThing(account.id, arn), policy.CreateDate, DETAILS);
      else {
        for (const { VersionId: id, CreateDate: made } of policy.PolicyVersionList ?? []) {
          if (isNew(made)) add(versionThing(account.id, arn, id ?? 'unknown'), made, DETAILS);
        }
      }
    }
  }
  await eachOf(users, async (user) => {
    for (const key of (await read(() => listKeys(account, user)))?.keys ?? []) {
      if (key.id === leaked.id || key.createdAt === undefined || key.createdAt < first) continue;
      const thing = accessKeyThing(account.id, key.id, user);
      found.push({ ...thing, at: key.createdAt, ways: ['IAM ListAccessKeys'], target: keysTarget(account.id, user) });
    }
    const login = await read(() => loginOf(account, user));
    if (isNew(login)) add(loginThing(account.id, user), login, 'IAM GetLoginProfile');
  });
  return found;
}

/** A new holder, and every right of it: none can be older than it. */
function addHolder(
  account: string,
  { kind, name, createdAt, inline, attached, trust }: Holder,
  add: (thing: Thing, date: Date | undefined, way: string) => void,
): void {
  const thing =
    kind === 'user'
      ? userThing(account, name)
      : kind === 'group'
        ? groupThing(account, name)
        : roleThing(account, name, trustedBy(trust));
  add(thing, createdAt, DETAILS);
  for (const { PolicyName = 'unknown', PolicyDocument } of inline) {
    if (isOurCut(PolicyName, PolicyDocument)) continue;
    add(inlineThing(account, kind, name, PolicyName), undefined, DETAILS);
  }
  for (const { PolicyArn = 'unknown' } of attached) {
    add(attachedThing(account, kind, name, PolicyArn), undefined, DETAILS);
  }
}

/** Our own cut of sessions, by what it says and not by its name alone: anybody can call a policy so. */
function isOurCut(name: string, document: string | undefined): boolean {
  return /^firebreak-INC-\d+-cut$/.test(name) && SessionCut.safeParse(jsonOf(document)).success;
}

/** Whom a trust policy names: ARNs, accounts, services, providers. */
function trustedBy(document: string | undefined): string[] {
  const statements = (jsonOf(document) as { Statement?: unknown } | undefined)?.Statement;
  const all = (Array.isArray(statements) ? statements : [statements]) as { Principal?: unknown }[];
  const names = all.flatMap((statement) => {
    const principal = statement?.Principal;
    if (typeof principal === 'string') return [principal];
    return Object.values((principal ?? {}) as Record<string, unknown>).flat();
  });
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

function jsonOf(encoded: string | undefined): unknown {
  try {
    return JSON.parse(decodeURIComponent(encoded ?? ''));
  } catch {
    return undefined;
  }
}

function holdersOf(page: Details): Holder[] {
  return [
    ...(page.UserDetailList ?? []).map((user) => ({
      kind: 'user' as const,
      name: named(user.UserName, 'a user without a name'),
      createdAt: user.CreateDate,
      inline: user.UserPolicyList ?? [],
      attached: user.AttachedManagedPolicies ?? [],
    })),
    ...(page.GroupDetailList ?? []).map((group) => ({
      kind: 'group' as const,
      name: named(group.GroupName, 'a group without a name'),
      createdAt: group.CreateDate,
      inline: group.GroupPolicyList ?? [],
      attached: group.AttachedManagedPolicies ?? [],
    })),
    ...(page.RoleDetailList ?? []).map((role) => ({
      kind: 'role' as const,
      name: named(role.RoleName, 'a role without a name'),
      createdAt: role.CreateDate,
      inline: role.RolePolicyList ?? [],
      attached: role.AttachedManagedPolicies ?? [],
      trust: role.AssumeRolePolicyDocument,
    })),
  ];
}

/** A page may be short or empty and yet not the last: only IsTruncated says. */
async function* detailPages(account: Account, read: Reader): AsyncGenerator<Details> {
  let marker: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const input = new GetAccountAuthorizationDetailsCommand({
      Filter: ['User', 'Group', 'Role', 'LocalManagedPolicy'],
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    const answer = await read(() =>
      look(`list what account ${account.id} holds`, 'iam:GetAccountAuthorizationDetails', (options) =>
        account.iam.send(input, options),
      ),
    );
    yield answer;
    if (answer.IsTruncated !== true) return;
    marker = answer.Marker;
    if (marker === undefined) break;
  }
  throw new ConnectorError('unexpected-answer', `cannot list what account ${account.id} holds: AWS's pages do not end`);
}

/** When the user got a console password; undefined = it has none. */
async function loginOf(account: Account, user: string): Promise<Date | undefined> {
  try {
    const answer = await look(`look for a console password of ${user}`, 'iam:GetLoginProfile', (options) =>
      account.iam.send(new GetLoginProfileCommand({ UserName: user }), options),
    );
    return answer.LoginProfile?.CreateDate;
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'not-found') return undefined;
    throw error;
  }
}

type Reader = <T>(run: () => Promise<T>) => Promise<T>;

/** Waits out throttling and short absences once something was read; the first read fails at once and is tried again as a whole. */
function patiently(): Reader {
  let hasRead = false;
  return async (run) => {
    for (let tried = 0; ; tried += 1) {
      try {
        const answer = await run();
        hasRead = true;
        return answer;
      } catch (error) {
        const wait = PATIENCE_MS[tried];
        const passes = error instanceof ConnectorError && ['rate-limited', 'unavailable'].includes(error.code);
        if (!hasRead || !passes || wait === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.max(wait, (error.retryAfterSeconds ?? 0) * 1_000)));
      }
    }
  };
}

async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function named(name: string | undefined, what: string): string {
  if (name === undefined) throw new ConnectorError('unexpected-answer', `AWS listed ${what}`);
  return name;
}
