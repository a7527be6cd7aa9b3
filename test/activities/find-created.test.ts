import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsAccessKey } from '../../activities/connectors/aws-access-key/index.js';
import { keysTarget } from '../../activities/connectors/aws-access-key/things.js';
import { type StepCall, StepFailed } from '../../activities/contract.js';
import { findCreated } from '../../activities/find-created.js';
import { MOST_KEPT, readFound, recordFound } from '../../activities/found.js';
import type { Seams } from '../../activities/seams.js';
import type { ActStep, Plan } from '../../playbooks/language/plan.js';
import type { EffectRow, Records } from '../../records/records.js';
import { type AwsTwin, startAwsTwin } from '../../sandbox/aws/start-aws-twin.js';
import { attempt } from './pinned-incident.js';
import { openTemporaryRecords } from './temporary-records.js';

const ACCOUNT = '111122223333';
const EXPOSED = Date.parse('2026-11-24T12:00:00Z');
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

const clock = { time: 0, now: () => clock.time };
let twin: AwsTwin;
let records: Records;
let seams: Seams;
let folder: string;
let leaked: { id: string; secret: string };
let admin: { id: string; secret: string };
let closeAll: () => Promise<void>;

beforeEach(async () => {
  clock.time = EXPOSED + 10_000;
  folder = mkdtempSync(join(tmpdir(), 'firebreak-find-'));
  twin = await startAwsTwin({ clock, trailFolder: folder });
  twin.addUser({ name: 'firebreak', allow: ['iam:*', 'sts:*'] });
  twin.addUser({ name: 'admin', allow: ['*'] });
  twin.addUser({ name: 'svc-payouts', allow: ['s3:*', 'iam:*'] });
  twin.addUser({ name: 'svc-reports' });
  const responder = twin.addKey('firebreak');
  leaked = twin.addKey('svc-payouts');
  admin = twin.addKey('admin');
  twin.addUse(leaked.id, { at: EXPOSED - 60_000, service: 's3', name: 'ListBuckets', address: '10.0.0.1', agent: 'x' });
  const opened = await openTemporaryRecords();
  records = opened.records;
  const credentials = { access_key_id: responder.id, secret_access_key: responder.secret };
  const connector = awsAccessKey.open(
    awsAccessKey.settings.parse({ endpoint: twin.url, accounts: { [ACCOUNT]: { credentials } } }),
    clock,
  );
  seams = {
    records,
    clock,
    connectors: { 'aws-access-key': connector },
    logs: { cloudtrail: { folder, lagSeconds: 5, knows: ['aws-access-key'] } },
  } as unknown as Seams;
  closeAll = async () => {
    await twin.close();
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  };
});
afterEach(() => closeAll());

const call: StepCall = {
  incident: 'INC-1',
  digest: 'd',
  step: 'assess.find_created',
  generation: 1,
  view: { stage: 'assessing', waiting: '', held: '', at: 0 },
};
const plan = () =>
  ({
    incident: 'INC-1',
    credential: {
      kind: 'aws-access-key',
      id: leaked.id,
      account: ACCOUNT,
      name: 'svc-payouts',
      principal: `arn:aws:iam::${ACCOUNT}:user/svc-payouts`,
    },
    facts: { exposed_since: { value: new Date(EXPOSED).toISOString(), source: 'alert' } },
  }) as unknown as Plan;
const step = { title: 'Find', args: {} } as unknown as ActStep;
const find = (over: Partial<StepCall> = {}) =>
  findCreated({ seams, plan: plan(), step, call: { ...call, ...over }, attempt });
/** Asks again until it no longer asks to be run later, as its workflow does. */
async function found(): Promise<Awaited<ReturnType<typeof find>>> {
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      return await find();
    } catch (error) {
      const { name, until } = error as { name: string; until: number };
      if (name !== 'Later') throw error;
      clock.time = Math.max(until, clock.time + 1);
    }
  }
  throw new Error('it always asks to be run later');
}
const list = async () => (await readFound(records, 'INC-1', call.step)) ?? [];

