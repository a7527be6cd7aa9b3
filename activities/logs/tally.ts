import { isNetworkAddress, toolOf, type Use, wasAccepted, wasForbidden } from './use.js';

/** Distinct values kept per kind; beyond it they are counted under one name, and it is said. */
const DISTINCT_LIMIT = 10_000;
const ADDRESS_LIMIT = 1_000;
const SAMPLE_LIMIT = 20;
const SAMPLES_PER_ADDRESS = 3;
const MINUTE_MS = 60_000;

export interface Minute {
  calls: number;
  forbidden: number;
}

/** What one address did with the credential. */
export interface Visitor {
  address: string;
  calls: number;
  /** Of them, those whose key was not accepted. */
  notAccepted: number;
  forbidden: number;
  first: number;
  last: number;
  actions: Counts;
  /** Of the actions, those that went through. */
  accepted: Counts;
  tools: Counts;
}

/** How often each value occurred; bounded. */
export class Counts {
  readonly #counts = new Map<string, number>();
  /** Occurrences of values beyond the limit. */
  other = 0;

  add(value: string): void {
    const count = this.#counts.get(value);
    if (count !== undefined) this.#counts.set(value, count + 1);
    else if (this.#counts.size < DISTINCT_LIMIT) this.#counts.set(value, 1);
    else this.other++;
  }
  has(value: string): boolean {
    return this.#counts.has(value);
  }
  get(value: string): number {
    return this.#counts.get(value) ?? 0;
  }
  /** Most often first, ties by name. */
  sorted(): { value: string; count: number }[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  }
}

/** Sums up any number of uses in bounded memory: one for the time before exposure, one for the time since. */
export class Tally {
  calls = 0;
  notAccepted = 0;
  first: number | undefined;
  last: number | undefined;
  readonly addresses = new Counts();
  readonly agents = new Counts();
  readonly tools = new Counts();
  readonly actions = new Counts();
  /** Of the actions, those that went through. */
  readonly accepted = new Counts();
  readonly services = new Counts();
  readonly regions = new Counts();
  readonly errors = new Counts();
  readonly minutes = new Map<number, Minute>();
  readonly visitors = new Map<string, Visitor>();
  /** Some uses of each action, a few per address, so that a match can show whom it touched. Counts never come from here. */
  readonly samples = new Map<string, Use[]>();

  add(use: Use): void {
    this.calls++;
    if (!wasAccepted(use)) this.notAccepted++;
    this.first = Math.min(this.first ?? use.at, use.at);
    this.last = Math.max(this.last ?? use.at, use.at);
    this.addresses.add(use.address);
    this.agents.add(use.agent);
    this.tools.add(toolOf(use.agent));
    this.actions.add(use.action);
    if (use.error === '') this.accepted.add(use.action);
    this.services.add(use.service);
    this.regions.add(use.region);
    if (use.error !== '') this.errors.add(use.error);
    this.#minute(use);
    this.#visit(use);
    const samples = this.samples.get(use.action) ?? [];
    if (samples.length === 0 && this.samples.size < DISTINCT_LIMIT) this.samples.set(use.action, samples);
    const ofAddress = samples.filter(({ address }) => address === use.address).length;
    if (samples.length < SAMPLE_LIMIT && ofAddress < SAMPLES_PER_ADDRESS) samples.push(use);
  }

  /** Whether some kind had more distinct values than are kept. */
  get overflowed(): boolean {
    return (
      [this.addresses, this.agents, this.tools, this.actions, this.services, this.regions].some((c) => c.other > 0) ||
      this.visitors.size >= ADDRESS_LIMIT
    );
  }

  #minute(use: Use): void {
    const at = Math.floor(use.at / MINUTE_MS);
    const minute = this.minutes.get(at) ?? { calls: 0, forbidden: 0 };
    minute.calls++;
    if (wasForbidden(use)) minute.forbidden++;
    this.minutes.set(at, minute);
  }

  #visit(use: Use): void {
    let visitor = this.visitors.get(use.address);
    if (visitor === undefined) {
      if (this.visitors.size >= ADDRESS_LIMIT) return;
      visitor = {
        address: use.address,
        calls: 0,
        notAccepted: 0,
        forbidden: 0,
        first: use.at,
        last: use.at,
        actions: new Counts(),
        accepted: new Counts(),
        tools: new Counts(),
      };
      this.visitors.set(use.address, visitor);
    }
    visitor.calls++;
    if (!wasAccepted(use)) visitor.notAccepted++;
    if (wasForbidden(use)) visitor.forbidden++;
    visitor.first = Math.min(visitor.first, use.at);
    visitor.last = Math.max(visitor.last, use.at);
    visitor.actions.add(use.action);
    visitor.tools.add(toolOf(use.agent));
    if (use.error === '') visitor.accepted.add(use.action);
  }

  /** Visitors at network addresses, the earliest first. */
  networkVisitors(): Visitor[] {
    return [...this.visitors.values()].filter((v) => isNetworkAddress(v.address)).sort((a, b) => a.first - b.first);
  }
}
