import type { EffectRow } from '../../../records/records.js';
import { fingerprint } from './fingerprint.js';
import { type Broken, type Choice, outcomesOf } from './outcomes.js';
import {
  AWS,
  born,
  carryOut,
  changed,
  forget,
  LAG_MS,
  LATE_MS,
  type ProviderRules,
  type Things,
  truth,
} from './provider.js';
import { type Attempt, type Op, type Past, type Place, stand } from './stand.js';
import {
  type Actor,
  type Bounds,
  type End,
  nameOf,
  type Outside,
  outsideWords,
  type Scenario,
  SHORT_MS,
  type Standing,
  type State,
  sinceOf,
  wordsOf,
} from './state.js';

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

interface Move {
  words: string;
  state: State;
  /** Named faults that are this very move. */
  ways?: number;
}
type PlaceOf = (attempt: Attempt, name: string, past: Past) => Promise<Place>;

/** Everything that can happen next. */
async function movesOf(
  state: State,
  scenario: Scenario,
  rules: ProviderRules,
  broken: Broken,
  place: PlaceOf,
  free: boolean,
): Promise<Move[]> {
  const moves: Move[] = [];
  const gate = async (attempt: Attempt, name: string, past: Past, left: number): Promise<Standing> => {
    const at = await place(attempt, name, past);
    if (at.at === 'gate') {
      const seen = at.timed ? `${past.seen}@${sinceOf(past)}` : past.seen;
      return { at: 'gate', past: { ...past, seen }, op: at.op, left };
    }
    if (at.at === 'end') return { at: 'ended', said: at.said };
    const counted = past.steps.some(
      ({ op, value }) =>
        op.kind === 'records' && op.method === 'begin' && (value as { granted: boolean }).granted === true,
    );
    const after = left - (counted ? 1 : 0);
    return after > 0 ? { at: 'asleep', until: at.until, left: after } : { at: 'ended', said: 'gave up' };
  };

  const comesLater = ({ after }: Actor): boolean =>
    after !== undefined &&
    !free &&
    state.actors[scenario.actors.findIndex(({ name }) => name === after)]?.at !== 'ended';

  for (const [index, actor] of scenario.actors.entries()) {
    const standing = state.actors[index];
    const put = (state: State, standing: Standing): State => ({
      ...state,
      actors: state.actors.map((other, at) => (at === index ? standing : other)),
    });
    let at = standing;
    if (at?.at === 'asleep' && at.until <= state.now + SHORT_MS && !comesLater(actor)) {
      at = await gate(actor.attempt, actor.name, started(state.now), at.left);
      if (scenario.slow === true) moves.push({ words: `${actor.name} starts`, state: put(state, at) });
    }
    if (at?.at !== 'gate' || (standing?.at !== 'gate' && scenario.slow === true)) continue;
    for (const choice of outcomesOf(state, at, scenario.faults, rules, broken)) {
      const past = extended(at, choice, state.now);
      const then = await gate(actor.attempt, actor.name, past, at.left);
      const harm = harmBy(actor, at, then, state, choice.state);
      moves.push({
        words: `${actor.name} ${choice.words}`,
        ways: choice.ways ?? 1,
        state: { ...put(choice.state, then), ...(harm !== undefined && { harm }) },
      });
    }
    if (standing?.at !== 'gate') continue;
    if (state.mishaps > 0) {
      const left = standing.left - 1;
      moves.push({
        words: `${actor.name} dies`,
        state: put(
          { ...state, mishaps: state.mishaps - 1 },
          left > 0 ? { at: 'asleep', until: state.now, left } : { at: 'ended', said: 'died' },
        ),
      });
    }
  }

  if (broken.noReconciler !== true) moves.push(...(await reconciled(state, scenario, rules, broken, gate)));

  for (const [index, flight] of state.flights.entries()) {
    const rest = { ...state, flights: state.flights.filter((_, at) => at !== index) };
    const [things, answer] = carryOut(state.things, flight.request, rules, state.now, flight.by);
    moves.push({
      words: `the late request lands: ${wordsOf(flight.request, answer.kind)}`,
      state: { ...rest, things },
    });
    if (flight.until === Number.POSITIVE_INFINITY) moves.push({ words: 'the late request is lost', state: rest });
  }
  for (const [index, act] of state.outside.entries()) {
    const rest = { ...state, outside: state.outside.filter((_, at) => at !== index) };
    const things = actOutside(state, act);
    if (things !== undefined) moves.push({ words: `somebody else ${outsideWords(act)}`, state: { ...rest, things } });
  }
  // the reconciler is quick: slow, it would only begin again, for ever
  const then = state.reconciler === undefined ? nextMoment(state, scenario.tight === true) : undefined;
  if (then !== undefined) {
    moves.push({ words: `... ${(then - state.now) / 1000} s pass`, state: passed(state, then) });
  }
  return moves;
}

