import type { Clock } from '../twin/clock.js';
import type { Signed } from './signed-http.js';

export interface Delivery {
  kind: 'events_api' | 'interactive' | 'slash_commands';
  payload: Record<string, unknown>;
}

export interface Retry {
  attempt: number;
  reason: string;
}

/** How the app took it. `payload`: what it acknowledged with. */
export interface Delivered {
  outcome: 'acked' | 'timeout' | 'unreachable' | 'refused';
  payload?: unknown;
  reason?: string;
  status?: number;
  noRetry?: boolean;
  /** Over HTTP: what was sent. */
  signed?: Signed;
}

export interface Transport {
  send(delivery: Delivery, retry?: Retry): Promise<Delivered>;
}

/** One attempt to tell the app something. */
export interface Dispatched extends Delivered {
  at: number;
  /** From sending to the acknowledgement. */
  ms: number;
  kind: Delivery['kind'];
  /** What it was about: a command, an action id, a callback id, the type of an event. */
  what: string;
  user: string;
  attempt: number;
  payloadSent: Record<string, unknown>;
}

/** Slack's three repetitions of an event that was not acknowledged: at once, after a minute, after five. */
export const RETRY_MS = [0, 60_000, 300_000];

const KEPT = 10_000;

/** Tells the app what people did. Events are repeated, everything else is told once. */
export class Dispatch {
  readonly sent: Dispatched[] = [];
  readonly #clock: Clock;
  readonly #retryMs: number[];
  readonly #transport: () => Transport | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** `transport`: undefined while the app cannot be reached at all. */
  constructor(options: { clock: Clock; retryMs?: number[]; transport: () => Transport | undefined }) {
    this.#clock = options.clock;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#transport = options.transport;
  }

  /** The outcome of the first attempt; the repetitions of an event go on behind. */
  async send(delivery: Delivery, what: string, user: string): Promise<Delivered> {
    const delivered = await this.#attempt(delivery, what, user, 0);
    if (delivery.kind === 'events_api') this.#again(delivery, what, user, 1, delivered);
    return delivered;
  }

  async #attempt(delivery: Delivery, what: string, user: string, attempt: number, reason = ''): Promise<Delivered> {
    const at = this.#clock.now();
    const began = performance.now();
    const retry = attempt === 0 ? undefined : { attempt, reason };
    const transport = this.#transport();
    const delivered: Delivered =
      transport === undefined ? { outcome: 'unreachable', reason: 'down' } : await transport.send(delivery, retry);
    const ms = performance.now() - began;
    const { kind, payload: payloadSent } = delivery;
    if (this.sent.length < KEPT) this.sent.push({ at, ms, kind, what, user, attempt, payloadSent, ...delivered });
    return delivered;
  }

  #again(delivery: Delivery, what: string, user: string, attempt: number, last: Delivered): void {
    if (last.outcome === 'acked' || last.noRetry || attempt > this.#retryMs.length) return;
    const timer = setTimeout(
      async () => {
        this.#timers.delete(timer);
        const next = await this.#attempt(delivery, what, user, attempt, last.reason);
        this.#again(delivery, what, user, attempt + 1, next);
      },
      this.#retryMs[attempt - 1],
    );
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
