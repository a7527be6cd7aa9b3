/**
 * What goes wrong on purpose.
 *
 * before the twin looks at the request: `throttle` (429), `error` (500), `deny` (403), `lost-before` (connection cut),
 * `kill-before` (SIGKILL to `pid`, then cut),
 * `slow` (held on its way until `release()`, then looked at with the time of its arrival).
 * after it was applied: `lost-after` (connection cut), `error-after` (500), `reset` (cut in the middle of the body),
 * `slow-answer` (held until `release()`), `kill` (SIGKILL to `pid`, then cut), `hook` (calls `onApplied`, then answers).
 */
export const FAULT_KINDS = [
  'throttle',
  'error',
  'deny',
  'lost-before',
  'kill-before',
  'slow',
  'lost-after',
  'error-after',
  'reset',
  'slow-answer',
  'kill',
  'hook',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** The operation, in the provider's own words (`CreateAccessKey`, `POST /repos/:owner/:repo/issues`), or `*`. */
  method: string;
  kind: FaultKind;
  /** For the next n calls; 1 unless told. */
  times?: number;
  /** Only for this caller: an access key id, a login. */
  by?: string;
  /** `throttle` only. */
  retryAfterSeconds?: number;
  /** `kill` and `kill-before` only. */
  pid?: number;
  /** `hook` only; in process. A throw cuts the connection. */
  onApplied?: () => void | Promise<void>;
}

/** The faults that wait for their call, and the calls that wait for their release. */
export class Faults {
  #pending: (Fault & { times: number })[] = [];
  #held: (() => void)[] = [];
  #watchers: { count: number; done: () => void }[] = [];

  /** Throws a sentence for a fault that could not work. */
  add(fault: Fault): void {
    if (!FAULT_KINDS.includes(fault.kind)) {
      throw new Error(`no fault is called ${String(fault.kind)}; there are ${FAULT_KINDS.join(', ')}`);
    }
    if (typeof fault.method !== 'string' || fault.method === '') throw new Error('a fault needs a method, or "*"');
    const kills = fault.kind === 'kill' || fault.kind === 'kill-before';
    if (kills && !(Number.isInteger(fault.pid) && fault.pid! > 1 && fault.pid !== process.pid)) {
      throw new Error(`the fault "${fault.kind}" needs the pid of another process`);
    }
    if (fault.kind === 'hook' && fault.onApplied === undefined) throw new Error('the fault "hook" needs onApplied');
    this.#pending.push({ ...fault, times: fault.times ?? 1 });
  }

  /** The fault of this call, used up by one; the oldest that fits. */
  take(method: string, by?: string): Fault | undefined {
    const fault = this.#pending.find(
      (one) => (one.method === method || one.method === '*') && (one.by === undefined || one.by === by),
    );
    if (fault === undefined) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) this.#pending = this.#pending.filter((one) => one !== fault);
    return fault;
  }

  /** Those that no call has met yet. */
  pending(): Omit<Fault, 'onApplied'>[] {
    return this.#pending.map(({ onApplied: _, ...fault }) => fault);
  }

  clear(): void {
    this.#pending = [];
  }

  /** Calls held right now. */
  get held(): number {
    return this.#held.length;
  }

  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      this.#watchers = this.#watchers.filter(({ count, done }) => this.#held.length < count || done());
    });
  }

  /** Resolves once `count` calls are held: a test waits for the event, never for a time. */
  whenHeld(count = 1): Promise<void> {
    if (this.#held.length >= count) return Promise.resolve();
    return new Promise((done) => {
      this.#watchers.push({ count, done });
    });
  }

  /** Lets every held call go on; says how many. */
  release(): number {
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
    return held.length;
  }
}
