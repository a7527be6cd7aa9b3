import { isDeepStrictEqual } from 'node:util';
import type { EffectClass, FailureCode } from '../playbooks/language/words.js';
import type { EffectMode, EffectRow, EffectState } from '../records/records.js';
import type { Answer, Seen } from './connectors/contract.js';

/** Everything that is recorded as an effect; `store` hands a sealed secret to the secret store. */
export type ActingClass = Exclude<EffectClass, 'read'> | 'store';

/** The state before us, as the first begin recorded it; null where the look failed. */
export interface PreImage {
  state: unknown;
  /** For lists: what was there. */
  ids?: string[];
  /** For lists: when that was, by the provider's clock, rounded down to its seconds. */
  at?: number;
}

/** How an effect ends, and what a person reads about it. */
export interface Verdict {
  state: Exclude<EffectState, 'intent'>;
  line: string;
  /** Set when the step has failed with it. */
  code?: FailureCode;
}

/** What a rule may know: the row as begun, this attempt's look, and for an undo what it undoes. */
export interface Case {
  row: EffectRow;
  seen: Seen | null;
  forward?: EffectRow;
  strays: Stray[];
}

/** What we made and nobody holds the secret of. */
export interface Stray {
  id: string;
  createdAt?: number;
  /** Why it could not be switched off. */
  alive?: string;
}

interface Rules {
  mode: EffectMode;
  /** Latency only: it aborts a send, never a finish. */
  deadlineMs: number;
  /** Acts even if the look fails. */
  blind?: boolean;
  /** After begin, before anything is sent: the end, or undefined = send. */
  decide(at: Case): Verdict | undefined;
  /** After a clear answer. */
  conclude(answer: Clear, at: Case): Verdict;
}
type Clear = Exclude<Answer, { kind: 'unknown' } | { kind: 'throttled' }>;

/** By class: who waits, who looks, when it acts, and what an answer means (the table of the protocol). */
export const RULES: Record<ActingClass | 'undo' | 'undo of replace', Rules> = {
  // always sends: a look that says "already so" may be older than whoever changed it back
  contain: { mode: 'repeat', deadlineMs: 8_000, blind: true, decide: () => undefined, conclude: concludeSetting },
  burn: { mode: 'repeat', deadlineMs: 8_000, blind: true, decide: wasGone, conclude: concludeDestroying },
  interrupt: { mode: 'repeat', deadlineMs: 15_000, decide: () => undefined, conclude: concludeSetting },
  destroy: { mode: 'repeat', deadlineMs: 15_000, decide: wasGone, conclude: concludeDestroying },
  // long: a lost answer leaves a key behind whose secret nobody holds
  replace: { mode: 'once', deadlineMs: 60_000, decide: () => undefined, conclude: concludeMaking },
  tell: { mode: 'once', deadlineMs: 15_000, decide: alreadyTold, conclude: refusedOr('done') },
  store: { mode: 'repeat', deadlineMs: 15_000, decide: () => undefined, conclude: concludeStoring },
  undo: { mode: 'wait', deadlineMs: 15_000, decide: threeWays, conclude: concludeUndo },
  'undo of replace': { mode: 'once', deadlineMs: 15_000, decide: allOff, conclude: concludeUndo },
};

/** Whether two values are the same JSON. */
export const sameJson = (a: unknown, b: unknown): boolean => isDeepStrictEqual(plain(a), plain(b));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

/** What the effect left behind if it was applied: what the provider said it is now, else what was asked for. */
export const leftBy = (row: EffectRow): unknown => row.outcome?.after ?? row.args;

export const preImage = (row: EffectRow): PreImage | null => row.before as PreImage | null;

/** Things that may be ours though no record knows them: not there at our first look, nor older than it. */
export function straysOf(seen: Seen | null, row: EffectRow, recorded: Set<string>): NonNullable<Seen['items']> {
  const before = preImage(row);
  if (before?.ids === undefined) return [];
  const { ids, at = 0 } = before;
  return (seen?.items ?? []).filter(
    ({ id, createdAt }) => !ids.includes(id) && (createdAt === undefined || createdAt >= at) && !recorded.has(id),
  );
}

