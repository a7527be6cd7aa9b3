import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ERROR_CODES, refusalOf } from '../../../activities/connectors/aws-access-key/errors.js';
import { awsAccessKey } from '../../../activities/connectors/aws-access-key/index.js';
import type { Answer, Connector, ConnectorCall } from '../../../activities/connectors/contract.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { type AwsTwin, type AwsTwinOptions, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';
import { describeConnector, type Trouble, type Twinned } from './describe-connector.js';

const ACCOUNT = '111122223333';
const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:user/svc-payouts`;
const CANARY = 'canary-in-an-error-text-4d1f';
const OPERATIONS: Record<string, string> = {
  disable: 'UpdateAccessKey',
  cut_sessions: 'PutUserPolicy',
  rotate: 'CreateAccessKey',
  revoke: 'DeleteAccessKey',
  prove: 'GetCallerIdentity',
  find: 'GetLoginProfile',
  read: '*',
};

interface Started extends Twinned {
  twin: AwsTwin;
  call: ConnectorCall;
}

/** A twin with a responder, a service user and its leaked key, and the real connector on it. */
async function start(options: AwsTwinOptions = {}, settings: Record<string, unknown> = {}): Promise<Started> {
  let ahead = 0;
  let made = 0;
  const now = () => Date.now() + ahead;
  const twin = await startAwsTwin({ clock: { now }, leakInErrors: CANARY, ...options });
  twin.addUser({ name: 'firebreak-ir', allow: ['iam:*', 'sts:*'] });
  twin.addUser({
    name: 'svc-payouts',
    allow: ['s3:*', 'iam:CreateAccessKey', 'iam:CreateUser'],
    tags: { team: 'payments', person: 'mia@acme.example' },
  });
  const responder = twin.addKey('firebreak-ir');
  const leaked = twin.addKey('svc-payouts');
  const connector = awsAccessKey.open(
    awsAccessKey.settings.parse({
      endpoint: twin.url,
      accounts: {
        [ACCOUNT]: { credentials: { access_key_id: responder.id, secret_access_key: responder.secret } },
      },
      ...settings,
    }),
  );
  const credential = {
    kind: 'aws-access-key',
    id: leaked.id,
    account: ACCOUNT,
    name: 'svc-payouts',
    principal: PRINCIPAL,
  };
  return {
    twin,
    connector,
    credential,
    call: { credential, incident: 'INC-142', args: {}, now },
    leaked: new Secret(leaked.secret),
    strangerId: 'AKIA2222222222222222',
    now,
    pass(seconds) {
      ahead += seconds * 1_000;
    },
    writes: () => twin.writes().length - made,
    kept: () => twin.keysOf('svc-payouts').map(({ id }) => id),
    stateOf: (id) => (twin.key(id)?.status ?? 'gone').toLowerCase(),
    async attackerMakes() {
      const theirs = attackerOf(twin, leaked, now);
      await theirs.send(new CreateUserCommand({ UserName: 'svc-backup' }));
      const { AccessKey } = await theirs.send(new CreateAccessKeyCommand({ UserName: 'svc-backup' }));
      made += 2;
      return AccessKey?.AccessKeyId as string;
    },
    trouble: (verb, kind: Trouble) => twin.faults.add({ method: OPERATIONS[verb] as string, kind }),
    canaries: () => [CANARY, ...twin.secrets()],
    close: () => twin.close(),
  };
}

/** IAM as whoever holds the stolen key. */
function attackerOf(twin: AwsTwin, key: { id: string; secret: string }, now: () => number): IAMClient {
  const client = new IAMClient({
    endpoint: twin.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
  });
  client.config.systemClockOffset = now() - Date.now();
  return client;
}

describeConnector('aws-access-key', start);

describe('aws-access-key', () => {
  let started: Started;
  let connector: Connector;
  let call: ConnectorCall;
  beforeEach(async () => {
    started = await start();
    ({ connector, call } = started);
  });
  afterEach(() => started.close());

  const sendNow = () => ({ signedAt: started.now(), signal: AbortSignal.timeout(5_000) });

  describe('what was made since the exposure', () => {
    const ALLOW_ALL = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    const trusting = (account: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
      });
    /** Titles with how each was found, after `deed` was done as an administrator. */
    const foundAfter = async (deed: (iam: IAMClient, twin: AwsTwin) => Promise<unknown>): Promise<string[]> => {
      const { twin, now } = started;
      twin.addUser({ name: 'admin', allow: ['*'] });
      const since = now();
      await deed(attackerOf(twin, twin.addKey('admin'), now), twin);
      const found = await connector.findCreated?.(call, since);
      return (found ?? []).map(({ title, ways }) => `${title} by ${ways.join(', ')}`);
    };

    it('shows a role with those it trusts, and its rights without a date of their own', async () => {
      const found = await foundAfter(async (iam) => {
        await iam.send(
          new CreateRoleCommand({ RoleName: 'backdoor', AssumeRolePolicyDocument: trusting('999988887777') }),
        );
        await iam.send(
          new PutRolePolicyCommand({ RoleName: 'backdoor', PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
        );
      });

      expect(found).toEqual([
        'role backdoor, trusts arn:aws:iam::999988887777:root by IAM GetAccountAuthorizationDetails',
        'inline policy all of role backdoor by IAM GetAccountAuthorizationDetails',
      ]);
    });

    it('shows a new version of an old policy, and not the old one', async () => {
      const { arn } = started.twin.addManagedPolicy('deployers', ALLOW_ALL);

      const found = await foundAfter((iam) =>
        iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: ALLOW_ALL, SetAsDefault: true })),
      );

      expect(found).toEqual([`version v2 of policy ${arn} by IAM GetAccountAuthorizationDetails`]);
    });

    it('shows a console password of an old user', async () => {
      const found = await foundAfter((iam) =>
        iam.send(new CreateLoginProfileCommand({ UserName: 'svc-payouts', Password: 'canary-Passw0rd-51f0' })),
      );

      expect(found).toEqual(['console password of svc-payouts by IAM GetLoginProfile']);
    });

    it('leaves our own cut of sessions out, and shows what only borrows its name', async () => {
      const { twin, now } = started;
      const [cut] = connector.intend('cut_sessions', { ...call });
      const since = now();
      twin.addUser({ name: 'svc-new', createdAt: since });
      twin.putPolicy('svc-new', 'firebreak-INC-9-cut', JSON.stringify(cut?.args));
      twin.putPolicy('svc-new', 'firebreak-INC-8-cut', ALLOW_ALL);

      const found = await connector.findCreated?.(call, since);

      expect(found?.map(({ title }) => title)).toEqual([
        'user svc-new',
        'inline policy firebreak-INC-8-cut of user svc-new',
      ]);
    });

    it('reads every page of an account with more users than one page holds, and every user', async () => {
      const { twin, now } = started;
      for (let index = 0; index < 120; index += 1) twin.addUser({ name: `user-${index}` });
      const since = now();
      const { id } = twin.addKey('user-119', { createdAt: since });

      expect(await connector.findCreated?.(call, since)).toMatchObject([{ credential: { id, name: 'user-119' } }]);
      expect(twin.counts().requests.GetAccountAuthorizationDetails).toBe(2);
    });

    it('waits out a throttle in the middle, and fails at once on one at the begin', async () => {
      const { twin, now } = started;
      const since = now();
      const { id } = twin.addKey('svc-payouts', { createdAt: since });
      twin.faults.add({ method: 'ListAccessKeys', kind: 'throttle', times: 3 });

      expect(await connector.findCreated?.(call, since)).toMatchObject([{ credential: { id } }]);
      twin.faults.add({ method: 'GetAccountAuthorizationDetails', kind: 'throttle', times: 2 });
      await expect(connector.findCreated?.(call, since)).rejects.toMatchObject({ code: 'rate-limited' });
    });

    it.each(['GetAccountAuthorizationDetails', 'ListAccessKeys', 'GetLoginProfile'])(
      'names the permission when it lacks iam:%s',
      async (method) => {
        started.twin.faults.add({ method, kind: 'deny' });

        await expect(connector.findCreated?.(call, 0)).rejects.toMatchObject({
          code: 'permission-denied',
          message: expect.stringContaining(`grant iam:${method}`),
        });
      },
    );
  });

  it('asks what to do, and touches neither key, when the user already has two', async () => {
    started.twin.addKey('svc-payouts');
    const [rotate] = connector.intend('rotate', call);

    const answer = await rotate?.change.apply(rotate.args, sendNow());

    expect(answer).toMatchObject({ kind: 'limit', reason: expect.stringMatching(/as many keys as AWS allows/) });
    expect(started.writes()).toBe(0);
  });

  it('does not report a key contained while AWS still lets it in', async () => {
    const [disable] = connector.intend('disable', call);
    await disable?.change.apply(disable.args, sendNow());

    const early = await connector.prove('contained', call, { leaked: started.leaked });
    started.pass(5);
    const later = await connector.prove('contained', call, { leaked: started.leaked });

    expect([early.seen, later.seen]).toEqual(['no', 'yes']);
  });

  it('calls a key alive that is denied everything', async () => {
    started.twin.faults.add({ method: 'GetCallerIdentity', kind: 'deny' });

    const look = await connector.prove('contained', call, { leaked: started.leaked });

    expect(look).toMatchObject({ seen: 'no', grade: 'refused' });
  });

  it("does not take another user's key for the replacement", async () => {
    started.twin.addUser({ name: 'svc-other' });
    const { id, secret } = started.twin.addKey('svc-other');

    const look = await connector.prove('replacement_works', call, { replacement: { id, secret: new Secret(secret) } });

    expect(look.seen).toBe('no');
    expect(look.line).toMatch(/another user/);
  });

  it('cuts the sessions that the key issued before and shortly after, and none of its own later ones', async () => {
    const [cut] = connector.intend('cut_sessions', call);
    await cut?.change.apply(cut.args, sendNow());

    const document = JSON.parse(started.twin.policiesOf('svc-payouts')['firebreak-INC-142-cut'] ?? '{}');

    const until = Date.parse(document.Statement[0].Condition.DateLessThan['aws:TokenIssueTime']);
    expect(until - started.now()).toBeGreaterThan(5_000);
    expect(until - started.now()).toBeLessThanOrEqual(10_000);
    expect(document.Statement).toHaveLength(1);
  });

  it('leaves every policy but its own alone when it takes the cut away', async () => {
    started.twin.putPolicy('svc-payouts', 'theirs', JSON.stringify({ Version: '2012-10-17', Statement: [] }));
    const [cut] = connector.intend('cut_sessions', call);
    await cut?.change.apply(cut.args, sendNow());

    await cut?.change.apply(cut.argsFor?.(null), sendNow());

    expect(Object.keys(started.twin.policiesOf('svc-payouts'))).toEqual(['theirs']);
  });

  it('does not set back what it cannot set: neither on nor off, nor a policy of somebody else', async () => {
    const [disable] = connector.intend('disable', call);
    const [cut] = connector.intend('cut_sessions', call);

    const status = await disable?.change.apply('Expired', sendNow());
    const policy = await cut?.change.apply({ Version: '2012-10-17', Statement: [] }, sendNow());

    expect([status, policy].map((answer) => answer?.kind)).toEqual(['denied', 'denied']);
    expect(started.writes()).toBe(0);
  });

  it('names user, tags, last use and the sibling that lives on', async () => {
    const sibling = started.twin.addKey('svc-payouts');

    const identity = await connector.identify(call.credential.id);

    expect(identity).toMatchObject({
      known: true,
      account: ACCOUNT,
      name: 'svc-payouts',
      principal: PRINCIPAL,
      tags: { team: 'payments' },
      siblings: [sibling.id],
    });
    expect(identity.lines).toContain('never used');
  });

  it('names whose own key it is: the user, or who the tag that settings name says', async () => {
    expect((await connector.identify(call.credential.id)).subject).toBe('svc-payouts');
    const named = await start({}, { person_tag: 'person' });
    try {
      expect((await named.connector.identify(named.credential.id)).subject).toBe('mia@acme.example');
    } finally {
      await named.close();
    }
  });

  it('asks AWS whose account a key is in only where the likeliest account does not list it', async () => {
    await connector.identify(call.credential.id);
    expect(started.twin.counts().requests.GetAccessKeyInfo ?? 0).toBe(0);

    const elsewhere = await connector.identify('AKIAZZZZZZZZZZZZZZZZ');
    expect(elsewhere.known).toBe(false);
    expect(started.twin.counts().requests.GetAccessKeyInfo).toBe(1);
  });

  it('identifies a key whose tags it may not read, and says so', async () => {
    started.twin.permit('firebreak-ir', ['iam:GetUser', 'iam:ListAccessKeys', 'iam:GetAccessKeyLastUsed', 'sts:*']);

    const identity = await connector.identify(call.credential.id);

    expect(identity).toMatchObject({ known: true, state: 'active', tags: {} });
    expect(identity.lines.join()).toMatch(/tags could not be read \(permission-denied\)/);
  });

  it('says which permission is missing', async () => {
    started.twin.permit('firebreak-ir', ['iam:ListAccessKeys']);
    const [disable] = connector.intend('disable', call);

    const answer = await disable?.change.apply(disable.args, sendNow());

    expect(answer).toMatchObject({ kind: 'denied', reason: expect.stringMatching(/grant iam:UpdateAccessKey$/) });
  });

  it("knows the documentation's example key without asking anybody", async () => {
    started.twin.faults.add({ method: '*', kind: 'error', times: 100 });

    const identity = await connector.identify('AKIAIOSFODNN7EXAMPLE');

    expect(identity).toMatchObject({ known: false, state: 'gone', lines: [expect.stringMatching(/opens nothing/)] });
  });

  it('says whose account it is when it is none of ours', async () => {
    const other = await startAwsTwin({ account: '999988887777' });
    try {
      other.addUser({ name: 'stranger' });
      const { id } = other.addKey('stranger');

      const identity = await connector.identify(id);

      expect(identity).toMatchObject({ known: false, account: '999988887777', state: 'unknown' });
    } finally {
      await other.close();
    }
  });

  it('refuses a temporary session and says what to open instead', async () => {
    await expect(connector.identify('ASIAZZZZZZZZZZZZZZZZ')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/AKIA… key or role that issued it/),
    });
  });

  it('changes nothing of a principal that is no user, or not of the account named', () => {
    const root = { ...call, credential: { ...call.credential, principal: `arn:aws:iam::${ACCOUNT}:root` } };
    const elsewhere = { ...call, credential: { ...call.credential, account: '444455556666' } };

    expect(() => connector.intend('disable', root)).toThrow(/not an IAM user/);
    expect(() => connector.intend('disable', elsewhere)).toThrow(/not in account/);
  });

  it('acts as the role that settings name', async () => {
    const { arn } = started.twin.addRole('firebreak', ['iam:*', 'sts:*'], [`arn:aws:iam::${ACCOUNT}:user/base`]);
    started.twin.addUser({ name: 'base' });
    const base = started.twin.addKey('base');
    const assuming = awsAccessKey.open(
      awsAccessKey.settings.parse({
        endpoint: started.twin.url,
        accounts: {
          [ACCOUNT]: { role: arn, credentials: { access_key_id: base.id, secret_access_key: base.secret } },
        },
      }),
    );
    const [disable] = assuming.intend('disable', call);

    const answer = await disable?.change.apply(disable.args, sendNow());

    expect(answer?.kind).toBe('applied');
    expect(started.twin.records().at(-1)).toMatchObject({ userIdentity: { type: 'AssumedRole' } });
  });

  it('may try again when the role could not be assumed for a moment', async () => {
    const broken = awsAccessKey.open(
      awsAccessKey.settings.parse({
        endpoint: 'http://127.0.0.1:9',
        accounts: {
          [ACCOUNT]: {
            role: `arn:aws:iam::${ACCOUNT}:role/firebreak`,
            credentials: { access_key_id: 'AKIA2222222222222222', secret_access_key: 'unused' },
          },
        },
      }),
    );
    const [rotate] = broken.intend('rotate', call);

    expect((await rotate?.change.apply(rotate.args, sendNow()))?.kind).toBe('throttled');
  });

  it('says in CloudTrail who called and for which incident', async () => {
    const [disable] = connector.intend('disable', call);
    await disable?.change.apply(disable.args, sendNow());

    expect(started.twin.records().at(-1)).toMatchObject({ userAgent: expect.stringContaining('firebreak/INC-142') });
  });

  it("reads the provider's clock with every look", async () => {
    started.pass(300);
    const [disable] = connector.intend('disable', call);

    const { providerTime } = (await disable?.change.read()) ?? {};

    expect(Math.abs((providerTime ?? 0) - started.now())).toBeLessThan(2_000);
  });

  it('reports mistakes in settings without the secret', () => {
    const wrong = awsAccessKey.settings.safeParse({
      accounts: { '12': { credentials: { access_key_id: 'nope', secret_access_key: 'canary-secret' } } },
    });

    expect(wrong.success).toBe(false);
    expect(inspect(wrong, { depth: 9 })).not.toContain('canary-secret');
  });
});

describe('what AWS says, and what it means', () => {
  /** An IAM that answers everything with one error. */
  async function answering(status: number, code: string, headers: Record<string, string> = {}) {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': CANARY, ...headers });
      response.end(
        `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${CANARY}</Message></Error><RequestId>${CANARY}</RequestId></ErrorResponse>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const connector = awsAccessKey.open(
      awsAccessKey.settings.parse({
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        accounts: {
          [ACCOUNT]: { credentials: { access_key_id: 'AKIA2222222222222222', secret_access_key: 'unused' } },
        },
      }),
    );
    const call: ConnectorCall = {
      credential: {
        kind: 'aws-access-key',
        id: 'AKIA3333333333333333',
        account: ACCOUNT,
        name: 'svc-payouts',
        principal: PRINCIPAL,
      },
      incident: 'INC-142',
      args: {},
      now: () => Date.now(),
    };
    return { connector, call, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  const rows: [number, string, Answer['kind'], string][] = [
    [403, 'AccessDenied', 'denied', 'permission-denied'],
    [403, 'InvalidClientTokenId', 'denied', 'permission-denied'],
    [403, 'SignatureDoesNotMatch', 'denied', 'permission-denied'],
    [404, 'NoSuchEntity', 'gone', 'not-found'],
    [409, 'LimitExceeded', 'limit', 'invalid'],
    [409, 'EntityTemporarilyUnmodifiable', 'throttled', 'rate-limited'],
    [400, 'Throttling', 'throttled', 'rate-limited'],
    [429, 'Whatever', 'throttled', 'rate-limited'],
    [400, 'ValidationError', 'denied', 'invalid'],
    [400, 'Whatever', 'unknown', 'unexpected-answer'],
    [418, CANARY, 'unknown', 'unexpected-answer'],
    [500, 'ServiceFailure', 'unknown', 'unavailable'],
    [503, 'Whatever', 'unknown', 'unavailable'],
  ];
  for (const [status, code, kind, meaning] of rows) {
    it(`takes ${status} ${code === CANARY ? 'with an odd name' : code} as ${kind}, and ${meaning} for a look`, async () => {
      const { connector, call, close } = await answering(status, code);
      try {
        const [rotate] = connector.intend('rotate', call);
        const answer = await rotate?.change.apply(rotate.args, {
          signedAt: Date.now(),
          signal: AbortSignal.timeout(5_000),
        });
        const [cut] = connector.intend('cut_sessions', call);
        const thrown = await cut?.change.read().catch((error: unknown) => error);

        expect(answer?.kind).toBe(kind);
        if (meaning === 'not-found') expect(thrown).toEqual({ state: null });
        else expect(thrown).toMatchObject({ code: meaning });
        expect(inspect([answer, thrown], { depth: 9, showHidden: true })).not.toContain(CANARY);
      } finally {
        await close();
      }
    });
  }

  it('waits as long as AWS asks, and no longer than a quarter of an hour', async () => {
    const { connector, call, close } = await answering(429, 'Throttling', { 'retry-after': '7' });
    try {
      const [rotate] = connector.intend('rotate', call);
      const answer = await rotate?.change.apply(rotate.args, {
        signedAt: Date.now(),
        signal: AbortSignal.timeout(5_000),
      });

      expect(answer).toEqual({ kind: 'throttled', afterSeconds: 7 });
    } finally {
      await close();
    }
  });

  it('never says that nothing happened when AWS may have done it', () => {
    const unsure = fc.record({
      name: fc.oneof(fc.constantFrom(...Object.keys(ERROR_CODES)), fc.string()),
      message: fc.string(),
      $metadata: fc.record({ httpStatusCode: fc.integer({ min: 500, max: 599 }) }),
    });
    fc.assert(
      fc.property(unsure, (error) => {
        const named = ERROR_CODES[error.name.replace(/Exception$/, '')];
        fc.pre(named === undefined || named === 'unavailable');
        fc.pre(error.name !== 'RequestExpired');
        expect(refusalOf(error, 'make a new key', 'iam:CreateAccessKey').kind).toBe('unknown');
      }),
    );
  });

  it('never repeats what an error says, whatever it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), fc.string({ minLength: 6 }), (status, text) => {
        const secret = `canary${text}`;
        const error = Object.assign(new Error(secret), { name: secret, $metadata: { httpStatusCode: status } });
        expect(inspect(refusalOf(error, 'make a new key', 'iam:CreateAccessKey'))).not.toContain(secret);
      }),
    );
  });
});
