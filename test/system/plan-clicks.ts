/** Which clicks are sent about incidents that wait for two of three people, the same in every run. */

/** What a click is. Only `right` ones count. */
export const SORTS = [
  'right',
  'replay',
  'double',
  'no-role',
  'requester',
  'unlinked',
  'outsider',
  'stale',
  'closed',
] as const;
export type Sort = (typeof SORTS)[number];

export const ACCOUNTS = { sam: 'U0SAM', leo: 'U0LEO', mia: 'U0MIA', ana: 'U0ANA' } as const;
/** Hold the role. Of half of the incidents ana is the requester, and may not. */
export const HOLDERS = ['leo', 'mia', 'ana'] as const;
type Holder = (typeof HOLDERS)[number];
export interface Parked {
  incident: string;
  /** The button's opaque id. */
  handle: string;
  digest: string;
  requester: 'ana' | 'sam';
}

export interface Click {
  sort: Sort;
  incident: string;
  user: string;
  team: string;
  handle: string;
  /** Of the payload: a replay has the one of its original. */
  trigger: string;
  /** When it is due, as a share of the whole. */
  due: number;
  original?: Click;
  signed?: { headers: Record<string, string>; body: string };
  sentAt?: number;
}

export interface PlannedClicks {
  early: Click[];
  /** About questions that are answered by then. */
  late: Click[];
  /** What must count: `INC-1 leo`. */
  wanted: Set<string>;
  /** How many differ from each other, those of outsiders left out. */
  different: number;
}

/** Of two fifths of the incidents two people say yes, of two fifths one. */
export function planClicks(parked: Parked[], stale: string[], interactions: number): PlannedClicks {
  const random = seeded(20_261_124);
  const wanted = new Set<string>();
  let different = 0;
  const early: Click[] = [];
  const late: Click[] = [];
  const click = (sort: Sort, one: Parked, user: string, handle = one.handle, team = 'T0ACME'): Click => {
    different += sort === 'outsider' ? 0 : 1;
    return {
      sort,
      incident: one.incident,
      user,
      team,
      handle,
      trigger: `${different}.${sort}.${one.incident}`,
      due: random(),
    };
  };
  const saying = new Map<Parked, Holder[]>();
  for (const [n, one] of parked.entries()) {
    const may = HOLDERS.filter((person) => person !== one.requester);
    const first = Math.floor(random() * may.length);
    const people = [may[first], may[(first + 1) % may.length]].slice(0, [2, 2, 1, 1, 0][n % 5]) as Holder[];
    saying.set(one, people);
    for (const person of people) {
      early.push(click('right', one, ACCOUNTS[person]));
      wanted.add(`${one.incident} ${person}`);
    }
  }
  const rights = early.slice();
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const byAna = parked.filter(({ requester }) => requester === 'ana');
  const goesOn = parked.filter((one) => saying.get(one)?.length === 2);
  const makers: [number, () => void][] = [
    [8, () => early.push(replayOf(pick(early.filter(({ original }) => original === undefined))))],
    // a second click of the same person, a moment later
    [3, () => early.push(doubleOf(pick(rights)))],
    [2, () => early.push(click('no-role', pick(parked), ACCOUNTS.sam))],
    [2, () => early.push(click('requester', pick(byAna), ACCOUNTS.ana))],
    [1, () => early.push(click('unlinked', pick(parked), 'U0NEW'))],
    [1, () => early.push(click('outsider', pick(parked), 'U0ZOE', undefined, 'T0NORTHWIND'))],
    [2, () => early.push(click('stale', pick(parked), ACCOUNTS[pick(['leo', 'mia'] as const)], pick(stale)))],
    [1, () => late.push(click('closed', pick(goesOn), ACCOUNTS.leo))],
  ];
  const share = makers.flatMap(([weight, make]) => Array.from({ length: weight }, () => make));
  const replayOf = (original: Click): Click => ({
    ...original,
    sort: 'replay',
    original,
    due: Math.min(1, original.due + random() * 0.2),
  });
  const doubleOf = (original: Click): Click => {
    const again = click('double', { incident: original.incident, handle: original.handle } as Parked, original.user);
    return { ...again, due: Math.min(1, original.due + 0.002) };
  };
  for (let n = rights.length; n < interactions; n += 1) share[n % share.length]?.();
  early.sort((a, b) => a.due - b.due);
  return { early, late, wanted, different };
}

/** mulberry32: the same clicks in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
