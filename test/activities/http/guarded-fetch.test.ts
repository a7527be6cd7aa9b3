import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedFetch } from '../../../activities/http/guarded-fetch.js';

describe('guardedFetch', () => {
  let server: Server;
  let origin: string;
  let requests: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });

  it('asks nobody but its own origin, however the path is written', async () => {
    answer = (_, response) => void response.end('{}');
    const fetch = guardedFetch(origin);

    for (const path of ['http://evil.example/x', '//evil.example/x', '/\\evil.example/x', 'x']) {
      await expect(fetch(path), path).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(requests).toEqual([]);
  });

  it('follows no redirect, so a token never travels on', async () => {
    answer = (_, response) => void response.writeHead(307, { location: 'http://evil.example/' }).end();

    await expect(guardedFetch(origin)('/a')).rejects.toMatchObject({ code: 'unexpected-answer' });
    expect(requests).toEqual(['GET /a']);
  });

  it('stops reading an answer without end', async () => {
    answer = (_, response) => void response.end('x'.repeat(5_000));

    await expect(guardedFetch(origin, { maxBytes: 1_000 })('/a')).rejects.toMatchObject({ code: 'unexpected-answer' });
  });

  it('does not call a change refused when its answer was lost', async () => {
    answer = (request) => void request.socket.destroy();

    await expect(guardedFetch(origin)('/a', { method: 'POST', body: {} })).rejects.toMatchObject({
      code: 'unknown-outcome',
    });
    await expect(guardedFetch(origin)('/a')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives up when its time is over or when it is told to', async () => {
    answer = () => {};

    await expect(guardedFetch(origin, { timeoutMs: 50 })('/a')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(guardedFetch(origin)('/a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('says that nobody listens, without headers or query', async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await guardedFetch(origin)('/a?token=canary', {
      method: 'POST',
      body: {},
      headers: { 'x-vault-token': 'canary' },
    }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/is it running/) });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });

  it('gives every status to its caller, with the body if it is JSON', async () => {
    answer = (request, response) =>
      void response.writeHead(404).end(request.url === '/json' ? '{"errors":[]}' : '<p>no');

    expect(await guardedFetch(origin)('/json')).toMatchObject({ status: 404, body: { errors: [] } });
    expect((await guardedFetch(origin)('/html')).body).toBeUndefined();
  });
});
