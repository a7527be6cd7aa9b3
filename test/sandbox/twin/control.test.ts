import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedHeaders } from '../../../sandbox/aws/sigv4.js';
import { type AwsTwin, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';
import { type ControlAddress, RemoteTwin, startControl, stopSandbox } from '../../../sandbox/twin/control.js';

let aws: AwsTwin;
let control: ControlAddress & { close(): Promise<void> };
let remote: RemoteTwin;
let stopped: () => void;
const stop = new Promise<void>((resolve) => {
  stopped = resolve;
});

beforeEach(async () => {
  aws = await startAwsTwin();
  aws.addUser({ name: 'admin', allow: ['*'] });
  aws.addUser({ name: 'svc-payouts' });
  control = await startControl({ aws: aws.controls }, { onStop: stopped });
  remote = new RemoteTwin('aws', control);
});
afterEach(async () => {
  await control.close();
  await aws.close();
});

function createKey(): Promise<Response> {
  const admin = { id: aws.keysOf('admin')[0]?.id ?? aws.addKey('admin').id, secret: '' };
  const body = 'Action=CreateAccessKey&UserName=svc-payouts&Version=2010-05-08';
  const request = { method: 'POST', url: `${aws.url}/`, body };
  const key = { ...admin, secret: aws.secretOf(admin.id) };
  const headers = signedHeaders(request, key, { service: 'iam', region: 'us-east-1', at: Date.now() });
  return fetch(request.url, { ...request, headers });
}

it('lets nobody in without its token', async () => {
  expect((await fetch(`${control.url}/_twin/aws/state`)).status).toBe(401);
  const guessed = new RemoteTwin('aws', { ...control, token: 'x'.repeat(control.token.length) });
  await expect(guessed.state()).rejects.toThrow('token');
});

it('says what it does not have', async () => {
  await expect(new RemoteTwin('gcp', control).state()).rejects.toThrow('there is no twin gcp');
  await expect(remote.do('dance')).rejects.toThrow('commands: key, add-key');
  await expect(remote.fault({ method: 'CreateAccessKey', kind: 'melt' as never })).rejects.toThrow(
    'no fault is called melt',
  );
  await expect(remote.fault({ method: 'CreateAccessKey', kind: 'kill', pid: process.pid })).rejects.toThrow(
    'another process',
  );
  await expect(remote.do('set-key-status', { id: 'AKIA' })).rejects.toThrow('the twin has no key AKIA');
});

it('kills a process after a change was made and before anyone was told', async () => {
  const worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const exit = once(worker, 'exit');
  await once(worker, 'spawn');
  await remote.fault({ method: 'CreateAccessKey', kind: 'kill', pid: worker.pid! });
  await expect(createKey()).rejects.toThrow();
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect((await remote.counts()).writes).toEqual({ CreateAccessKey: 1 });
  expect(await remote.writes()).toMatchObject([{ method: 'CreateAccessKey', target: 'user/svc-payouts' }]);
  expect(aws.keysOf('svc-payouts')).toHaveLength(1);
});

it('kills a process before the change is looked at, and makes none', async () => {
  const worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const exit = once(worker, 'exit');
  await once(worker, 'spawn');
  await remote.fault({ method: 'CreateAccessKey', kind: 'kill-before', pid: worker.pid! });
  await expect(createKey()).rejects.toThrow();
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect((await remote.counts()).writes).toEqual({});
});

it('calls a hook in process at the same point', async () => {
  let seen = 0;
  aws.faults.add({
    method: 'CreateAccessKey',
    kind: 'hook',
    onApplied() {
      seen = aws.keysOf('svc-payouts').length;
    },
  });
  expect((await createKey()).status).toBe(200);
  expect(seen).toBe(1);
});

it('holds an answer until it is released', async () => {
  await remote.fault({ method: 'CreateAccessKey', kind: 'slow-answer' });
  const creating = createKey();
  await aws.faults.whenHeld();
  expect(aws.keysOf('svc-payouts')).toHaveLength(1);
  expect(await remote.release()).toEqual({ released: 1 });
  expect((await creating).status).toBe(200);
});

it('meets only calls that name what the fault is about, as a whole word', async () => {
  await remote.fault({ method: 'CreateAccessKey', kind: 'error', about: ['svc', 'svc-payout', 'AKIAOTHER'] });
  expect((await createKey()).status).toBe(200);
  await remote.fault({ method: 'CreateAccessKey', kind: 'error', about: ['AKIAOTHER', 'svc-payouts'] });
  expect((await createKey()).status).toBe(500);
  expect((await remote.faults()).pending).toMatchObject([{ about: ['svc', 'svc-payout', 'AKIAOTHER'] }]);
});

it('cuts a held call instead of letting it go on, only where it is about that', async () => {
  await remote.fault({ method: 'CreateAccessKey', kind: 'slow', about: ['svc-payouts'] });
  const creating = createKey();
  await aws.faults.whenHeld();
  expect(await remote.release({ about: ['svc-other'], cut: true })).toEqual({ released: 0 });
  expect(await remote.release({ about: ['svc-payouts'], cut: true })).toEqual({ released: 1 });
  await expect(creating).rejects.toThrow();
  expect((await remote.counts()).writes).toEqual({});
});

it('lets an answer drip so slowly that whoever asked gives up, after it was applied', async () => {
  await remote.fault({ method: 'CreateAccessKey', kind: 'drip' });
  const answer = await createKey();
  const reader = answer.body!.getReader();
  expect((await reader.read()).value).toHaveLength(1);
  await reader.cancel();
  expect((await remote.counts()).writes).toEqual({ CreateAccessKey: 1 });
});

it('remembers the calls that name what is watched', async () => {
  await createKey();
  await remote.watch(['svc-payouts']);
  await createKey();
  expect(await remote.calls()).toMatchObject([{ method: 'CreateAccessKey', names: ['svc-payouts'] }]);
});

it('uses a fault up, and forgets those that were cleared', async () => {
  await remote.fault({ method: '*', kind: 'throttle', times: 2, retryAfterSeconds: 3 });
  const refused = await createKey();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
  await remote.clearFaults();
  expect((await createKey()).status).toBe(200);
});

it('stops the whole sandbox when it is told to', async () => {
  await stopSandbox(control);
  await stop;
});
