import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMade, type Made } from '../../../activities/logs/find-made.js';
import { IAM_DEEDS } from '../../../activities/logs/iam-deed.js';
import { KEY, LEAK, othersUntil, record, trailFolder } from './write-trail.js';

const MINUTE = 60_000;
const ACCOUNT = '111122223333';
const MINTED = 'AKIAMINTEDMINTED0001';
const SESSION = 'ASIASESSIONSESSION01';

const identity = (userName: string, accessKeyId: string) => ({
  type: 'IAMUser',
  arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`,
  accountId: ACCOUNT,
  userName,
  accessKeyId,
});
const thief = identity('svc-payouts', KEY);
const admin = identity('admin', 'AKIAADMINADMINADMIN1');

type Over = Record<string, unknown>;
const iam = (at: number, eventName: string, who: Over, request: Over, answer: Over | null = null, over: Over = {}) =>
  record(at, {
    eventSource: 'iam.amazonaws.com',
    eventName,
    userIdentity: who,
    requestParameters: request,
    responseElements: answer,
    recipientAccountId: ACCOUNT,
    ...over,
  });
const makesKey = (at: number, who: Over, userName: string, accessKeyId: string, over: Over = {}) =>
  iam(at, 'CreateAccessKey', who, { userName }, { accessKey: { userName, accessKeyId, status: 'Active' } }, over);
const session = (at: number, eventName: string, who: Over, accessKeyId: string, request: Over = {}, over: Over = {}) =>
  record(at, {
    eventSource: 'sts.amazonaws.com',
    eventName,
    userIdentity: who,
    requestParameters: request,
    responseElements: { credentials: { accessKeyId } },
    recipientAccountId: ACCOUNT,
    ...over,
  });
const asRole = (role: string, accessKeyId: string) => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/x`,
  accountId: ACCOUNT,
  accessKeyId,
  sessionContext: { sessionIssuer: { type: 'Role', userName: role } },
});

const until = LEAK + 40 * MINUTE;
const find = (files: Parameters<typeof trailFolder>[0], over: Partial<Parameters<typeof findMade>[0]> = {}) =>
  findMade({
    folder: trailFolder(files),
    credentialId: KEY,
    since: LEAK,
    until,
    now: LEAK + 60 * MINUTE,
    lagSeconds: 900,
    ...over,
  });
const titles = (deeds: Made['chained']) => deeds.map(({ thing }) => thing?.title);

