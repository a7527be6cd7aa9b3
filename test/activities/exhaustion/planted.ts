import type { BeginEffect, BeginResult, EffectRow } from '../../../records/records.js';
import { MemoryEffects } from '../memory-effects.js';
import type { Broken } from './outcomes.js';

export interface Planted {
  /** The rule that is switched off, by its name in the protocol. */
  rule: string;
  without: string;
  scenario: string;
  mishaps: number;
  broken: Broken;
  /** The promise that then breaks. */
  finds: RegExp;
}

/** What a begin answers instead, whatever it wrote. */
const answering =
  (change: (row: EffectRow, asked: BeginEffect) => Partial<EffectRow>): NonNullable<Broken['table']> =>
  (table) => ({
    begin: (asked): BeginResult => {
      const result = table.begin(asked);
      return result.granted ? { granted: true, row: { ...result.row, ...change(result.row, asked) } } : result;
    },
  });
const asking =
  (change: (asked: BeginEffect, now: number) => Partial<BeginEffect>): NonNullable<Broken['table']> =>
  (table, now) => ({ begin: (asked) => table.begin({ ...asked, ...change(asked, now) }) });

/** Rules of the protocol, switched off one at a time beneath the real code. */
export const PLANTED: Planted[] = [
  {
    rule: 'wait_own',
    without: 'a second create goes out while the first may still arrive',
    scenario: 'replace: two attempts',
    mishaps: 1,
    broken: { table: asking(({ mode }) => (mode === 'once' ? { mode: 'repeat' } : {})) },
    finds: /nobody holds its secret|stands in no record|stray|not live/,
  },
  {
    rule: 'looked_after',
    without: 'a lease is compared with the time of the begin, not of the look',
    scenario: 'tell: two attempts',
    mishaps: 1,
    broken: { table: asking((_, now) => ({ lookedAt: now })) },
    finds: /2 messages/,
  },
  {
    rule: 'signed_at_begin',
    without: 'a request is signed when it is sent',
    scenario: 'tell: two attempts',
    mishaps: 0,
    broken: { signedAt: (_, now) => now },
    finds: /2 messages/,
  },
  {
    rule: 'unknown',
    without: 'no answer is taken for a refusal',
    scenario: 'contain: two attempts',
    mishaps: 1,
    broken: {
      answer: (answer) =>
        answer.kind === 'unknown' ? { kind: 'denied', code: 'unavailable', reason: 'HTTP 500' } : answer,
    },
    finds: /not applied, says the row, but we disabled K/,
  },
  {
    rule: 'one_send',
    without: 'the client library sends again by itself',
    scenario: 'replace: two attempts',
    mishaps: 1,
    broken: { sendsTwice: true },
    finds: /nobody holds its secret|stands in no record/,
  },
  {
    rule: 'finish_cas',
    without: 'an attempt finishes a row that a later one has taken over',
    scenario: 'replace: two attempts',
    mishaps: 1,
    broken: {
      table: (table) => ({
        finish: (end) => table.finish({ ...end, epoch: table.rows.get(end.key)?.epoch ?? end.epoch }),
      }),
    },
    finds: /nobody holds its secret|not live|stray/,
  },
  {
    rule: 'seal',
    without: 'the id is committed without the sealed secret',
    scenario: 'replace: two attempts',
    mishaps: 0,
    broken: { table: (table) => ({ finish: ({ sealed: _, ...end }) => table.finish(end) }) },
    finds: /the secret of K1 is lost/,
  },
  {
    rule: 'first_wins',
    without: 'a later attempt sends its own arguments',
    scenario: 'interrupt: two attempts, each with a time of its own',
    mishaps: 1,
    broken: { table: answering((_, { args }) => ({ args })) },
    finds: /sessions before 10:0\d are cut, says the row; the policy says 10:0\d/,
  },
  {
    rule: 'denied_sole',
    without: 'a refusal counts although an earlier attempt may have done it',
    scenario: 'contain: two attempts',
    mishaps: 2,
    broken: { table: answering(() => ({ sole: true })) },
    finds: /not applied, says the row, but we disabled K/,
  },
  {
    rule: 'gone_first',
    without: 'whoever finds it gone says that it was us',
    scenario: 'destroy: two attempts, an operator deletes it',
    mishaps: 0,
    broken: { table: answering(({ attempts }) => ({ attempts: attempts + 1 })) },
    finds: /somebody else deleted it, our only attempt was told so, and we claim it/,
  },
  {
    rule: 'gone_before',
    without: 'a look that found it gone before us is forgotten',
    scenario: 'destroy: two attempts, an operator deletes it',
    mishaps: 1,
    broken: { table: answering(() => ({ before: { state: 'Inactive' } })) },
    finds: /gone before we began, and we claim it/,
  },
  {
    rule: 'tell_search',
    without: 'a resumed message does not look for its marker',
    scenario: 'tell: two attempts',
    mishaps: 1,
    broken: { look: (seen) => ({ ...seen, state: null }) },
    finds: /2 messages/,
  },
  {
    rule: 'tombstone',
    without: 'an undo does not close what it undoes',
    scenario: 'contain and its undo',
    mishaps: 0,
    broken: { table: ({ rows }) => ({ close: (...asked) => new MemoryEffects(rows).close(...asked) }) },
    finds: /nothing to undo, and now K is Inactive/,
  },
  {
    rule: 'wait_foreign',
    without: 'an undo does not wait for what it undoes',
    scenario: 'contain and its undo',
    mishaps: 0,
    broken: { table: asking(({ mode }) => (mode === 'wait' ? { mode: 'repeat' } : {})) },
    finds: /undone, but K is Inactive/,
  },
  {
    rule: 'undone_said',
    without: 'an undone row answers with its old state',
    scenario: 'contain, its undo, and the effect again after a reset',
    mishaps: 0,
    broken: {
      table: (table) => ({
        begin: (asked) => {
          const result = table.begin(asked);
          if (result.granted || !('closed' in result) || result.closed.state === 'intent') return result;
          const { undoneBy: _, ...closed } = result.closed;
          return { granted: false, closed };
        },
      }),
    },
    finds: /B is told done about an effect that was undone/,
  },
  {
    rule: 'strays_before',
    without: 'what was there before us may be a stray of ours',
    scenario: 'replace: keys without dates, a sibling',
    mishaps: 1,
    broken: { table: answering(({ before }) => ({ before: { ...(before as object), ids: [] } })) },
    finds: /(SIBLING|OLD), never ours, is switched off/,
  },
  {
    rule: 'strays_dated',
    without: 'a key that is older than our first look may be a stray of ours',
    scenario: 'replace: an operator made a key just before',
    mishaps: 1,
    broken: {
      look: (seen) => (seen.items ? { ...seen, items: seen.items.map(({ createdAt: _, ...item }) => item) } : seen),
    },
    finds: /op, never ours, is switched off/,
  },
  {
    rule: 'known',
    without: 'nobody asks which keys other effects recorded',
    scenario: 'replace: two incidents, one is undone',
    mishaps: 0,
    broken: { table: () => ({ recordedIds: () => new Set<string>() }) },
    finds: /the live replacement of INC-2, is switched off as a stray/,
  },
  {
    rule: 'principal',
    without: 'two replacements of one user are not serialised',
    scenario: 'replace: two incidents, one principal',
    mishaps: 1,
    broken: { table: asking(({ mode, target, key }) => (mode === 'once' ? { target: `${target} ${key}` } : {})) },
    finds: /the live replacement of INC-\d, is switched off as a stray/,
  },
  {
    rule: 'reconciler',
    without: 'nobody ends what is left open',
    scenario: 'replace: two attempts',
    mishaps: 0,
    broken: { noReconciler: true },
    finds: /stays open for ever/,
  },
];
