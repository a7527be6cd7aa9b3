import { z } from 'zod';
import type { Credential } from '../../../playbooks/language/plan.js';
import { Secret } from '../../secrets/secret.js';
import { ConnectorError } from '../contract.js';
import { LONG_TERM_KEY } from './things.js';

const secretValue = z
  .union([z.string().min(1), z.instanceof(Secret)])
  .transform((value) => (typeof value === 'string' ? new Secret(value) : value));

const seconds = z.number().min(0).max(86_400);

/**
 * `connectors.aws-access-key` of the settings, with its secret references resolved. An account without `credentials`
 * uses the machine's own (environment, profile, instance); with `role` it assumes that role with them.
 */
export const AwsSettings = z.strictObject({
  accounts: z.record(
    z.string().regex(/^\d{12}$/, 'an AWS account id has 12 digits, quoted'),
    z.strictObject({
      role: z
        .string()
        .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'a role is written as its ARN')
        .optional(),
      external_id: z.string().min(2).max(1224).optional(),
      credentials: z
        .strictObject({
          access_key_id: z.string().regex(/^A[KS]IA[A-Z0-9]{12,124}$/, 'not an AWS access key id'),
          secret_access_key: secretValue,
          session_token: secretValue.optional(),
        })
        .optional(),
    }),
  ),
  /** Of STS, and for signing; IAM itself is global. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not an AWS region')
    .default('us-east-1'),
  /** Where IAM and STS are instead of at AWS: the sandbox's twin. */
  endpoint: z.url().optional(),
  /** Tag that names the person whose own credential it is; without it, the user's name does. */
  person_tag: z.string().min(1).max(128).optional(),
  /** How late AWS still accepts a signed request, how late its lists show a change, how far clocks may be apart. */
  fence: z
    .strictObject({
      late_seconds: seconds.default(900),
      lag_seconds: seconds.default(60),
      skew_seconds: seconds.default(5),
    })
    .prefault({}),
  /** How refusals must be spread to count as death, and how long a key may still work after it was changed. */
  propagation: z
    .strictObject({
      looks: z.number().int().min(1).max(20).default(3),
      spread_seconds: seconds.default(10),
      window_seconds: seconds.default(120),
    })
    .prefault({}),
});
export type AwsSettings = z.infer<typeof AwsSettings>;

const TEMPORARY_KEY = /^ASIA[A-Z0-9]{12,124}$/;

/** The id if it is one of a long-term key; throws ConnectorError('invalid') otherwise, without repeating what it was given. */
export function accessKeyId(id: string): string {
  if (LONG_TERM_KEY.test(id)) return id;
  if (TEMPORARY_KEY.test(id)) {
    throw new ConnectorError(
      'invalid',
      `${id} is a temporary session, not a key; open the incident for the AKIA… key or role that issued it`,
    );
  }
  // it may be the secret, pasted in the wrong place: it is not said back
  throw new ConnectorError(
    'invalid',
    'that is not an AWS access key id; it begins with AKIA and has 16 to 128 letters and digits',
  );
}

/** Keys that AWS prints in its own documentation; they open nothing. */
export const isDocumentationKey = (id: string): boolean => /^AKIA[A-Z0-9]*EXAMPLE$/.test(id);

const USER_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):user(\/(?:[!-~]*\/)?)([\w+=,.@-]{1,64})$/;

/** Account and user behind an ARN. Throws ConnectorError('invalid') if it names no IAM user. */
export function userOf(principal: string): { account: string; user: string } {
  const found = USER_ARN.exec(principal);
  if (found === null) {
    throw new ConnectorError(
      'invalid',
      `${principal || 'its holder'} is not an IAM user; only keys of IAM users can be changed`,
    );
  }
  return { account: found[2] as string, user: found[4] as string };
}

/** A key with everything that a change of it needs. Throws ConnectorError('invalid') for one that was never identified. */
export function heldKey(credential: Credential): { id: string; account: string; user: string } {
  const { account, user } = userOf(credential.principal);
  if (account !== credential.account) {
    throw new ConnectorError(
      'invalid',
      `${credential.principal} is not in account ${credential.account}; identify ${credential.id} again`,
    );
  }
  return { id: accessKeyId(credential.id), account, user };
}

export const KeyStatus = z.enum(['Active', 'Inactive']);

/** The policy that ends every session issued before a moment, and nothing else: a long-term key carries no issue time. */
export const SessionCut = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.tuple([
    z.strictObject({
      Sid: z.literal('FirebreakCutSessions'),
      Effect: z.literal('Deny'),
      Action: z.literal('*'),
      Resource: z.literal('*'),
      Condition: z.strictObject({ DateLessThan: z.strictObject({ 'aws:TokenIssueTime': z.iso.datetime() }) }),
    }),
  ]),
});
export type SessionCut = z.infer<typeof SessionCut>;

export const sessionCut = (before: number): SessionCut => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'FirebreakCutSessions',
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(before).toISOString() } },
    },
  ],
});