/** Whether the message with our marker is there. */
export const isTold = (seen: Seen | null): boolean =>
  seen?.items === undefined ? (seen?.state ?? null) !== null : seen.items.length > 0;

const done = (line: string): Verdict => ({ state: 'done', line });
const says = (answer: Clear): string => ('reason' in answer ? answer.reason : 'it is not there (any more)');

function concludeSetting(answer: Clear, { row, seen }: Case): Verdict {
  if (answer.kind === 'applied') return done('done');
  if (answer.kind === 'gone') return { state: 'not_applied', line: 'it was gone before us' };
  if (seen !== null && sameJson(seen.state, row.args)) return done('it was so already, and we may not set it again');
  return notApplied(answer);
}

function wasGone({ row }: Case): Verdict | undefined {
  const before = preImage(row);
  return before !== null && before.state === null ? { state: 'not_applied', line: 'it was gone before us' } : undefined;
}

function concludeDestroying(answer: Clear, { row, seen }: Case): Verdict {
  if (answer.kind === 'applied') return done('gone');
  // refused, although the look says that it is gone: an earlier attempt's answer was lost, and nobody may ask any more
  if (answer.kind !== 'gone' && seen?.state !== null) return notApplied(answer);
  // an earlier attempt's answer was lost: it may well have been us
  if (row.attempts > 1) return done('gone; an earlier answer was lost');
  return { state: 'not_applied', line: 'somebody else removed it just before us' };
}

function concludeMaking(answer: Clear, { strays }: Case): Verdict {
  if (answer.kind === 'applied') return done('made');
  const [stray] = strays;
  if (answer.kind !== 'limit' || stray === undefined) return notApplied(answer);
  const when = stray.createdAt === undefined ? '' : `, made ${new Date(stray.createdAt).toISOString()}`;
  return {
    state: 'needs_human',
    code: 'unknown-outcome',
    line: `an answer was lost: ${stray.id}${when}, is probably ours and is switched off. Delete it, then retry`,
  };
}

function alreadyTold({ seen }: Case): Verdict | undefined {
  return isTold(seen) ? done('it was there already') : undefined;
}

function concludeStoring(answer: Clear): Verdict {
  if (answer.kind !== 'conflict') return refusedOr('done')(answer);
  return {
    state: 'needs_human',
    code: 'unexpected-answer',
    line: `${answer.reason}; nothing was overwritten. Compare the two, then put the right one there`,
  };
}

/** Set back only what is as we left it; what is as before us needs nothing; anything else is somebody else's. */
function threeWays({ seen, forward }: Case): Verdict | undefined {
  const before = forward && preImage(forward);
  if (!forward?.sure || !before) {
    return {
      state: 'needs_human',
      line: 'we do not know for sure what was there before us; a person has to set it back',
    };
  }
  if (seen !== null && sameJson(seen.state, before.state)) return done('it is as it was before us');
  if (seen !== null && sameJson(seen.state, leftBy(forward))) return undefined;
  return { state: 'needs_human', line: 'somebody changed it since; we left it alone. A person has to decide' };
}

function allOff({ strays }: Case): Verdict {
  const line = stillAlive(strays);
  return line === undefined ? done('switched off') : { state: 'needs_human', line };
}

/** What a person has to switch off, because we could not. */
export function stillAlive(strays: Stray[]): string | undefined {
  const alive = strays.filter((stray) => stray.alive !== undefined);
  if (alive.length === 0) return undefined;
  const each = alive.map(({ id, alive }) => `${id} (${alive})`).join(', ');
  return `made by us, and not to be switched off by us: ${each}. Switch it off`;
}

function concludeUndo(answer: Clear): Verdict {
  if (answer.kind === 'applied') return done('set back to what it was before us');
  return { state: 'needs_human', line: `it could not be set back: ${says(answer)}` };
}

function refusedOr(state: 'done'): (answer: Clear) => Verdict {
  return (answer) => (answer.kind === 'applied' ? { state, line: state } : notApplied(answer));
}

function notApplied(answer: Clear): Verdict {
  const code = answer.kind === 'denied' ? answer.code : answer.kind === 'gone' ? 'not-found' : 'invalid';
  return { state: 'not_applied', line: says(answer), code };
}
