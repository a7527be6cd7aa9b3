import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SigningKey, signedHeaders } from '../../../sandbox/aws/sigv4.js';
import { type AwsTwin, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';
import type { TrailRecord } from '../../../sandbox/aws/trail.js';

const clock = { time: 0, now: () => clock.time };
let folder: string;
let aws: AwsTwin;
let stolen: SigningKey;

beforeEach(async () => {
  clock.time = Date.parse('2026-11-24T09:00:00Z');
  folder = mkdtempSync(join(tmpdir(), 'trail-'));
  aws = await startAwsTwin({ clock, trailFolder: folder, deliverySeconds: 5 });
  aws.addUser({ name: 'svc-payouts', allow: ['s3:*'] });
  stolen = aws.addKey('svc-payouts');
});
afterEach(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

async function call(body: string, service: string, key = stolen): Promise<number> {
  const request = { method: body === '' ? 'GET' : 'POST', url: `${aws.url}/`, ...(body === '' ? {} : { body }) };
  const headers = { 'x-forwarded-for': '185.220.101.4', 'user-agent': 'Boto3/1.34.131' };
  const scope = { service, region: 'eu-west-1', at: clock.now() };
  return (await fetch(request.url, { ...request, headers: { ...headers, ...signedHeaders(request, key, scope) } }))
    .status;
}

/** In the order of their times; which file comes first says nothing, its name is random. */
function delivered(): TrailRecord[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json.gz'));
  const records: TrailRecord[] = files.flatMap((name) => {
    expect(name).toMatch(
      /^AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/11\/24\/111122223333_CloudTrail_us-east-1_20261124T09\d\dZ_[0-9a-f]{16}\.json\.gz$/,
    );
    return JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()).Records;
  });
  return records.sort((a, b) => a.eventTime.localeCompare(b.eventTime));
}

it('delivers nothing early, and all of it when it is due', async () => {
  await call('', 's3');
  expect(delivered()).toEqual([]);
  clock.time += 5000;
  await call('', 's3');
  expect(delivered().map(({ eventTime }) => eventTime)).toEqual(['2026-11-24T09:00:00Z', '2026-11-24T09:00:05Z']);
  expect(aws.trail.flush()).toBeUndefined();
});

it('says who called what from where, and what was refused', async () => {
  await call('', 's3');
  expect(await call('Action=ListUsers&Version=2010-05-08', 'iam')).toBe(403);
  aws.trail.flush();
  const [first, second] = delivered();
  expect(first).toMatchObject({
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '185.220.101.4',
    userAgent: 'Boto3/1.34.131',
    readOnly: true,
    userIdentity: {
      type: 'IAMUser',
      arn: 'arn:aws:iam::111122223333:user/svc-payouts',
      accountId: '111122223333',
      accessKeyId: stolen.id,
      userName: 'svc-payouts',
    },
  });
  expect(second).toMatchObject({ eventSource: 'iam.amazonaws.com', eventName: 'ListUsers', errorCode: 'AccessDenied' });
  expect(first!.eventID).not.toBe(second!.eventID);
});

it('links a session to its user, and writes no secret of it', async () => {
  await call('Action=GetSessionToken&Version=2011-06-15', 'sts');
  aws.trail.flush();
  const [made] = delivered();
  const { accessKeyId } = (made!.responseElements as { credentials: { accessKeyId: string } }).credentials;
  const { secret } = { secret: aws.secretOf(accessKeyId) };
  const token = aws.secrets().find((one) => one.length > 60)!;
  await call('', 's3', { id: accessKeyId, secret, sessionToken: token });
  aws.trail.flush();
  const all = delivered();
  const used = all.find(({ eventName }) => eventName === 'ListBuckets');
  expect(used?.userIdentity).toMatchObject({
    userName: 'svc-payouts',
    accessKeyId,
    sessionContext: { attributes: { creationDate: '2026-11-24T09:00:00Z' } },
  });
  for (const one of aws.secrets()) expect(JSON.stringify(all)).not.toContain(one);
});

it("shows a call of the account's own key that is off as a refused one, and of a stranger's key nothing", async () => {
  await call('', 's3', { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'x' });
  aws.setKeyStatus(stolen.id, 'Inactive');
  clock.time += 4000;
  await call('', 's3');
  const [refused, ...more] = aws.records();
  expect(more).toEqual([]);
  expect(refused).toMatchObject({
    eventName: 'ListBuckets',
    errorCode: 'InvalidAccessKeyId',
    responseElements: null,
    userIdentity: { accessKeyId: stolen.id, userName: 'svc-payouts' },
  });
  expect(aws.counts().refused.ListBuckets).toEqual({ InvalidAccessKeyId: 2 });
});
