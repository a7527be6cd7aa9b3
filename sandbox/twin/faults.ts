/**
 * What goes wrong on purpose.
 *
 * before the twin looks at the request: `throttle` (429), `error` (500), `deny` (403), `lost-before` (connection cut),
 * `kill-before` (SIGKILL to `pid`, then cut),
 * `slow` (held on its way until `release()`, then looked at with the time of its arrival).
 * after it was applied: `lost-after` (connection cut), `error-after` (500), `reset` (cut in the middle of the body),
 * `drip` (the answer comes so slowly that nobody waits for its end), `slow-answer` (held until `release()`),
 * `kill` (SIGKILL to `pid`, then cut), `hook` (calls `onApplied`, then answers).
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
  'drip',
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
  /** Only for calls that name one of these, as a whole word: a user, a key, an incident. */
  about?: string[];
  /** `throttle` only. */
  retryAfterSeconds?: number;
  /** `kill` and `kill-before` only. */
  pid?: number;
  /** `hook` only; in process. A throw cuts the connection. */
  onApplied?: () => void | Promise<void>;
}

/** A call that is held, and by which fault. */
interface Held {
  fault: Pick<Fault, 'method' | 'kind' | 'about'>;
  go(how: 'go' | 'cut'): void;
}

/** Whether a text names one of these: `svc-1` is not in `svc-10`. */
export function names(text: string, wanted: readonly string[]): boolean {
  return wanted.some((word) => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (!/[\w-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + word.length] ?? ' ')) return true;
    }
    return false;
  });
}

/** The faults that wait for their call, and the calls that wait for their release. */
export class Faults {
  #pending: (Fault & { times: number })[] = [];
  #held: Held[] = [];
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

  /** The fault of this call, used up by one; the oldest that fits. `text`: all that the call says. */
  take(method: string, by?: string, text = ''): Fault | undefined {
    const fault = this.#pending.find(
      (one) =>
        (one.method === method || one.method === '*') &&
        (one.by === undefined || one.by === by) &&
        (one.about === undefined || names(text, one.about)),
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

  /** Those that are held, by their faults. */
  holding(): Held['fault'][] {
    return this.#held.map(({ fault: { method, kind, about } }) => ({ method, kind, ...(about && { about }) }));
  }

  /** Until `release()`; `cut`: the connection is to be cut instead of going on. */
  hold(fault: Held['fault']): Promise<'go' | 'cut'> {
    return new Promise((resolve) => {
      this.#held.push({ fault, go: resolve });
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

  /** Lets held calls go on, or cuts them; all, or those that are about one of these. Says how many. */
  release({ about, cut = false }: { about?: string[]; cut?: boolean } = {}): number {
    const isMeant = ({ fault }: Held) => about === undefined || fault.about?.some((word) => about.includes(word));
    const meant = this.#held.filter(isMeant);
    this.#held = this.#held.filter((held) => !meant.includes(held));
    for (const { go } of meant) go(cut ? 'cut' : 'go');
    return meant.length;
  }
}
