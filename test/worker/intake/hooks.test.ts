import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { canary, type Firebreak, GITHUB_SECRET, STANDARD_SECRET, startFirebreak } from '../api/start-firebreak.js';
import { fromGithub, fromSiem, githubAlert, leaked, post, type Sent } from './deliveries.js';

const REFUSED = { error: { code: 'refused', message: 'Refused.' } };

const reasons = ({ log }: Firebreak): string[] =>
  log
    .map((line) => JSON.parse(line) as { reason?: string })
    .flatMap(({ reason }) => (reason === undefined ? [] : [reason]));

describe('a stranger', () => {
  const changes: [string, (sent: Sent) => Sent, number, string][] = [
    ['changes one byte', (sent) => ({ ...sent, body: String(sent.body).replace('acme', 'acmf') }), 401, 'signature'],
    ['adds a space', (sent) => ({ ...sent, body: `${sent.body} ` }), 401, 'signature'],
    ['signs nothing', (sent) => without(sent, 'x-hub-signature-256'), 401, 'header-missing'],
    ['names no delivery', (sent) => without(sent, 'x-github-delivery'), 401, 'header-missing'],
    [
      'sends the old SHA-1 signature',
      (sent) => set(sent, 'x-hub-signature-256', `sha1=${'a'.repeat(40)}`),
      401,
      'header-malformed',
    ],
    [
      'sends two signatures in one header',
      (sent) =>
        set(
          sent,
          'x-hub-signature-256',
          `${sent.headers['x-hub-signature-256']},${sent.headers['x-hub-signature-256']}`,
        ),
      401,
      'header-malformed',
    ],
    [
      'writes the signature in capitals',
      (sent) => set(sent, 'x-hub-signature-256', String(sent.headers['x-hub-signature-256']).toUpperCase()),
      401,
      'header-malformed',
    ],
    ['sends a form', (sent) => set(sent, 'content-type', 'application/x-www-form-urlencoded'), 415, 'content-type'],
    [
      'names a character set that GitHub does not',
      (sent) => set(sent, 'content-type', 'application/json; charset=utf-16'),
      415,
      'content-type',
    ],
    ['compresses', (sent) => set(sent, 'content-encoding', 'gzip'), 415, 'content-encoding'],
  ];
  it.each(changes)('who %s is told nothing and leaves nothing', async (_, change, status, reason) => {
    const firebreak = await startFirebreak();
    const answer = await post(`${firebreak.url}/hooks/github`, change(await fromGithub(githubAlert())));
    expect(answer).toEqual({ status, body: REFUSED });
    expect(reasons(firebreak)).toEqual([reason]);
    expect(await firebreak.taken()).toBe(0);
  });

  it('who sends a header twice is refused, whichever of them is right', async () => {
    const firebreak = await startFirebreak();
    const sent = await fromGithub(githubAlert());
    const right = sent.headers['x-hub-signature-256'] as string;
    const status = await postRaw(`${firebreak.url}/hooks/github`, sent, { 'x-hub-signature-256': [right, right] });
    expect(status).toBe(401);
    expect(reasons(firebreak)).toEqual(['header-malformed']);
  });

  it('who sends more than a megabyte is cut off, with and without a declared length', async () => {
    const firebreak = await startFirebreak();
    const sent = await fromGithub(githubAlert());
    const large = { ...sent, body: 'x'.repeat(1024 * 1024 + 1) };
    expect(await post(`${firebreak.url}/hooks/github`, large)).toEqual({ status: 413, body: REFUSED });
    expect(await postRaw(`${firebreak.url}/hooks/github`, large, { 'transfer-encoding': ['chunked'] })).toBe(413);
    expect(reasons(firebreak)).toEqual(['too-large', 'too-large']);
  });

  it('who sends slowly is cut off', async () => {
    const { url } = await startFirebreak({ slowClientMs: 200 });
    const { port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /hooks/github HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
        );
      });
      socket.on('data', (chunk) => (text += chunk));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 (408|401)/);
  });

  it('who keeps trying is told to come later, and the true sender is still heard', async () => {
    const firebreak = await startFirebreak();
    const forged = set(await fromGithub(githubAlert()), 'x-hub-signature-256', `sha256=${'0'.repeat(64)}`);
    const answers = [];
    for (let n = 0; n < 70; n += 1) answers.push((await post(`${firebreak.url}/hooks/github`, forged)).status);
    expect(answers.filter((status) => status === 401)).toHaveLength(60);
    expect(answers.filter((status) => status === 429)).toHaveLength(10);
    expect(reasons(firebreak)).toHaveLength(60);
    expect((await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()))).status).toBe(202);
  });

  it('is refused by a source that has no secret', async () => {
    const firebreak = await startFirebreak({ sources: {} });
    const sent = await fromGithub(githubAlert());
    expect(await post(`${firebreak.url}/hooks/github`, sent)).toEqual({ status: 401, body: REFUSED });
    const siem = fromSiem(leaked(), { at: firebreak.clock.now() });
    expect(await post(`${firebreak.url}/hooks/standard`, siem)).toEqual({ status: 401, body: REFUSED });
    expect(reasons(firebreak)).toEqual(['not-configured', 'not-configured']);
  });
});

