/** One change that a twin really made. `detail` never holds a secret. */
export interface Write {
  at: number;
  method: string;
  target: string;
  by: string;
  detail: Record<string, string>;
}

/** One call of somebody who is watched: when it came, and which of the watched words it named. */
export interface Call {
  at: number;
  method: string;
  names: string[];
}

export interface Counts {
  /** Requests by method, refused and failed ones included. */
  requests: Record<string, number>;
  /** Refusals by method and the provider's error code. */
  refused: Record<string, Record<string, number>>;
  /** Changes made, by method. */
  writes: Record<string, number>;
  /** Changes made, by method and target. */
  targets: Record<string, Record<string, number>>;
}

const KEPT_WRITES = 20_000;
/** Names of users, keys and incidents. */
const WORD = /[\w-]+/g;

/** Counts what a twin was asked and what it changed, so that "once" can be checked at the provider. */
export class Ledger {
  readonly #counts: Counts = { requests: {}, refused: {}, writes: {}, targets: {} };
  readonly #writes: Write[] = [];
  #watched = new Set<string>();
  #calls: Call[] = [];

  /** `text`: all that the call says; looked through for what is watched. */
  requested(method: string, at = 0, text = ''): void {
    this.#counts.requests[method] = (this.#counts.requests[method] ?? 0) + 1;
    if (this.#watched.size === 0) return;
    const names = new Set((text.match(WORD) ?? []).filter((word) => this.#watched.has(word)));
    if (names.size > 0) this.#calls.push({ at, method, names: [...names] });
  }

  /** Remembers from now on every call that names one of these words. */
  watch(words: string[]): void {
    this.#watched = new Set([...this.#watched, ...words]);
  }

  /** In order, since they are watched. */
  calls(): Call[] {
    return [...this.#calls];
  }

  refused(method: string, code: string): void {
    this.#counts.refused[method] ??= {};
    const codes = this.#counts.refused[method];
    codes[code] = (codes[code] ?? 0) + 1;
  }

  wrote(write: Write): void {
    const { method, target } = write;
    this.#counts.writes[method] = (this.#counts.writes[method] ?? 0) + 1;
    this.#counts.targets[method] ??= {};
    const targets = this.#counts.targets[method];
    targets[target] = (targets[target] ?? 0) + 1;
    if (this.#writes.length < KEPT_WRITES) this.#writes.push(write);
  }

  counts(): Counts {
    return structuredClone(this.#counts);
  }

  /** How often `method` really changed something; of one target if it is named. */
  writesOf(method: string, target?: string): number {
    return (target === undefined ? this.#counts.writes[method] : this.#counts.targets[method]?.[target]) ?? 0;
  }

  /** In order; the first 20,000. */
  writes(): Write[] {
    return [...this.#writes];
  }
}
