import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { awsAccessKey } from '../../activities/connectors/aws-access-key/index.js';
import type { Connector } from '../../activities/connectors/contract.js';
import { Secret } from '../../activities/secrets/secret.js';
import type { SecretStore } from '../../activities/secrets/store.js';
import type { Case } from '../../playbooks/language/cases.js';
import type { Step } from '../../playbooks/language/plan.js';
import { type AwsTwin, startAwsTwin } from '../../sandbox/aws/start-aws-twin.js';
import type { Write } from '../../sandbox/twin/ledger.js';
import type { CaseProvider, ProviderWrite } from './case-provider.js';
import { ALWAYS, TWIN_FAULT } from './twin-fault.js';

const ACCOUNT = '111122223333';
const USERS = ['svc-payouts', 'svc-reports', 'svc-ledger', 'svc-archive'];
const METHODS: Record<string, string> = {
  disable: 'UpdateAccessKey',
  cut_sessions: 'PutUserPolicy',
  rotate: 'CreateAccessKey',
  revoke: 'DeleteAccessKey',
  find_created: 'GetAccountAuthorizationDetails',
};
const DAY = 24 * 3_600_000;

export interface AwsSite {
  clock: { now(): number };
  folder: string;
  store: SecretStore;
  /** Where the secret of that name is kept. */
  pathOf(name: string): string;
  given: Case['given'];
  owner: string;
  /** Every error text of the twin carries it. */
  canary: string;
}

/** The twin of AWS with the real connector on it, in the time of the case. */
export async function awsProvider({
  clock,
  folder,
  store,
  pathOf,
  given,
  owner,
  canary,
}: AwsSite): Promise<CaseProvider> {
  const trail = join(folder, 'cloudtrail');
  mkdirSync(trail);
  const twin = await startAwsTwin({ clock, account: ACCOUNT, trailFolder: trail, leakInErrors: canary });
  twin.addUser({ name: 'firebreak', allow: ['iam:*', 'sts:*'] });
  const responder = twin.addKey('firebreak');
  const real = awsAccessKey.open(
    awsAccessKey.settings.parse({
      endpoint: twin.url,
      accounts: { [ACCOUNT]: { credentials: { access_key_id: responder.id, secret_access_key: responder.secret } } },
    }),
    clock,
  );
  /** The key goes on working, whatever was done to it. */
  let lives = false;
  const connector: Connector = {
    ...real,
    async prove(proof, call, secrets) {
      const observed = await real.prove(proof, call, secrets);
      return lives ? { ...observed, seen: 'no', line: 'sts GetCallerIdentity: accepted' } : observed;
    },
  };
  /** Id of each key that leaked, or was made by whoever had it, to its user. */
  const leaked = new Map<string, string>();
  let leaks = 0;
  const logs = { folder: trail };
  const userOf = (id: string): string => leaked.get(id) ?? '';
  const madeFor = (id: string) => twin.writes().flatMap((write) => madeBy(write, userOf(id)));
  const restricted = new Set<string>();
  const byHand = new Map<string, string>();

  /** What whoever found the key makes with it at once: keys for users that nobody looks at, and users. */
  const attack = () => {
    const count = (what: string) => Number(given.results[`find_created.${what}`] ?? 0);
    for (let n = 1; n <= count('credentials'); n += 1) {
      const name = `svc-forgotten-${n}`;
      twin.addUser({ name });
      leaked.set(twin.addKey(name, { createdAt: clock.now() }).id, name);
    }
    for (let n = 1; n <= count('others'); n += 1) twin.addUser({ name: `backdoor-${n}`, createdAt: clock.now() });
  };

  return {
    kind: 'aws-access-key',
    connector,
    logs,
    async leak() {
      const name = USERS[leaks] ?? `svc-${leaks}`;
      leaks += 1;
      const { subject } = given.facts;
      const tags = {
        ...(owner === 'unknown' ? {} : { team: owner }),
        ...(subject === 'none' ? {} : { person: subject }),
      };
      twin.addUser({ name, tags, allow: ['s3:*', 'ec2:Describe*'] });
      const key = twin.addKey(name, { createdAt: clock.now() - 90 * DAY });
      leaked.set(key.id, name);
      await store.put(pathOf(name), { id: key.id, secret: new Secret(key.secret) }, key.id);
      writeLogs(twin, trail, key.id, given.results['scan_logs.verdict'], clock.now());
      if (leaks === 1) attack();
      return key;
    },
    credential(id) {
      const status = twin.key(id)?.status ?? 'gone';
      if (status === 'gone') return 'gone';
      return status === 'Inactive' ? 'inactive' : restricted.has(id) ? 'restricted' : 'active';
    },
    async replacement(id) {
      const made = [...madeFor(id), ...[byHand.get(id)].filter((one) => one !== undefined)];
      if (made.length === 0) return 'none';
      const stored = (await store.get(pathOf(userOf(id))))?.id ?? '';
      return made.includes(stored) && twin.key(stored)?.status === 'Active' ? 'works' : 'removed';
    },
    async byHand(verb, id) {
      const user = userOf(id);
      if (verb === 'disable') twin.setKeyStatus(id, 'Inactive');
      else if (verb === 'revoke') twin.setKeyStatus(id, 'gone');
      else if (verb === 'restrict') restricted.add(id);
      else if (verb === 'rotate') {
        const made = twin.addKey(user, { createdAt: clock.now() });
        byHand.set(id, made.id);
        await store.put(pathOf(user), { id: made.id, secret: new Secret(made.secret) }, id);
      }
    },
    async backByHand(verb, id) {
      restricted.delete(id);
      const made = byHand.get(id);
      if (verb === 'disable' && twin.key(id)?.status === 'Inactive') twin.setKeyStatus(id, 'Active');
      else if (verb === 'rotate' && made !== undefined) {
        twin.setKeyStatus(made, 'Inactive');
        await store.remove(pathOf(userOf(id)), made);
      }
    },
    misbehave(step, fault) {
      if (fault === 'alive') {
        lives = true;
        return true;
      }
      if (step.kind === 'act' && step.verb === 'scan_logs') {
        if (fault !== 'unavailable' && fault !== 'not-found') return false;
        // a file in its place cannot be listed, whoever asks
        logs.folder = join(folder, fault === 'unavailable' ? 'records.db' : 'no-such-folder');
        return true;
      }
      const method = methodOf(step, given.facts.secret === 'held');
      const kind = TWIN_FAULT[fault];
      if (method === undefined || kind === undefined) return false;
      twin.faults.add({ method, kind, times: ALWAYS });
      return true;
    },
    behave() {
      lives = false;
      logs.folder = trail;
      twin.faults.clear();
    },
    writes: () =>
      twin
        .writes()
        .filter(isChange)
        .flatMap((write) => changeOf(write, leaked)),
    secrets: () => twin.secrets(),
    whenHeld: () => twin.faults.whenHeld(),
    release: () => void twin.faults.release(),
    tick: () => twin.trail.deliver(),
    close: () => twin.close(),
  };
}

