import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, SendOptions } from '../../../activities/connectors/contract.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { openGithub } from '../../../activities/tickets/open-github.js';
import { commentChange, ticketChange } from '../../../activities/tickets/ticket-change.js';
import { type GithubTwin, startGithubTwin } from '../../../sandbox/github/start-github-twin.js';

const REPO = { owner: 'acme', repo: 'incidents' };
const NAME = 'acme/incidents';
const POST = 'POST /repos/{owner}/{repo}/issues';
const LIST = 'GET /repos/{owner}/{repo}/issues';
const options: SendOptions = { signedAt: 0, signal: new AbortController().signal };
const clock = { time: Date.parse('2026-11-24T03:11:00Z'), now: () => clock.time };

let github: GithubTwin;
let token: string;
beforeEach(async () => {
  github = await startGithubTwin({ clock, leakInErrors: 'canary-body', searchLagSeconds: 60 });
  github.addRepository(NAME);
  token = github.addToken({ login: 'firebreak', repositories: [NAME], permissions: { issues: 'write' } });
});
afterEach(() => github.close());

const client = (value = token) => openGithub({ token: new Secret(value), api: github.url, timeoutMs: 5000 });
const ticket = (marker = 'firebreak INC-1 abc', value = token): Change =>
  ticketChange(client(value), REPO, { marker, title: 'INC-1', body: 'Leaked.', labels: ['incident'] });

describe('a ticket', () => {
  it('is found by its marker before a second one is opened, though the search does not know it yet', async () => {
    expect((await ticket().read()).state).toBeNull();
    const answer = await ticket().apply(null, options);
    expect(answer).toMatchObject({
      kind: 'applied',
      id: '1',
      evidence: { url: `https://github.example/${NAME}/issues/1` },
    });
    expect(await ticket().read()).toEqual({
      state: { id: 1, url: `https://github.example/${NAME}/issues/1` },
      items: [{ id: '1', active: true }],
    });
    expect((await ticket('firebreak INC-1 abcd').read()).state).toBeNull();
  });

  it('is found after its answer was lost', async () => {
    github.faults.add({ method: POST, kind: 'lost-after' });
    expect(await ticket().apply(null, options)).toMatchObject({ kind: 'unknown' });
    expect((await ticket().read()).state).toMatchObject({ id: 1 });
    expect(github.issues(NAME)).toHaveLength(1);
  });

  it('is found by search when a hundred newer ones hide it, and the first of two counts', async () => {
    await ticket().apply(null, options);
    await ticket().apply(null, options);
    for (let i = 0; i < 105; i++) await ticket(`other ${i}`).apply(null, options);
    clock.time += 120_000;
    expect((await ticket().read()).state).toMatchObject({ id: 1 });
    expect((await ticket('never opened').read()).state).toBeNull();
  });

  it('carries its marker where nobody sees it, even in a body that must be cut', async () => {
    const change = ticketChange(client(), REPO, { marker: 'm --> x', title: 't', body: 'x'.repeat(70_000) });
    expect(await change.apply(null, options)).toMatchObject({ kind: 'applied' });
    expect(github.issues(NAME)[0]?.body.endsWith('<!-- firebreak: m - - x -->')).toBe(true);
    expect((await change.read()).state).toMatchObject({ id: 1 });
  });

  it.each<[string, () => void, Record<string, unknown>]>([
    [
      'a throttle',
      () => github.faults.add({ method: POST, kind: 'throttle', retryAfterSeconds: 7 }),
      { kind: 'throttled', afterSeconds: 7 },
    ],
    [
      'a refusal',
      () => github.faults.add({ method: POST, kind: 'deny' }),
      { kind: 'denied', code: 'permission-denied' },
    ],
    ['a server error', () => github.faults.add({ method: POST, kind: 'error' }), { kind: 'unknown' }],
    ['a cut before', () => github.faults.add({ method: POST, kind: 'lost-before' }), { kind: 'unknown' }],
    ['a cut in its answer', () => github.faults.add({ method: POST, kind: 'reset' }), { kind: 'unknown' }],
    [
      'an error after it was opened',
      () => github.faults.add({ method: POST, kind: 'error-after' }),
      { kind: 'unknown' },
    ],
    ['a revoked token', () => github.revokeToken(token), { kind: 'denied', code: 'permission-denied' }],
  ])('is answered rightly after %s, sent once, without what the body says', async (_, prepare, expected) => {
    prepare();
    const answer = await ticket().apply(null, options);
    expect(answer).toMatchObject(expected);
    expect(JSON.stringify(answer)).not.toMatch(/canary|github_pat/);
    expect(github.issues(NAME).length).toBeLessThan(2);
    expect(Object.values(github.controls.ledger.counts().requests).reduce((a, b) => a + b, 0)).toBe(1);
  });

  it('is not believed absent where the look failed', async () => {
    for (const [kind, code] of [
      ['error', 'unavailable'],
      ['deny', 'permission-denied'],
      ['throttle', 'rate-limited'],
      ['lost-before', 'unavailable'],
    ] as const) {
      github.faults.add({ method: LIST, kind });
      const error = await ticket()
        .read()
        .then(
          () => undefined,
          (thrown: unknown) => thrown as Error & { code: string },
        );
      expect(error?.code).toBe(code);
      expect(`${error?.message} ${error?.stack} ${JSON.stringify(error)} ${String(error?.cause)}`).not.toMatch(
        /canary|github_pat/,
      );
    }
    const elsewhere = ticketChange(
      client(),
      { owner: 'acme', repo: 'nowhere' },
      { marker: 'm', title: 't', body: 'b' },
    );
    await expect(elsewhere.read()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a comment', () => {
  const comment = (marker: string) => commentChange(client(), REPO, 1, { marker, body: 'False alarm.' });

  it('is found by its marker, on any page', async () => {
    await ticket().apply(null, options);
    expect((await comment('c').read()).state).toBeNull();
    for (let i = 0; i < 101; i++) await comment(`other ${i}`).apply(null, options);
    expect(await comment('c').apply(null, options)).toMatchObject({ kind: 'applied' });
    expect((await comment('c').read()).state).toMatchObject({ url: expect.stringContaining('issuecomment') });
  });

  it('on a ticket that is not there is refused, with the ticket named', async () => {
    expect(await comment('c').apply(null, options)).toMatchObject({
      kind: 'denied',
      code: 'not-found',
      reason: expect.stringContaining('acme/incidents#1'),
    });
  });
});