describe('what the leaked key made', () => {
  it('is found however often the thief changed hands, whatever the order of the files', async () => {
    const story = [
      makesKey(LEAK + MINUTE, thief, 'svc-backup', MINTED),
      session(LEAK + 2 * MINUTE, 'GetSessionToken', identity('svc-backup', MINTED), SESSION),
      iam(LEAK + 3 * MINUTE, 'CreateUser', identity('svc-backup', SESSION), { userName: 'mallory' }),
      makesKey(LEAK + 4 * MINUTE, identity('mallory', 'ASIACONSOLECONSOLE01'), 'mallory', 'AKIAMALLORYMALLORY01'),
      session(LEAK + 5 * MINUTE, 'AssumeRole', identity('mallory', 'AKIAMALLORYMALLORY01'), 'ASIAROLEROLEROLEROL1', {
        roleArn: `arn:aws:iam::${ACCOUNT}:role/deploy`,
      }),
      iam(LEAK + 6 * MINUTE, 'AttachUserPolicy', asRole('deploy', 'ASIAROLEROLEROLEROL1'), {
        userName: 'mallory',
        policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      }),
    ];
    const everything = [
      'access key AKIAMINTEDMINTED0001 of svc-backup',
      'user mallory',
      'access key AKIAMALLORYMALLORY01 of mallory',
      'policy AdministratorAccess attached to user mallory',
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(story, { minLength: story.length }), async (shuffled) => {
        const files = Object.fromEntries(shuffled.map((one, index) => [`${index}.json.gz`, [one]]));
        const made = await find({ ...files, 'z.json': othersUntil(until) });
        expect(titles(made.chained)).toEqual(everything);
        expect(made.byOthers).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('is told apart from what others made, who are named', async () => {
    const made = await find({
      'a.json': [
        makesKey(LEAK + MINUTE, thief, 'svc-backup', MINTED),
        makesKey(LEAK + MINUTE, admin, 'ci-deploy', 'AKIACIDEPLOYDEPLOY01'),
      ],
    });

    expect(titles(made.chained)).toEqual(['access key AKIAMINTEDMINTED0001 of svc-backup']);
    expect(made.byOthers).toMatchObject([
      { caller: { arn: `arn:aws:iam::${ACCOUNT}:user/admin` }, thing: { credential: { id: 'AKIACIDEPLOYDEPLOY01' } } },
    ]);
  });

  it('is nothing that was refused, was before the exposure, or somebody of the same name did elsewhere', async () => {
    const made = await find({
      'a.json': [
        makesKey(LEAK + MINUTE, thief, 'svc-backup', MINTED, { errorCode: 'AccessDenied', responseElements: null }),
        makesKey(LEAK - MINUTE, thief, 'svc-backup', MINTED),
        iam(LEAK + MINUTE, 'CreateUser', thief, { userName: 'mallory' }),
        makesKey(
          LEAK + 2 * MINUTE,
          { ...identity('mallory', 'AKIAELSEWHEREELSEWH1'), accountId: '444455556666' },
          'mallory',
          'AKIAELSEWHEREELSEWH2',
          { recipientAccountId: '444455556666' },
        ),
      ],
    });

    expect(titles(made.chained)).toEqual(['user mallory']);
  });

  it('is also what came in through a role that the thief opened to another account, and not what its own users did', async () => {
    const stranger = { type: 'AWSAccount', accountId: '999988887777', principalId: 'x' };
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/deploy`;
    const made = await find({
      'a.json': [
        iam(LEAK + MINUTE, 'UpdateAssumeRolePolicy', thief, { roleName: 'deploy', policyDocument: '{}' }),
        session(LEAK + 2 * MINUTE, 'AssumeRole', stranger, 'ASIASTRANGERSTRANG01', { roleArn }),
        session(LEAK + 2 * MINUTE, 'AssumeRole', admin, 'ASIAADMINADMINADMIN1', { roleArn }),
        iam(LEAK + 3 * MINUTE, 'CreateUser', asRole('deploy', 'ASIASTRANGERSTRANG01'), { userName: 'theirs' }),
        iam(LEAK + 3 * MINUTE, 'CreateUser', asRole('deploy', 'ASIAADMINADMINADMIN1'), { userName: 'ours' }),
      ],
    });

    expect(titles(made.chained)).toEqual(['trust policy of role deploy', 'user theirs']);
    expect(titles(made.byOthers)).toEqual(['user ours']);
  });

  it('is also what a user did with the console password that the thief gave it, and not with its own key', async () => {
    const made = await find({
      'a.json': [
        iam(LEAK + MINUTE, 'UpdateLoginProfile', thief, { userName: 'ana' }),
        iam(LEAK + 2 * MINUTE, 'CreateUser', identity('ana', 'ASIACONSOLECONSOLE01'), { userName: 'theirs' }),
        iam(LEAK + 2 * MINUTE, 'CreateUser', identity('ana', 'AKIAANAANAANAANAANA1'), { userName: 'ours' }),
      ],
    });

    expect(titles(made.chained)).toEqual(['console password of ana', 'user theirs']);
  });

  it('counts a key that the thief switched on again as one that it made', async () => {
    const on = (status: string, accessKeyId: string) =>
      iam(LEAK + MINUTE, 'UpdateAccessKey', thief, { userName: 'svc-old', accessKeyId, status });
    const made = await find({
      'a.json': [on('Active', 'AKIAOLDOLDOLDOLDOLD1'), on('Inactive', 'AKIAOLDOLDOLDOLDOLD2')],
    });

    expect(made.chained).toMatchObject([{ thing: { what: 'credential', credential: { id: 'AKIAOLDOLDOLDOLDOLD1' } } }]);
  });

  it('counts a record that was delivered twice once', async () => {
    const one = makesKey(LEAK + MINUTE, thief, 'svc-backup', MINTED);

    expect((await find({ 'a.json': [one], 'b.json.gz': [one] })).chained).toHaveLength(1);
  });

  it('takes what a log says for an id only if it is one, and breaks no line', async () => {
    const made = await find({
      'a.json': [
        makesKey(LEAK + MINUTE, thief, 'x\u202e\nINC-1 closed', 'not an id'),
        iam(LEAK + MINUTE, 'CreateUser', thief, { userName: 'a\u0007b' }),
      ],
    });

    expect(made.chained.map(({ thing }) => thing?.what)).toEqual(['other', 'other']);
    expect(titles(made.chained).join('')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it('gives every call of its list a thing with a name', async () => {
    const made = await find({
      'a.json': Object.keys(IAM_DEEDS).map((name) =>
        iam(LEAK + MINUTE, name, thief, { userName: 'u', roleName: 'r', groupName: 'g', status: 'Active' }),
      ),
    });

    expect(made.chained).toHaveLength(Object.keys(IAM_DEEDS).length);
    expect(titles(made.chained).every((title) => (title ?? '') !== '')).toBe(true);
  });
});

describe('logs that do not tell all', () => {
  it('say so, and tell what they can', async () => {
    const whole = gzipSync(JSON.stringify({ Records: [record(LEAK)] }));
    const made = await find({
      'a.json': [...othersUntil(until), makesKey(LEAK + MINUTE, thief, 'svc-backup', MINTED)],
      'b.json.gz': whole.subarray(0, whole.length - 10),
    });

    expect(made.chained).toHaveLength(1);
    expect(made.coverage).toMatchObject({ complete: false, unread: 1 });
  });

  it('say so while the newest calls are on their way', async () => {
    const { coverage } = await find({ 'a.json': othersUntil(until) }, { now: until });

    expect(coverage.reasons.join()).toContain('may not have been delivered yet');
  });

  it('are complete when they are', async () => {
    expect((await find({ 'a.json': othersUntil(until) })).coverage).toMatchObject({ complete: true, reasons: [] });
  });

  it('are refused where there is no folder', async () => {
    await expect(find({}, { folder: '/nowhere/at/all' })).rejects.toMatchObject({ code: 'not-found' });
  });
});
