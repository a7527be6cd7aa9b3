import { fingerprint } from './fingerprint.js';
import { movesOf, type PlaceOf } from './moves.js';
import type { Broken } from './outcomes.js';
import { AWS, born, type Things, truth } from './provider.js';
import { type Place, stand } from './stand.js';
import { type Bounds, type End, nameOf, type Scenario, type State } from './state.js';

export interface Explored {
  states: number;
  /** Complete schedules, each a path through the states; one that goes round in a circle is counted once. */
  schedules: number;
  /** States in which everything was over and the promise was asked. */
  ends: number;
  /** What the real code was run to. */
  places: number;
  /** The promise that was broken, and the shortest schedule that breaks it. */
  broken?: { promise: string; story: string[] };
}

const START = 1_700_000_000_000;

/**
 * Runs the real code through every schedule: breadth first over all states, so that the story of a broken promise is a
 * shortest one. A state is the rows, the provider, requests under way, time, and for each actor what has happened to it,
 * which is all that decides where its code stands.
 */
export async function explore(scenario: Scenario, bounds: Bounds, broken: Broken = {}): Promise<Explored> {
  const places = new Map<string, Place>();
  const known = new Map<string, number>();
  const parents: { of: number; words: string }[] = [];
  const next: number[][] = [];
  const weights: number[][] = [];
  const over: boolean[] = [];
  const rules = { ...AWS, ...scenario.provider };

  const place: PlaceOf = async (attempt, name, past) => {
    const text = `${name} ${past.text}`;
    const found = places.get(text);
    if (found !== undefined) return found;
    const at = await stand(attempt, past);
    places.set(text, at);
    return at;
  };

  const first: State = {
    now: START,
    rows: new Map(),
    things: thingsOf(scenario),
    begun: new Map(),
    flights: [],
    actors: scenario.actors.map(({ tries }) => ({ at: 'asleep', until: START, left: tries })),
    reconciler: undefined,
    mishaps: bounds.mishaps,
    outside: scenario.outside ?? [],
  };
  const enter = (state: State, of: number, words: string): [number, boolean] => {
    const text = fingerprint(state, scenario);
    const seen = known.get(text);
    if (seen !== undefined) return [seen, false];
    const id = parents.length;
    known.set(text, id);
    parents.push({ of, words });
    return [id, true];
  };
  const story = (from: number): string[] => {
    const words: string[] = [];
    for (let at = from; at > 0; at = parents[at]?.of ?? 0) words.unshift(parents[at]?.words ?? '');
    return words;
  };
  const summary = () => ({ states: parents.length, ends: over.filter(Boolean).length, places: places.size });

  enter(first, 0, '');
  let frontier: [number, State][] = [[0, first]];
  while (frontier.length > 0) {
    const following: [number, State][] = [];
    for (const [id, state] of frontier) {
      const end = endOf(state, scenario);
      const never = state.harm ?? scenario.never?.(end);
      const done = isOver(state);
      const promise = never ?? (done ? scenario.promise(end) : undefined);
      const moves =
        promise === undefined ? await movesOf(state, scenario, rules, broken, place, bounds.free === true) : [];
      const stuck = !done && moves.length === 0 ? stuckIn(state, scenario) : undefined;
      const wrong = promise ?? stuck;
      if (wrong !== undefined) return { ...summary(), schedules: 0, broken: { promise: wrong, story: story(id) } };
      over[id] = done;
      const ids: number[] = [];
      const ways: number[] = [];
      for (const move of moves) {
        const [to, isNew] = enter(move.state, id, move.words);
        ids.push(to);
        ways.push(move.ways ?? 1);
        if (isNew) following.push([to, move.state]);
      }
      next[id] = ids;
      weights[id] = ways;
      if (parents.length > bounds.states) throw new Error(`${scenario.name}: more than ${bounds.states} states`);
    }
    frontier = following;
  }
  return { ...summary(), schedules: pathsFrom(next, weights) };
}

function thingsOf({ things, recent = {} }: Scenario): Things {
  const made = Object.entries(things).map(([name, value]) => [name, [{ value, at: 0, by: '', made: 0 }]] as const);
  let all: Things = new Map(made);
  for (const [name, value] of Object.entries(recent)) all = born(all, name, value, START - 1000, 'somebody else');
  return all;
}
const isOver = (state: State): boolean =>
  state.actors.every(({ at }) => at === 'ended') &&
  state.flights.length === 0 &&
  state.reconciler === undefined &&
  [...state.rows.values()].every((row) => row.state !== 'intent');

function stuckIn(state: State, { actors }: Scenario): string {
  const open = [...state.rows.values()].filter((row) => row.state === 'intent').map(({ key }) => nameOf(key));
  if (open.length > 0) return `${open.join(', ')} stays open for ever`;
  return `${actors.filter((_, at) => state.actors[at]?.at !== 'ended').map(({ name }) => name)} waits for ever`;
}

function endOf(state: State, scenario: Scenario): End {
  return {
    rows: state.rows,
    things: state.things,
    truth: (name) => truth(state.things, name),
    said: (name) => {
      const standing = state.actors[scenario.actors.findIndex((actor) => actor.name === name)];
      return standing?.at === 'ended' ? standing.said : '';
    },
    by: (name) => state.things.get(name)?.at(-1)?.by ?? '',
    truthAtBegin: (key, name) => state.begun.get(key)?.[name]?.value ?? null,
    byAtBegin: (key, name) => state.begun.get(key)?.[name]?.by ?? '',
    alone: state.outside.length === (scenario.outside ?? []).length,
  };
}

/** How many ways lead from the first state to one without a next. */
function pathsFrom(next: number[][], weights: number[][]): number {
  const paths = new Float64Array(next.length);
  const at = new Uint32Array(next.length);
  const mark = new Uint8Array(next.length);
  const stack = [0];
  mark[0] = 1;
  while (stack.length > 0) {
    const id = stack.at(-1) as number;
    const to = next[id]?.[at[id] as number];
    if (to !== undefined) {
      at[id] = (at[id] as number) + 1;
      if (mark[to] !== 0) continue;
      mark[to] = 1;
      stack.push(to);
      continue;
    }
    const ways = next[id] ?? [];
    let sum = ways.length === 0 ? 1 : 0;
    for (const [index, one] of ways.entries()) {
      if (mark[one] === 2) sum += (paths[one] as number) * (weights[id]?.[index] ?? 1);
    }
    paths[id] = sum;
    mark[id] = 2;
    stack.pop();
  }
  return paths[0] ?? 0;
}
