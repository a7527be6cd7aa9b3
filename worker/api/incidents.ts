import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { z } from 'zod';
import { oneLine } from '../../activities/alert.js';
import { Secret } from '../../activities/secrets/secret.js';
import type { IncidentRow } from '../../records/records.js';
import { kindOfId } from '../intake/credential-ids.js';
import { looksSecret } from '../intake/looks-secret.js';
import { alertByHand, MAY_OPEN, pressedKey } from '../intake/opened-by-hand.js';
import { takeAlert } from '../intake/take-alert.js';
import { type ApiEnv, type Caller, requireRole } from './access.js';
import { ApiError } from './api-error.js';
import { idempotencyKey, readBody } from './body.js';
import { describe } from './describe.js';
import {
  IncidentDetail,
  IncidentList,
  ListQuery,
  Opened,
  OpenIncident,
  type ReportFormat,
  ReportQuery,
} from './schemas.js';
import type { ServerDoors } from './server.js';
import { liveStatus, recordsView, summaryView } from './views.js';

const CONTENT_TYPES: Record<ReportFormat, string> = {
  md: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** `GET` and `POST /incidents`, one incident, its report. */
export function incidentRoutes(doors: ServerDoors): Hono<ApiEnv> {
  const { records, temporal, settings } = doors;
  const urlOf = (incident: string): string => `${settings.publicUrl}/api/v1/incidents/${incident}`;
  const routes = new Hono<ApiEnv>();

  routes.get(
    '/incidents',
    describe(
      {
        summary: 'Incidents, newest first',
        query: { state: 'open (default), closed, all', limit: '1 to 200 (50)', before: 'number below which to go on' },
        gives: { 200: { what: 'A page of them', schema: IncidentList } },
      },
      401,
      422,
    ),
    async (c) => {
      const query = parseQuery(ListQuery, c);
      const rows = await records.incidents.list(query);
      const last = rows.length === query.limit ? rows.at(-1)?.number : undefined;
      const link = `${settings.publicUrl}/api/v1/incidents?state=${query.state}&limit=${query.limit}&before=${last}`;
      if (last !== undefined) c.header('link', `<${link}>; rel="next"`);
      return c.json({
        incidents: rows.map((row) => summaryView(row, urlOf(row.id))),
        next: last === undefined ? null : link,
      });
    },
  );

  routes.post(
    '/incidents',
    describe(
      {
        summary: 'Open an incident, or join the live one',
        takes: OpenIncident,
        header: { 'Idempotency-Key': 'the same key again opens nothing and answers the same' },
        gives: { 202: { what: 'It is stored and will be started', schema: Opened } },
      },
      401,
      403,
      422,
    ),
    async (c) => {
      const began = performance.now();
      const caller = c.get('caller');
      await requireRole(caller, MAY_OPEN);
      const body = await readBody(c, OpenIncident);
      const kind = checkOpening(body, settings.playbooks);
      const receipt = await takeAlert(
        doors,
        {
          key: deliveryKey(caller, idempotencyKey(c), body),
          alert: alertByHand('api', { ...body, kind, person: caller.person }),
          claims: [`${kind}:${body.id}`],
          ...(body.secret === undefined ? {} : { secret: new Secret(body.secret) }),
        },
        {
          by: `person:${caller.person}`,
          observe: body.mode === 'observe',
          ...(body.playbook === undefined ? {} : { playbook: body.playbook }),
        },
      );
      doors.wake();
      const { incident, joined, duplicate } = receipt;
      const result = duplicate ? 'duplicate' : joined ? 'joined' : 'opened';
      doors.metrics.intakeAnswered('api', result, 202, performance.now() - began);
      doors.log.info({ incident, joined, person: caller.person, tokenId: caller.tokenId }, 'opened by hand');
      return c.json({ incident, joined, url: urlOf(incident) }, 202);
    },
  );

  routes.get(
    '/incidents/:id',
    describe(
      {
        summary: 'One incident: records and live status',
        gives: { 200: { what: 'All of it', schema: IncidentDetail } },
      },
      401,
      404,
    ),
    async (c) => {
      const row = await incidentOf(doors, c.req.param('id'));
      const [{ live, liveError }, view] = await Promise.all([liveStatus(temporal, row), recordsView(records, row)]);
      return c.json({ ...summaryView(row, urlOf(row.id)), ...view, live: live ?? null, liveError: liveError ?? null });
    },
  );

  routes.get(
    '/incidents/:id/report',
    describe(
      {
        summary: 'The report, made from the records alone',
        query: { format: 'md (default), json, html' },
        gives: { 200: { what: 'The report', media: Object.values(CONTENT_TYPES) } },
      },
      401,
      404,
      422,
    ),
    async (c) => {
      const { format } = parseQuery(ReportQuery, c);
      const row = await incidentOf(doors, c.req.param('id'));
      const text = await doors.report(row.id, format);
      return c.body(text, 200, {
        'content-type': CONTENT_TYPES[format],
        // The page carries its own style, and whatever a stranger wrote into it must not run or load anything.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      });
    },
  );
  return routes;
}

/** The incident's row, or a 404 that names it. */
export async function incidentOf({ records }: Pick<ServerDoors, 'records'>, id: string): Promise<IncidentRow> {
  const row = /^INC-[1-9][0-9]{0,11}$/.test(id) ? await records.incidents.get(id) : undefined;
  if (row === undefined) throw new ApiError(404, 'not-found', `There is no incident ${oneLine(id, 40)}.`);
  return row;
}

function parseQuery<Schema extends z.ZodType>(schema: Schema, c: Context): z.output<Schema> {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path }) => path.join('.'));
  throw new ApiError(422, 'invalid', `The query has mistakes: ${[...new Set(names)].join(', ')}. See /openapi.json.`);
}

/** Everything that can be refused before anything is written; answers the kind. */
function checkOpening(body: z.infer<typeof OpenIncident>, playbooks: readonly string[]): string {
  for (const field of ['id', 'account'] as const) {
    const what =
      looksSecret(body[field] ?? '') ?? (body.secret !== undefined && body[field] === body.secret && 'the secret');
    if (what) {
      throw new ApiError(
        422,
        'secret-as-id',
        `${field} looks like ${what} itself. It was not stored. Give the key's id there, and the secret in "secret".`,
      );
    }
  }
  const kind = body.kind ?? kindOfId(body.id);
  if (kind === undefined) {
    throw new ApiError(
      422,
      'kind-needed',
      `The id ${body.id} does not say what kind of credential it is: give "kind".`,
    );
  }
  if (body.playbook !== undefined && !playbooks.includes(body.playbook)) {
    throw new ApiError(
      422,
      'unknown-playbook',
      `There is no playbook ${body.playbook}; there are ${playbooks.join(', ')}.`,
    );
  }
  return kind;
}

/** Without a key every request is news. With one, the caller's own: another person's key can't collide with it. */
function deliveryKey(caller: Caller, key: string | undefined, body: { id: string }): string {
  if (key === undefined) return randomUUID();
  return pressedKey(caller.person, key, body.id);
}