/** IAM as whoever holds the pair, in the twin's time. */
function as(key: { id: string; secret: string }): IAMClient {
  const client = new IAMClient({
    endpoint: twin.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
  });
  client.config.systemClockOffset = clock.now() - Date.now();
  return client;
}
async function makesKey(key: { id: string; secret: string }, user: string): Promise<string> {
  const { AccessKey } = await as(key).send(new CreateAccessKeyCommand({ UserName: user }));
  twin.trail.flush();
  return AccessKey?.AccessKeyId ?? '';
}
/** A rotation of another incident, about to make a key for this user, or having made one. */
async function rotation(user: string, made?: string): Promise<EffectRow> {
  const effect = {
    key: `INC-7/recover.rotate/rotate/${user}/1`,
    incident: 'INC-7',
    target: keysTarget(ACCOUNT, user),
    class: 'replace' as const,
    planDigest: 'd',
    args: {},
    before: null,
    mode: 'once' as const,
    undoes: '',
    lookedAt: clock.time,
    now: clock.time,
    quietMs: 900_000,
  };
  const begun = await records.effects.begin(effect);
  if (!begun.granted) throw new Error('not granted');
  if (made === undefined) return begun.row;
  const { key, row } = { key: effect.key, row: begun.row };
  const outcome = { id: made };
  await records.effects.finish({
    key,
    epoch: row.epoch,
    state: 'done',
    outcome,
    clear: true,
    now: clock.time,
    lagMs: 0,
  });
  return row;
}

