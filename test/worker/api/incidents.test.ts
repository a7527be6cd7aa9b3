import { describe, expect, it } from 'vitest';
import { canary, type Firebreak, startFirebreak } from './start-firebreak.js';

type Answer = Record<string, unknown> & { error?: { code: string; message: string } };

async function call(
  firebreak: Firebreak,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{
  status: number;
  body: Answer;
  headers: Headers;
}> {
  const response = await fetch(path.startsWith('http') ? path : `${firebreak.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${firebreak.tokens.sam}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer, headers: response.headers };
}

const KEY = 'AKIAIOSFODNN7EXAMPLE';

describe('opening by hand', () => {
  it.each([
    ['no id', { kind: 'aws-access-key' }, 'invalid', 'id'],
    ['a misspelt key', { id: KEY, expsoure: 'public' }, 'invalid', 'body'],
    ['another mode than observe', { id: KEY, mode: 'act' }, 'invalid', 'mode'],
    ['an id that does not say its kind', { id: 'payouts-db' }, 'kind-needed', 'payouts-db'],
    ['a playbook that is not there', { id: KEY, playbook: 'aws-root' }, 'unknown-playbook', 'aws-access-key, manual'],
    ['a kind that is a sentence', { kind: 'AWS key', id: KEY }, 'invalid', 'kind'],
  ])('is refused with %s, and says where', async (_, body, code, where) => {
    const firebreak = await startFirebreak();
    const answer = await call(firebreak, 'POST', '/incidents', body);
    expect(answer.status).toBe(422);
    expect(answer.body.error?.code).toBe(code);
    expect(answer.body.error?.message).toContain(where);
    expect(await firebreak.taken()).toBe(0);
  });

  it('never repeats or keeps a secret that was given as the id', async () => {
    const firebreak = await startFirebreak();
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const answer = await call(firebreak, 'POST', '/incidents', { kind: 'aws-access-key', id: secret });
    expect(answer.status).toBe(422);
    expect(answer.body.error?.code).toBe('secret-as-id');
    const own = canary();
    const same = await call(firebreak, 'POST', '/incidents', { kind: 'x', id: own, secret: own });
    expect(same.body.error?.code).toBe('secret-as-id');
    const wrong = await call(firebreak, 'POST', '/incidents', { id: KEY, secret: [own] });
    for (const { body } of [answer, same, wrong]) {
      expect(JSON.stringify(body)).not.toContain(secret);
      expect(JSON.stringify(body)).not.toContain(own);
    }
    expect(await firebreak.written()).not.toContain(secret);
    expect(await firebreak.written()).not.toContain(own);
  });

  it('reads JSON only, and of that 64 kB', async () => {
    const firebreak = await startFirebreak();
    expect((await call(firebreak, 'POST', '/incidents', '{"id":"a","id":"b"}')).status).toBe(400);
    expect(
      (await call(firebreak, 'POST', '/incidents', 'id=1', { 'content-type': 'application/x-www-form-urlencoded' }))
        .status,
    ).toBe(415);
    expect((await call(firebreak, 'POST', '/incidents', { id: KEY, summary: 'x'.repeat(65 * 1024) })).status).toBe(413);
  });

  it('recognises an AWS key by its id and seals its secret', async () => {
    const firebreak = await startFirebreak();
    const secret = canary();
    const answer = await call(firebreak, 'POST', '/incidents', {
      id: KEY,
      secret,
      mode: 'observe',
      summary: `it is ${secret}`,
    });
    expect(answer).toMatchObject({ status: 202, body: { incident: 'INC-1', joined: false } });
    expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({ openedBy: 'person:sam', observe: true });
    const [row] = await firebreak.records.inbox.ofIncident('INC-1');
    expect(row?.body).toMatchObject({ person: 'sam', secret: 'held', credential: { kind: 'aws-access-key', id: KEY } });
    expect(await firebreak.records.sealed.names('INC-1', firebreak.clock.now())).toEqual([
      `leaked:aws-access-key:${KEY}`,
    ]);
    expect(await firebreak.written()).not.toContain(secret);
  });

  it('joins the live incident of the same credential', async () => {
    const firebreak = await startFirebreak();
    await call(firebreak, 'POST', '/incidents', { id: KEY });
    expect((await call(firebreak, 'POST', '/incidents', { id: KEY })).body).toMatchObject({
      incident: 'INC-1',
      joined: true,
    });
  });

  it('answers the same key alike and takes nothing twice', async () => {
    const firebreak = await startFirebreak();
    const again = { 'idempotency-key': 'night-shift-1' };
    const first = await call(firebreak, 'POST', '/incidents', { id: KEY }, again);
    const second = await call(firebreak, 'POST', '/incidents', { id: KEY }, again);
    expect(second.body).toEqual(first.body);
    expect(await firebreak.taken()).toBe(1);
  });
});

describe('reading', () => {
  it('pages through incidents, newest first, without a hole', async () => {
    const firebreak = await startFirebreak();
    for (let n = 1; n <= 5; n += 1) await call(firebreak, 'POST', '/incidents', { kind: 'manual', id: `key-${n}` });
    const seen: string[] = [];
    for (let path: string | null = '/incidents?limit=2'; path !== null; ) {
      const { body, headers } = await call(firebreak, 'GET', path);
      seen.push(...(body.incidents as { incident: string }[]).map(({ incident }) => incident));
      const next = body.next as string | null;
      expect(headers.get('link')).toBe(next === null ? null : `<${next}>; rel="next"`);
      path = next === null ? null : next.replace('https://firebreak.example/api/v1', '');
    }
    expect(seen).toEqual(['INC-5', 'INC-4', 'INC-3', 'INC-2', 'INC-1']);
  });

  it.each(['?limit=201', '?limit=0', '?state=live', '?before=x'])('refuses %s', async (query) => {
    const firebreak = await startFirebreak();
    expect((await call(firebreak, 'GET', `/incidents${query}`)).status).toBe(422);
  });

  it.each(['INC-2', 'INC-0', 'inc-1', '1', '%2e%2e'])('knows no incident %s', async (id) => {
    const firebreak = await startFirebreak();
    await call(firebreak, 'POST', '/incidents', { id: KEY });
    expect((await call(firebreak, 'GET', `/incidents/${id}`)).status).toBe(404);
  });

  it('shows records and live status, and says so when Temporal cannot be reached', async () => {
    const firebreak = await startFirebreak();
    await call(firebreak, 'POST', '/incidents', { id: KEY });
    const before = await call(firebreak, 'GET', '/incidents/INC-1');
    expect(before.body).toMatchObject({ live: null, liveError: 'INC-1 is stored and not started yet.' });
    await firebreak.dispatcher.tick();
    expect((await call(firebreak, 'GET', '/incidents/INC-1')).body).toMatchObject({
      live: { stage: 'closing' },
      liveError: null,
    });
    firebreak.temporal.down = true;
    const down = await call(firebreak, 'GET', '/incidents/INC-1');
    expect(down.status).toBe(200);
    expect(down.body).toMatchObject({
      live: null,
      liveError: 'Temporal cannot be reached; what follows is from the records.',
      reports: [{ source: 'api', event: 'opened' }],
    });
  });

  it('gives the report in three forms, as a page that can run nothing', async () => {
    const firebreak = await startFirebreak();
    await call(firebreak, 'POST', '/incidents', { id: KEY });
    const headers = { authorization: `Bearer ${firebreak.tokens.sam}` };
    const html = await fetch(`${firebreak.url}/api/v1/incidents/INC-1/report?format=html`, { headers });
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await html.text()).toBe('html report of INC-1');
    expect(await (await fetch(`${firebreak.url}/api/v1/incidents/INC-1/report`, { headers })).text()).toBe(
      'md report of INC-1',
    );
    expect((await fetch(`${firebreak.url}/api/v1/incidents/INC-1/report?format=pdf`, { headers })).status).toBe(422);
  });
});

describe('an error of ours', () => {
  it('acknowledges nothing and quotes nothing', async () => {
    const firebreak = await startFirebreak();
    const secret = canary();
    await firebreak.records.close();
    const answer = await call(firebreak, 'POST', '/incidents', { id: KEY, secret });
    expect(answer.status).toBe(500);
    expect(answer.body.error?.code).toBe('internal');
    expect(firebreak.log.join('')).not.toContain(secret);
  });
});
