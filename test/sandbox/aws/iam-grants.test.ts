import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  ListUsersCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SigningKey } from '../../../sandbox/aws/sigv4.js';
import { type AwsTwin, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const trusting = (arn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }],
  });

let aws: AwsTwin;
let stolen: SigningKey;
beforeEach(async () => {
  aws = await startAwsTwin();
  aws.addUser({ name: 'svc-payouts', allow: ['iam:*'] });
  stolen = aws.addKey('svc-payouts');
});
afterEach(() => aws.close());

const clientOf = (key: SigningKey) => ({
  endpoint: aws.url,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
});
const iam = (key = stolen) => new IAMClient(clientOf(key));

it('lets a made user with an administrator policy do everything, and refuses it before', async () => {
  await iam().send(new CreateUserCommand({ UserName: 'mallory' }));
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: 'mallory' }));
  const made = { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
  await expect(iam(made).send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });

  await iam().send(new AttachUserPolicyCommand({ UserName: 'mallory', PolicyArn: ADMINISTRATOR }));

  const { Users } = await iam(made).send(new ListUsersCommand({}));
  expect(Users?.map(({ UserName }) => UserName)).toContain('mallory');
});

it('lets whoever a changed trust names assume the role, and nobody else', async () => {
  aws.addRole('deploy', ['*'], []);
  const assume = () =>
    new STSClient(clientOf(stolen)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${aws.account}:role/deploy`, RoleSessionName: 'x' }),
    );
  await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });

  await iam().send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: 'deploy',
      PolicyDocument: trusting(`arn:aws:iam::${aws.account}:user/svc-payouts`),
    }),
  );

  expect((await assume()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
});

it('lists the whole account page by page, with documents, trust and versions', async () => {
  const { arn } = aws.addManagedPolicy('deployers', ALLOW_ALL);
  await iam().send(new CreateRoleCommand({ RoleName: 'backdoor', AssumeRolePolicyDocument: trusting('999988887777') }));
  await iam().send(new AttachRolePolicyCommand({ RoleName: 'backdoor', PolicyArn: arn }));
  await iam().send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: ALLOW_ALL }));
  await iam().send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v2' }));

  const users: unknown[] = [];
  const roles: { RoleName?: string | undefined; AssumeRolePolicyDocument?: string | undefined }[] = [];
  const policies: unknown[] = [];
  let pages = 0;
  for (let marker: string | undefined; pages === 0 || marker !== undefined; pages += 1) {
    const page = await iam().send(
      new GetAccountAuthorizationDetailsCommand({ MaxItems: 1, ...(marker === undefined ? {} : { Marker: marker }) }),
    );
    users.push(...(page.UserDetailList ?? []));
    roles.push(...(page.RoleDetailList ?? []));
    policies.push(...(page.Policies ?? []));
    marker = page.IsTruncated ? page.Marker : undefined;
  }

  expect(pages).toBe(3);
  expect(users).toHaveLength(1);
  expect(roles[0]).toMatchObject({ RoleName: 'backdoor', AttachedManagedPolicies: [{ PolicyArn: arn }] });
  expect(decodeURIComponent(roles[0]?.AssumeRolePolicyDocument ?? '')).toContain('arn:aws:iam::999988887777:root');
  expect(policies[0]).toMatchObject({
    DefaultVersionId: 'v2',
    PolicyVersionList: [{ VersionId: 'v1' }, { VersionId: 'v2', IsDefaultVersion: true }],
  });
});

it('hides the password of a console login in its trail', async () => {
  await iam().send(new CreateUserCommand({ UserName: 'mallory' }));
  await iam().send(new CreateLoginProfileCommand({ UserName: 'mallory', Password: 'canary-Passw0rd-7d21' }));

  expect(aws.secrets()).toContain('canary-Passw0rd-7d21');
  expect(JSON.stringify(aws.records())).not.toContain('canary-Passw0rd-7d21');
  expect(aws.records().at(-1)).toMatchObject({
    eventName: 'CreateLoginProfile',
    requestParameters: { userName: 'mallory' },
    responseElements: { loginProfile: { userName: 'mallory' } },
  });
});
