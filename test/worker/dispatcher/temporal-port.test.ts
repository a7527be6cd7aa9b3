import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TemporalPort, TemporalUnavailable } from '../../../worker/dispatcher/port.js';
import { createTemporalPort } from '../../../worker/dispatcher/temporal-port.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../../worker/temporal/embedded-server.js';
import type { Message } from '../../../workflows/core/message.js';

const message = (id: string, control: Message['control'], person = 'sam'): Message => ({
  id,
  control,
  person,
  roles: [],
  at: 0,
});

let folder: string;
let server: EmbeddedServer;
let connection: NativeConnection;
let worker: Worker;
let working: Promise<void>;
let port: TemporalPort;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-port-'));
  server = await startEmbeddedServer({ folder, env: process.env, say: () => {} });
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  connection = await NativeConnection.connect({ address: server.address });
  worker = await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue: 'firebreak',
    workflowsPath: fileURLToPath(new URL('./trivial-workflow.ts', import.meta.url)),
  });
  working = worker.run();
  const client = new Client({ connection, namespace: server.namespace });
  port = createTemporalPort(client, { taskQueue: 'firebreak', deadlineMs: 5_000, eagerStart: true });
});

afterAll(async () => {
  worker?.shutdown();
  await working;
  await connection?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('starts an incident once in its life, also after it has closed', async () => {
  expect(await port.start('INC-1', 'INC-1 · AKIA…')).toBe('started');
  expect(await port.start('INC-1', 'INC-1 · AKIA…')).toBe('already');
  expect(await port.control('INC-1', message('c1', 'close'))).toEqual({ outcome: 'counted' });
  expect(await port.start('INC-1', 'INC-1 · AKIA…')).toBe('already');
});

it('counts an answer once, however often it is passed on', async () => {
  await port.start('INC-2', 'INC-2');
  expect(await port.control('INC-2', message('d1', 'hold'))).toEqual({ outcome: 'counted' });
  expect(await port.control('INC-2', message('d1', 'hold'))).toEqual({ outcome: 'counted' });
  expect(await port.status('INC-2')).toMatchObject({ said: ['sam'] });
});

it('gives the refusal of the engine with its code and sentence', async () => {
  await port.start('INC-3', 'INC-3');
  expect(await port.control('INC-3', message('d2', 'hold', 'requester'))).toEqual({
    outcome: 'refused',
    refusal: { code: 'self', message: 'You started it, so someone else has to decide.' },
  });
});

it('tells of joined alerts', async () => {
  await port.start('INC-4', 'INC-4');
  const joined = { alerts: 51, exposure: 'public' as const, secretHeld: true, at: 0 };
  expect(await port.joined('INC-4', joined)).toBe('told');
  expect(await port.status('INC-4')).toMatchObject({ alerts: 51 });
});

it('knows what does not run', async () => {
  expect(await port.joined('INC-99', { alerts: 2, exposure: 'unknown', secretHeld: false, at: 0 })).toBe('not-running');
  expect(await port.control('INC-99', message('d3', 'hold'))).toEqual({ outcome: 'not-running' });
  expect(await port.status('INC-99')).toBe('not-running');
  expect(await port.reachable()).toBe(true);
});

describe('a workflow that was terminated from outside', () => {
  const terminate = (id: string) =>
    new Client({ connection, namespace: server.namespace }).workflow.getHandle(id).terminate();

  it('is told from one that runs', async () => {
    await port.start('INC-7', 'INC-7');
    expect(await port.fate('INC-7')).toEqual({ state: 'running' });
    await terminate('INC-7');
    expect(await port.fate('INC-7')).toMatchObject({ state: 'ended', how: 'terminated', at: expect.any(Number) });
    expect(await port.fate('INC-98')).toEqual({ state: 'unknown' });
  });

  it('goes on with all that people said, however often it is resumed', async () => {
    await port.start('INC-8', 'INC-8');
    await port.control('INC-8', message('d8', 'hold'));
    await terminate('INC-8');
    expect(await port.start('INC-8', 'INC-8')).toBe('already');
    expect(await port.revive('INC-8', 'INC-8')).toBe('revived');
    expect(await port.revive('INC-8', 'INC-8')).toBe('running');
    expect(await port.status('INC-8')).toMatchObject({ said: ['sam'] });
    expect(await port.control('INC-8', message('d9', 'hold', 'mia'))).toEqual({ outcome: 'counted' });
  });

  it('begins anew where Temporal has lost it', async () => {
    expect(await port.revive('INC-97', 'INC-97')).toBe('started');
    expect(await port.status('INC-97')).toMatchObject({ said: [] });
  });

  it('is in the list of those that run, or not', async () => {
    await vi.waitFor(async () => {
      const running = await port.runningIds();
      expect([running.has('INC-8'), running.has('INC-7')]).toEqual([true, false]);
    }, 10_000);
  });
});

it('concludes nothing when no worker answers, and nothing when Temporal does not', async () => {
  const other = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection: other, namespace: server.namespace });
  const workless = createTemporalPort(client, { taskQueue: 'nobody-works-here', deadlineMs: 300, personMs: 300 });
  expect(await workless.start('INC-5', 'INC-5')).toBe('started');
  await expect(workless.control('INC-5', message('d4', 'hold'))).rejects.toThrow(TemporalUnavailable);
  await expect(workless.status('INC-5')).rejects.toThrow(TemporalUnavailable);
  await other.close();
  await expect(workless.start('INC-6', 'INC-6')).rejects.toThrow(TemporalUnavailable);
  await expect(workless.joined('INC-5', { alerts: 2, exposure: 'unknown', secretHeld: false, at: 0 })).rejects.toThrow(
    TemporalUnavailable,
  );
  await expect(workless.runningIds()).rejects.toThrow(TemporalUnavailable);
  await expect(workless.isUnderWay('INC-5', 'ask_people')).rejects.toThrow(TemporalUnavailable);
  await expect(workless.fate('INC-5')).rejects.toThrow(TemporalUnavailable);
  await expect(workless.revive('INC-5', 'INC-5')).rejects.toThrow(TemporalUnavailable);
  expect(await workless.reachable()).toBe(false);
});
