/** The routes without a server: what is counted, logged and woken, and where a body ends. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RecordsError } from '../../../records/records-error.js';
import { GITHUB_SECRET } from '../api/start-firebreak.js';
import { fromGithub, fromSiem, githubAlert, leaked, type Sent } from './deliveries.js';
import { openIntake } from './intake.js';

type Intake = Awaited<ReturnType<typeof openIntake>>;
const send = async ({ hooks }: Intake, { body, headers }: Sent, more: Record<string, string> = {}, to = 'github') => {
  const answer = await hooks.request(`/${to}`, { method: 'POST', body, headers: { ...headers, ...more } });
  return answer.status;
};
const forged = (body: string | Uint8Array<ArrayBuffer> = '{}'): Sent => ({
  body,
  headers: {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
  },
});
const MEGABYTE = 1024 * 1024;

describe('what becomes of a delivery', () => {
  it('is told of each with its source, its status and its time', async () => {
    const intake = await openIntake();
    const began = performance.now();
    const first = await fromGithub(githubAlert());
    await send(intake, first);
    await send(intake, await fromGithub(githubAlert()));
    await send(intake, first);
    await send(intake, await fromGithub({}, { event: 'ping' }));
    await send(intake, await fromGithub({}, { event: 'push' }));
    await send(intake, await fromGithub(githubAlert({ number: 9, action: 'resolved' })));
    await send(intake, await fromGithub('{'));
    await send(intake, await fromGithub('{}'));
    await send(intake, forged());
    await send(intake, forged(), { 'content-type': 'text/plain' });
    await send(intake, forged(), { 'content-encoding': 'br' });
    await send(intake, forged('x'.repeat(MEGABYTE + 1)));
    await send(intake, fromSiem(leaked(), { at: intake.clock.at }), {}, 'standard');
    const took = performance.now() - began;
    expect(intake.answers.map(({ source, result, status }) => `${source} ${result} ${status}`)).toEqual([
      'github opened 202',
      'github joined 202',
      'github duplicate 202',
      'github ping 200',
      'github ignored 202',
      'github not-live 202',
      'github json 422',
      'github shape 422',
      'github signature 401',
      'github content-type 415',
      'github content-encoding 415',
      'github too-large 413',
      'standard opened 202',
    ]);
    for (const { tookMs } of intake.answers) {
      expect(tookMs).toBeGreaterThanOrEqual(0);
      expect(tookMs).toBeLessThanOrEqual(took);
    }
    expect(intake.lines.map(({ level: _, time: __, ...line }) => line)).toEqual([
      { msg: 'alert taken', source: 'github', incident: 'INC-1', joined: false },
      { msg: 'alert taken', source: 'github', incident: 'INC-1', joined: true },
      { msg: 'alert taken', source: 'github', incident: 'INC-1', joined: false },
      { msg: 'delivery of a known sender not understood', source: 'github', reason: 'json' },
      { msg: 'delivery of a known sender not understood', source: 'github', reason: 'shape' },
      { msg: 'delivery refused', source: 'github', reason: 'signature' },
      { msg: 'delivery refused', source: 'github', reason: 'content-type' },
      { msg: 'delivery refused', source: 'github', reason: 'content-encoding' },
      { msg: 'delivery refused', source: 'github', reason: 'too-large' },
      { msg: 'alert taken', source: 'standard', incident: 'INC-2', joined: false },
    ]);
    expect(await intake.records.inbox.ofIncident('INC-2')).toMatchObject([{ source: 'standard' }]);
    expect(await intake.records.incidents.get('INC-1')).toMatchObject({ openedBy: 'source:github', observe: false });
  });

  it('wakes the dispatcher for what opens, and nobody for what joins', async () => {
    const intake = await openIntake();
    await send(intake, await fromGithub(githubAlert()));
    expect(intake.woken).toHaveLength(1);
    await send(intake, await fromGithub(githubAlert()));
    expect(intake.woken).toHaveLength(1);
  });

  it('is no answer of ours when we fail, and a 503 when the records do', async () => {
    const intake = await openIntake();
    intake.hooks.onError((error, c) => c.text(error.name, 500));
    const sent = await fromGithub(githubAlert());
    intake.records.receive = async () => {
      throw new TypeError('bug');
    };
    expect(await send(intake, sent)).toBe(500);
    expect(intake.answers).toEqual([]);
    intake.records.receive = async () => {
      throw new RecordsError('full', 'the disk is full');
    };
    expect(await send(intake, sent)).toBe(503);
    expect(intake.answers).toMatchObject([{ result: 'not-stored', status: 503 }]);
    expect(intake.woken).toEqual([]);
  });
});

describe('a body', () => {
  const reasons = ({ lines }: Intake) => lines.map(({ reason }) => reason);

  it('is read to its last allowed byte', async () => {
    const intake = await openIntake();
    const full = forged(new Uint8Array(MEGABYTE));
    await send(intake, full);
    await send(intake, full, { 'content-length': String(MEGABYTE) });
    expect(reasons(intake)).toEqual(['signature', 'signature']);
  });

  it('is not read when its sender says that it is too large, and cut where it is larger than said', async () => {
    const intake = await openIntake();
    expect(await send(intake, forged(), { 'content-length': String(MEGABYTE + 1) })).toBe(413);
    expect(await send(intake, forged(new Uint8Array(MEGABYTE + 1)), { 'content-length': '2' })).toBe(413);
    expect(reasons(intake)).toEqual(['too-large', 'too-large']);
  });

  it('may come in pieces, which count together', async () => {
    const intake = await openIntake();
    const pieces = (...sizes: number[]) =>
      new ReadableStream({
        start(controller) {
          for (const size of sizes) controller.enqueue(new Uint8Array(size).fill(0x20));
          controller.close();
        },
      });
    const signed = createHmac('sha256', GITHUB_SECRET).update(' '.repeat(300)).digest('hex');
    const post = (body: ReadableStream) =>
      intake.hooks.request('/github', {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { ...forged().headers, 'x-hub-signature-256': `sha256=${signed}` },
      } as RequestInit);
    expect((await post(pieces(100, 200))).status).toBe(422);
    expect((await post(pieces(MEGABYTE, 1))).status).toBe(413);
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) });
    expect((await post(broken)).status).toBe(401);
    expect(reasons(intake)).toEqual(['json', 'too-large', 'unreadable']);
  });

  it('may be empty, and is then no JSON', async () => {
    const intake = await openIntake();
    const signature = createHmac('sha256', GITHUB_SECRET).digest('hex');
    const headers = { ...forged().headers, 'x-hub-signature-256': `sha256=${signature}` };
    expect((await intake.hooks.request('/github', { method: 'POST', headers })).status).toBe(422);
    expect(reasons(intake)).toEqual(['json']);
  });

  it('is of a known type, in any case, or not looked at', async () => {
    const intake = await openIntake();
    const sent = fromSiem(leaked(), { at: intake.clock.at });
    expect(await send(intake, sent, { 'content-type': 'Application/JSON; charset=UTF-8' }, 'standard')).toBe(202);
    const { 'content-type': _, ...headers } = sent.headers;
    expect((await intake.hooks.request('/standard', { method: 'POST', headers })).status).toBe(415);
  });
});

it('hears sixty strangers of a source at once and then one a second, and other sources as before', async () => {
  const intake = await openIntake();
  const statuses = new Set<number>();
  for (let n = 0; n < 60; n += 1) statuses.add(await send(intake, forged()));
  expect([...statuses]).toEqual([401]);
  expect(await send(intake, forged())).toBe(429);
  expect(await send(intake, forged(), { 'content-type': 'text/plain' })).toBe(429);
  expect(intake.answers.at(-1)).toMatchObject({ result: 'rate', status: 429 });
  expect(intake.lines).toHaveLength(60);
  expect(await send(intake, forged(), {}, 'standard')).toBe(401);
  intake.clock.at += 1_000;
  expect([await send(intake, forged()), await send(intake, forged())]).toEqual([401, 429]);
});
