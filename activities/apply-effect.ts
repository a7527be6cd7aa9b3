import type { EffectRow } from '../records/records.js';
import { beginEffect } from './begin-effect.js';
import type { Seen } from './connectors/contract.js';
import { Later, StepFailed } from './contract.js';
import { type Attempt, backoff, type Effect, type EffectSeams, type Outcome, outcomeOf, spread } from './effect.js';
import { effectKey, effectName } from './effect-key.js';
import { type Case, isTold, RULES, type Stray, straysOf, type Verdict } from './effect-rules.js';
import { Secret } from './secrets/secret.js';

export type { Effect, EffectSeams, Outcome } from './effect.js';
export { effectKey, undoKey } from './effect-key.js';

/**
 * Changes one thing at a provider once: look, begin (intent and pre-image in one commit), send one request that the
 * provider refuses when it is late, finish. Run it again whenever an attempt died. Throws Later (nothing is certain yet,
 * run it again then) and StepFailed (it will not work without a person). Source: once/protocol.md.
 */
export async function applyEffect(effect: Effect, seams: EffectSeams): Promise<Outcome> {
  const forward = effect.undoes === undefined ? undefined : await closeFirst(effect, effect.undoes, seams);
  if (forward?.attempts === 0) {
    return { state: 'nothing', line: 'it had not begun, and now it will not', evidence: {} };
  }
  const rules = RULES[ruleOf(effect)];
  const begun = await beginEffect(effect, rules.mode, rules.blind === true, forward, seams);
  if (!('attempt' in begun)) return begun;
  const { attempt } = begun;

  const at: Case = { row: attempt.row, seen: attempt.seen, strays: [], ...(forward && { forward }) };
  if (effect.intent.class === 'replace') {
    at.strays = await switchOff(effect, attempt, forward ?? attempt.row, forward !== undefined, seams);
  }
  const verdict = rules.decide(at);
  if (verdict !== undefined) return await finish(effect, attempt, at, verdict, foundBy(effect, attempt.seen), seams);
  return await send(effect, attempt, at, seams);
}

const PROBE = new Secret('can it be sealed?');

const ruleOf = ({ undoes, intent }: Effect): keyof typeof RULES =>
  undoes === undefined ? intent.class : intent.class === 'replace' ? 'undo of replace' : 'undo';

/** A message that an earlier attempt left: its id and what it is, as if this attempt had sent it. */
export function foundBy({ intent }: Effect, seen: Seen | null): { id?: string; after?: unknown } {
  if (intent.class !== 'tell' || !isTold(seen)) return {};
  const [item] = seen?.items ?? [];
  return { after: seen?.state, ...(item !== undefined && { id: item.id }) };
}

/** Verb of the effects by which an undo or a settle switches off what was made; no undo closes them. */
export const SWITCH_OFF = 'switch_off';
/** Verb of the same when a resumed replacement does it. */
export const DISABLE_STRAY = 'disable_stray';

/** Late attempts of what is undone, and of everything else of the incident, find their keys closed. */
async function closeFirst(effect: Effect, undoes: string, seams: EffectSeams): Promise<EffectRow> {
  const { effects, clock } = seams;
  const { target } = effect.intent.change;
  const now = clock.now();
  const forward = await effects.close(undoes, effect.incident, target, effect.intent.class, effect.key, now);
  let until = 0;
  for (const key of effect.incidentKeys ?? []) {
    const { target: other, verb } = effectName(key);
    if (key === undoes || key === effect.key || verb === SWITCH_OFF) continue;
    const closed = await effects.close(key, effect.incident, other, 'closed', effect.key, now);
    if (closed.class === 'destroy' || closed.class === 'burn') until = Math.max(until, closed.quietAt);
  }
  if (until > now) {
    throw new Later(
      until + spread(seams),
      `${effect.key} waits: what it brings back may be removed, or only seem to be there, until then`,
    );
  }
  return forward;
}

/**
 * Replace: switches off what earlier attempts made and never learned of, before another is made; never deletes. Its undo,
 * and settle: that, and the one that was recorded, and they say which could not be. Each is an effect with a row of its own.
 * `made` is the replacement.
 */
export async function switchOff(
  effect: Effect,
  { row, seen }: Attempt,
  made: EffectRow,
  ending: boolean,
  seams: EffectSeams,
): Promise<Case['strays']> {
  if (!ending && made.attempts === 1) return [];
  const recorded = await seams.effects.recordedIds(made.target, made.key);
  const items: (Stray & { active: boolean })[] = straysOf(seen, made, recorded).map((item) => ({ ...item }));
  const { id } = made.outcome ?? {};
  if (typeof id === 'string' && !items.some((item) => item.id === id)) {
    const listed = seen?.items?.find((item) => item.id === id);
    if (listed !== undefined || seen?.items === undefined) items.push({ ...(listed ?? { id, active: true }) });
  }
  const { incident, step, generation } = effectName(effect.key);
  for (const item of items.filter(({ active }) => active)) {
    if (effect.intent.disableStray === undefined) {
      throw new StepFailed('invalid', `${item.id} is probably ours, and we cannot switch it off; a person has to`);
    }
    const { change, args } = effect.intent.disableStray(item.id);
    const verb = ending ? SWITCH_OFF : DISABLE_STRAY;
    const key = effectKey({ incident, step, verb, target: change.target, generation });
    const { incidentKeys: _, undoes: __, ...rest } = effect;
    const off = await applyEffect({ ...rest, key, intent: { class: 'contain', change, args } }, seams).catch(
      (error) => {
        // whoever ends it has to come to an end
        if (!ending || !(error instanceof StepFailed)) throw error;
        return error;
      },
    );
    if (off instanceof StepFailed) {
      item.alive = off.message;
      continue;
    }
    // nothing more may be made by this attempt; whoever undoes it comes next
    if (off.state === 'undone') throw new Later(row.quietAt + spread(seams), `${effect.key} is being undone`);
  }
  return items;
}

