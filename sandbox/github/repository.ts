import { createHash } from 'node:crypto';

/** One repository with what Firebreak reads and writes there. */
export interface Repository {
  id: number;
  owner: string;
  name: string;
  private: boolean;
  alerts: Alert[];
  issues: Issue[];
  labels: string[];
  commits: Commit[];
}

export interface Commit {
  sha: string;
  message: string;
  author: { login: string; name: string; email: string };
  at: number;
  path: string;
  blob: string;
  content: string;
}

export type Resolution = 'false_positive' | 'wont_fix' | 'revoked' | 'used_in_tests';

export interface Alert {
  number: number;
  createdAt: number;
  updatedAt: number;
  secretType: string;
  secretTypeName: string;
  secret: string;
  validity: 'active' | 'inactive' | 'unknown';
  publiclyLeaked: boolean;
  locations: { commit: Commit; line: number; startColumn: number; endColumn: number }[];
  resolved?: { as: Resolution; at: number; by: string; comment: string | null };
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string;
  labels: string[];
  assignees: string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  author: string;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  comments: { id: number; body: string; author: string; createdAt: number; updatedAt: number }[];
}

export interface CommitSeed {
  path: string;
  content: string;
  message?: string;
  author?: { login: string; name: string; email: string };
  at?: number;
}

export function commitOf(seed: CommitSeed, now: number): Commit {
  const at = seed.at ?? now;
  const blob = createHash('sha1')
    .update(`blob ${Buffer.byteLength(seed.content)}\0${seed.content}`)
    .digest('hex');
  return {
    sha: createHash('sha1').update(`${blob}${seed.path}${at}`).digest('hex'),
    message: seed.message ?? `Add ${seed.path}`,
    author: seed.author ?? { login: 'jdoe', name: 'Jo Doe', email: 'jo@acme.example' },
    at,
    path: seed.path,
    blob,
    content: seed.content,
  };
}

/** Where a secret stands in a file, lines and columns from 1 as GitHub counts them. */
export function locate(commit: Commit, secret: string): Alert['locations'][number] {
  const lines = commit.content.split('\n');
  const line = lines.findIndex((one) => one.includes(secret));
  if (line < 0) throw new Error(`${commit.path} does not hold the secret of this alert`);
  const column = lines[line]!.indexOf(secret) + 1;
  return { commit, line: line + 1, startColumn: column, endColumn: column + secret.length - 1 };
}

export const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
