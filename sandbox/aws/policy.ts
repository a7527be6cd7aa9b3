import { AwsError } from './aws-error.js';

/** An inline policy: its text as it was put, and the part of the language that the twin enforces. */
export interface Policy {
  document: string;
  statements: Statement[];
}

export interface Statement {
  effect: 'Allow' | 'Deny';
  actions: string[];
  resources: string[];
  /** `aws:TokenIssueTime` must be before this; ms since the epoch. */
  issuedBefore?: number;
  /** The condition also holds where there is no session (…IfExists). */
  orNoSession: boolean;
}

type Json = Record<string, unknown>;
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

/** Reads a policy document. What this twin could not enforce is refused by name, never ignored. */
export function parsePolicy(document: string): Policy {
  let parsed: Json;
  try {
    parsed = JSON.parse(document) as Json;
  } catch {
    throw malformed('Syntax errors in policy.');
  }
  if (parsed.Version !== '2012-10-17') throw malformed('The policy must contain a valid version string');
  const raw = Array.isArray(parsed.Statement) ? parsed.Statement : [parsed.Statement];
  return { document, statements: raw.map((one) => parseStatement(one as Json)) };
}

function parseStatement(raw: Json | undefined): Statement {
  if (raw === null || typeof raw !== 'object') throw malformed('Syntax errors in policy.');
  const known = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];
  const odd = Object.keys(raw).find((name) => !known.includes(name));
  if (odd !== undefined) throw malformed(`This twin does not enforce ${odd}.`);
  if (raw.Effect !== 'Allow' && raw.Effect !== 'Deny') throw malformed('Invalid effect');
  if (raw.Action === undefined || raw.Resource === undefined) throw malformed('Missing required field Action');
  const statement: Statement = {
    effect: raw.Effect,
    actions: list(raw.Action),
    resources: list(raw.Resource),
    orNoSession: false,
  };
  for (const [operator, test] of Object.entries((raw.Condition ?? {}) as Record<string, Json>)) {
    const [key, ...more] = Object.keys(test);
    const late = operator === 'DateLessThan' || operator === 'DateLessThanIfExists';
    if (!late || key?.toLowerCase() !== 'aws:tokenissuetime' || more.length > 0) {
      throw malformed(`This twin enforces DateLessThan of aws:TokenIssueTime only, not ${operator} of ${key}.`);
    }
    const time = Date.parse(list(test[key])[0] ?? '');
    if (Number.isNaN(time)) throw malformed('Invalid date in condition');
    statement.issuedBefore = time;
    statement.orNoSession = operator.endsWith('IfExists');
  }
  return statement;
}

/** What is asked: `iam:ListUsers` on an ARN, by a session issued at a time or, without one, by a long-term key. */
export interface Question {
  action: string;
  resource: string;
  issuedAt?: number;
}

export type Verdict = 'allowed' | 'explicit-deny' | 'implicit-deny';

/** AWS's order: an explicit deny, then an allow, else no. */
export function judge(question: Question, allow: string[], policies: Policy[]): Verdict {
  const hits = policies.flatMap(({ statements }) => statements).filter((statement) => applies(statement, question));
  if (hits.some(({ effect }) => effect === 'Deny')) return 'explicit-deny';
  if (hits.length > 0 || allow.some((pattern) => fits(pattern, question.action))) return 'allowed';
  return 'implicit-deny';
}

function applies(statement: Statement, { action, resource, issuedAt }: Question): boolean {
  if (!statement.actions.some((pattern) => fits(pattern, action))) return false;
  if (!statement.resources.some((pattern) => fits(pattern, resource))) return false;
  if (statement.issuedBefore === undefined) return true;
  return issuedAt === undefined ? statement.orNoSession : issuedAt < statement.issuedBefore;
}

function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}

/** ARNs that a role's trust policy names; an account's number stands for its root. Conditions are not enforced. */
export function parseTrust(document: string): string[] {
  let parsed: Json;
  try {
    parsed = JSON.parse(document) as Json;
  } catch {
    throw malformed('This policy contains invalid Json');
  }
  const raw = (Array.isArray(parsed.Statement) ? parsed.Statement : [parsed.Statement]) as Json[];
  return raw.flatMap((one) => {
    const principal = (one?.Principal as Json | undefined)?.AWS;
    if (one?.Effect !== 'Allow' || principal === undefined) throw malformed('This twin trusts AWS principals only.');
    return list(principal).map((name) => (/^\d{12}$/.test(name) ? `arn:aws:iam::${name}:root` : name));
  });
}

export const trustDocument = (arns: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: arns }, Action: 'sts:AssumeRole' }],
  });

const malformed = (message: string) => new AwsError('MalformedPolicyDocument', 400, message);
