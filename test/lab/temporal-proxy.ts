/**
 * A small HTTP/2 proxy between Firebreak and its Temporal server. Everything passes frame by frame, with trailers, flow
 * control and cancellation; one call of one incident can be made to stand still before the server hears of it, or after
 * the server answered, and there whoever asked may kill, cut or wait. Neither side knows that it is there.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Call, callOf, polledBy, type Rpc } from './temporal-call.js';

export interface Place {
  rpc: Rpc;
  /** Before the server hears of it, or after it answered and before the answer goes back. */
  when: 'before' | 'after';
  workflow?: string;
  activity?: string;
  /** What else must be so. The call waits for the answer. */
  which?: (call: Call) => boolean | Promise<boolean>;
  /** Counted among the calls that fit; 1. */
  nth?: number;
}

/** A call that stands, or will. Used up by the first that fits: when it is sent again it passes. */
export interface Point {
  readonly place: Place;
  /** Resolves when the call stands there. */
  reached: Promise<Call>;
  isReached(): boolean;
  /** Lets it pass. */
  release(): void;
  /** Ends it without a word, and with a TCP reset the connection that it came on. */
  cut(): void;
  /** Ends it alone: RST_STREAM, as a proxy that lost it. */
  reset(): void;
}

type End = 'pass' | 'cut' | 'reset';

interface Waiting extends Point {
  left: number;
  stand(call: Call): Promise<End>;
}

/** Far above what a poll or a payload needs, so that a call which stands never starves the others of its connection. */
const WINDOW = { stream: 4 << 20, connection: 256 << 20 };
const SETTINGS = { initialWindowSize: WINDOW.stream, maxConcurrentStreams: 100_000 };
const MEMORY_MB = 256;
const POLLS = /^Poll/;

/** Starts it on a free port of the loopback. `upstream` may be away: then connections are cut at once. */
export async function startTemporalProxy(upstream: { host: string; port: number }): Promise<TemporalProxy> {
  const server = createServer({ settings: SETTINGS, maxSessionMemory: MEMORY_MB });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new TemporalProxy(server, `http://${upstream.host}:${upstream.port}`);
}

export class TemporalProxy {
  /** For `temporal.address` of the settings. */
  readonly address: string;
  /** Calls that came, by name. */
  readonly counts: Record<string, number> = {};
  readonly #server: Http2Server;
  readonly #upstream: string;
  readonly #connections = new Map<ServerHttp2Session, { socket: Socket; up: ClientHttp2Session }>();
  #points: Waiting[] = [];

