/**
 * One Firebreak process: intake and API on one port, dispatcher, teller and worker over one connection to Temporal.
 * Everything that must survive it is in the records, in Temporal, or at a provider.
 */
import { readFileSync } from 'node:fs';
import { createServer as createProbe } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.js';
import { settleRow } from '../activities/settle-row.js';
import type { Plan } from '../playbooks/language/plan.js';
import { forTemporal } from './activity-boundary.js';
import { createMetrics } from './api/metrics.js';
import { createServer } from './api/server.js';
import { createDecisionDoor } from './dispatcher/decision-door.js';
import { createDispatcher } from './dispatcher/dispatcher.js';
import { createLatePort } from './dispatcher/late-port.js';
import { createTemporalPort } from './dispatcher/temporal-port.js';
import { HouseError, openHouse } from './house.js';
import { createStormWatch } from './intake/storm-watch.js';
import type { Log } from './log.js';
import { createPageWatch } from './page-watch.js';
import { loadReport, renderReport } from './report/index.js';
import { resolveAll } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';
import { putOffEnrichment } from './shedding.js';
import { createTeller } from './teller.js';
import { connectTemporal, type TemporalHome } from './temporal/connect-temporal.js';
import { installRuntime } from './temporal/install-runtime.js';
import { TemporalError } from './temporal/temporal-error.js';

export const TASK_QUEUE = 'firebreak';

/** Begun changes may end within this after Ctrl-C; longer than any send of theirs. */
const DRAIN_MS = 65_000;
/** Workflows kept in memory: 336 KB each where they are parked on a question (docs/once.md section 9). One that is evicted replays. */
const CACHED_WORKFLOWS = 1_000;
/** Between two tries to reach a Temporal that does not answer. */
const AGAIN_MS = 5_000;

export interface ServeOptions {
  settings: Settings;
  data: string;
  env: Record<string, string | undefined>;
  /** First word of everything that people read: `SANDBOX`, or empty. */
  banner: string;
  log: Log;
  /** Progress for whoever sits at the terminal, one line each. */
  say(line: string): void;
  /** Port of Temporal's web page on the loopback; none without. */
  temporalUi?: number;
  /** Resolves when nobody waits any more for a Temporal that does not answer. */
  stopped?: Promise<void>;
}

export interface Serving {
  url: string;
  temporal: TemporalHome;
  /** Drains, then closes everything. The embedded server is ended too unless `leaveTemporal`. */
  stop(options?: { leaveTemporal?: boolean }): Promise<void>;
  /** Rejects if the worker dies. */
  died: Promise<never>;
}

/**
 * Starts serving: alerts and answers are taken first, and stored as long as Temporal does not answer. `undefined` when it
 * was stopped before Temporal did. Throws SettingsError, HouseError, TemporalError or RecordsError, each with what to do
 * about it.
 */
export async function serve(options: ServeOptions): Promise<Serving | undefined> {
  // Settings, pages, secrets and our port first: a mistake there should not wait for a server to start.
  resolveAll(options.settings);
  await mustBeFree(options.settings);
  const started: Started = [];
  try {
    const serving = await start(options, started);
    if (serving === undefined) await closeAll(started);
    return serving;
  } catch (error) {
    await closeAll(started);
    throw error;
  }
}

async function closeAll(started: Started): Promise<void> {
  for (const close of started.reverse()) await close().catch(() => undefined);
}

/** What is closed again, last first, when something after it does not start. */
type Started = (() => Promise<unknown>)[];

