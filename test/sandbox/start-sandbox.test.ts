import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { Octokit } from 'octokit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTACKER_ADDRESS, ATTACKER_AGENT, startAttacker } from '../../sandbox/attacker.js';
import { keyFromVault, SERVICE_ADDRESS, startService } from '../../sandbox/service.js';
import { type Sandbox, type SandboxAddresses, startSandbox } from '../../sandbox/start-sandbox.js';
import { RemoteTwin, stopSandbox } from '../../sandbox/twin/control.js';
import type { Use } from '../../sandbox/use-key.js';

/** Uses as they come, and a wait for the one that fits. */
function watch() {
  const uses: Use[] = [];
  let look: () => void = () => {};
  return {
    uses,
    onUse(use: Use) {
      uses.push(use);
      look();
    },
    until: (fits: (use: Use) => boolean) =>
      new Promise<Use>((resolve) => {
        look = () => {
          const use = uses.find(fits);
          if (use) resolve(use);
        };
        look();
      }),
  };
}

describe('in process', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ propagationSeconds: 3 });
  });
  afterEach(() => sandbox.close());

  it('locks the thief out with the key and its session, and lets the service go on with a new one', async () => {
    const { aws, vault, addresses } = sandbox;
    const { id, secret } = addresses.leaked.payouts;
    const thief = watch();
    const service = watch();
    const attacker = startAttacker({
      awsUrl: aws.url,
      key: { id, secret },
      session: true,
      everyMs: 20,
      onUse: thief.onUse,
    });
    const payouts = startService({
      awsUrl: aws.url,
      readKey: keyFromVault({ ...addresses.vault }),
      everyMs: 20,
      onUse: service.onUse,
    });
    await service.until(({ status }) => status === 200);
    const made = await thief.until(({ action, keyId }) => action === 'ListBuckets' && keyId.startsWith('ASIA'));
    expect(made.status).toBe(200);
    expect(await thief.until(({ action }) => action === 'ListUsers')).toMatchObject({
      status: 403,
      error: 'AccessDenied',
    });
    expect(await thief.until(({ action }) => action === 'DescribeInstances')).toMatchObject({ status: 200 });

    aws.setKeyStatus(id, 'Inactive');
    const fresh = aws.addKey('svc-payouts');
    vault.put(addresses.vault.path, fresh);
    await service.until(({ status, keyId }) => status === 200 && keyId === fresh.id);
    const refused = await thief.until(({ status, action }) => status === 403 && action === 'GetCallerIdentity');
    expect(refused.error).toBe('InvalidClientTokenId');
    await Promise.all([attacker.stop(), payouts.stop()]);

    const uses = aws.records().filter(({ userIdentity }) => userIdentity.accessKeyId === id);
    const agents = new Map(uses.map(({ sourceIPAddress, userAgent }) => [sourceIPAddress, userAgent]));
    expect([...agents.keys()].sort()).toEqual([SERVICE_ADDRESS, ATTACKER_ADDRESS]);
    expect(agents.get(ATTACKER_ADDRESS)).toBe(ATTACKER_AGENT);
  });

  it('lets the thief come back with a key that it makes while its own is off and still works', async () => {
    const { aws, addresses } = sandbox;
    const { id, secret } = addresses.leaked.payouts;
    const thief = watch();
    const attacker = startAttacker({
      awsUrl: aws.url,
      key: { id, secret },
      persists: { user: 'svc-backup', login: true, role: 'deploy' },
      everyMs: 20,
      onUse: thief.onUse,
    });
    await thief.until(({ action }) => action === 'DescribeInstances');
    expect(aws.writes()).toEqual([]);

    aws.setKeyStatus(id, 'Inactive');
    await thief.until(({ status, keyId }) => status === 403 && keyId === id);
    const back = await thief.until(({ status, keyId }) => status === 200 && keyId !== id);
    await attacker.stop();

    expect(aws.writes().map(({ method, by }) => [method, by])).toEqual(
      [
        'CreateUser',
        'CreateAccessKey',
        'AttachUserPolicy',
        'CreateLoginProfile',
        'UpdateAssumeRolePolicy',
        'AttachRolePolicy',
      ].map((method) => [method, id]),
    );
    expect(aws.keysOf('svc-backup')).toMatchObject([{ id: back.keyId, status: 'Active' }]);
  });

  it('says when a service has no key', async () => {
    const { addresses, vault } = sandbox;
    vault.seal(true);
    const service = watch();
    const payouts = startService({
      awsUrl: addresses.aws.url,
      readKey: keyFromVault(addresses.vault),
      everyMs: 20,
      onUse: service.onUse,
    });
    expect(await service.until(() => true)).toMatchObject({ status: 0, error: 'no-key' });
    await payouts.stop();
  });

  it('seeds alerts about both halves of a key, and a month of ordinary use', async () => {
    const { addresses } = sandbox;
    const { payouts } = addresses.leaked;
    const { rest } = new Octokit({ auth: addresses.github.token, baseUrl: addresses.github.url });
    const at = { owner: 'acme', repo: 'payouts-tools' };
    const { data: both } = await rest.secretScanning.listAlertsForRepo(at);
    expect(both.map(({ number, secret_type, secret }) => [number, secret_type, secret])).toEqual([
      [2, 'aws_secret_access_key', payouts.secret],
      [1, 'aws_access_key_id', payouts.id],
    ]);
    const files = readdirSync(addresses.aws.trailFolder, { recursive: true, encoding: 'utf8' });
    const records = files
      .filter((name) => name.endsWith('.gz'))
      .flatMap(
        (name) => JSON.parse(gunzipSync(readFileSync(join(addresses.aws.trailFolder, name))).toString()).Records,
      );
    expect(records.filter(({ userIdentity }) => userIdentity.accessKeyId === payouts.id)).toHaveLength(30);
  });

  it('gives a value to everything that its settings file refers to', () => {
    const settings = readFileSync(new URL('../../sandbox/firebreak.yaml', import.meta.url), 'utf8');
    const asked = [...settings.matchAll(/env:(FIREBREAK_SANDBOX_\w+)/g)].map(([, name]) => name!);
    const given = sandbox.addresses.env;
    expect(asked.filter((name) => !given[name])).toEqual([]);
  });
});

describe('as its own process', () => {
  const main = new URL('../../dist/sandbox/main.js', import.meta.url).pathname;

  it('prints its addresses, can be controlled, and stops when it is told to', async () => {
    expect(existsSync(main), 'run npm run build first').toBe(true);
    const child = spawn(process.execPath, [main, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(child, 'exit');
    const [line] = await once(createInterface(child.stdout), 'line');
    const addresses = JSON.parse(line) as SandboxAddresses;
    expect(addresses.pid).toBe(child.pid);
    const aws = new RemoteTwin('aws', addresses.control);
    expect(await aws.do('key', { id: addresses.leaked.payouts.id })).toMatchObject({ status: 'Active' });
    expect(await aws.do('secrets')).toContain(addresses.leaked.payouts.secret);

    const attacker = spawn(process.execPath, [main, 'attacker'], { stdio: ['pipe', 'pipe', 'ignore'] });
    attacker.stdin.end(JSON.stringify({ awsUrl: addresses.aws.url, key: addresses.leaked.payouts }));
    const [use] = await once(createInterface(attacker.stdout), 'line');
    expect(JSON.parse(use)).toMatchObject({ action: 'GetCallerIdentity', status: 200 });
    const gone = once(attacker, 'exit');
    attacker.kill();
    await gone;

    await stopSandbox(addresses.control);
    expect(await exit).toEqual([0, null]);
  });
});
