import type { EffectRow } from '../../../records/records.js';
import { type Broken, type Choice, outcomesOf } from './outcomes.js';
import {
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
import type { Attempt, Op, Past, Place } from './stand.js';
import {
  type Actor,
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

export interface Move {
  words: string;
  state: State;
  /** Named faults that are this very move. */
  ways?: number;
}
export type PlaceOf = (attempt: Attempt, name: string, past: Past) => Promise<Place>;

/** Everything that can happen next. */
export async function movesOf(
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