/** The reconciler takes any row that is open and quiet, whoever may still be at it. Its requests get through. */
async function reconciled(
  state: State,
  scenario: Scenario,
  rules: ProviderRules,
  broken: Broken,
  gate: (attempt: Attempt, name: string, past: Past, left: number) => Promise<Standing>,
): Promise<Move[]> {
  const { settle } = scenario;
  if (settle === undefined) return [];
  const idle = (state: State, key: string, standing: Standing): State => ({
    ...state,
    reconciler: standing.at === 'gate' ? { key, standing } : undefined,
  });
  if (state.reconciler === undefined) {
    const moves: Move[] = [];
    for (const row of state.rows.values()) {
      if (row.state !== 'intent' || row.quietAt > state.now) continue;
      if (scenario.early !== true && !isGivenUp(state, scenario, row)) continue;
      const past = started(state.now);
      const standing = await gate(settle(row), `R ${row.key}`, past, 2);
      moves.push({ words: `the reconciler takes ${nameOf(row.key)}`, state: idle(state, row.key, standing) });
    }
    return moves;
  }
  const { key, standing } = state.reconciler;
  const row = state.rows.get(key);
  if (standing.at !== 'gate' || row === undefined) return [];
  const moves: Move[] = [];
  for (const choice of outcomesOf(state, standing, [], rules, broken)) {
    const past = extended(standing, choice, state.now);
    const after = await gate(settle(row), `R ${key}`, past, 2);
    moves.push({ words: `the reconciler ${choice.words}`, state: idle(choice.state, key, after) });
  }
  if (state.mishaps > 0) {
    moves.push({
      words: 'the reconciler dies',
      state: { ...state, mishaps: state.mishaps - 1, reconciler: undefined },
    });
  }
  return moves;
}

const started = (at: number): Past => ({ startedAt: at, steps: [], text: String(at), seen: '' });

function thingsOf({ things, recent = {} }: Scenario): Things {
  const made = Object.entries(things).map(([name, value]) => [name, [{ value, at: 0, by: '', made: 0 }]] as const);
  let all: Things = new Map(made);
  for (const [name, value] of Object.entries(recent)) all = born(all, name, value, START - 1000, 'somebody else');
  return all;
}

/** What an undo must never overwrite, and what must never be told of an effect that was undone. */
function harmBy(
  { name, of }: Actor,
  { past, op }: { past: Past; op: Op },
  then: Standing,
  before: State,
  after: State,
): string | undefined {
  if (then.at === 'ended' && then.said === 'done' && op.kind === 'records' && op.method !== 'dropSealed') {
    if (after.rows.get(of)?.undoneBy !== undefined) return `${name} is told done about an effect that was undone`;
  }
  if (op.kind !== 'send' || op.request.kind !== 'set' || !of.endsWith('/undo')) return undefined;
  const last = before.things.get(op.request.name)?.at(-1);
  const look = past.steps.findLastIndex((step) => step.op.kind === 'look');
  const lookedAt = past.steps[look - 1]?.at ?? past.startedAt;
  if (last?.by !== 'somebody else' || last.at + LAG_MS > lookedAt || before.things === after.things) return undefined;
  return `the undo overwrites ${op.request.name} = ${last.value}, somebody else's change that it could see`;
}

/** Whoever attempted this is through with it; an effect that belongs to no actor was begun within another's attempt. */
function isGivenUp(state: State, { actors }: Scenario, { key }: EffectRow): boolean {
  const own = actors.map(({ of }) => of === key);
  return state.actors.every((standing, at) => standing.at === 'ended' || (own.includes(true) && !own[at]));
}

function extended({ past, op }: { past: Past; op: Op }, choice: Choice, at: number): Past {
  const step = {
    op,
    at,
    ...(choice.fails === undefined ? { value: choice.value } : { fails: choice.fails }),
  };
  const shown = choice.value instanceof Set ? [...choice.value] : choice.value;
  const came = choice.fails ?? JSON.stringify(shown);
  return {
    startedAt: past.startedAt,
    steps: [...past.steps, step],
    text: `${past.text}|${at}${came}`,
    seen: `${past.seen}|${came}`,
  };
}

/**
 * Time stands still or goes to the next moment at which anything changes: a lease is quiet, a sleeper wakes, a request
 * lands as late as the fence lets it.
 */
function nextMoment(state: State, tight: boolean): number | undefined {
  const waiting = state.actors.some(({ at }) => at !== 'ended');
  const moments: number[] = [];
  for (const { quietAt, state: of } of state.rows.values()) if (waiting || of === 'intent') moments.push(quietAt);
  for (const standing of state.actors) {
    if (standing.at === 'asleep') moments.push(standing.until);
    if (tight && standing.at === 'gate' && standing.op.kind === 'send')
      moments.push(standing.op.signedAt + LATE_MS - 1000);
  }
  for (const { until } of state.flights) if (tight && Number.isFinite(until)) moments.push(until - 1000);
  const later = (times: number[]) => times.filter((time) => time > state.now);
  const soon = later(moments);
  const times = soon.length > 0 ? soon : later(state.flights.map(({ until }) => until)).filter(Number.isFinite);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function passed(state: State, now: number): State {
  const looking = [...state.actors, state.reconciler?.standing].flatMap((standing) =>
    standing?.at === 'gate' && standing.op.kind === 'look' ? [sinceOf(standing.past)] : [],
  );
  return {
    ...state,
    now,
    things: forget(state.things, Math.min(now, ...looking)),
    flights: state.flights.filter(({ until }) => until > now),
  };
}

function actOutside({ things, now }: State, act: Outside): Things | undefined {
  if (act.does === 'set' && truth(things, act.name) === act.value) return undefined;
  if (act.does === 'make') return born(things, act.name, act.value, now, 'somebody else');
  if (truth(things, act.name) === null) return undefined;
  return changed(things, act.name, act.does === 'set' ? act.value : null, now);
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