describe('a true sender whose text is not what we read', () => {
  const deep = `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`;
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 5_001 }, (_, n) => [`k${n}`, n])));
  const texts: [string, string, string][] = [
    ['is no JSON', '{"action":', 'json'],
    ['begins with a byte order mark', '\uFEFF{}', 'json'],
    ['is too deep', deep, 'depth'],
    ['has too many keys', many, 'keys'],
    ['reaches for a prototype', '{"__proto__":{"action":"created"}}', 'forbidden-key'],
    ['reaches for a constructor, escaped', '{"\\u0063onstructor":1}', 'forbidden-key'],
    ['says a key twice', '{"action":"created","action":"resolved"}', 'duplicate-key'],
    ['says a key twice, once escaped', '{"a":1,"\\u0061":2}', 'duplicate-key'],
    ['has no alert', '{"action":"created"}', 'shape'],
  ];
  it.each(texts)('because it %s gets the same words and starts nothing', async (_, text, reason) => {
    const firebreak = await startFirebreak();
    const answer = await post(`${firebreak.url}/hooks/github`, await fromGithub(text));
    expect(answer).toEqual({ status: 422, body: REFUSED });
    expect(reasons(firebreak)).toEqual([reason]);
    expect(await firebreak.taken()).toBe(0);
  });

  it('because it is not UTF-8 is refused by its bytes', async () => {
    const firebreak = await startFirebreak();
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const sent = await fromGithub('{}');
    const signature = createHmac('sha256', GITHUB_SECRET).update(body).digest('hex');
    const answer = await post(`${firebreak.url}/hooks/github`, {
      ...set(sent, 'x-hub-signature-256', `sha256=${signature}`),
      body,
    });
    expect(answer.status).toBe(422);
    expect(reasons(firebreak)).toEqual(['utf8']);
  });

  it('may use a forbidden word as a value', async () => {
    const firebreak = await startFirebreak();
    const payload = githubAlert({ alert: { secret_type_display_name: '__proto__ "constructor": {' } });
    expect((await post(`${firebreak.url}/hooks/github`, await fromGithub(payload))).status).toBe(202);
  });
});

