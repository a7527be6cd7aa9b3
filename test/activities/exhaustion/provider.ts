import type { Answer, Fence, Seen } from '../../../activities/connectors/contract.js';

/** One value that a thing had or has, since when, and by whom. */
export interface Write {
  value: unknown;
  at: number;
  by: string;
  /** When the thing was made. */
  made: number;
}
/** Everything at the provider by name; `null` = it is not there. Oldest write first, at least one. */
export type Things = ReadonlyMap<string, readonly Write[]>;

/** A request as it travels. */
export type Request =
  | { kind: 'set'; name: string; value: unknown }
  | { kind: 'delete'; name: string }
  | { kind: 'create' }
  | { kind: 'tell' }
  | { kind: 'put'; name: string; value: string; replaces: string | null };

/** What a look is about. */
export type Look = { kind: 'property' | 'existence' | 'held'; name: string } | { kind: 'keys' } | { kind: 'messages' };

export interface ProviderRules {
  /** Whether requests signed longer ago than `late` are refused; without, a late one lands at any time, or never. */
  fenced: boolean;
  /** Keys a user may have. */
  limit: number;
  /** Whether reads may show what was before, within the lag. */
  lagging: boolean;
  /** Whether keys carry their date. */
  dated: boolean;
}
export const AWS: ProviderRules = { fenced: true, limit: 9, lagging: true, dated: true };

export const FENCE: Fence = { kind: 'signature', lateSeconds: 300, lagSeconds: 60, skewSeconds: 5 };
export const [LATE_MS, LAG_MS] = [FENCE.lateSeconds * 1000, FENCE.lagSeconds * 1000];
/** The deadline and the connection of a put are long gone after this. */
export const PUT_MS = 30_000;

export const truth = (things: Things, name: string): unknown => things.get(name)?.at(-1)?.value ?? null;
const named = (things: Things, prefix: string): string[] =>
  [...things.keys()].filter((name) => name.startsWith(prefix));

/** Every key and message that is there, as it truly is. */
export const alive = (things: Things, prefix: string): string[] =>
  named(things, prefix).filter((name) => truth(things, name) === 'Active' || typeof truth(things, name) === 'number');

const write = (things: Things, name: string, value: unknown, at: number, by: string): Things => {
  const past = things.get(name) ?? [];
  return new Map(things).set(name, [...past, { value, at, by, made: past.at(-1)?.made ?? 0 }]);
};

/** A thing that was not there before `at`; readers may not see it yet. */
export const born = (things: Things, name: string, value: unknown, at: number, by: string): Things =>
  new Map(things).set(name, [
    { value: null, at: 0, by: '', made: at },
    { value, at, by, made: at },
  ]);

/** Somebody else's write. */
export const changed = (things: Things, name: string, value: unknown, at: number): Things =>
  write(things, name, value, at, 'somebody else');

/** The provider carries out a request that has reached it. */
export function carryOut(
  things: Things,
  request: Request,
  rules: ProviderRules,
  now: number,
  by: string,
): [Things, Answer] {
  const applied: Answer = { kind: 'applied', evidence: {} };
  switch (request.kind) {
    case 'set':
      if (truth(things, request.name) === null) return [things, { kind: 'gone' }];
      return [write(things, request.name, request.value, now, by), applied];
    case 'delete':
      if (truth(things, request.name) === null) return [things, { kind: 'gone' }];
      return [write(things, request.name, null, now, by), applied];
    case 'create': {
      const own = named(things, 'key/').filter((name) => truth(things, name) !== null);
      if (own.length >= rules.limit) return [things, { kind: 'limit', reason: 'the user has two keys; free one' }];
      const id = `K${1 + named(things, 'key/K').length}`;
      return [born(things, `key/${id}`, 'Active', now, by), { ...applied, id }];
    }
    case 'tell': {
      const number = 1 + named(things, 'message/').length;
      return [born(things, `message/${number}`, number, now, by), { ...applied, after: { number } }];
    }
    case 'put': {
      const { name, value, replaces } = request;
      const held = truth(things, name);
      if (held === value) return [things, applied];
      if (held !== replaces) return [things, { kind: 'conflict', reason: `${name} holds ${held}` }];
      return [write(things, name, value, now, by), applied];
    }
  }
}

/** What was superseded by a write that every read since `since` sees can never be read again. */
export function forget(things: Things, since: number): Things {
  let kept: Map<string, readonly Write[]> | undefined;
  for (const [name, writes] of things) {
    const from = settledAt(writes, since);
    if (from === 0) continue;
    kept ??= new Map(things);
    kept.set(name, writes.slice(from));
  }
  return kept ?? things;
}

const settledAt = (writes: readonly Write[], since: number): number =>
  Math.max(
    0,
    writes.findLastIndex(({ at }) => at + LAG_MS <= since),
  );

/** Every value that a read which began at `since` may show; the true one first. */
function shown(things: Things, name: string, since: number, { lagging }: ProviderRules): unknown[] {
  const writes = things.get(name) ?? [{ value: null, at: 0, by: '', made: 0 }];
  const from = lagging ? settledAt(writes, since) : writes.length - 1;
  return [...new Set(writes.slice(from).map(({ value }) => value))].reverse();
}

/** Every answer that a look which began at `since` may get; the true one first. */
export function looks(things: Things, look: Look, rules: ProviderRules, since: number, now: number): Seen[] {
  switch (look.kind) {
    // the store of secrets is read as it was written
    case 'held':
      return [{ state: truth(things, look.name) }];
    case 'property':
    case 'existence':
      return shown(things, look.name, since, rules).map((state) => ({ state, providerTime: now }));
    case 'messages':
      return every(things, 'message/', since, rules).map((seen) => {
        const [number] = seen.map(([, value]) => value);
        return { state: number === undefined ? null : { number }, providerTime: now };
      });
    case 'keys':
      return every(things, 'key/', since, rules).map((seen) => {
        const items = seen.map(([name, value]) => ({
          id: name.slice('key/'.length),
          active: value === 'Active',
          ...(rules.dated && { createdAt: things.get(name)?.[0]?.made ?? 0 }),
        }));
        return { state: items.map(({ id }) => id), items, providerTime: now };
      });
  }
}

/** Every combination of what reads may show of each thing, without those that seem not to be there. */
function every(things: Things, prefix: string, since: number, rules: ProviderRules): [string, unknown][][] {
  let all: [string, unknown][][] = [[]];
  for (const name of named(things, prefix)) {
    const values = shown(things, name, since, rules);
    all = all.flatMap((some) => values.map((value): [string, unknown][] => [...some, [name, value]]));
  }
  return all.map((some) => some.filter(([, value]) => value !== null));
}
