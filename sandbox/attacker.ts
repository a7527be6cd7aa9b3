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
}

export const ATTACKER_ADDRESS = '185.220.101.4';
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
  }, options.everyMs ?? 1000);
}

function sessionIn(text: string): SigningKey | undefined {
  const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
  const [id, secret, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(field);
  return id && secret && sessionToken ? { id, secret, sessionToken } : undefined;
}