describe('GitHub', () => {
  it('signs as its documentation says', async () => {
    const { headers } = await fromGithub('Hello, World!');
    expect(headers['x-hub-signature-256']).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
    const firebreak = await startFirebreak();
    await post(`${firebreak.url}/hooks/github`, await fromGithub('Hello, World!'));
    // Past the signature, and no JSON.
    expect(reasons(firebreak)).toEqual(['json']);
  });

  it('is answered when it pings', async () => {
    const firebreak = await startFirebreak();
    const ping = await fromGithub({ zen: 'Keep it logically awesome.', hook_id: 1 }, { event: 'ping' });
    expect(await post(`${firebreak.url}/hooks/github`, ping)).toEqual({ status: 200, body: { ok: true } });
    expect(await firebreak.taken()).toBe(0);
  });

  it('opens an incident that is on disk before the answer', async () => {
    const firebreak = await startFirebreak();
    const answer = await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()));
    expect(answer).toEqual({
      status: 202,
      body: { incident: 'INC-1', joined: false, url: 'https://firebreak.example/api/v1/incidents/INC-1' },
    });
    const [row] = await firebreak.records.inbox.ofIncident('INC-1');
    expect(row?.body).toMatchObject({
      source: 'github',
      event: 'created',
      exposure: 'public',
      exposedSince: '2026-11-24T03:10:51.000Z',
      github: { owner: 'acme', repo: 'payouts-tools', number: 3, secretType: 'aws_access_key_id', validity: 'active' },
      url: 'https://github.com/acme/payouts-tools/security/secret-scanning/3',
      secret: 'not_held',
    });
  });

  it('is answered alike when it delivers again, and nothing is started', async () => {
    const firebreak = await startFirebreak();
    const sent = await fromGithub(githubAlert());
    const first = await post(`${firebreak.url}/hooks/github`, sent);
    expect(await post(`${firebreak.url}/hooks/github`, sent)).toEqual(first);
    expect(await firebreak.taken()).toBe(1);
    const join = await fromGithub(githubAlert({ action: 'validated' }));
    const second = await post(`${firebreak.url}/hooks/github`, join);
    expect(second.body).toMatchObject({ incident: 'INC-1', joined: true });
    expect(await post(`${firebreak.url}/hooks/github`, join)).toEqual(second);
    expect(await firebreak.taken()).toBe(2);
  });

  it('cannot have a delivery displaced by a forged id', async () => {
    const firebreak = await startFirebreak();
    const delivery = randomUUID();
    await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert({ number: 3 }), { delivery }));
    const other = await post(
      `${firebreak.url}/hooks/github`,
      await fromGithub(githubAlert({ number: 4 }), { delivery }),
    );
    expect(other.body).toMatchObject({ incident: 'INC-2', joined: false });
  });

  it('is one incident in any spelling of its repository', async () => {
    const firebreak = await startFirebreak();
    await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()));
    const shout = githubAlert({ repository: { name: 'Payouts-Tools', owner: { login: 'ACME' } } });
    expect((await post(`${firebreak.url}/hooks/github`, await fromGithub(shout))).body).toMatchObject({ joined: true });
  });

  it('has fifty reports of one alert in one incident', async () => {
    const firebreak = await startFirebreak();
    const answers = await Promise.all(
      Array.from({ length: 51 }, async () => post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 51 }, () => 202));
    expect(answers.filter(({ body }) => (body as { joined: boolean }).joined)).toHaveLength(50);
    expect(await firebreak.records.incidents.list({ state: 'all', limit: 10 })).toHaveLength(1);
  });

  it.each(['created', 'publicly_leaked', 'validated', 'reopened'])('opens by %s', async (action) => {
    const firebreak = await startFirebreak();
    const answer = await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert({ action })));
    expect(answer.body).toMatchObject({ incident: 'INC-1', joined: false });
  });

  it.each(['resolved', 'assigned', 'unassigned'])('never opens by %s, and is remembered', async (action) => {
    const firebreak = await startFirebreak();
    const resolved = await fromGithub(githubAlert({ action, alert: { resolution: 'revoked' } }));
    const answer = await post(`${firebreak.url}/hooks/github`, resolved);
    expect(answer).toEqual({ status: 202, body: { incident: null, joined: false, url: null } });
    expect(await firebreak.records.incidents.list({ state: 'all', limit: 10 })).toEqual([]);
    expect(await firebreak.records.inbox.ofIncident('')).toHaveLength(1);
    expect(await firebreak.records.inbox.unsettled(10)).toEqual([]);
  });

  it('adds to a live incident what was resolved and where else it lies', async () => {
    const firebreak = await startFirebreak();
    await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert()));
    const resolved = await fromGithub(githubAlert({ action: 'resolved' }));
    expect((await post(`${firebreak.url}/hooks/github`, resolved)).body).toMatchObject({
      incident: 'INC-1',
      joined: true,
    });
    const location = {
      ...githubAlert(),
      location: { type: 'commit', details: { path: 'deploy/prod.env', start_line: 12, commit_sha: '3f2c1a9d00' } },
    };
    const sent = await fromGithub(location, { event: 'secret_scanning_alert_location' });
    expect((await post(`${firebreak.url}/hooks/github`, sent)).body).toMatchObject({ incident: 'INC-1', joined: true });
    const bodies = (await firebreak.records.inbox.ofIncident('INC-1')).map(({ body }) => body as { summary: string });
    expect(bodies[2]?.summary).toBe('GitHub secret scanning: also in deploy/prod.env:12, commit 3f2c1a9');
  });

  it('is told why its other events start nothing', async () => {
    const firebreak = await startFirebreak();
    const push = await fromGithub({ ref: 'refs/heads/main' }, { event: 'push' });
    expect(await post(`${firebreak.url}/hooks/github`, push)).toEqual({ status: 202, body: { ignored: 'event' } });
    expect(await firebreak.records.inbox.ofIncident('')).toEqual([]);
  });

  it('is heard with the new and the old secret while they are rotated, and not with one taken out', async () => {
    const firebreak = await startFirebreak({ sources: { github: [new Secret('new'), new Secret('old')] } });
    for (const [secret, status] of [
      ['new', 202],
      ['old', 202],
      ['older', 401],
    ] as const) {
      expect((await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert(), { secret }))).status).toBe(
        status,
      );
    }
  });

  it.each([
    [{ publicly_leaked: true }, { private: true }, 'public'],
    [{}, { private: false }, 'public'],
    [{}, { private: true, visibility: 'internal' }, 'internal'],
    [{}, { private: undefined }, 'unknown'],
  ])('says who could have seen it: %j %j', async (alert, repository, exposure) => {
    const firebreak = await startFirebreak();
    await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert({ alert, repository })));
    const [row] = await firebreak.records.inbox.ofIncident('INC-1');
    expect(row?.body).toMatchObject({ exposure });
  });

  it('puts no markup, control character or script address into an alert', async () => {
    const firebreak = await startFirebreak();
    const alert = { html_url: 'javascript:alert(1)', secret_type_display_name: 'a\u202Eb\nc\u0007d' };
    await post(`${firebreak.url}/hooks/github`, await fromGithub(githubAlert({ alert })));
    const [row] = await firebreak.records.inbox.ofIncident('INC-1');
    expect(row?.body).not.toHaveProperty('url');
    expect(row?.body).toMatchObject({ summary: 'GitHub secret scanning: a b c d in acme/payouts-tools' });
  });
});

