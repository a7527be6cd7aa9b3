import type { Log } from '../log.js';
import { TemporalUnavailable } from './port.js';

export interface Lane {
  /** There is something new. Returns at once. */
  wake(): void;
  /** Does the work once unless it is put off; two calls at once are one. Never throws. */
  tick(): Promise<void>;
  /** Ticks when woken, and once a second in case nobody woke it, until `stop`. */
  run(): Promise<void>;
  /** Resolves when the tick under way has ended. */
  stop(): Promise<void>;
}

const POLL_MS = 1_000;
const BACKOFF = { firstMs: 250, capMs: 15_000 };

/**
 * One kind of work that goes on until told to stop. When it fails it is put off, ever longer up to 15 s: what it works
 * on stays in the records. Lanes do not wait for each other, so that a stuck answer never delays a containment.
 */
export function createLane(
  name: string,
  work: () => Promise<void>,
  doors: { clock: { now(): number }; log: Log },
): Lane {
  const { clock, log } = doors;
  let failures = 0;
  let notBefore = 0;
  let stopping = false;
  let woken = false;
  let wakeUp: () => void = () => {};
  let ticking: Promise<void> | undefined;
  let loop: Promise<void> = Promise.resolve();

  async function tickOnce(): Promise<void> {
    if (clock.now() < notBefore) return;
    try {
      await work();
      failures = 0;
    } catch (error) {
      const waitMs = Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** Math.min(failures, 10));
      failures += 1;
      notBefore = clock.now() + waitMs;
      const level = error instanceof TemporalUnavailable ? 'warn' : 'error';
      log[level]({ lane: name, reason: reasonOf(error), waitMs, failures }, 'dispatch put off');
    }
  }

  function tick(): Promise<void> {
    ticking ??= tickOnce().finally(() => {
      ticking = undefined;
    });
    return ticking;
  }

  async function runLoop(): Promise<void> {
    while (!stopping) {
      woken = false;
      await tick();
      // While put off, being woken changes nothing: only time does.
      if (stopping || (woken && clock.now() >= notBefore)) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, notBefore > clock.now() ? BACKOFF.firstMs : POLL_MS);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return {
    wake() {
      woken = true;
      if (clock.now() >= notBefore) wakeUp();
    },
    tick,
    run() {
      stopping = false;
      loop = runLoop();
      return loop;
    },
    async stop() {
      stopping = true;
      wakeUp();
      await loop;
      await ticking;
    },
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
