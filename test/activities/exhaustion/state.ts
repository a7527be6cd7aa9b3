import type { EffectRow } from '../../../records/records.js';
import type { Rows } from '../memory-effects.js';
import type { ProviderRules, Request, Things } from './provider.js';
import type { Attempt, Op, Past } from './stand.js';

/** One who attempts something until it ends, or its attempts are used up. */
export interface Actor {
  name: string;
  attempt: Attempt;
  /** Attempts that may begin a change; one that only waited is not counted. */
  tries: number;
  /** Key of the effect; its row is the reconciler's once all who attempt it have ended. */
  of: string;
  /** In the slice of `npm test` it begins once this one has ended; elsewhere at any time. */
  after?: string;
  /** Actors alike in everything but their name. */
  like?: string;
}

/** What a send may come to besides its answer. `unknown`: applied or not, and no answer. */
export type Fault = 'lost' | 'unsent' | 'stall' | 'throttled' | 'denied' | 'blind' | 'locked';

export type Outside =
  | { does: 'set'; name: string; value: unknown }
  | { does: 'make'; name: string; value: unknown }
  | { does: 'delete'; name: string };

/** How much may go wrong in one schedule. */
export interface Bounds {
  /** Faults and deaths together. */
  mishaps: number;
  /** Actors begin at any time, whatever they come after. */
  free?: boolean;
  /** More than this many states: not exhausted, and that is an error. */
  states: number;
}

export interface Scenario {
  name: string;
  things: Record<string, unknown>;
  /** What somebody else made a second ago, so that reads may not show it yet. */
  recent?: Record<string, unknown>;
  actors: Actor[];
  faults: Fault[];
  outside?: Outside[];
  provider?: Partial<ProviderRules>;
  /** Mishaps of a schedule in the slice of `npm test`, 1 unless it says; 'none': it is not in the slice. */
  slice?: number | 'none';
  /** Mishaps of a schedule in `npm run exhaust`; one more than the slice unless it says. */
  deep?: number;
  /** Looks take time: what they show may be older than their answer. */
  slow?: boolean;
  /** Time also stops just before the fence falls, where a request lands as late as it can. */
  tight?: boolean;
  /** The reconciler takes what is open and quiet although attempts may still go on. */
  early?: boolean;
  /** How the reconciler ends a row that was left open; a row of no actor's is an effect of switching off a key. */
  settle?(row: EffectRow): Attempt;
  /** Whether the promise is kept, where everybody has ended, nothing is under way and no row is open. */
  promise(end: End): string | undefined;
  /** Whether nothing forbidden has happened, anywhere on the way. */
  never?(end: End): string | undefined;
}

/** What promises are judged by. */
export interface End {
  rows: Rows;
  things: Things;
  truth(name: string): unknown;
  /** State that an actor told last; `gave up`, `failed: …`; '' while it is not over. */
  said(name: string): string;
  /** Who changed it last: `us`, `somebody else`, or '' if nobody. */
  by(name: string): string;
  /** What a thing truly was when an effect first began, and by whom. */
  truthAtBegin(key: string, name: string): unknown;
  byAtBegin(key: string, name: string): string;
  /** Nobody besides us has changed anything. */
  alone: boolean;
}

export interface Flight {
  request: Request;
  /** From then on it cannot land. */
  until: number;
  by: string;
}
export type Standing =
  | { at: 'gate'; past: Past; op: Op; left: number }
  | { at: 'asleep'; until: number; left: number }
  | { at: 'ended'; said: string };

/** Everything there is between two operations. */
export interface State {
  now: number;
  rows: Rows;
  things: Things;
  /** The last write of each thing when each effect first began. */
  begun: ReadonlyMap<string, Readonly<Record<string, { value: unknown; by: string }>>>;
  flights: readonly Flight[];
  actors: readonly Standing[];
  /** The reconciler, and the row that it is at. */
  reconciler: { key: string; standing: Standing } | undefined;
  mishaps: number;
  outside: readonly Outside[];
  /** What must never happen, and did. */
  harm?: string;
}

/** When the op that an attempt stands at was asked for. */
export const sinceOf = ({ startedAt, steps }: Past): number => steps.at(-1)?.at ?? startedAt;

export const nameOf = (key: string): string => key.replace(/^(INC-\d+)\/step\//, (_, incident) => `${incident} `);

export function wordsOf(request: Request, answer: string): string {
  const what =
    request.kind === 'set' || request.kind === 'put'
      ? `${request.name} := ${request.value}`
      : request.kind === 'delete'
        ? `delete ${request.name}`
        : request.kind;
  return answer === 'applied' ? what : `${what} (${answer})`;
}

export const outsideWords = (act: Outside): string =>
  act.does === 'delete' ? `deletes ${act.name}` : `${act.does === 'set' ? 'sets' : 'makes'} ${act.name} ${act.value}`;

/** Backoffs and spreads: what is waited for may be over at once. */
export const SHORT_MS = 6_000;
