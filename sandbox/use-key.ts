import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type SigningKey, signedHeaders } from './aws/sigv4.js';

/** What one call with a key was answered. */
export interface Use {
  at: number;
  keyId: string;
  action: string;
  /** 0: no answer. */
  status: number;
  /** The provider's code, or why there was no answer. */
  error?: string;
}

export interface Traveller {
  awsUrl: string;
  /** Where the call seems to come from, and with what. */
  address: string;
  agent: string;
}

const TIMEOUT_MS = 5000;

/** STS by the real SDK, without retries, under another address and agent. */
export async function getCallerIdentity(key: SigningKey, from: Traveller): Promise<Use> {
  const client = new STSClient({
    endpoint: from.awsUrl,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    },
  });
  // after signing: neither header is signed
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['user-agent'] = from.agent;
      headers['x-forwarded-for'] = from.address;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'seemsToComeFrom' },
  );
  const use = { at: Date.now(), keyId: key.id, action: 'GetCallerIdentity' };
  try {
    await client.send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    return { ...use, status: 200 };
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return { ...use, status: $metadata?.httpStatusCode ?? 0, error: name };
  } finally {
    client.destroy();
  }
}

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15', ec2: '2016-11-15' } as const;
const SERVICES = {
  ListBuckets: 's3',
  DescribeInstances: 'ec2',
  GetSessionToken: 'sts',
  ListUsers: 'iam',
  ListAccessKeys: 'iam',
  CreateUser: 'iam',
  CreateAccessKey: 'iam',
  CreateLoginProfile: 'iam',
  AttachUserPolicy: 'iam',
  AttachRolePolicy: 'iam',
  UpdateAssumeRolePolicy: 'iam',
} as const;
export type RawCall = keyof typeof SERVICES;

/** One call by signed fetch. `text` is the provider's answer. */
export async function callAws(
  action: RawCall,
  key: SigningKey,
  from: Traveller,
  parameters: Record<string, string> = {},
): Promise<Use & { text: string }> {
  const service = SERVICES[action];
  const call =
    service === 's3'
      ? { method: 'GET' }
      : {
          method: 'POST',
          body: new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters }).toString(),
        };
  const request = {
    ...call,
    url: `${from.awsUrl}/`,
    headers: {
      'user-agent': from.agent,
      'x-forwarded-for': from.address,
      ...('body' in call ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
  };
  const use = { at: Date.now(), keyId: key.id, action };
  try {
    const headers = signedHeaders(request, key, { service, region: 'us-east-1', at: Date.now() });
    const answer = await fetch(request.url, { ...request, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await answer.text();
    const error = answer.ok ? undefined : (/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'Error');
    return { ...use, status: answer.status, text, ...(error === undefined ? {} : { error }) };
  } catch (error) {
    return { ...use, status: 0, text: '', error: (error as Error).name };
  }
}

/** Runs `act` now and then every `everyMs`, never two at once; a failure of it is not the end. */
export function repeat(act: () => Promise<void>, everyMs: number): { stop(): Promise<void> } {
  let wake: () => void = () => {};
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const next = Date.now() + everyMs;
      await act().catch(() => {});
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(next - Date.now(), 0));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    stop() {
      stopped = true;
      wake();
      return running;
    },
  };
}
