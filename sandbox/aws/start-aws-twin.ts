import { type Clock, systemClock } from '../twin/clock.js';
import type { Controls, Twin } from '../twin/control.js';
import { type Fault, Faults } from '../twin/faults.js';
import { type Counts, Ledger, type Write } from '../twin/ledger.js';
import { type Answer, type Request, serve } from '../twin/serve.js';
import { authenticate, type Caller, type Timing } from './authenticate.js';
import { AwsError, noSuchUser } from './aws-error.js';
import { judge, parsePolicy } from './policy.js';
import { answerOf, type Call, callOf, inDialect, refusalOf } from './respond.js';
import { parseAuthorization } from './sigv4.js';
import { recordOf, recordOfRefused, Trail, type TrailRecord } from './trail.js';
import { type KeySeed, type KeyStatus, type UserSeed, World } from './world.js';

export interface AwsTwinOptions {
  clock?: Clock;
  port?: number;
  account?: string;
  /** Requests signed longer ago are refused; 900 as AWS documents, the sandbox takes 15. */
  lateSeconds?: number;
  /** How long a key goes on as before after Inactive, Active or Delete, and a policy after Put or Delete; 4. */
  propagationSeconds?: number;
  /** How long a new key does not authenticate yet; 0. */
  newKeySeconds?: number;
  /** How long reads do not see a write; 0. */
  lagSeconds?: number;
  /** Where CloudTrail files go; absent: records are only kept in memory. */
  trailFolder?: string;
  /** From an event to its file; 5. */
  deliverySeconds?: number;
  /** A canary that every error text carries, to find out who passes provider texts on. */
  leakInErrors?: string;
}

/** A key as an operator sees it who asks no API; `gone` = deleted. */
export interface KeyView {
  id: string;
  userName: string;
  status: KeyStatus;
  createdAt: number;
}

/** AWS for one account: IAM, STS and the reconnaissance part of EC2 and S3, at one endpoint. */
export interface AwsTwin extends Twin {
  account: string;
  region: string;
  faults: Faults;
  trail: Trail;
  /** Outside of counts, CloudTrail and permissions, as if somebody else had done it before or meanwhile. */
  addUser(user: UserSeed): void;
  addRole(name: string, allow: string[], trust: string[]): { arn: string };
  /** A policy of the account's own, to be attached. */
  addManagedPolicy(name: string, document: string): { arn: string };
  addBucket(name: string, objects?: string[]): void;
  addKey(userName: string, seed?: KeySeed): { id: string; secret: string };
  setKeyStatus(id: string, status: KeyStatus): void;
  /** A successful use that happened earlier, in CloudTrail alone: what is normal for this key. */
  addUse(keyId: string, use: { at: number; service: string; name: string; address: string; agent: string }): void;
  /** Replaces what a user may do; patterns over `service:Action`. */
  permit(userName: string, allow: string[]): void;
  putPolicy(userName: string, name: string, document: string | undefined): void;
  key(id: string): KeyView | undefined;
  /** Live ones, oldest first. */
  keysOf(userName: string): KeyView[];
  /** Inline policies by name. */
  policiesOf(userName: string): Record<string, string>;
  secretOf(id: string): string;
  /** Every secret and session token ever made here: what must be found nowhere else. */
  secrets(): string[];
  counts(): Counts;
  writes(): Write[];
  /** CloudTrail, delivered or not. */
  records(): TrailRecord[];
}

