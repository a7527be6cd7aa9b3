import type { BeginEffect, EffectMode, EffectRow } from '../records/records.js';
import { ConnectorError, type Fence, type Seen } from './connectors/contract.js';
import { Later, StepFailed } from './contract.js';
import { type Attempt, type Effect, type EffectSeams, type Outcome, outcomeOf, spread } from './effect.js';
import { preImage } from './effect-rules.js';

/** Looks, then begins. Answers an outcome where the row has one already. */
export async function beginEffect(
  effect: Effect,
  mode: EffectMode,
  blind: boolean,
  forward: EffectRow | undefined,
  seams: EffectSeams,
): Promise<{ attempt: Attempt } | Outcome> {
  const lookedAt = seams.clock.now();
  const seen = await look(effect, blind, seams);
  const begunAt = seams.clock.now();
  const undoing = forward !== undefined;
  const request: BeginEffect = {
    key: effect.key,
    incident: effect.incident,
    target: effect.intent.change.target,
    class: undoing ? 'undo' : effect.intent.class,
    planDigest: effect.planDigest,
    args: undoing ? argsBefore(effect, forward) : effect.intent.args,
    before: imageOf(seen, lookedAt, effect.fence),
    mode,
    undoes: effect.undoes ?? '',
    lookedAt,
    now: begunAt,
    quietMs: (effect.fence.lateSeconds + effect.fence.lagSeconds + effect.fence.skewSeconds) * 1000,
  };
  const begun = await seams.effects.begin(request);
  if (begun.granted) return { attempt: { row: begun.row, seen, lookedAt, begunAt } };
  if ('closed' in begun) return outcomeOf(effect, begun.closed);
  if ('held' in begun) {
    return { state: 'held', line: `${begun.held} still holds it, so it stays as it is`, evidence: {} };
  }
  const why =
    begun.blockedBy === undefined ? 'an earlier request may still arrive' : `${begun.blockedBy} is still open`;
  throw new Later(begun.later + spread(seams), `${effect.key} waits: ${why}`);
}

function argsBefore(effect: Effect, forward: EffectRow): unknown {
  const before = preImage(forward);
  if (before === null || effect.intent.class === 'replace') return null;
  return effect.intent.argsFor ? effect.intent.argsFor(before.state) : before.state;
}

async function look(effect: Effect, blind: boolean, seams: EffectSeams): Promise<Seen | null> {
  try {
    return await effect.intent.change.read();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (blind) return null;
    if (error.code !== 'rate-limited' && error.code !== 'unavailable' && error.code !== 'unknown-outcome') {
      throw await unseen(effect, error, seams);
    }
    const wait = (error.retryAfterSeconds ?? 1) * 1000;
    throw new Later(seams.clock.now() + wait + spread(seams), error.message);
  }
}

/** We may not look. Clear only as long as nothing was sent: an earlier attempt may have changed what we cannot see. */
async function unseen({ key }: Effect, error: ConnectorError, { effects }: EffectSeams): Promise<StepFailed> {
  const row = await effects.read(key);
  if (row?.state !== 'intent') return new StepFailed(error.code, error.message, { cause: error });
  return new StepFailed('unknown-outcome', `${error.message}; an earlier request may have been carried out`, {
    cause: error,
  });
}

function imageOf(seen: Seen | null, lookedAt: number, fence: Fence): unknown {
  if (seen === null) return null;
  if (seen.items === undefined) return { state: seen.state ?? null };
  // providers date things in whole seconds: a key of ours must not look older than the look before it
  const at = Math.floor((seen.providerTime ?? lookedAt - fence.skewSeconds * 1000) / 1000) * 1000;
  return { state: seen.state ?? null, ids: seen.items.map(({ id }) => id), at };
}
