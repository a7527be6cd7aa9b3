import type { Clock } from '../twin/clock.js';
import type { Method } from './method.js';

/** `real`: what Slack's reference says; `hard`: one post in three seconds and ten calls a minute; `off`. */
export type Limits = 'real' | 'hard' | 'off';

interface Bucket {
  left: number;
  at: number;
}

const TIERS = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
/** How many posts a channel takes at once. */
const BURST = 4;

/** Buckets by method, of `chat.postMessage` by channel. */
export class Rates {
  limits: Limits;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.limits = limits;
  }

  /** Seconds to wait, at least 1; undefined when the call may go on, and is counted. */
  take(name: string, tier: Method['tier'], channel: string): number | undefined {
    if (this.limits === 'off' || tier === 'none') return undefined;
    const hard = this.limits === 'hard';
    if (tier === 'post') return this.#drop(`${name} ${channel}`, hard ? 1 : BURST, hard ? 1 / 3 : 1);
    const minute = hard ? Math.min(TIERS[tier], 10) : TIERS[tier];
    return this.#drop(name, minute, minute / 60);
  }

  #drop(key: string, size: number, perSecond: number): number | undefined {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { left: size, at: now };
    bucket.left = Math.min(size, bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond));
    bucket.left -= 1;
    return undefined;
  }
}
