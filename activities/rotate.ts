import { applyEffect, type Effect, type EffectSeams, effectKey, type Outcome, undoKey } from './apply-effect.js';
import { type Answer, type Change, ConnectorError, type Fence, type Intent } from './connectors/contract.js';
import { Later, StepFailed } from './contract.js';
import { effectName } from './effect-key.js';
import type { Secret } from './secrets/secret.js';
import type { SecretStore } from './secrets/store.js';
import { type Settled, settle } from './settle.js';

/** A replacement to be made and handed to the secret store. */
export interface Rotation {
  /** Of class `replace`. */
  intent: Intent;
  fence: Fence;
  incident: string;
  planDigest: string;
  step: string;
  generation: number;
  /** Where the service reads its secret. */
  storePath: string;
  /** Id of the credential that the new one takes the place of: what the store must still hold. */
  replaces: string;
}

export interface RotateSeams extends EffectSeams {
  open(box: string, context: string): Secret;
  store: SecretStore;
}

export interface Rotated {
  id: string;
  storedAt: string;
}

/**
 * The store takes or refuses a write by what it holds, so a late one does no harm unless it finds the old credential
 * there again; it is given up after its deadline of 15 s. It shows at once what was written, but two workers' clocks differ:
 * without a lag an undo that looked just before the write would count as one that looked after it.
 */
const STORE_FENCE: Fence = { kind: 'condition', lateSeconds: 30, lagSeconds: 5, skewSeconds: 5 };

/**
 * Makes the new credential, hands its secret to the store, reads it back, and only then drops the sealed copy. At every
 * instant the secret is sealed in records or in the store, or the credential it belongs to is known and switched off, so
 * it may be run again after any crash. Throws Later and StepFailed.
 */
export async function rotate(rotation: Rotation, seams: RotateSeams): Promise<Rotated> {
  const { storePath, replaces } = rotation;
  await settleEarlier(rotation, seams);
  const replace = await replacement(rotation, seams);
  const made = await applyEffect(replace, seams);
  const { id } = made;
  if (made.state !== 'done' || id === undefined) throw ended(made, rotation);
  const sealed = made.row?.sealed;
  // dropped only after it was read back: this attempt has nothing left to do
  if (sealed === undefined) return { id, storedAt: storePath };

  const secret = seams.open(sealed, replace.key);
  const stored = await applyEffect(storeEffect(rotation, seams.store, { id, secret }), seams);
  if (stored.state !== 'done') throw ended(stored, rotation);

  const back = await reading(seams.clock.now(), () => seams.store.get(storePath));
  if (back?.id !== id || back.secret.reveal() !== secret.reveal()) {
    throw new StepFailed(
      'unexpected-answer',
      `${id} was stored at ${storePath} instead of ${replaces}, but something else is read there; compare, then retry. Its secret is kept sealed`,
    );
  }
  await seams.effects.dropSealed(replace.key, seams.clock.now());
  return { id, storedAt: storePath };
}

/**
 * After a false alarm: the store gives the old credential again, then what `rotate` made is switched off, never deleted.
 * Call it once the old credential works again, and only if nobody else uses the new one.
 */
export async function undoRotate(
  rotation: Rotation & { incidentKeys?: string[] },
  seams: RotateSeams,
): Promise<Outcome> {
  let outcome = await undoGeneration(rotation, seams);
  for (let generation = rotation.generation - 1; generation >= 1; generation -= 1) {
    if (outcome.state === 'needs_human' || outcome.state === 'held') return outcome;
    const earlier = await undoGeneration({ ...rotation, generation }, seams);
    if (earlier.state !== 'nothing') outcome = earlier;
  }
  return outcome;
}

async function undoGeneration(rotation: Rotation & { incidentKeys?: string[] }, seams: RotateSeams): Promise<Outcome> {
  const replace = replaceEffect(rotation);
  const store = storeKey(rotation);
  const { effects, clock } = seams;
  // both first: an attempt that is just about to store would otherwise do so behind our back
  for (const [key, target] of [
    [replace.key, replace.intent.change.target],
    [store, effectName(store).target],
  ] as const) {
    await effects.close(key, rotation.incident, target, key === store ? 'store' : 'replace', undoKey(key), clock.now());
  }
  const closing = { ...(rotation.incidentKeys && { incidentKeys: rotation.incidentKeys }) };
  const stored = await effects.read(store);
  // it may have stored what an earlier generation made; after a clear refusal or a settle it has stored nothing
  const id = stored?.args;
  if (typeof id === 'string' && (stored?.state === 'done' || stored?.state === 'intent')) {
    const effect = { ...storeEffect(rotation, seams.store, { id }), ...closing, key: undoKey(store), undoes: store };
    const restored = await applyEffect(effect, seams);
    if (restored.state === 'needs_human' || restored.state === 'held') return restored;
  }
  return await applyEffect({ ...replace, ...closing, key: undoKey(replace.key), undoes: replace.key }, seams);
}

/**
 * Ends a rotation whose attempts were given up, as `settle` does: makes nothing, stores nothing. `done` only if the new
 * secret is read back from the store; else it stays sealed, and a retry by a person stores that same one.
 */