/** Starts the twin on loopback. Its time, in signatures, propagation, lag and CloudTrail, is `clock`'s. */
export async function startAwsTwin(options: AwsTwinOptions = {}): Promise<AwsTwin> {
  const clock = options.clock ?? systemClock;
  const account = options.account ?? '111122223333';
  const world = new World(account);
  const faults = new Faults();
  const ledger = new Ledger();
  const trail = new Trail({
    ...(options.trailFolder === undefined ? {} : { folder: options.trailFolder }),
    clock,
    account,
    deliverySeconds: options.deliverySeconds ?? 5,
  });
  const timing: Timing = {
    lateSeconds: options.lateSeconds ?? 900,
    propagationSeconds: options.propagationSeconds ?? 4,
    newKeySeconds: options.newKeySeconds ?? 0,
  };
  const lag = (options.lagSeconds ?? 0) * 1000;

  function answer(request: Request): Answer {
    const call = callOf(request);
    const now = clock.now();
    let caller: Caller | undefined;
    try {
      caller = authenticate(request, call.service, world, timing, now);
      if (caller.key) caller.key.lastUsed = { at: now, service: call.service, region: caller.region };
      permitted(call, caller, now);
      const done = call.operation!.run({ world, caller, params: call.params, now, seenUpTo: now - lag });
      if (done.wrote) {
        const { target, detail = {} } = done.wrote;
        ledger.wrote({ at: now, method: call.name, target, by: caller.accessKeyId, detail });
      }
      record(request, call, caller, now, { elements: done.elements });
      return answerOf(call, done.result);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const refusal = inDialect(call.service, error);
      if (caller !== undefined) record(request, call, caller, now, { error: refusal });
      else recordRefused(request, call, now, refusal);
      return refusalOf(call.service, leaking(refusal));
    } finally {
      trail.deliver();
    }
  }

  function permitted(call: Call, caller: Caller, now: number): void {
    if (call.operation === undefined) {
      throw new AwsError('InvalidAction', 400, `Could not find operation ${call.name} for version of ${call.service}`);
    }
    if (call.service === 'iam' && caller.session && caller.user) {
      // sessions of GetSessionToken may not call IAM without MFA
      throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid');
    }
    const action = call.operation.action ?? `${call.service}:${call.name}`;
    if (action === 'none') return;
    const named = call.params.get('UserName') ?? caller.user?.name;
    const resource = call.service === 'iam' && named ? `arn:aws:iam::${account}:user/${named}` : '*';
    const question = { action, resource, ...(caller.session ? { issuedAt: caller.session.issuedAt } : {}) };
    const who = (caller.user ?? caller.role)!;
    const inline = world.policiesOf(who, now - timing.propagationSeconds * 1000).map(({ policy }) => policy);
    const verdict = judge(question, who.allow, [...inline, ...world.attachedTo(who)]);
    if (verdict === 'allowed') return;
    const because =
      verdict === 'explicit-deny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${action} action`;
    const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
    throw new AwsError('AccessDenied', 403, message);
  }

  /** What a call says of itself, as the trail has it. */
  function asked(request: Request, call: Call) {
    return {
      service: call.service,
      name: call.name,
      address: request.address,
      agent: request.header('user-agent') ?? '-',
      readOnly: call.operation?.readOnly ?? true,
    };
  }

  function record(
    request: Request,
    call: Call,
    caller: Caller,
    at: number,
    outcome: { elements?: unknown; error?: AwsError },
  ): void {
    const event = { ...outcome, ...asked(request, call), caller, at, parameters: call.params.recorded() };
    trail.add(recordOf(event, world));
  }

  /** A key of this account that is off, gone or wrongly signed: its account's trail shows the attempt. */
  function recordRefused(request: Request, call: Call, at: number, error: AwsError): void {
    const keyId = parseAuthorization(request.header('authorization'))?.accessKeyId ?? '';
    const held = world.keys.get(keyId) ?? world.sessions.get(keyId);
    if (held === undefined) return; // nobody's key is in nobody's trail
    const userName = 'userName' in held ? held.userName : held.user?.name;
    const name = userName === undefined ? {} : { userName };
    trail.add(recordOfRefused({ ...asked(request, call), ...name, keyId, at, error }, world));
  }

  const leaking = (error: AwsError) =>
    options.leakInErrors === undefined
      ? error
      : new AwsError(error.code, error.status, `${error.message} (debug: ${options.leakInErrors})`);

  function refuse(fault: Fault, request: Request): Answer {
    const { service } = callOf(request);
    const error =
      fault.kind === 'throttle'
        ? new AwsError('Throttling', 429, 'Rate exceeded')
        : fault.kind === 'deny'
          ? new AwsError('AccessDenied', 403, 'User is not authorized to perform this operation')
          : new AwsError('ServiceFailure', 500, 'The request processing has failed because of an unknown error.');
    const refusal = refusalOf(service, leaking(error));
    if (fault.retryAfterSeconds !== undefined) refusal.headers!['retry-after'] = String(fault.retryAfterSeconds);
    return refusal;
  }

  const served = await serve({
    clock,
    port: options.port ?? 0,
    faults,
    ledger,
    name(request) {
      const by = parseAuthorization(request.header('authorization'))?.accessKeyId;
      return { method: callOf(request).name, ...(by === undefined ? {} : { by }) };
    },
    answer,
    refuse,
  });
  const delivery = setInterval(() => trail.deliver(), 500);
  delivery.unref();

  /** What was there before the story began has long been known everywhere. */
  const longAgo = () => clock.now() - 24 * 3600 * 1000;
  const view = (id: string): KeyView | undefined => {
    const key = world.keys.get(id);
    return key && { id, userName: key.userName, status: key.status.now, createdAt: key.createdAt };
  };
  const user = (name: string) => {
    const found = world.users.get(name);
    if (found === undefined) throw noSuchUser(name);
    return found;
  };
  const twin: Omit<AwsTwin, 'controls'> = {
    url: served.url,
    account,
    region: 'us-east-1',
    faults,
    trail,
    addUser: (seed) => void world.addUser({ createdAt: longAgo(), ...seed }, clock.now()),
    addRole: (name, allow, trust) => world.addRole(name, allow, trust, longAgo()),
    addManagedPolicy(name, document) {
      const arn = `arn:aws:iam::${account}:policy/${name}`;
      const createdAt = longAgo();
      const versions = [{ id: 'v1', policy: parsePolicy(document), createdAt }];
      world.managed.set(arn, { name, arn, createdAt, versions, inForce: 'v1' });
      return { arn };
    },
    addBucket: (name, objects = []) => void world.buckets.push({ name, createdAt: clock.now(), objects }),
    addKey(userName, seed = {}) {
      const { id, secret } = world.addKey(user(userName).name, { createdAt: longAgo(), ...seed }, clock.now());
      return { id, secret };
    },
    setKeyStatus(id, status) {
      const key = world.keys.get(id);
      if (key === undefined) throw new Error(`the twin has no key ${id}`);
      key.status.set(clock.now(), status);
    },
    addUse(keyId, use) {
      const key = world.keys.get(keyId);
      if (key === undefined) throw new Error(`the twin has no key ${keyId}`);
      const holder = user(key.userName);
      const caller = { accessKeyId: keyId, arn: holder.arn, region: 'eu-west-1', user: holder, key };
      trail.add(recordOf({ ...use, caller, readOnly: true, parameters: null }, world));
    },
    permit(userName, allow) {
      user(userName).allow = allow;
    },
    putPolicy(userName, name, document) {
      const policy = document === undefined ? undefined : parsePolicy(document);
      world.putPolicy(user(userName), name, policy, clock.now());
    },
    key: view,
    keysOf: (userName) => world.keysOf(userName).map(({ id }) => view(id)!),
    policiesOf: (userName) =>
      Object.fromEntries(world.policiesOf(user(userName)).map(({ name, policy }) => [name, policy.document])),
    secretOf(id) {
      const holder = world.keys.get(id) ?? world.sessions.get(id);
      if (holder === undefined) throw new Error(`the twin has no key ${id}`);
      return holder.secret;
    },
    secrets: () => [
      ...[...world.keys.values()].map(({ secret }) => secret),
      ...[...world.sessions.values()].flatMap(({ secret, token }) => [secret, token]),
      ...world.passwords,
    ],
    counts: () => ledger.counts(),
    writes: () => ledger.writes(),
    records: () => trail.records(),
    async close() {
      clearInterval(delivery);
      await served.close();
      trail.flush();
    },
  };
  return { ...twin, controls: controlsOf(twin, world, ledger) };
}

function controlsOf(twin: Omit<AwsTwin, 'controls'>, world: World, ledger: Ledger): Controls {
  return {
    faults: twin.faults,
    ledger,
    state: () => ({
      account: twin.account,
      users: [...world.users.values()].map(({ name, tags }) => ({
        name,
        tags,
        keys: twin.keysOf(name),
        policies: twin.policiesOf(name),
      })),
      roles: [...world.roles.values()].map(({ name, trust }) => ({ name, trust })),
    }),
    commands: {
      key: ({ id }) => twin.key(String(id)) ?? null,
      'add-key': ({ user, createdAt }) =>
        twin.addKey(String(user), createdAt === undefined ? {} : { createdAt: Number(createdAt) }),
      'set-key-status': ({ id, status }) => twin.setKeyStatus(String(id), status as KeyStatus),
      permit: ({ user, allow }) => twin.permit(String(user), allow as string[]),
      secrets: () => twin.secrets(),
      records: () => twin.records(),
      flush: () => ({ file: twin.trail.flush() ?? null }),
    },
  };
}
