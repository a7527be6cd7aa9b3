import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Delivered, Delivery, Retry, Transport } from './dispatch.js';

const MOST_CONNECTIONS = 10;
const PING_MS = 10_000;

interface Waiting {
  socket: WebSocket;
  settle(delivered: Delivered): void;
}

/** Socket Mode: each envelope goes down one of the open connections, and is acknowledged on it by its id. */
export class SocketMode implements Transport {
  readonly #app: string;
  readonly #ackMs: number;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  #open: WebSocket[] = [];
  #turn = 0;
  #watchers: { count: number; go: () => void }[] = [];

  constructor(options: { app: string; ackMs: number }) {
    this.#app = options.app;
    this.#ackMs = options.ackMs;
  }

  /** What `apps.connections.open` answers: the path of one connection. */
  ticket(): string {
    const ticket = randomBytes(16).toString('hex');
    this.#tickets.add(ticket);
    return `/link/?ticket=${ticket}&app_id=${this.#app}`;
  }

  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(incoming.url ?? '/', 'http://twin').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(incoming, socket, head, (connection) => this.#welcome(connection));
  }

  #welcome(connection: WebSocket): void {
    if (this.#open.length >= MOST_CONNECTIONS) {
      connection.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      connection.close();
      return;
    }
    this.#open.push(connection);
    const ping = setInterval(() => connection.ping(), PING_MS);
    connection.on('message', (data) => this.#heard(String(data)));
    connection.on('error', () => connection.terminate());
    connection.on('close', () => {
      clearInterval(ping);
      this.#open = this.#open.filter((one) => one !== connection);
    });
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#open.length,
        connection_info: { app_id: this.#app },
        debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18_060 },
      }),
    );
    connection.ping();
    this.#watchers = this.#watchers.filter(({ count, go }) => this.#open.length < count || go());
  }

  get connections(): number {
    return this.#open.length;
  }

  /** Resolves once that many connections are open. */
  whenConnected(count = 1): Promise<void> {
    if (this.#open.length >= count) return Promise.resolve();
    return new Promise((go) => {
      this.#watchers.push({ count, go });
    });
  }

  send({ kind, payload }: Delivery, retry?: Retry): Promise<Delivered> {
    const connection = this.#open[this.#turn++ % this.#open.length];
    if (connection === undefined) return Promise.resolve({ outcome: 'unreachable', reason: 'no_connection' });
    const envelope = {
      envelope_id: randomUUID(),
      type: kind,
      payload,
      accepts_response_payload: kind !== 'events_api',
      ...(kind === 'events_api' && { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' }),
    };
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => settle({ outcome: 'timeout', reason: 'timeout' }),
        this.#ackMs, // an acknowledgement that comes later is not taken
      );
      const settle = (delivered: Delivered) => {
        clearTimeout(timer);
        this.#waiting.delete(envelope.envelope_id);
        resolve(delivered);
      };
      this.#waiting.set(envelope.envelope_id, { socket: connection, settle });
      connection.send(JSON.stringify(envelope));
    });
  }

  #heard(text: string): void {
    let said: { envelope_id?: string; payload?: unknown };
    try {
      said = JSON.parse(text);
    } catch {
      return;
    }
    const { payload } = said;
    const empty = payload === undefined || (typeof payload === 'object' && Object.keys(payload ?? {}).length === 0);
    this.#waiting.get(said.envelope_id ?? '')?.settle({ outcome: 'acked', ...(!empty && { payload }) });
  }

  /** Asks every client, or the oldest only, to come back, as Slack does every few hours. */
  askToReconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled', which: 'oldest' | 'all' = 'all'): void {
    for (const connection of which === 'all' ? [...this.#open] : this.#open.slice(0, 1)) {
      connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
      this.#open = this.#open.filter((one) => one !== connection);
    }
  }

  /** Cuts connections without a word. What was under way on them is not acknowledged. */
  cut(which: 'oldest' | 'all' = 'all'): void {
    for (const connection of which === 'all' ? [...this.#open] : this.#open.slice(0, 1)) {
      this.#open = this.#open.filter((one) => one !== connection);
      connection.terminate();
    }
  }

  close(): void {
    for (const { settle } of [...this.#waiting.values()]) settle({ outcome: 'unreachable', reason: 'closed' });
    for (const connection of this.#server.clients) connection.terminate();
    this.#server.close();
  }
}
