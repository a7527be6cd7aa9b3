import type { Site } from '../system/site.js';
import type { Subject } from './cell.js';

/** A worker that dies while it contains is followed by the same work again within this. */
export const CONTAINMENT_MS = 12_000;

const TWINS = ['aws', 'github', 'mail', 'vault'] as const;

/** How long after a death the next request for an incident reaches a provider. */
export class Recovery {
  readonly #site: Site;
  readonly #deaths = new Map<Subject, { at: number; what: string }>();
  /** Who stands at its point now; set before each strike. */
  standing: readonly Subject[] = [];

  constructor(site: Site) {
    this.#site = site;
  }

  /** Called at the death, while its cells stand. */
  died(what: string, at = Date.now()): void {
    for (const subject of this.standing) this.#deaths.set(subject, { at, what });
  }

  /** What died while it stood. */
  deathOf(subject: Subject): string | undefined {
    return this.#deaths.get(subject)?.what;
  }

  /** ms from its death to the first request that names the incident; absent: none came, it had nothing more to ask. */
  async times(): Promise<Map<Subject, number>> {
    const times = new Map<Subject, number>();
    const calls = (await Promise.all(TWINS.map((twin) => this.#site[twin].calls()))).flat();
    for (const [subject, death] of this.#deaths) {
      const words = subject.names();
      const after = calls.filter(({ at, names }) => at > death.at && names.some((name) => words.includes(name)));
      if (after.length > 0) times.set(subject, Math.min(...after.map(({ at }) => at)) - death.at);
    }
    return times;
  }
}

/** Least, median, most. */
export function spread(times: number[]): { least: number; middle: number; most: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { least: sorted[0] ?? 0, middle: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
}
