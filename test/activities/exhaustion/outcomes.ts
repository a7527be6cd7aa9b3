import type { Answer, Seen } from '../../../activities/connectors/contract.js';
import type { BeginEffect, BeginResult, EffectRow, FinishEffect } from '../../../records/records.js';
import { type EffectTable, MemoryEffects } from '../memory-effects.js';
import { carryOut, LATE_MS, looks, type ProviderRules, PUT_MS } from './provider.js';
import type { Op, Past, Step } from './stand.js';
import { type Fault, type Flight, nameOf, type State, sinceOf, wordsOf } from './state.js';

/** One of the ways in which an op may go. */
export interface Choice {
  words: string;
  state: State;
  value?: unknown;
  fails?: Step['fails'];
  /** Named faults that are one and the same to everybody. */
  ways?: number;
}

/** A rule of the protocol that is switched off. */
export interface Broken {
  /** What records do instead. */
  table?(table: MemoryEffects, now: number): Partial<EffectTable>;
  /** What the code is shown instead of what is there. */
  look?(seen: Seen): Seen;
  /** What the code is told instead of the provider's answer. */
  answer?(answer: Answer): Answer;
  /** When a request is signed, instead of at its begin. */
  signedAt?(begunAt: number, now: number): number;
  /** The client library repeats a request without an answer. */
  sendsTwice?: boolean;
  noReconciler?: boolean;
}

/** Every way in which the op that an attempt stands at may go. */
export function outcomesOf(
  state: State,
  { past, op }: { past: Past; op: Op },
  faults: Fault[],
  rules: ProviderRules,
  broken: Broken,
): Choice[] {
  const given = (fault: Fault): boolean => state.mishaps > 0 && faults.includes(fault);
  const faulty: State = { ...state, mishaps: state.mishaps - 1 };
  switch (op.kind) {
    case 'pause':
      return [{ words: 'waits for records', state }];
    case 'look': {
      const seen = looks(state.things, op.look, rules, sinceOf(past), state.now);
      const choices = seen.map(
        (one, at): Choice => ({
          words: `looks: ${sawWords(one)}${at > 0 ? ' (stale)' : ''}`,
          state,
          value: broken.look?.(one) ?? one,
        }),
      );
      if (given('blind')) choices.push({ words: 'cannot look: HTTP 503', state: faulty, fails: 'unavailable' });
      return choices;
    }
    case 'records':
      return recordsOutcomes(state, op, given('locked') ? faulty : undefined, broken);
    case 'send':
      return sendOutcomes(state, op, given, faulty, rules, broken);
  }
}

function recordsOutcomes(
  state: State,
  { method, args }: Extract<Op, { kind: 'records' }>,
  locked: State | undefined,
  broken: Broken,
): Choice[] {
  const table = new MemoryEffects(state.rows);
  const broke = broken.table?.(table, state.now) ?? {};
  const call = (broke[method] ?? table[method].bind(table)) as (...given: unknown[]) => unknown;
  const value = call(...args);
  const rows = table.rows === state.rows ? state.rows : new Map([...table.rows].map(([key, row]) => [key, bare(row)]));
  let next: State = rows === state.rows ? state : { ...state, rows };
  const [first] = args as [BeginEffect];
  if (method === 'begin' && !state.begun.has(first.key) && rows.has(first.key)) {
    const truths = Object.fromEntries(
      [...state.things].map(([name, writes]) => [name, { value: writes.at(-1)?.value, by: writes.at(-1)?.by ?? '' }]),
    );
    next = { ...next, begun: new Map(state.begun).set(first.key, truths) };
  }
  const choices: Choice[] = [{ words: recordsWords(method, args, value), state: next, value }];
  if (method === 'finish' && locked !== undefined) {
    choices.push({ words: 'cannot finish: records are locked', state: locked, fails: 'locked' });
  }
  return choices;
}

const bareRows = new WeakMap<EffectRow, EffectRow>();
/** Without the times that no rule may go by, so that they make no two states differ. */
function bare(row: EffectRow): EffectRow {
  const known = bareRows.get(row);
  if (known !== undefined) return known;
  const { finishedAt: _, ...rest } = row;
  const made = { ...rest, lookedAt: 0, begunAt: 0 };
  bareRows.set(row, made);
  bareRows.set(made, made);
  return made;
}

