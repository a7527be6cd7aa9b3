/** Where a twin takes its time from; milliseconds since the epoch. Tests pass one that they move by hand. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/**
 * A value with its past, so that one truth can be seen late: by readers (`lagSeconds`) and by the check of
 * credentials (`propagationSeconds`), as an eventually consistent provider does.
 */
export class Timeline<T> {
  readonly #points: { at: number; value: T }[];

  constructor(at: number, value: T) {
    this.#points = [{ at, value }];
  }

  set(at: number, value: T): void {
    this.#points.push({ at, value });
  }

  /** The truth. */
  get now(): T {
    return this.#points[this.#points.length - 1]!.value;
  }

  /** When the truth last changed. */
  get since(): number {
    return this.#points[this.#points.length - 1]!.at;
  }

  /** What somebody sees who only knows what happened up to `time`; undefined before the beginning. */
  at(time: number): T | undefined {
    let seen: T | undefined;
    for (const point of this.#points) if (point.at <= time) seen = point.value;
    return seen;
  }
}