  constructor(server: Http2Server, upstream: string) {
    this.#server = server;
    this.#upstream = upstream;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    let socket: Socket;
    server.prependListener('connection', (one: Socket) => (socket = one));
    server.on('session', (session: ServerHttp2Session) => this.#open(session, socket));
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void this.#relay(stream, headers));
  }

  /** Makes the next call that fits stand still. */
  at(place: Place): Point {
    const point = pointAt(place);
    this.#points.push(point);
    return point;
  }

  /** Forgets points that nothing reached. */
  clear(): void {
    this.#points = [];
  }

  /** Resets every connection, as when the network is gone for a moment. */
  cutAll(): void {
    for (const session of this.#connections.keys()) this.#cut(session);
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** One connection to the server for each that comes, so that a death of either side is seen by the other. */
  #open(session: ServerHttp2Session, socket: Socket): void {
    const up = connect(this.#upstream, { settings: SETTINGS, maxSessionMemory: MEMORY_MB });
    this.#connections.set(session, { socket, up });
    session.on('error', ignore);
    session.setLocalWindowSize(WINDOW.connection);
    up.on('error', ignore);
    up.once('connect', () => up.setLocalWindowSize(WINDOW.connection));
    up.once('close', () => this.#cut(session));
    // the server says that it leaves: whoever calls should look for it anew
    up.once('goaway', () => this.#cut(session));
    session.once('close', () => {
      this.#connections.delete(session);
      up.destroy();
    });
  }

  #cut(session: ServerHttp2Session | undefined): void {
    const connection = session && this.#connections.get(session);
    if (connection === undefined) return;
    connection.socket.resetAndDestroy();
    connection.up.destroy();
  }

  async #relay(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', ignore);
    const session = stream.session as ServerHttp2Session | undefined;
    const up = session && this.#connections.get(session)?.up;
    if (up === undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    const rpc = String(headers[':path']).replace(/^.*\//, '');
    this.counts[rpc] = (this.counts[rpc] ?? 0) + 1;
    if (!this.#points.some(({ place }) => place.rpc === rpc)) return pass(stream, send(up, headers, stream));

    const body = await whole(stream);
    if (body === undefined) return; // given up while it was sent
    const call = callOf(rpc, body);
    const end = (verdict: End) => {
      if (verdict === 'cut') this.#cut(session);
      if (verdict === 'reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return verdict !== 'pass' || stream.destroyed;
    };
    const before = await this.#take('before', call);
    if (before !== undefined && end(await before.stand(call))) return;
    if (stream.destroyed) return;
    const request = send(up, headers, body);
    if (!this.#points.some(({ place }) => place.rpc === rpc && place.when === 'after')) return pass(stream, request);
    const answer = await answerOf(stream, request);
    if (answer === undefined) return; // the server died over it; a second try may still stand here
    const told = POLLS.test(rpc) ? polledBy(answer.body) : call;
    const after = answer.isOk ? await this.#take('after', told) : undefined;
    if (after !== undefined && end(await after.stand(told))) return;
    give(stream, answer);
  }

  async #take(when: Place['when'], call: Call): Promise<Waiting | undefined> {
    for (const point of this.#points.filter(({ place }) => place.when === when && isAt(place, call))) {
      if (point.place.which !== undefined && !(await point.place.which(call))) continue;
      // another call may have taken it meanwhile
      if (!this.#points.includes(point) || --point.left > 0) continue;
      this.#points = this.#points.filter((one) => one !== point);
      return point;
    }
    return undefined;
  }
}

function isAt({ rpc, workflow, activity }: Place, call: Call): boolean {
  return (
    rpc === call.rpc &&
    (workflow === undefined || workflow === call.workflow) &&
    (activity === undefined || activity === call.activity)
  );
}

function pointAt(place: Place): Waiting {
  let arrive: (call: Call) => void = ignore;
  let end: (verdict: End) => void = ignore;
  let isReached = false;
  const reached = new Promise<Call>((resolve) => (arrive = resolve));
  const ended = new Promise<End>((resolve) => (end = resolve));
  return {
    place,
    left: place.nth ?? 1,
    reached,
    isReached: () => isReached,
    release: () => end('pass'),
    cut: () => end('cut'),
    reset: () => end('reset'),
    stand(call) {
      isReached = true;
      arrive(call);
      return ended;
    },
  };
}

/** Sends it on; a body that is still coming flows as fast as the server takes it. */
function send(
  up: ClientHttp2Session,
  headers: IncomingHttpHeaders,
  body: ServerHttp2Stream | Buffer,
): ClientHttp2Stream {
  const request = up.request(headers);
  request.on('error', ignore);
  if (Buffer.isBuffer(body)) request.end(body);
  else body.pipe(request);
  return request;
}

/** Hands the answer back as it comes: headers, data, trailers, or the reset that took their place. */
function pass(stream: ServerHttp2Stream, request: ClientHttp2Stream): void {
  let trailers: IncomingHttpHeaders = {};
  let hasEnded = false;
  request.on('trailers', (said) => (trailers = said));
  request.on('response', (headers, flags) => {
    if (stream.destroyed) return;
    hasEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(headers, { endStream: hasEnded, waitForTrailers: !hasEnded });
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  request.pipe(stream, { end: false });
  request.on('end', () => {
    if (!stream.destroyed && stream.headersSent && !hasEnded) stream.end();
  });
  relateEnds(stream, request);
}

/** A reset of one side is a reset of the other. */
function relateEnds(stream: ServerHttp2Stream, request: ClientHttp2Stream): void {
  stream.once('close', () => request.close(stream.rstCode || constants.NGHTTP2_CANCEL));
  request.once('close', () => {
    if (request.rstCode !== 0 || !stream.headersSent) stream.close(request.rstCode || constants.NGHTTP2_REFUSED_STREAM);
  });
}

interface Answer {
  headers: IncomingHttpHeaders;
  body: Buffer;
  trailers: IncomingHttpHeaders | undefined;
  isOk: boolean;
}

/** The whole answer, not yet given back; undefined when there was none. */
async function answerOf(stream: ServerHttp2Stream, request: ClientHttp2Stream): Promise<Answer | undefined> {
  let headers: IncomingHttpHeaders | undefined;
  let trailers: IncomingHttpHeaders | undefined;
  request.on('response', (said) => (headers = said));
  request.on('trailers', (said) => (trailers = said));
  stream.once('close', () => request.close(stream.rstCode || constants.NGHTTP2_CANCEL));
  const body = await whole(request);
  if (body === undefined || headers === undefined) {
    stream.close(request.rstCode || constants.NGHTTP2_REFUSED_STREAM);
    return undefined;
  }
  return { headers, body, trailers, isOk: (trailers ?? headers)['grpc-status'] === '0' };
}

function give(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (trailers === undefined) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.respond(headers, { waitForTrailers: true });
  stream.end(body);
}

/** All of it; undefined when the sender gave up. */
async function whole(stream: ServerHttp2Stream | ClientHttp2Stream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return stream.rstCode === 0 ? Buffer.concat(chunks) : undefined;
}

/** Whoever resets a connection or a stream is not an accident here. */
function ignore(): void {}