function sendOutcomes(
  state: State,
  op: Extract<Op, { kind: 'send' }>,
  given: (fault: Fault) => boolean,
  faulty: State,
  rules: ProviderRules,
  broken: Broken,
): Choice[] {
  const { request } = op;
  const signedAt = broken.signedAt?.(op.signedAt, state.now) ?? op.signedAt;
  const answered = (words: string, state: State, answer: Answer, ways = 1): Choice => ({
    words: `sends ${words}`,
    state,
    value: broken.answer?.(answer) ?? answer,
    ways,
  });
  const signed = request.kind !== 'put';
  if (signed && rules.fenced && state.now - signedAt >= LATE_MS) {
    return [answered(`${wordsOf(request, 'signed too long ago')}`, state, { kind: 'throttled', afterSeconds: 0 })];
  }
  if (!signed && state.now - op.signedAt >= PUT_MS) {
    return [
      answered(`${wordsOf(request, 'given up at its deadline')}`, state, { kind: 'unknown', reason: 'deadline' }),
    ];
  }
  const by = 'us';
  const [things, answer] = carryOut(state.things, request, rules, state.now, by);
  const what = wordsOf(request, 'applied');
  const choices = [answered(`${wordsOf(request, answer.kind)}, answered`, { ...state, things }, answer)];
  const unknown: Answer = { kind: 'unknown', reason: 'no answer' };
  // an answer lost, a reset within it and a 500 after it was carried out are one to us, and so are a 500 before and a loss
  if (given('lost')) choices.push(answered(`${what}: applied, no answer`, { ...faulty, things }, unknown, 3));
  if (given('unsent')) choices.push(answered(`${what}: not applied, no answer`, faulty, unknown, 2));
  if (given('stall')) {
    const until = !signed ? state.now + PUT_MS : rules.fenced ? signedAt + LATE_MS : Number.POSITIVE_INFINITY;
    const flight: Flight = { request, until, by };
    choices.push(answered(`${what}: stalls`, { ...faulty, flights: [...state.flights, flight] }, unknown));
  }
  if (given('throttled')) {
    choices.push(answered(`${what}: HTTP 429, not applied`, faulty, { kind: 'throttled', afterSeconds: 1 }));
  }
  if (given('denied')) {
    const denied: Answer = { kind: 'denied', code: 'permission-denied', reason: 'HTTP 403' };
    choices.push(answered(`${what}: HTTP 403, not applied`, faulty, denied));
  }
  if (broken.sendsTwice === true && given('lost')) {
    const [again, second] = carryOut(things, request, rules, state.now, by);
    choices.push(answered(`${what}: applied, no answer; sent again, answered`, { ...faulty, things: again }, second));
  }
  return choices;
}

const sawWords = ({ state, items }: Seen): string =>
  items === undefined
    ? state === null
      ? 'nothing'
      : String(typeof state === 'object' ? JSON.stringify(state) : state)
    : items.map(({ id, active }) => `${id} ${active ? 'Active' : 'Inactive'}`).join(', ') || 'nothing';

function recordsWords(method: string, args: unknown[], value: unknown): string {
  switch (method) {
    case 'begin': {
      const { key } = args[0] as BeginEffect;
      const result = value as BeginResult;
      if (result.granted) {
        const { attempts, before, sure } = result.row;
        return `begins ${nameOf(key)}${attempts > 1 ? ' again' : ''}, before us ${JSON.stringify((before as Seen | null)?.state ?? null)}${sure ? '' : ', unsure'}`;
      }
      if ('closed' in result) {
        const { state, undoneBy } = result.closed;
        return `may not begin ${nameOf(key)}: ${undoneBy === undefined ? state : 'undone'}`;
      }
      if ('held' in result) return `may not begin ${nameOf(key)}: ${nameOf(result.held)} holds it`;
      return `may not begin ${nameOf(key)} yet`;
    }
    case 'finish': {
      const { key, state } = args[0] as FinishEffect;
      if (value === undefined) return `finishes ${nameOf(key)} too late`;
      return state === 'intent' ? `gives the lease of ${nameOf(key)} back` : `finishes ${nameOf(key)}: ${state}`;
    }
    case 'close':
      return `closes ${nameOf(String(args[0]))}`;
    case 'read':
      return `reads ${nameOf(String(args[0]))}`;
    case 'recordedIds':
      return 'asks which keys are recorded';
    case 'othersQuietAt':
      return 'asks for other leases';
    default:
      return method;
  }
}
