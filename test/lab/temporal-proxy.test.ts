import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporalProxy, type TemporalProxy } from './temporal-proxy.js';
import { startTemporalServer, type TemporalServer } from './temporal-server.js';

describe('the proxy in front of Temporal', () => {
  let folder: string;
  let server: TemporalServer;
  let proxy: TemporalProxy;
  let connection: NativeConnection;
  let worker: Worker;
  let working: Promise<void>;
  /** By the proxy, and around it. */
  let client: Client;
  let direct: Client;
  let echoes: Record<string, number>;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    folder = mkdtempSync(join(tmpdir(), 'firebreak-proxy-'));
    server = await startTemporalServer(folder);
    proxy = await startTemporalProxy({ host: '127.0.0.1', port: server.port });
    connection = await NativeConnection.connect({ address: proxy.address });
    echoes = {};
    worker = await Worker.create({
      connection,
      taskQueue: 'echo',
      workflowsPath: fileURLToPath(new URL('./temporal-proxy-workflow.ts', import.meta.url)),
      activities: {
        async echo(text: string): Promise<string> {
          echoes[text] = (echoes[text] ?? 0) + 1;
          return text;
        },
      },
      stickyQueueScheduleToStartTimeout: '1s',
    });
    working = worker.run();
    client = new Client({ connection });
    direct = new Client({ connection: await Connection.connect({ address: server.address }) });
  });
  afterAll(async () => {
    worker?.shutdown();
    await working;
    await connection?.close();
    await direct?.connection.close();
    await proxy?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (workflowId: string, text = workflowId, waits = false) =>
    client.workflow.start('echoing', { workflowId, taskQueue: 'echo', args: [text, waits], requestEagerStart: true });
  const events = async ({ workflowId }: { workflowId: string }) => {
    const { history } = await direct.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId },
    });
    return (history?.events ?? []).map(({ eventType }) => Number(eventType));
  };

  it('lets everything pass: calls, updates, large payloads, many at once, refusals', async () => {
    const handle = await start('passes', 'passes', true);
    expect(await handle.executeUpdate('add', { args: ['!'] })).toBe(1);
    expect(await handle.result()).toBe('passes!');
    const large = 'x'.repeat(1_500_000);
    expect(await (await start('large', large)).result()).toBe(large);
    const many = await Promise.all(Array.from({ length: 60 }, (_, at) => start(`many-${at}`)));
    expect(await Promise.all(many.map((one) => one.result()))).toEqual(many.map(({ workflowId }) => workflowId));
    await expect(client.workflow.getHandle('nobody').describe()).rejects.toThrow(WorkflowNotFoundError);
    expect(proxy.counts.RespondActivityTaskCompleted).toBeGreaterThan(50);
  });

  it('gives up with whoever gives up', async () => {
    const before = proxy.counts.GetWorkflowExecutionHistory ?? 0;
    await expect(
      client.withDeadline(Date.now() + 300, () => client.workflow.getHandle('waits-for-ever').result()),
    ).rejects.toThrow();
    const handle = await start('waits-for-ever', 'waits-for-ever', true);
    await expect(client.withDeadline(Date.now() + 300, () => handle.result())).rejects.toThrow();
    expect(proxy.counts.GetWorkflowExecutionHistory).toBeGreaterThan(before);
    await handle.terminate();
  });

  it('stops an answer before the server hears of it, for one workflow and activity alone', async () => {
    const point = proxy.at({
      rpc: 'RespondActivityTaskCompleted',
      when: 'before',
      workflow: 'stands-before',
      activity: 'echo',
    });
    const handle = await start('stands-before');
    expect(await (await start('passes-by')).result()).toBe('passes-by');
    expect(await point.reached).toEqual({
      rpc: 'RespondActivityTaskCompleted',
      workflow: 'stands-before',
      activity: 'echo',
    });
    // started, and not completed
    expect((await events(handle)).filter((type) => type === 12)).toEqual([]);
    point.release();
    expect(await handle.result()).toBe('stands-before');
    expect(echoes['stands-before']).toBe(1);
  });

  it('stops an answer after the server has it', async () => {
    const point = proxy.at({ rpc: 'RespondActivityTaskCompleted', when: 'after', workflow: 'stands-after' });
    const handle = await start('stands-after');
    await point.reached;
    expect((await events(handle)).filter((type) => type === 12)).toHaveLength(1);
    // the worker asks again, is told that it is over, and nothing is done twice
    point.cut();
    expect(await handle.result()).toBe('stands-after');
    expect(echoes['stands-after']).toBe(1);
  });

  it.each([
    ['before', 'cut'],
    ['before', 'reset'],
    ['after', 'cut'],
    ['after', 'reset'],
  ] as const)('loses a start %s it is known, by %s', async (when, how) => {
    const workflowId = `start-${when}-${how}`;
    const point = proxy.at({ rpc: 'StartWorkflowExecution', when, workflow: workflowId });
    const started = start(workflowId).catch(() => undefined);
    await point.reached;
    const known = await direct.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
    expect(known).toBe(when === 'after');
    point[how]();
    await started;
    await start(workflowId).catch(() => undefined);
    expect(await direct.workflow.getHandle(workflowId).result()).toBe(workflowId);
  });

  it('tells a first, an updating and a closing workflow task apart', async () => {
    const rpc = 'RespondWorkflowTaskCompleted';
    const place = { rpc, when: 'before', workflow: 'tasks' } as const;
    const first = proxy.at({ ...place, which: ({ decides }) => decides?.isFirst === true });
    const updating = proxy.at({ ...place, which: ({ decides }) => decides?.answersUpdate === true });
    const closing = proxy.at({ ...place, which: ({ decides }) => decides?.closes === true });
    const handle = await start('tasks', 'tasks', true);
    expect((await first.reached).decides?.schedules).toEqual(['echo']);
    first.release();
    const added = handle.executeUpdate('add', { args: ['!'], updateId: 'u1' });
    expect((await updating.reached).decides).toMatchObject({ isFirst: false });
    updating.release();
    // the same task may both answer the update and close
    if (!(await updating.reached).decides?.closes) await closing.reached;
    closing.release();
    expect(await added).toBe(1);
    expect(await handle.result()).toBe('tasks!');
  });

  it('stops an update, and the same one sent again counts once', async () => {
    const handle = await start('updates', 'updates', true);
    const point = proxy.at({ rpc: 'UpdateWorkflowExecution', when: 'after', workflow: 'updates' });
    const add = () => handle.executeUpdate('add', { args: ['!'], updateId: 'once' });
    const lost = add().catch(() => 'lost');
    expect((await point.reached).update).toEqual({ name: 'add', id: 'once' });
    point.reset();
    await lost;
    expect(await handle.result()).toBe('updates!');
  });

  it('shows a killed server to whoever is connected, and goes on with the next', async () => {
    const point = proxy.at({ rpc: 'RespondActivityTaskCompleted', when: 'before', workflow: 'survives' });
    const handle = await start('survives');
    await point.reached;
    server.kill();
    point.cut();
    await server.start();
    expect(await direct.workflow.getHandle(handle.workflowId).result()).toBe('survives');
  });
});
