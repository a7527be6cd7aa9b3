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
  attached: { name: string; arn: string }[];
  /** Since when it has a console password. */
  login?: number;
}

export interface Role {
  name: string;
  id: string;
  arn: string;
  allow: string[];
  /** ARNs of the users that may assume it. */
  trust: string[];
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
  attached?: { name: string; arn: string }[];
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
      attached: seed.attached ?? [],
      ...(seed.login ? { login: seed.createdAt ?? now } : {}),
    };
    this.users.set(user.name, user);
    return user;
  }

  addRole(name: string, allow: string[], trust: string[]): Role {
    const arn = `arn:aws:iam::${this.account}:role/${name}`;
    const role: Role = { name, id: newPrincipalId('AROA'), arn, allow, trust };
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

  putPolicy(user: User, name: string, policy: Policy | undefined, now: number): void {
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

  /** Inline policies of a user as seen by who knows the world up to `time`. */
  policiesOf(user: User, time = Number.POSITIVE_INFINITY): { name: string; policy: Policy }[] {
    return [...user.policies].flatMap(([name, past]) => {
      const policy = past.at(time);
      return policy === undefined ? [] : [{ name, policy }];
    });
  }
}
