import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from './clock.js';
import type { Fault, Faults } from './faults.js';
import type { Ledger } from './ledger.js';

export interface Request {
  method: string;
  /** Path and query as they came over the wire. */
  target: string;
  path: string;
  query: URLSearchParams;
  /** Names in lower case, in the order of arrival. */
  headers: [string, string][];
  header(name: string): string | undefined;
  body: Buffer;
  /** The peer, or what X-Forwarded-For says: attackers and services of the sandbox have addresses of their own. */
  address: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** The provider's error code, for the count of refusals. */
  refusal?: string;
}

/** An answer as most providers word it. */
export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export interface Served {
  url: string;
  port: number;
  close(): Promise<void>;
}

export interface Provider {
  clock: Clock;
  port: number;
  faults: Faults;
  ledger: Ledger;
  /** What the call is named in faults and counts, and who makes it, before anything is checked. */
  name(request: Request): { method: string; by?: string };
  answer(request: Request): Answer | Promise<Answer>;
  /** How this provider words a 429, 500 or 403. */
  refuse(fault: Fault, request: Request): Answer;
  /** Takes connections that ask for another protocol; they are closed unless told. */
  upgrade?(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Whether nobody answers at all right now: every connection is cut. */
  isDown?(): boolean;
}

const BODY_LIMIT = 4 * 1024 * 1024;

/** Serves a provider on loopback and lets its faults happen around each call. */
export async function serve(provider: Provider): Promise<Served> {
  const server = createServer((incoming, response) => {
    response.sendDate = false;
    exchange(provider, incoming, response).catch((error: unknown) => {
      console.error(`twin: ${incoming.method} ${incoming.url?.split('?')[0]} failed:`, error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.on('upgrade', (incoming, socket, head) => {
    if (provider.upgrade === undefined || provider.isDown?.()) socket.destroy();
    else provider.upgrade(incoming, socket, head);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(provider.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        provider.faults.release();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function exchange(provider: Provider, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await read(incoming);
  if (request === undefined) {
    incoming.socket.destroy();
    return;
  }
  const { method, by } = provider.name(request);
  const text = textOf(request);
  provider.ledger.requested(method, provider.clock.now(), text);
  if (provider.isDown?.()) {
    incoming.socket.destroy();
    return;
  }
  const fault = provider.faults.take(method, by, text);
  switch (fault?.kind) {
    case 'throttle':
    case 'error':
    case 'deny': {
      const refusal = provider.refuse(fault, request);
      provider.ledger.refused(method, refusal.refusal ?? String(refusal.status));
      send(provider.clock, response, refusal);
      return;
    }
    case 'kill-before':
      process.kill(fault.pid!, 'SIGKILL');
      incoming.socket.destroy();
      return;
    case 'lost-before':
      incoming.socket.destroy();
      return;
    case 'slow':
      if ((await provider.faults.hold(fault)) === 'cut') {
        incoming.socket.destroy();
        return;
      }
      break;
  }
  const answer = await provider.answer(request);
  if (answer.refusal !== undefined) provider.ledger.refused(method, answer.refusal);
  switch (fault?.kind) {
    case 'kill':
      process.kill(fault.pid!, 'SIGKILL');
      incoming.socket.destroy();
      return;
    case 'lost-after':
      incoming.socket.destroy();
      return;
    case 'error-after':
      send(provider.clock, response, provider.refuse({ ...fault, kind: 'error' }, request));
      return;
    case 'reset':
      send(provider.clock, response, answer, Math.floor(Buffer.byteLength(answer.body) / 2));
      return;
    case 'drip':
      drip(provider.clock, response, answer);
      return;
    case 'slow-answer':
      if ((await provider.faults.hold(fault)) === 'cut') {
        incoming.socket.destroy();
        return;
      }
      break;
    case 'hook':
      try {
        await fault.onApplied?.();
      } catch {
        incoming.socket.destroy();
        return;
      }
      break;
  }
  send(provider.clock, response, answer);
}

/** All that a request says of what it is about: path, query, caller, agent and body. */
const textOf = ({ target, header, body }: Request): string =>
  [target, header('authorization'), header('user-agent'), body.toString('utf8')].join('\n');

async function read(incoming: IncomingMessage): Promise<Request | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined; // the client went away before it had asked
  }
  const headers: [string, string][] = [];
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.push([incoming.rawHeaders[i]!.toLowerCase(), incoming.rawHeaders[i + 1]!]);
  }
  const header = (name: string) => headers.find(([one]) => one === name)?.[1];
  const target = incoming.url ?? '/';
  const cut = target.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    target,
    path: cut < 0 ? target : target.slice(0, cut),
    query: new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1)),
    headers,
    header,
    body: Buffer.concat(chunks),
    address: header('x-forwarded-for')?.split(',')[0]?.trim() || incoming.socket.remoteAddress || '127.0.0.1',
  };
}

/** A byte every two seconds, until whoever asked has had enough. */
function drip(clock: Clock, response: ServerResponse, answer: Answer): void {
  const body = begin(clock, response, answer);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length) response.write(body.subarray(sent, ++sent));
    else response.end();
  }, 2_000);
  response.once('close', () => clearInterval(timer));
  response.write(body.subarray(sent, ++sent));
}

function begin(clock: Clock, response: ServerResponse, answer: Answer): Buffer {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    date: new Date(clock.now()).toUTCString(), // the provider's clock, which is not always ours
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': String(body.length) }),
  });
  return body;
}

function send(clock: Clock, response: ServerResponse, answer: Answer, cutAfter?: number): void {
  const body = begin(clock, response, answer);
  if (cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => response.destroy());
}
