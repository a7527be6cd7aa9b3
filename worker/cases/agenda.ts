/** Virtual time: nothing waits, the clock jumps to whatever comes next. */
export class Agenda {
  #now: number;
  #order = 0;
  #events: { at: number; order: number; run: () => Promise<void>; looks: boolean }[] = [];
  /** Called whenever the clock has moved. */
  onMove: () => void = () => {};
  /** Called when all that stands at this moment has been played. */
  beforeMove: () => Promise<void> = async () => {};

  constructor(start: number) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  /** What stands at the same moment runs in the order in which it was added, one after the other. */
  add(at: number, run: () => Promise<void>): void {
    this.#add(at, run, false);
  }

  /** The same for one more look at what others do: when only such are left, and none of them saw anything, it is over. */
  addLook(at: number, run: () => Promise<void>): void {
    this.#add(at, run, true);
  }

  #add(at: number, run: () => Promise<void>, looks: boolean): void {
    this.#events.push({ at: Math.max(at, this.#now), order: this.#order, run, looks });
    this.#order += 1;
  }

  /** Lets time pass inside of an event: somebody's slow answer. */
  pass(ms: number): void {
    this.#now += ms;
    this.onMove();
  }

  /** Runs until nothing comes any more. Throws Error beyond so many events: the story never comes to rest. */
  async play(most: number): Promise<void> {
    /** Looks in a row, with nothing else to come, after which nothing else has come. */
    let idle = 0;
    for (let played = 0; ; played += 1) {
      const onlyLooks = this.#events.every(({ looks }) => looks);
      idle = onlyLooks ? idle + 1 : 0;
      if (idle > this.#events.length) return this.beforeMove();
      if (played >= most) throw new Error(`it does not come to rest: ${most} events, and more to come`);
      const next = this.#events.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a));
      this.#events.splice(this.#events.indexOf(next), 1);
      if (next.at > this.#now) {
        await this.beforeMove();
        this.#now = next.at;
        this.onMove();
      }
      await next.run();
    }
  }
}