describe('find_created', () => {
  it('finds what the thief made, each once, with how it was found and by whom', async () => {
    await as(leaked).send(new CreateUserCommand({ UserName: 'svc-backup' }));
    const minted = await makesKey(leaked, 'svc-backup');
    await as(leaked).send(new AttachUserPolicyCommand({ UserName: 'svc-backup', PolicyArn: ADMINISTRATOR }));
    twin.trail.flush();

    const { results, line } = await found();

    expect(results).toEqual({ credentials: 1, others: 2 });
    expect(line).toContain(minted);
    expect(line).toContain('the logs are complete up to then');
    const by = `arn:aws:iam::${ACCOUNT}:user/svc-payouts with ${leaked.id}`;
    expect(await list()).toMatchObject([
      {
        what: 'credential',
        credential: { kind: 'aws-access-key', id: minted, account: ACCOUNT, name: 'svc-backup' },
        title: `access key ${minted} of svc-backup`,
        ways: ['IAM ListAccessKeys', 'CloudTrail CreateAccessKey'],
        at: clock.time - (clock.time % 1_000) - 5_000,
        by,
      },
      { title: 'user svc-backup', ways: ['IAM GetAccountAuthorizationDetails', 'CloudTrail CreateUser'], by },
      {
        title: 'policy AdministratorAccess attached to user svc-backup',
        ways: ['IAM GetAccountAuthorizationDetails', 'CloudTrail AttachUserPolicy'],
        by,
      },
    ]);
  });

  it("gives a team's own new key to people, not to a freeze, once a log says who made it", async () => {
    const theirs = await makesKey(admin, 'svc-reports');

    const { results } = await found();

    expect(results).toEqual({ credentials: 0, others: 1 });
    expect(await list()).toMatchObject([
      { what: 'other', title: `access key ${theirs} of svc-reports`, by: `arn:aws:iam::${ACCOUNT}:user/admin` },
    ]);
  });

  it('does not report the leaked key itself when the thief switched it on again', async () => {
    twin.setKeyStatus(leaked.id, 'Inactive');
    const on = { UserName: 'svc-payouts', AccessKeyId: leaked.id, Status: 'Active' as const };
    await as(leaked).send(new UpdateAccessKeyCommand(on));
    twin.trail.flush();

    expect((await found()).results).toEqual({ credentials: 0, others: 0 });
  });

  it('never reports a key that a rotation of ours made, of this incident or another', async () => {
    const ours = await makesKey(admin, 'svc-reports');
    await rotation('svc-reports', ours);

    expect((await found()).results).toEqual({ credentials: 0, others: 0 });
  });

  it('waits while a rotation of ours may be making that key, then lets people look at it', async () => {
    seams.logs = {};
    const maybe = await makesKey(admin, 'svc-reports');
    await rotation('svc-reports');
    await expect(find()).rejects.toMatchObject({ name: 'Later', until: clock.time + 2_000 });
    clock.time += 60_000;

    const { results } = await find();

    expect(results).toEqual({ credentials: 0, others: 1 });
    expect((await list())[0]?.title).toBe(`access key ${maybe} of svc-reports, which a rotation of ours may have made`);
  });

  it('waits for a rotation of ours whose answer was lost until it is recorded what it made, however quiet it is', async () => {
    seams.logs = {};
    const ours = await makesKey(admin, 'svc-reports');
    const { key, epoch, quietAt } = await rotation('svc-reports');
    clock.time = quietAt + 1;
    await expect(find()).rejects.toMatchObject({ name: 'Later', until: clock.time + 2_000 });

    const outcome = { strays: [ours] };
    await records.effects.finish({
      key,
      epoch,
      state: 'needs_human',
      outcome,
      clear: true,
      now: clock.time,
      lagMs: 0,
    });

    expect((await find()).results).toEqual({ credentials: 0, others: 0 });
  });

  it('waits a minute for a rotation of ours that is quiet and stays open, then lets people look at it', async () => {
    seams.logs = {};
    await makesKey(admin, 'svc-reports');
    clock.time = (await rotation('svc-reports')).quietAt;
    await expect(find()).rejects.toMatchObject({ name: 'Later' });
    clock.time += 60_000;

    expect((await find()).results).toEqual({ credentials: 0, others: 1 });
    expect((await list())[0]?.title).toMatch(/which a rotation of ours may have made$/);
  });

  it('takes a key of which nobody knows who made it for the thief’s, and says that it only listed', async () => {
    seams.logs = {};
    const unknown = await makesKey(admin, 'svc-reports');

    const { results, line } = await find();

    expect(results).toEqual({ credentials: 1, others: 0 });
    expect(line).toMatch(/by listing only: no log of ours knows aws-access-key/);
    expect(line).toMatch(/does not date rights and trust/);
    expect((await list())[0]).toMatchObject({ credential: { id: unknown }, ways: ['IAM ListAccessKeys'] });
    expect((await list())[0]).not.toHaveProperty('by');
  });

  it('finds by listing what it cannot read of, and says why', async () => {
    await makesKey(leaked, 'svc-reports');
    rmSync(folder, { recursive: true });

    const { results, line } = await found();

    expect(results).toEqual({ credentials: 1, others: 0 });
    expect(line).toMatch(/by listing only: cannot scan the logs/);
  });

  it('waits for logs that are seconds behind, and not for those that are minutes behind', async () => {
    await expect(find()).rejects.toMatchObject({ name: 'Later', until: clock.time + 2_000 });
    seams.logs = { cloudtrail: { folder, lagSeconds: 900, knows: ['aws-access-key'] } };

    const { line } = await find({ generation: 2 });

    expect(line).toMatch(/the logs are not complete \(.*may not have been delivered yet.*retry the step when they are/);
  });

  it('shows nothing, and names what it lacks, when it may not list', async () => {
    await makesKey(leaked, 'svc-reports');
    twin.permit('firebreak', ['sts:*', 'iam:ListAccessKeys', 'iam:GetAccountAuthorizationDetails']);

    await expect(found()).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('grant iam:GetLoginProfile'),
    });
    expect(await readFound(records, 'INC-1', call.step)).toBeUndefined();
  });

  it('says of a kind whose connector cannot look that nobody can', async () => {
    seams.connectors = { 'aws-access-key': { ...seams.connectors['aws-access-key'], findCreated: undefined } } as never;

    await expect(find()).rejects.toThrow(StepFailed);
  });

  it('counts the list that was written down, when an attempt died after that', async () => {
    seams.logs = {};
    await makesKey(leaked, 'svc-reports');
    await find();
    await makesKey(leaked, 'svc-reports');

    expect((await find()).results).toEqual({ credentials: 1, others: 0 });
    expect((await find({ generation: 2 })).results).toEqual({ credentials: 2, others: 0 });
    expect(await list()).toHaveLength(2);
  });
});

it('keeps the newest credentials of a list that is too long, and says how many more there are', async () => {
  const many = Array.from({ length: MOST_KEPT + 5 }, (_, index) => ({
    what: 'credential' as const,
    title: `access key ${index}`,
    at: index,
    ways: ['IAM ListAccessKeys'],
  }));
  await recordFound(records, call, many, clock.now());

  const kept = await list();

  expect(kept).toHaveLength(MOST_KEPT + 1);
  expect(kept[0]?.at).toBe(MOST_KEPT + 4);
  expect(kept.at(-1)).toMatchObject({ what: 'other', title: expect.stringContaining('5 more') });
});
