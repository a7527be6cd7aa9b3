import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SigningKey, signedHeaders } from '../../../sandbox/aws/sigv4.js';
import { type AwsTwin, type AwsTwinOptions, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';

const CANARY = 'canary-in-provider-text';
const clock = { time: 0, now: () => clock.time };
const pass = (seconds: number) => {
  clock.time += seconds * 1000;
};

let aws: AwsTwin;
let stolen: SigningKey;
let admin: SigningKey;

async function start(options: AwsTwinOptions = {}): Promise<void> {
  aws = await startAwsTwin({ clock, lateSeconds: 15, ...options });
  aws.addUser({ name: 'admin', allow: ['*'], login: true });
  aws.addUser({ name: 'svc-payouts', tags: { team: 'payments' }, allow: ['s3:*', 'iam:ListUsers'] });
  admin = aws.addKey('admin');
  stolen = aws.addKey('svc-payouts');
}

beforeEach(async () => {
  clock.time = Date.parse('2026-11-24T09:00:00Z');
  await start();
});
afterEach(() => aws.close());

/** The SDK without its retries. */
const client = (key: SigningKey) => ({
  endpoint: aws.url,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: {
    accessKeyId: key.id,
    secretAccessKey: key.secret,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
  },
  systemClockOffset: clock.now() - Date.now(), // signs in the twin's time
});
const iam = (key: SigningKey) => new IAMClient(client(key));
const sts = (key: SigningKey) => new STSClient(client(key));
const whoAmI = (key: SigningKey) => sts(key).send(new GetCallerIdentityCommand({}));

async function whoAmISigned(at: number): Promise<{ status: number; text: string }> {
  const request = { method: 'POST', url: `${aws.url}/`, body: 'Action=GetCallerIdentity&Version=2011-06-15' };
  const headers = signedHeaders(request, stolen, { service: 'sts', region: 'us-east-1', at });
  const answer = await fetch(request.url, { ...request, headers });
  return { status: answer.status, text: await answer.text() };
}

async function listBuckets(key: SigningKey, headers: Record<string, string> = {}): Promise<Response> {
  const request = { method: 'GET', url: `${aws.url}/`, headers };
  const signed = signedHeaders(request, key, { service: 's3', region: 'eu-west-1', at: clock.now() });
  return fetch(request.url, { headers: signed });
}

describe('who is refused', () => {
  it('refuses a key that it never made', async () => {
    await expect(whoAmI({ id: 'AKIAIOSFODNN7EXAMPLE', secret: stolen.secret })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('refuses the right key with the wrong secret', async () => {
    await expect(whoAmI({ ...stolen, secret: admin.secret })).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('refuses a request of which one byte changed after it was signed', async () => {
    const request = { method: 'POST', url: `${aws.url}/`, body: 'Action=ListUsers&Version=2010-05-08' };
    const headers = signedHeaders(request, stolen, { service: 'iam', region: 'us-east-1', at: clock.now() });
    const send = (body: string) => fetch(request.url, { method: 'POST', headers, body });
    expect((await send(request.body)).status).toBe(200);
    const refused = await send('Action=ListUserz&Version=2010-05-08');
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
  });

  it('refuses a signature older than the limit, and takes the oldest that is not', async () => {
    expect((await whoAmISigned(clock.now() - 15_000)).status).toBe(200);
    const { status, text } = await whoAmISigned(clock.now() - 16_000);
    expect([status, text]).toEqual([403, expect.stringContaining('<Code>SignatureDoesNotMatch</Code>')]);
    expect(text).toContain(
      'Signature expired: 20261124T085944Z is now earlier than 20261124T085945Z (20261124T090000Z - 15 sec.)',
    );
  });

  it('refuses a request held up on its way until its signature had expired, and applies none of it', async () => {
    aws.faults.add({ method: 'UpdateAccessKey', kind: 'slow' });
    const freeze = new UpdateAccessKeyCommand({ UserName: 'svc-payouts', AccessKeyId: stolen.id, Status: 'Inactive' });
    const late = iam(admin).send(freeze);
    const refusal = expect(late).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await aws.faults.whenHeld();
    pass(16);
    aws.faults.release();
    await refusal;
    expect(aws.key(stolen.id)?.status).toBe('Active');
    expect(aws.counts().writes.UpdateAccessKey).toBeUndefined();
  });

  it('refuses a signature from the future', async () => {
    expect((await whoAmISigned(clock.now() + 300_000)).status).toBe(200);
    const { status, text } = await whoAmISigned(clock.now() + 301_000);
    expect([status, text]).toEqual([403, expect.stringContaining('Signature not yet current')]);
  });

  it('refuses what a user has no permission for, and says who and what', async () => {
    await expect(iam(stolen).send(new CreateAccessKeyCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('user/svc-payouts is not authorized to perform: iam:CreateAccessKey'),
    });
  });

  it('refuses a session with somebody else’s token, and an expired one', async () => {
    const session = await sessionOf(stolen);
    await expect(whoAmI({ ...session, sessionToken: 'stale' })).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    pass(36 * 3600);
    await expect(whoAmI(session)).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('words refusals as each service does', async () => {
    const dead = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'x' };
    expect(await (await listBuckets(dead)).text()).toContain('<Code>InvalidAccessKeyId</Code>');
    const describe = { method: 'POST', url: aws.url, body: 'Action=DescribeInstances&Version=2016-11-15' };
    const headers = signedHeaders(describe, dead, { service: 'ec2', region: 'eu-west-1', at: clock.now() });
    const answer = await fetch(describe.url, { ...describe, headers });
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('<Code>AuthFailure</Code>')]);
  });
});

describe('the death of a key', () => {
  const freeze = (status: 'Active' | 'Inactive') =>
    iam(admin).send(new UpdateAccessKeyCommand({ UserName: 'svc-payouts', AccessKeyId: stolen.id, Status: status }));

  it('is not seen before the news has spread, and is after', async () => {
    await freeze('Inactive');
    pass(3);
    await expect(whoAmI(stolen)).resolves.toBeDefined();
    pass(1);
    await expect(whoAmI(stolen)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('is taken back by Active, as late', async () => {
    await freeze('Inactive');
    pass(10);
    await freeze('Active');
    await expect(whoAmI(stolen)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    pass(4);
    await expect(whoAmI(stolen)).resolves.toBeDefined();
  });

  it('is for good after a delete', async () => {
    const gone = new DeleteAccessKeyCommand({ UserName: 'svc-payouts', AccessKeyId: stolen.id });
    await iam(admin).send(gone);
    await expect(iam(admin).send(gone)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await expect(freeze('Active')).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    pass(4);
    await expect(whoAmI(stolen)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    expect(aws.keysOf('svc-payouts')).toEqual([]);
    expect(aws.counts().targets.DeleteAccessKey).toEqual({ [stolen.id]: 1 });
  });
});

async function sessionOf(key: SigningKey): Promise<SigningKey> {
  const { Credentials: made } = await sts(key).send(new GetSessionTokenCommand({}));
  return { id: made!.AccessKeyId!, secret: made!.SecretAccessKey!, sessionToken: made!.SessionToken! };
}

describe('sessions', () => {
  const cut = (before: string) =>
    iam(admin).send(
      new PutUserPolicyCommand({
        UserName: 'svc-payouts',
        PolicyName: 'cut',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Action: '*',
              Resource: '*',
              Condition: { DateLessThan: { 'aws:TokenIssueTime': before } },
            },
          ],
        }),
      }),
    );

  it('outlive the key that they were made from', async () => {
    const session = await sessionOf(stolen);
    aws.setKeyStatus(stolen.id, 'gone');
    pass(60);
    expect((await listBuckets(stolen)).status).toBe(403);
    expect((await listBuckets(session)).status).toBe(200);
  });

  it('are refused by a deny on their issue time: older ones only, and never the long-term key', async () => {
    const old = await sessionOf(stolen);
    pass(60);
    await cut('2026-11-24T09:01:00Z');
    const young = await sessionOf(stolen);
    expect((await listBuckets(old)).status).toBe(200);
    pass(4);
    const refused = await listBuckets(old);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('explicit deny')]);
    expect((await listBuckets(young)).status).toBe(200);
    expect((await listBuckets(stolen)).status).toBe(200);
    await expect(whoAmI(old)).resolves.toBeDefined(); // which AWS allows even then
  });

  it('may not call IAM', async () => {
    await expect(iam(await sessionOf(stolen)).send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  it('of a role are for those whom the role trusts', async () => {
    const { arn } = aws.addRole('firebreak-ir', ['iam:*'], ['arn:aws:iam::111122223333:user/admin']);
    const assume = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'INC-1' });
    await expect(sts(stolen).send(assume)).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Credentials: made } = await sts(admin).send(assume);
    const role = { id: made!.AccessKeyId!, secret: made!.SecretAccessKey!, sessionToken: made!.SessionToken! };
    await expect(iam(role).send(new ListUsersCommand({}))).resolves.toBeDefined();
    expect(await whoAmI(role)).toMatchObject({
      Arn: 'arn:aws:sts::111122223333:assumed-role/firebreak-ir/INC-1',
    });
  });

  it('a policy that it could not enforce is refused, not stored', async () => {
    const put = new PutUserPolicyCommand({
      UserName: 'svc-payouts',
      PolicyName: 'odd',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Deny', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '10/8' } } },
      }),
    });
    await expect(iam(admin).send(put)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    await expect(
      iam(admin).send(new GetUserPolicyCommand({ UserName: 'svc-payouts', PolicyName: 'odd' })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });
});

describe('a new key', () => {
  const create = () => iam(admin).send(new CreateAccessKeyCommand({ UserName: 'svc-payouts' }));

  it('is refused as the third of a user', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 409 },
    });
    expect(aws.keysOf('svc-payouts')).toHaveLength(2);
  });

  it('is there although the answer was lost, and is counted once', async () => {
    aws.faults.add({ method: 'CreateAccessKey', kind: 'lost-after' });
    await expect(create()).rejects.toThrow();
    expect(aws.keysOf('svc-payouts')).toHaveLength(2);
    expect(aws.counts().targets.CreateAccessKey).toEqual({ 'user/svc-payouts': 1 });
  });

  it.each(['throttle', 'error', 'deny', 'lost-before'] as const)('is not there after the fault "%s"', async (kind) => {
    aws.faults.add({ method: 'CreateAccessKey', kind });
    await expect(create()).rejects.toThrow();
    expect(aws.keysOf('svc-payouts')).toHaveLength(1);
    await expect(create()).resolves.toBeDefined();
  });

  it.each(['error-after', 'reset'] as const)('is there after the fault "%s"', async (kind) => {
    aws.faults.add({ method: 'CreateAccessKey', kind });
    await expect(create()).rejects.toThrow();
    expect(aws.keysOf('svc-payouts')).toHaveLength(2);
  });

  it('does not work for as long as the twin is told', async () => {
    await aws.close();
    await start({ newKeySeconds: 10 });
    const { AccessKey: made } = await create();
    const fresh = { id: made!.AccessKeyId!, secret: made!.SecretAccessKey! };
    await expect(whoAmI(fresh)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    pass(10);
    await expect(whoAmI(fresh)).resolves.toMatchObject({ Arn: 'arn:aws:iam::111122223333:user/svc-payouts' });
  });

  it('is not listed before the lag is over', async () => {
    await aws.close();
    await start({ lagSeconds: 2 });
    await create();
    const list = () => iam(admin).send(new ListAccessKeysCommand({ UserName: 'svc-payouts' }));
    expect((await list()).AccessKeyMetadata).toHaveLength(1);
    pass(2);
    expect((await list()).AccessKeyMetadata).toHaveLength(2);
  });
});

describe('what can be read', () => {
  it('pages lists', async () => {
    aws.addKey('svc-payouts', { status: 'Inactive' });
    const first = await iam(admin).send(new ListAccessKeysCommand({ UserName: 'svc-payouts', MaxItems: 1 }));
    expect([first.IsTruncated, first.AccessKeyMetadata?.map((key) => key.Status)]).toEqual([true, ['Active']]);
    const rest = { UserName: 'svc-payouts', MaxItems: 1, Marker: first.Marker };
    const second = await iam(admin).send(new ListAccessKeysCommand(rest));
    expect([second.IsTruncated, second.AccessKeyMetadata?.map((key) => key.Status)]).toEqual([false, ['Inactive']]);
  });

  it('tells a user, its tags, its policies and its password', async () => {
    const ask = iam(admin);
    const of = { UserName: 'svc-payouts' };
    expect((await ask.send(new GetUserCommand(of))).User?.Tags).toEqual([{ Key: 'team', Value: 'payments' }]);
    expect((await ask.send(new ListUserTagsCommand(of))).Tags).toEqual([{ Key: 'team', Value: 'payments' }]);
    const document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    aws.putPolicy('svc-payouts', 'reader', document);
    expect((await ask.send(new ListUserPoliciesCommand(of))).PolicyNames).toEqual(['reader']);
    const policy = await ask.send(new GetUserPolicyCommand({ ...of, PolicyName: 'reader' }));
    expect(decodeURIComponent(policy.PolicyDocument!)).toBe(document);
    expect((await ask.send(new ListAttachedUserPoliciesCommand(of))).AttachedPolicies).toEqual([]);
    await expect(ask.send(new GetLoginProfileCommand(of))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    expect((await ask.send(new GetLoginProfileCommand({ UserName: 'admin' }))).LoginProfile?.UserName).toBe('admin');
  });

  it('knows when and for what a key was last used, and the account of any key by its id', async () => {
    await listBuckets(stolen);
    const used = await iam(admin).send(new GetAccessKeyLastUsedCommand({ AccessKeyId: stolen.id }));
    expect(used).toMatchObject({
      UserName: 'svc-payouts',
      AccessKeyLastUsed: { ServiceName: 's3', Region: 'eu-west-1', LastUsedDate: new Date(clock.now()) },
    });
    const info = (id: string) => sts(admin).send(new GetAccessKeyInfoCommand({ AccessKeyId: id }));
    expect((await info('ASIAQNZGKIQY56JQ7WML')).Account).toBe('029608264753');
    expect((await info(stolen.id)).Account).toBe('111122223333');
  });

  it('answers with the provider’s own clock', async () => {
    expect((await fetch(aws.url)).headers.get('date')).toBe('Tue, 24 Nov 2026 09:00:00 GMT');
  });
});

describe('what is kept', () => {
  it('carries the canary in every error text, when told to', async () => {
    await aws.close();
    await start({ leakInErrors: CANARY });
    await expect(whoAmI({ ...stolen, secret: 'wrong' })).rejects.toThrow(CANARY);
  });

  it('never shows a secret in counts, writes, state or CloudTrail', async () => {
    const { AccessKey: made } = await iam(admin).send(new CreateAccessKeyCommand({ UserName: 'svc-payouts' }));
    await sessionOf(stolen);
    const kept = JSON.stringify([aws.counts(), aws.writes(), aws.controls.state(), aws.records()]);
    expect(aws.secrets()).toContain(made!.SecretAccessKey);
    for (const secret of aws.secrets()) expect(kept).not.toContain(secret);
  });
});
