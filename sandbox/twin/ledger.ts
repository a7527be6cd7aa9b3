/** One change that a twin really made. `detail` never holds a secret. */
export interface Write {
  at: number;
  method: string;
  target: string;
  by: string;
  detail: Record<string, string>;
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

/** Counts what a twin was asked and what it changed, so that "once" can be checked at the provider. */
export class Ledger {
  readonly #counts: Counts = { requests: {}, refused: {}, writes: {}, targets: {} };
  readonly #writes: Write[] = [];

  requested(method: string): void {
    this.#counts.requests[method] = (this.#counts.requests[method] ?? 0) + 1;
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