function methodOf(step: Step, isHeld: boolean): string | undefined {
  if (step.kind === 'act' && step.verb !== undefined) return METHODS[step.verb];
  const proof = step.kind === 'act' ? step.proof : step.kind === 'task' ? step.doneWhen : undefined;
  if (proof === undefined) return undefined;
  return isHeld || proof === 'replacement_works' ? 'GetCallerIdentity' : 'ListAccessKeys';
}

const madeBy = ({ method, target, detail }: Write, user: string): string[] =>
  method === 'CreateAccessKey' && target === `user/${user}` && detail.id !== undefined ? [detail.id] : [];

/** Setting what is set already is none. */
function isChange({ method, target, detail }: Write, index: number, all: Write[]): boolean {
  if (method === 'UpdateAccessKey') return detail.before !== detail.status;
  if (method !== 'PutUserPolicy') return true;
  const before = all.slice(0, index).findLast((one) => one.target === target);
  return before?.detail.document !== detail.document;
}

/** The twin's ledger in the words of a page. */
function changeOf(write: Write, leaked: ReadonlyMap<string, string>): ProviderWrite[] {
  const { at, method, target, detail } = write;
  const user = detail.user ?? /^user\/([^/]+)/.exec(target)?.[1];
  const credential = [...leaked].find(([, name]) => name === user)?.[0];
  const one = (verb: string | undefined, way: 'forth' | 'back'): ProviderWrite[] => [
    {
      at,
      what: [method, target, detail.status].filter((word) => word !== undefined).join(' '),
      ...(credential === undefined ? {} : { credential }),
      ...(verb === undefined ? {} : { verb }),
      way,
    },
  ];
  switch (method) {
    case 'UpdateAccessKey':
      if (target !== credential) return one(detail.status === 'Inactive' ? 'rotate' : undefined, 'back');
      return one('disable', detail.status === 'Inactive' ? 'forth' : 'back');
    case 'PutUserPolicy':
      return one(isOurs(target) ? 'cut_sessions' : undefined, 'forth');
    case 'DeleteUserPolicy':
      return one(isOurs(target) ? 'cut_sessions' : undefined, 'back');
    case 'CreateAccessKey':
      return one('rotate', 'forth');
    case 'DeleteAccessKey':
      return one(target === credential ? 'revoke' : undefined, 'forth');
    default:
      return one(undefined, 'forth');
  }
}

const isOurs = (policy: string): boolean => /\/policy\/firebreak-INC-\d+-cut$/.test(policy);

/** A key in an ordinary life; since it leaked, what the verdict of the case needs to be found. */
function writeLogs(twin: AwsTwin, folder: string, id: string, verdict: string | number | undefined, now: number): void {
  const usual = { service: 's3', name: 'PutObject', address: '10.20.0.14', agent: 'svc-payouts/4.2.0' };
  for (let ago = 30; ago >= 1; ago -= 1) twin.addUse(id, { ...usual, at: now - ago * DAY });
  if (verdict === 'suspicious') twin.addUse(id, { ...usual, at: now, address: '185.220.101.4' });
  if (verdict === 'misuse') {
    for (const name of ['GetCallerIdentity', 'ListUsers']) {
      const service = name === 'ListUsers' ? 'iam' : 'sts';
      twin.addUse(id, { at: now, service, name, address: '185.220.101.4', agent: 'Boto3/1.34.131' });
    }
  }
  if (verdict === 'inconclusive') {
    const whole = gzipSync(JSON.stringify({ Records: Array.from({ length: 50 }, (_, eventID) => ({ eventID })) }));
    writeFileSync(join(folder, 'broken-delivery.json.gz'), whole.subarray(0, whole.length / 2));
  }
  twin.trail.flush();
}
