import { Timeline } from '../twin/clock.js';
import { newKeyId, newPrincipalId, newSecret } from './key-id.js';
import type { Policy } from './policy.js';

export type KeyStatus = 'Active' | 'Inactive' | 'gone';

export interface AccessKey {
  id: string;
  secret: string;
  userName: string;
  createdAt: number;
  status: Timeline<KeyStatus>;
  lastUsed?: { at: number; service: string; region: string };
}

export interface User {
  name: string;
  id: string;
  arn: string;
  createdAt: number;
  tags: Record<string, string>;
  /** What it may do, as patterns over `service:Action`. */
  allow: string[];
  policies: Map<string, Timeline<Policy | undefined>>;
  attached: Attached[];
  /** Since when it has a console password. */
  login?: number;
}

export interface Attached {
  name: string;
  arn: string;
}

export interface Role {
  name: string;
  id: string;
  arn: string;
  createdAt: number;
  allow: string[];
  /** ARNs of those who may assume it; of an account's root for everybody there. */
  trust: string[];
  policies: Map<string, Timeline<Policy | undefined>>;
  attached: Attached[];
}

/** A managed policy of the account's own. */
export interface ManagedPolicy {
  name: string;
  arn: string;
  createdAt: number;
  versions: { id: string; policy: Policy; createdAt: number }[];
  /** Id of the version in force. */
  inForce: string;
}

/** A temporary credential of a user (GetSessionToken) or of a role (AssumeRole). */
export interface Session {
  id: string;
  secret: string;
  token: string;
  issuedAt: number;
  expiresAt: number;
  user?: User;
  role?: Role & { sessionName: string };
}

export interface UserSeed {
  name: string;
  tags?: Record<string, string>;
  allow?: string[];
  attached?: Attached[];
  /** Has a console password. */
  login?: boolean;
  /** ms since the epoch. */
  createdAt?: number;
}

export interface KeySeed {
  id?: string;
  secret?: string;
  status?: 'Active' | 'Inactive';
  createdAt?: number;
  /** Unset: never used. */
  lastUsedAt?: number;
}

/** What the account holds. Every key it ever had stays known, so that its death can be seen late. */
export class World {
  readonly account: string;
  readonly users = new Map<string, User>();
  readonly roles = new Map<string, Role>();
  /** By ARN. */
  readonly managed = new Map<string, ManagedPolicy>();
  /** Console passwords that were ever set. */
  readonly passwords: string[] = [];
  readonly keys = new Map<string, AccessKey>();
  readonly sessions = new Map<string, Session>();
  readonly buckets: { name: string; createdAt: number; objects: string[] }[] = [];

  constructor(account: string) {
    this.account = account;
  }

  addUser(seed: UserSeed, now: number): User {
    const user: User = {
      name: seed.name,
      id: newPrincipalId('AIDA'),
      arn: `arn:aws:iam::${this.account}:user/${seed.name}`,
      createdAt: seed.createdAt ?? now,
      tags: seed.tags ?? {},
      allow: seed.allow ?? [],
      policies: new Map(),
      attached: [...(seed.attached ?? [])],
      ...(seed.login ? { login: seed.createdAt ?? now } : {}),
    };
    this.users.set(user.name, user);
    return user;
  }

  addRole(name: string, allow: string[], trust: string[], now: number): Role {
    const arn = `arn:aws:iam::${this.account}:role/${name}`;
    const empty = { policies: new Map(), attached: [] };
    const role: Role = { name, id: newPrincipalId('AROA'), arn, createdAt: now, allow, trust, ...empty };
    this.roles.set(name, role);
    return role;
  }

  addKey(userName: string, seed: KeySeed, now: number): AccessKey {
    const createdAt = seed.createdAt ?? now;
    const key: AccessKey = {
      id: seed.id ?? newKeyId('AKIA', this.account),
      secret: seed.secret ?? newSecret(),
      userName,
      createdAt,
      status: new Timeline<KeyStatus>(createdAt, seed.status ?? 'Active'),
      ...(seed.lastUsedAt === undefined
        ? {}
        : { lastUsed: { at: seed.lastUsedAt, service: 's3', region: 'eu-west-1' } }),
    };
    this.keys.set(key.id, key);
    return key;
  }

  addSession(of: Pick<Session, 'user' | 'role'>, seconds: number, now: number): Session {
    const session: Session = {
      ...of,
      id: newKeyId('ASIA', this.account),
      secret: newSecret(),
      token: newSecret() + newSecret(),
      issuedAt: Math.floor(now / 1000) * 1000, // aws:TokenIssueTime knows seconds
      expiresAt: now + seconds * 1000,
    };
    this.sessions.set(session.id, session);
    return session;
  }

  putPolicy(user: Pick<User, 'policies'>, name: string, policy: Policy | undefined, now: number): void {
    const past = user.policies.get(name);
    if (past === undefined) user.policies.set(name, new Timeline<Policy | undefined>(now, policy));
    else past.set(now, policy);
  }

  /** Keys of a user as seen by who knows the world up to `time`. */
  keysOf(userName: string, time = Number.POSITIVE_INFINITY): AccessKey[] {
    return [...this.keys.values()].filter((key) => {
      const status = key.status.at(time);
      return key.userName === userName && status !== undefined && status !== 'gone';
    });
  }

  /** Inline policies of a user or role as seen by who knows the world up to `time`. */
  policiesOf(user: Pick<User, 'policies'>, time = Number.POSITIVE_INFINITY): { name: string; policy: Policy }[] {
    return [...user.policies].flatMap(([name, past]) => {
      const policy = past.at(time);
      return policy === undefined ? [] : [{ name, policy }];
    });
  }

  /** What the attached policies of a user or role let it do: the account's own, and two of AWS's. */
  attachedTo({ attached }: Pick<User, 'attached'>): Policy[] {
    return attached.flatMap(({ arn }) => {
      const own = this.managed.get(arn);
      const inForce = own?.versions.find(({ id }) => id === own.inForce)?.policy;
      return inForce ?? AWS_MANAGED[arn] ?? [];
    });
  }
}

const allowing = (action: string): Policy => ({
  document: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  }),
  statements: [{ effect: 'Allow', actions: [action], resources: ['*'], orNoSession: false }],
});

const AWS_MANAGED: Record<string, Policy> = {
  'arn:aws:iam::aws:policy/AdministratorAccess': allowing('*'),
  'arn:aws:iam::aws:policy/IAMFullAccess': allowing('iam:*'),
};
