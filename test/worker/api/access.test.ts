import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../worker/api/server.js';
import { makeToken } from '../../../worker/api/tokens.js';
import { startFirebreak } from './start-firebreak.js';

/** Every route, and who may use it. A new route must be written here: nothing is reachable by accident. */
type Need =
  | 'public'
  | 'signature'
  | 'signed link'
  | 'token'
  | 'own code'
  | 'any role'
  | 'own link'
  | 'responder'
  | 'security-on-call';
const ROUTES: Record<string, Need> = {
  'POST /hooks/github': 'signature',
  'POST /hooks/standard': 'signature',
  'GET /api/v1/incidents': 'token',
  'POST /api/v1/incidents': 'responder',
  'GET /api/v1/incidents/:id': 'token',
  'GET /api/v1/incidents/:id/report': 'token',
  'POST /api/v1/incidents/:id/decisions': 'any role',
  'POST /api/v1/incidents/:id/controls': 'any role',
  'GET /api/v1/links': 'any role',
  'GET /api/v1/links/:code': 'own link',
  'POST /api/v1/links': 'own code',
  'POST /api/v1/links/:person/end': 'security-on-call',
  'GET /link/:token': 'signed link',
  'POST /link/:token': 'signed link',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'token',
  'GET /openapi.json': 'public',
};

const open = { id: 'AKIAIOSFODNN7EXAMPLE' };

async function ask(url: string, route: string, headers: Record<string, string>): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const response = await fetch(
    url + path.replace(':id', 'INC-1').replace(':person', 'sam').replace(':token', 'id.signature'),
    {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify({ ...open, control: 'hold' }) }),
    },
  );
  return response.status;
}

it('has no route that is not in this list', async () => {
  const { server: _, ...doors } = await startFirebreak();
  const app = createApp({
    ...(doors as unknown as Parameters<typeof createApp>[0]),
    settings: { publicUrl: '', tokens: [], sources: {}, playbooks: [] },
    metrics: { intakeAnswered() {} } as never,
  });
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(routes)].sort(), 'add the route to ROUTES and say who may use it').toEqual(
    Object.keys(ROUTES).sort(),
  );
});

describe.each(Object.entries(ROUTES))('%s', (route, need) => {
  it('lets in whom it should and nobody else', async () => {
    const { url, tokens } = await startFirebreak();
    await fetch(`${url}/api/v1/incidents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.sam}` },
      body: JSON.stringify(open),
    });
    const [none, wrong, low, malformed] = await Promise.all([
      ask(url, route, {}),
      ask(url, route, { authorization: `Bearer ${makeToken().token}` }),
      ask(url, route, { authorization: `Bearer ${tokens.nobody}` }),
      ask(url, route, { authorization: tokens.sam }),
    ]);
    if (need === 'public') expect([none, wrong, low, malformed]).toEqual([200, 200, 200, 200]);
    else if (need === 'signed link') expect([none, wrong, low, malformed]).toEqual([404, 404, 404, 404]);
    else {
      expect([none, wrong, malformed]).toEqual([401, 401, 401]);
      expect(low).toBe(
        {
          signature: 401,
          token: 200,
          'own code': 422,
          'own link': 404,
          'any role': 403,
          responder: 403,
          'security-on-call': 403,
        }[need],
      );
    }
  });
});

it('asks for a token where there is nothing, so that nobody can feel about', async () => {
  const { url, tokens } = await startFirebreak();
  for (const path of ['/api/v1/secrets', '/', '/metrics/', '/hooks/github/x', '/openapi.json/..%2fmetrics']) {
    expect((await fetch(url + path)).status).toBe(401);
  }
  const answer = await fetch(`${url}/api/v2`, { headers: { authorization: `Bearer ${tokens.sam}` } });
  expect(answer.status).toBe(404);
});

it('gives a token no more roles than it was made with', async () => {
  const { token, sha256 } = makeToken();
  const settings = { tokens: [{ id: 'ci', person: 'sam', sha256, roles: ['service-owner'] }] };
  const { url } = await startFirebreak(settings);
  expect(await ask(url, 'POST /api/v1/incidents', { authorization: `Bearer ${token}` })).toBe(403);
});

it('keeps only the hash of a token', () => {
  const { token, sha256 } = makeToken();
  expect(token).toMatch(/^fbt_[\w-]{43}$/);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(makeToken().token).not.toBe(token);
});

it('forbids caching and sniffing of everything', async () => {
  const { url, tokens } = await startFirebreak();
  const { headers } = await fetch(`${url}/api/v1/incidents`, { headers: { authorization: `Bearer ${tokens.sam}` } });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('says which part is not ready', async () => {
  const { url, temporal } = await startFirebreak();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  temporal.down = true;
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ records: true, temporal: false, worker: true });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('counts without naming anybody', async () => {
  const { url, tokens, clock } = await startFirebreak();
  const authorization = `Bearer ${tokens.sam}`;
  await fetch(`${url}/api/v1/incidents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, 'idempotency-key': randomUUID() },
    body: JSON.stringify(open),
  });
  clock.at += 7_000;
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization } })).text();
  expect(text).toContain('firebreak_intake_answers_total{source="api",result="opened",status="202"} 1');
  expect(text).toContain('firebreak_intake_answer_seconds_count{source="api",status="202"} 1');
  expect(text).toContain('firebreak_waiting{what="incidents"} 1');
  expect(text).toContain('firebreak_waiting_seconds{what="incidents"} 7');
  expect(text).toContain('firebreak_waiting{what="alerts"} 0');
  expect(text).toContain('firebreak_waiting_seconds{what="decisions"} 0');
  expect(text).toContain('firebreak_incidents_open{stage="opening"} 1');
  expect(text).not.toContain('INC-1');
  expect(text).not.toContain('sam');
});