async function start(options: ServeOptions, started: Started): Promise<Serving | undefined> {
  const { settings, data, log } = options;
  const clock = { now: () => Date.now() };
  const house = await openHouse(settings, data, clock, log, options.banner);
  started.push(() => house.close());
  const storm = createStormWatch(
    { records: house.records, sealer: house.sealer, clock, log, wake: opened },
    settings.intake.storm,
  );
  const { port, open: openPort } = createLatePort();
  let worker: Worker | undefined;

  const metrics = createMetrics(house.records, clock);
  const decisions = createDecisionDoor({
    records: house.records,
    temporal: port,
    clock,
    log,
    decided(control, outcome) {
      metrics.decided(control, outcome);
      slack?.wake();
    },
  });
  const dispatcher = createDispatcher({
    records: house.records,
    temporal: port,
    decisions,
    settle: (row) => settleRow(house.seams, row),
    clock,
    log,
    told: metrics.told,
  });
  house.seams.opened = opened;
  const teller = createTeller(house.seams, log, () => storm.sheds());
  const pages = createPageWatch(house.seams, log);
  // Its packages are loaded by whoever uses them.
  const slack =
    settings.slack === undefined
      ? undefined
      : (await import('./slack/slack-of-house.js')).slackOfHouse({
          settings,
          house,
          decisions,
          metrics,
          clock,
          log,
          wake: opened,
        });
  const server = createServer({
    records: house.records,
    temporal: port,
    decisions,
    wake: opened,
    sealer: house.sealer,
    storm,
    clock,
    log,
    metrics,
    rolesOf: async (person, incident) => house.directory.rolesOf(person, await ownerOf(incident)),
    report: async (incident, format) => renderReport(await loadReport(house.records, incident))[format],
    workerReady: () => worker?.getState() === 'RUNNING',
    ...(slack === undefined ? {} : { links: slack.linking }),
    ...(slack?.beside === undefined ? {} : { beside: slack.beside }),
    settings: {
      publicUrl: house.seams.publicUrl,
      playbooks: [...house.pages.keys()],
      tokens: settings.api.tokens.map(({ sha256, ...token }) => ({ ...token, sha256: sha256.resolve() })),
      sources: {
        ...(settings.sources.github === undefined
          ? {}
          : { github: settings.sources.github.secrets.map((secret) => secret.resolve()) }),
        ...(settings.sources.standard === undefined
          ? {}
          : { standard: settings.sources.standard.secrets.map((secret) => secret.resolve()) }),
      },
    },
  });

  /** It starts, and has its card, at once. */
  function opened(): void {
    dispatcher.wake();
    slack?.wake();
  }

  /** The service owner of an incident is known once its plan is. */
  async function ownerOf(incident: string | undefined): Promise<string> {
    const plan = incident === undefined ? undefined : (await house.records.incidents.get(incident))?.plan;
    return (plan as Plan | undefined)?.facts.owner.value ?? 'unknown';
  }

  // First of all, so that no sender finds nobody: the port may also have been taken since we looked.
  const { url } = await server.listen(settings.api.port, settings.api.host);
  started.push(() => server.close());
  // Answers are taken and stored as alerts are, whether Temporal is there or not.
  await slack?.start();
  started.push(async () => slack?.stop());
  const temporal = await untilThere(options, url);
  if (temporal === undefined) return undefined;
  started.push(async () => temporal.stop?.());
  installRuntime(log);
  const connection = await NativeConnection.connect(temporal.connection);
  started.push(() => connection.close());
  const running = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { code: readFileSync(bundlePath(), 'utf8') },
    activities: forTemporal(putOffEnrichment(createActivities(house.seams), storm, clock), clock, log, () =>
      slack?.wake(),
    ),
    shutdownGraceTime: DRAIN_MS,
    shutdownForceTime: DRAIN_MS + 5_000,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    // One worker a site: what was sticky to a dead one should not wait long.
    stickyQueueScheduleToStartTimeout: '3s',
  });
  worker = running;
  const client = new Client({ connection, namespace: temporal.namespace });
  openPort(createTemporalPort(client, { taskQueue: TASK_QUEUE, eagerStart: true, searchable: true }));
  const working = running.run();
  const dispatching = dispatcher.run();
  const telling = teller.run();
  const paging = pages.run();
  log.info({ url, temporal: temporal.address, version: temporal.version }, 'serving');

  let stopping: Promise<void> | undefined;
  return {
    url,
    temporal,
    died: working.then(
      () => new Promise<never>(() => {}),
      (error: unknown) => Promise.reject(error),
    ),
    stop: (how = {}) => {
      stopping ??= (async () => {
        // No new work first, then what has begun ends, then the doors close.
        await server.close();
        await slack?.stop();
        await storm.idle();
        await Promise.all([dispatcher.stop(), teller.stop(), pages.stop()]);
        if (running.getState() === 'RUNNING') running.shutdown();
        await Promise.allSettled([working, dispatching, telling, paging]);
        await connection.close();
        await house.close();
        if (how.leaveTemporal) temporal.leave?.();
        else await temporal.stop?.();
        log.info({}, 'stopped');
      })();
      return stopping;
    },
  };
}

/** Asks until Temporal answers; `undefined` when we are told to stop before. What no time will mend is thrown. */
async function untilThere(options: ServeOptions, url: string): Promise<TemporalHome | undefined> {
  const { settings, data, env, say, temporalUi, stopped } = options;
  let isStopped = false;
  const stop = (stopped ?? new Promise<void>(() => {})).then(() => {
    isStopped = true;
  });
  while (!isStopped) {
    try {
      const connecting = connectTemporal(settings, data, {
        env,
        say,
        ...(temporalUi === undefined ? {} : { uiPort: temporalUi }),
      });
      // A server of our own that is just being started must not be left behind; a question to a cluster may.
      if (settings.temporal === undefined) return await connecting;
      const there = await Promise.race([connecting, stop]);
      if (there !== undefined) return there;
      connecting.catch(() => undefined);
    } catch (error) {
      if (!(error instanceof TemporalError) || error.code !== 'not-answering') throw error;
      say(
        `${error.message} Alerts and answers are taken at ${url} and stored; it is tried again every ${AGAIN_MS / 1_000} s.`,
      );
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, AGAIN_MS);
      });
      await Promise.race([pause, stop]);
      clearTimeout(timer);
    }
  }
  return undefined;
}

/** Throws HouseError where nobody can listen at `api.listen`. */
async function mustBeFree({ api, where }: Settings): Promise<void> {
  const probe = createProbe();
  const code = await new Promise<string | undefined>((resolve) => {
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    probe.listen(api.port, api.host, () => probe.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  const why =
    code === 'EADDRINUSE'
      ? 'is taken by another program, or by a Firebreak that runs already'
      : `cannot be listened at (${code})`;
  throw new HouseError(
    `${api.host}:${api.port} ${why}. Stop it, or write another address (api.listen, ${where('api', 'listen')}).`,
  );
}

/** Beside the built code; from a source tree (tests) it is what the last build left in dist/. */
function bundlePath(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith(join('dist', 'worker'))
    ? join(here, '..', 'workflow-bundle.js')
    : join(here, '..', 'dist', 'workflow-bundle.js');
}
