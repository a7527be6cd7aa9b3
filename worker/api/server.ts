import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Secret } from '../../activities/secrets/secret.js';
import type { Records } from '../../records/records.js';
import { RecordsError } from '../../records/records-error.js';
import type { DecisionDoor } from '../dispatcher/decision-door.js';
import type { TemporalPort } from '../dispatcher/port.js';
import { githubSource } from '../intake/github.js';
import { intakeRoutes } from '../intake/routes.js';
import { standardSource } from '../intake/standard.js';
import type { StormWatch } from '../intake/storm-watch.js';
import type { Sealer } from '../intake/take-alert.js';
import type { Log } from '../log.js';
import type { Linking } from '../people/linking.js';
import { type ApiEnv, type RolesOf, requireToken } from './access.js';
import { ApiError, errorBody } from './api-error.js';
import { decisionRoutes } from './decisions.js';
import { describe } from './describe.js';
import { incidentRoutes } from './incidents.js';
import { linkPages, linkRoutes } from './links.js';
import type { Metrics } from './metrics.js';
import { notStored } from './not-stored.js';
import { openApiDocument } from './openapi.js';
import type { ReportFormat } from './schemas.js';
import type { TokenSetting } from './tokens.js';

/** What of the settings the server needs. */
export interface ServerSettings {
  /** Where people reach it, without a slash at the end: `http://127.0.0.1:8080`. */
  publicUrl: string;
  tokens: readonly TokenSetting[];
  /** Active webhook secrets, several while they are rotated; none = that source is refused. */
  sources: { github?: readonly Secret[]; standard?: readonly Secret[] };
  /** Names of the pages that can be asked for. */
  playbooks: readonly string[];
  /** A sender slower than this is cut off; 10,000 ms. */
  slowClientMs?: number;
}

export interface ServerDoors {
  records: Records;
  temporal: TemporalPort;
  decisions: DecisionDoor;
  /** Tells the dispatcher that something new is in the records. */
  wake(): void;
  sealer: Sealer;
  storm: StormWatch;
  clock: { now(): number };
  log: Log;
  metrics: Metrics;
  rolesOf: RolesOf;
  /** Absent where settings have no Slack. */
  links?: Linking;
  /** Renders a report from the records alone. */
  report(incident: string, format: ReportFormat): Promise<string>;
  /** Whether this process's worker polls for work. */
  workerReady(): boolean;
  /** What is not ours to read: Slack signs its own requests, and its package reads them from the socket. */
  beside?: { path: string; listener: RequestListener };
  settings: ServerSettings;
}

export interface FirebreakServer {
  fetch(request: Request): Response | Promise<Response>;
  /** Resolves when it listens; port 0 = any free one. */
  listen(port: number, host: string): Promise<{ url: string; port: number }>;
  /** Ends what is under way, then stops listening. */
  close(): Promise<void>;
}

/** Hooks, API, health and metrics on one port. */
export function createServer(doors: ServerDoors): FirebreakServer {
  const app = createApp(doors);
  let server: Server | undefined;
  return {
    fetch: (request) => app.fetch(request),
    async listen(port, host) {
      server = httpServer(app, doors.settings.slowClientMs ?? 10_000, doors.beside);
      const listening = server;
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen(port, host, resolve);
      });
      const address = listening.address();
      const bound = address !== null && typeof address === 'object' ? address.port : port;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound };
    },
    async close() {
      const listening = server;
      if (listening === undefined) return;
      await new Promise<void>((resolve) => {
        listening.close(() => resolve());
        listening.closeIdleConnections();
      });
    },
  };
}

/** The routes, without a socket. */
export function createApp(doors: ServerDoors): Hono<ApiEnv> {
  const { log, settings } = doors;
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    await next();
    c.header('x-content-type-options', 'nosniff');
    c.header('cache-control', 'no-store');
  });
  app.use(requireToken(settings.tokens, doors.rolesOf));
  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json(errorBody(error.code, error.message), error.status);
    if (error instanceof RecordsError) return notStored(c, error, log);
    // Its text may quote what was sent; ours does not.
    log.error({ path: c.req.routePath, error: error.name }, 'request failed');
    return c.json(
      errorBody('internal', 'Firebreak failed here and wrote it to its log. Nothing was acknowledged; try again.'),
      500,
    );
  });
  app.notFound((c) => c.json(errorBody('not-found', 'There is nothing at this address. See /openapi.json.'), 404));

  app.route(
    '/hooks',
    intakeRoutes({
      ...doors,
      sources: [githubSource(settings.sources.github ?? []), standardSource(settings.sources.standard ?? [])],
      incidentUrl: (incident) => `${settings.publicUrl}/api/v1/incidents/${incident}`,
      answered: doors.metrics.intakeAnswered,
    }),
  );
  app.route('/api/v1', incidentRoutes(doors));
  app.route('/api/v1', decisionRoutes(doors));
  app.route('/api/v1', linkRoutes(doors));
  app.route('/', linkPages(doors));
  app.route('/', healthRoutes(doors));

  let document: Promise<object> | undefined;
  app.get('/openapi.json', async (c) => {
    document ??= openApiDocument(app);
    return c.json(await document);
  });
  return app;
}

function healthRoutes({ records, temporal, workerReady, metrics }: ServerDoors): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get(
    '/healthz',
    describe({ summary: 'The process lives', open: true, gives: { 200: { what: 'It does' } } }),
    (c) => c.json({ ok: true }),
  );
  routes.get(
    '/readyz',
    describe({
      summary: 'Records, Temporal and worker are ready',
      open: true,
      gives: { 200: { what: 'All are' }, 503: { what: 'One is not; the body says which' } },
    }),
    async (c) => {
      const [recordsReady, temporalReady] = await Promise.all([
        records.incidents.list({ state: 'open', limit: 1 }).then(
          () => true,
          () => false,
        ),
        temporal.reachable(),
      ]);
      const ready = { records: recordsReady, temporal: temporalReady, worker: workerReady() };
      return c.json(ready, Object.values(ready).every(Boolean) ? 200 : 503);
    },
  );
  routes.get(
    '/metrics',
    describe({ summary: 'Prometheus metrics', gives: { 200: { what: 'Text' } } }, 401),
    async (c) => c.text(await metrics.text()),
  );
  return routes;
}

function httpServer(app: Hono<ApiEnv>, slowClientMs: number, beside: ServerDoors['beside']): Server {
  return createAdaptorServer({
    fetch: app.fetch,
    createServer: ((options: object, listener: RequestListener) =>
      createHttpServer(options, besideOf(listener, beside))) as typeof createHttpServer,
    serverOptions: {
      headersTimeout: slowClientMs,
      requestTimeout: slowClientMs,
      // By default it looks for slow senders only every 30 s.
      connectionsCheckingInterval: Math.min(1_000, slowClientMs),
      maxHeaderSize: 16 * 1024,
    },
  }) as Server;
}

function besideOf(listener: RequestListener, beside: ServerDoors['beside']): RequestListener {
  if (beside === undefined) return listener;
  return (request, response) => {
    const isBeside = request.url?.split('?', 1)[0] === beside.path;
    return (isBeside ? beside.listener : listener)(request, response);
  };
}
