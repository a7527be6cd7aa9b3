import type { Site } from '../system/site.js';
import type { Subject } from './cell.js';

/** A worker that dies while it contains is followed by the same work again within this. */
export const CONTAINMENT_MS = 12_000;

const TWINS = ['aws', 'github', 'mail', 'vault'] as const;

/** How long after a death the next request for an incident reaches a provider. */
export class Recovery {
  readonly #site: Site;
  /** When it died, and what. */
  #death: { at: number; what: string } | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Called at the death; the last one counts. */
  died(what: string, at = Date.now()): void {
    this.#death = { at, what };
  }

  get what(): string | undefined {
    return this.#death?.what;
  }

  /** ms from the death to the first request that names the incident; absent: none came, it had nothing more to ask. */
  async of(subjects: Subject[]): Promise<Map<Subject, number>> {
    const times = new Map<Subject, number>();
    const death = this.#death;
    if (death === undefined) return times;
    const calls = (await Promise.all(TWINS.map((twin) => this.#site[twin].calls()))).flat();
    for (const subject of subjects) {
      const words = subject.names();
      const after = calls.filter(({ at, names }) => at > death.at && names.some((name) => words.includes(name)));
      if (after.length > 0) times.set(subject, Math.min(...after.map(({ at }) => at)) - death.at);
    }
    return times;
  }
}

/** `1.2 / 3.4 / 5.6 s`: least, middle, most. */
export function spread(times: number[]): { least: number; middle: number; most: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { least: sorted[0] ?? 0, middle: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
}