async function send(effect: Effect, attempt: Attempt, at: Case, seams: EffectSeams): Promise<Outcome> {
  const { row, begunAt, lookedAt } = attempt;
  const rules = RULES[ruleOf(effect)];
  const { change } = effect.intent;
  // a key that cannot seal must say so before the provider makes a secret that nobody could keep
  if (effect.intent.class === 'replace') seams.seal(PROBE, effect.key);
  if (effect.fence.kind !== 'signature' && seams.clock.now() - begunAt >= effect.fence.lateSeconds * 1000) {
    await release(effect, row, seams);
    throw new Later(seams.clock.now() + spread(seams), `${effect.key}: too late to send; this process was held up`);
  }
  const deadline = seams.deadline ?? ((ms: number) => AbortSignal.timeout(ms));
  const answer = await change.apply(row.args, { signedAt: begunAt, signal: deadline(rules.deadlineMs) });

  if (answer.kind === 'unknown') {
    const until = rules.mode === 'repeat' ? seams.clock.now() + backoff(row) : row.quietAt;
    throw new Later(until + spread(seams), `${effect.key}: ${answer.reason}`);
  }
  if (answer.kind === 'throttled' || (answer.kind === 'conflict' && effect.intent.class !== 'store' && !at.forward)) {
    await release(effect, row, seams);
    const wait = answer.kind === 'throttled' ? answer.afterSeconds * 1000 : backoff(row);
    throw new Later(seams.clock.now() + wait + spread(seams), `${effect.key}: the provider asks to wait`);
  }
  if (answer.kind === 'applied' && effect.intent.class === 'contain' && !at.forward) {
    const others = await seams.effects.othersQuietAt(change.target, effect.key);
    if (others > lookedAt) {
      throw new Later(
        others + spread(seams),
        `${effect.key} is set again then: an older request may still change it back`,
      );
    }
  }
  // whether an earlier attempt has done it, only a look can say, and one that was taken once it is quiet
  const blind = at.seen === null && row.attempts > 1;
  if (answer.kind === 'denied' && (!row.sole || blind)) {
    const until = row.sole ? seams.clock.now() + backoff(row) : row.quietAt;
    throw new Later(until + spread(seams), `${effect.key}: ${answer.reason}; an earlier attempt may have done it`);
  }
  const made =
    answer.kind === 'applied'
      ? {
          evidence: answer.evidence,
          ...(answer.id !== undefined && { id: answer.id }),
          ...(answer.after !== undefined && { after: answer.after }),
          ...(answer.secret !== undefined && { sealed: seams.seal(answer.secret, effect.key) }),
        }
      : {};
  return await finish(effect, attempt, at, rules.conclude(answer, at), made, seams);
}

/** The answer was clear, so only this attempt's lease is given back; the row stays open. */
async function release(effect: Effect, row: EffectRow, { effects, clock }: EffectSeams): Promise<void> {
  const lagMs = effect.fence.lagSeconds * 1000;
  await effects.finish({ key: row.key, epoch: row.epoch, state: 'intent', clear: true, now: clock.now(), lagMs });
}

/** One commit: state, id and sealed secret. Whoever lost the row says what it says, not what he did. */
export async function finish(
  effect: Effect,
  { row }: Attempt,
  { strays }: Pick<Case, 'strays'>,
  verdict: Verdict,
  made: { evidence?: Record<string, string>; id?: string; after?: unknown; sealed?: string },
  seams: EffectSeams,
): Promise<Outcome> {
  const { sealed, ...outcome } = made;
  const write = () =>
    seams.effects.finish({
      key: row.key,
      epoch: row.epoch,
      state: verdict.state,
      outcome: {
        ...outcome,
        line: verdict.line,
        ...(verdict.code !== undefined && { code: verdict.code }),
        ...(strays.length > 0 && { strays: strays.map(({ id }) => id) }),
      },
      ...(sealed !== undefined && { sealed }),
      clear: true,
      now: seams.clock.now(),
      lagMs: effect.fence.lagSeconds * 1000,
    });
  const finished = sealed === undefined ? await write() : await untilQuiet(write, row, seams);
  const now = finished ?? (await seams.effects.read(effect.key));
  if (now === undefined) throw new Error(`the row of ${effect.key} is gone; run audit verify`);
  if (now.state === 'intent')
    throw new Later(now.quietAt + spread(seams), `${effect.key}: a later attempt has taken over`);
  return outcomeOf(effect, now);
}

/** A secret that only this process holds: a failed commit is tried again for as long as the row is ours for sure. */
async function untilQuiet<T>(write: () => Promise<T>, row: EffectRow, seams: EffectSeams): Promise<T> {
  const pause = seams.pause ?? ((ms: number) => new Promise<void>((resume) => setTimeout(resume, ms)));
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (seams.clock.now() >= row.quietAt) throw error;
      await pause(500);
    }
  }
}