export async function settleRotation(rotation: Rotation, seams: RotateSeams): Promise<Settled> {
  const replace = await replacement(rotation, seams);
  const made = await settle(replace, seams);
  const row = await seams.effects.read(replace.key);
  const id = row?.outcome?.id;
  if (made.state !== 'done' || row?.sealed === undefined || typeof id !== 'string') return made;
  const stored = await settle(storeEffect(rotation, seams.store, { id }), seams);
  if (stored.state !== 'done') {
    const kept = 'its secret is kept sealed, and a retry stores that one';
    return { state: 'needs_human', line: `${id} was made, but is not in the store (${stored.line}); ${kept}` };
  }
  try {
    await rotate(rotation, seams);
    return made;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { state: 'needs_human', line: error.message };
  }
}

/** Ends the undo of a hand-over to the store whose attempts were given up; looks, and writes nothing. */
export async function settleStore(rotation: Rotation, seams: RotateSeams, undoes: string): Promise<Settled> {
  const id = (await seams.effects.read(undoes))?.args;
  const effect = storeEffect(rotation, seams.store, { id: typeof id === 'string' ? id : '' });
  return settle({ ...effect, key: undoKey(undoes), undoes }, seams);
}

/** A row that was given up without an end keeps every later replacement of the principal from beginning, a retry too. */
async function settleEarlier(rotation: Rotation, seams: RotateSeams): Promise<void> {
  for (let generation = 1; generation < rotation.generation; generation += 1) {
    const earlier = replaceEffect({ ...rotation, generation });
    if ((await seams.effects.read(earlier.key))?.state === 'intent') await settle(earlier, seams);
  }
}

/** A retry by a person stores what an earlier generation made and could not store, instead of making another. */
async function replacement(rotation: Rotation, { effects }: RotateSeams): Promise<Effect> {
  const current = replaceEffect(rotation);
  if ((await effects.read(current.key)) !== undefined) return current;
  const stored = (await effects.read(storeKey(rotation)))?.args;
  for (let generation = rotation.generation - 1; generation >= 1; generation -= 1) {
    const earlier = replaceEffect({ ...rotation, generation });
    const row = await effects.read(earlier.key);
    if (row?.state !== 'done' || row.undoneBy !== undefined) continue;
    if (row.sealed !== undefined || (stored !== undefined && row.outcome?.id === stored)) return earlier;
  }
  return current;
}

/** Keys of the effects that `rotate` may begin; close them all on a false alarm. */
export function rotationKeys(rotation: Rotation): string[] {
  return [replaceEffect(rotation).key, storeKey(rotation)];
}

function replaceEffect({ intent, fence, incident, planDigest, step, generation }: Rotation): Effect {
  if (intent.class !== 'replace') throw new TypeError(`rotate makes a replacement, and was given a ${intent.class}`);
  const key = effectKey({ incident, step, verb: 'rotate', target: intent.change.target, generation });
  return { key, incident, planDigest, intent: { ...intent, class: 'replace' }, fence };
}

function storeKey({ incident, step, generation, storePath }: Rotation): string {
  return effectKey({ incident, step, verb: 'store', target: `secret-store/${storePath}`, generation });
}

/** State and arguments: the id that the store holds at the path; `null` = nothing. */
function storeEffect(rotation: Rotation, store: SecretStore, made: { id: string; secret?: Secret }): Effect {
  const { incident, planDigest, storePath, replaces } = rotation;
  const key = storeKey(rotation);
  const change: Change = {
    target: effectName(key).target,
    read: async () => ({ state: (await store.get(storePath))?.id ?? null }),
    apply: (args) =>
      answering(async () => {
        if (args !== made.id) return removed(await store.remove(storePath, made.id), storePath);
        if (made.secret === undefined) throw new TypeError(`nothing to store at ${storePath}`);
        const { result, version } = await store.put(storePath, { id: made.id, secret: made.secret }, replaces);
        return result === 'conflict'
          ? { kind: 'conflict', reason: `${storePath} holds neither ${replaces} nor ${made.id}, but something newer` }
          : { kind: 'applied', evidence: { version } };
      }),
  };
  return { key, incident, planDigest, intent: { class: 'store', change, args: made.id }, fence: STORE_FENCE };
}

function removed(result: 'removed' | 'conflict' | 'gone', path: string): Answer {
  return result === 'conflict'
    ? { kind: 'conflict', reason: `${path} holds something newer` }
    : { kind: 'applied', evidence: {} };
}

/** What a store throws, as an answer: only what says that nothing was written may be called a refusal. */
async function answering(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { code, message: reason } = error;
    if (code === 'rate-limited') return { kind: 'throttled', afterSeconds: error.retryAfterSeconds ?? 1 };
    const unknown = code === 'unavailable' || code === 'unknown-outcome' || code === 'unexpected-answer';
    return unknown ? { kind: 'unknown', reason } : { kind: 'denied', code, reason };
  }
}

async function reading<T>(now: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const again = error.code === 'rate-limited' || error.code === 'unavailable' || error.code === 'unknown-outcome';
    if (again) throw new Later(now + (error.retryAfterSeconds ?? 1) * 1000, error.message);
    throw new StepFailed(error.code, error.message, { cause: error });
  }
}

function ended(outcome: Outcome, { replaces }: Rotation): StepFailed {
  return outcome.state === 'undone'
    ? new StepFailed('too-late', `the replacement of ${replaces} was undone; press retry to make another`)
    : new StepFailed('unknown-outcome', `${replaces} was not replaced: ${outcome.line}`);
}