describe('Standard Webhooks', () => {
  it('accepts the known answer of the specification', async () => {
    const firebreak = await startFirebreak();
    firebreak.clock.at = 1614265330_000;
    const sent: Sent = {
      body: '{"test": 2432232314}',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
    };
    await post(`${firebreak.url}/hooks/standard`, sent);
    // Past the signature, and no alert of ours.
    expect(reasons(firebreak)).toEqual(['shape']);
  });

  it.each([
    ['six minutes old', -6 * 60_000, 'timestamp-old'],
    ['six minutes ahead', 6 * 60_000, 'timestamp-future'],
  ])('refuses what is %s, though it is signed', async (_, shiftMs, reason) => {
    const firebreak = await startFirebreak();
    const sent = fromSiem(leaked(), { at: firebreak.clock.now() + shiftMs });
    expect(await post(`${firebreak.url}/hooks/standard`, sent)).toEqual({ status: 401, body: REFUSED });
    expect(reasons(firebreak)).toEqual([reason]);
  });

  const changes: [string, (sent: Sent) => Sent, string][] = [
    ['another id', (sent) => set(sent, 'webhook-id', 'msg_other'), 'signature'],
    ['an id with a dot', (sent) => set(sent, 'webhook-id', 'msg.1'), 'header-malformed'],
    [
      'another second',
      (sent) => set(sent, 'webhook-timestamp', String(Number(sent.headers['webhook-timestamp']) + 1)),
      'signature',
    ],
    ['a time in hex', (sent) => set(sent, 'webhook-timestamp', '0x65'), 'header-malformed'],
    [
      'a signature of another version only',
      (sent) => set(sent, 'webhook-signature', String(sent.headers['webhook-signature']).replace('v1,', 'v2,')),
      'signature',
    ],
    [
      'seventeen signatures',
      (sent) =>
        set(sent, 'webhook-signature', Array.from({ length: 17 }, () => sent.headers['webhook-signature']).join(' ')),
      'header-malformed',
    ],
    ['no signature', (sent) => without(sent, 'webhook-signature'), 'header-missing'],
  ];
  it.each(changes)('refuses %s', async (_, change, reason) => {
    const firebreak = await startFirebreak();
    const sent = change(fromSiem(leaked(), { at: firebreak.clock.now(), id: 'msg_1' }));
    expect(await post(`${firebreak.url}/hooks/standard`, sent)).toEqual({ status: 401, body: REFUSED });
    expect(reasons(firebreak)).toEqual([reason]);
  });

  it('accepts one right signature among others', async () => {
    const firebreak = await startFirebreak();
    const sent = fromSiem(leaked(), { at: firebreak.clock.now() });
    const list = `v1,${'A'.repeat(43)}= ${sent.headers['webhook-signature']} v1a,AAAA`;
    expect((await post(`${firebreak.url}/hooks/standard`, set(sent, 'webhook-signature', list))).status).toBe(202);
  });

  it('seals the secret that came along, for seven days, and keeps it nowhere else', async () => {
    const firebreak = await startFirebreak();
    const secret = canary();
    const data = {
      secret,
      summary: `found AWS_SECRET=${secret} in a paste`,
      exposure: 'public',
      exposed_since: '2026-11-20T10:00:00+02:00',
    };
    const answer = await post(`${firebreak.url}/hooks/standard`, fromSiem(leaked(data), { at: firebreak.clock.now() }));
    expect(answer.body).toMatchObject({ incident: 'INC-1', joined: false });
    const [row] = await firebreak.records.inbox.ofIncident('INC-1');
    expect(row?.body).toMatchObject({
      credential: { kind: 'aws-access-key', id: 'AKIAIOSFODNN7EXAMPLE' },
      exposure: 'public',
      exposedSince: '2026-11-20T08:00:00.000Z',
      summary: 'found AWS_SECRET=[secret] in a paste',
      secret: 'held',
    });
    const name = 'leaked:aws-access-key:AKIAIOSFODNN7EXAMPLE';
    expect(await firebreak.records.sealed.names('INC-1', firebreak.clock.now())).toEqual([name]);
    expect(await firebreak.records.sealed.names('INC-1', firebreak.clock.now() + 7 * 86_400_000 + 1)).toEqual([]);
    const box = await firebreak.records.sealed.get('INC-1', name, firebreak.clock.now());
    expect(firebreak.sealer.open(box as string, name).reveal()).toBe(secret);
    expect(await firebreak.written()).not.toContain(secret);
  });

  it('refuses a secret in the place of the id, and logs none of it', async () => {
    const firebreak = await startFirebreak();
    const id = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const answer = await post(
      `${firebreak.url}/hooks/standard`,
      fromSiem(leaked({ id }), { at: firebreak.clock.now() }),
    );
    expect(answer).toEqual({ status: 422, body: REFUSED });
    expect(reasons(firebreak)).toEqual(['secret-as-id']);
    expect(await firebreak.written()).not.toContain(id);
  });

  it('starts nothing by another type, and answers a ping', async () => {
    const firebreak = await startFirebreak();
    const at = firebreak.clock.now();
    const other = fromSiem({ type: 'credential.rotated', timestamp: '2026-11-24T03:10:59Z', data: {} }, { at });
    expect(await post(`${firebreak.url}/hooks/standard`, other)).toEqual({ status: 202, body: { ignored: 'type' } });
    const ping = fromSiem({ type: 'ping', timestamp: '2026-11-24T03:10:59Z' }, { at });
    expect(await post(`${firebreak.url}/hooks/standard`, ping)).toEqual({ status: 200, body: { ok: true } });
  });

  it('holds at most 256 kB', async () => {
    const firebreak = await startFirebreak();
    const sent = fromSiem(leaked({ summary: 'x'.repeat(256 * 1024) }), {
      at: firebreak.clock.now(),
      secret: STANDARD_SECRET,
    });
    expect((await post(`${firebreak.url}/hooks/standard`, sent)).status).toBe(413);
  });
});

function set(sent: Sent, name: string, value: string): Sent {
  return { ...sent, headers: { ...sent.headers, [name]: value } };
}

function without(sent: Sent, name: string): Sent {
  const { [name]: _, ...headers } = sent.headers;
  return { ...sent, headers };
}

/** fetch joins or refuses what a hostile client sends; node:http sends it as it is. */
function postRaw(url: string, { body, headers }: Sent, more: Record<string, string[]>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { ...headers, ...more } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
    );
    sent.end(body);
  });
}
