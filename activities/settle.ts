import type { EffectRow } from '../records/records.js';
import {
  applyEffect,
  DISABLE_STRAY,
  type Effect,
  type EffectSeams,
  finish,
  foundBy,
  SWITCH_OFF,
  switchOff,
} from './apply-effect.js';
import { beginEffect } from './begin-effect.js';
import type { Seen } from './connectors/contract.js';
import { StepFailed } from './contract.js';
import { effectName } from './effect-key.js';
import { isTold, preImage, type Stray, sameJson, stillAlive, type Verdict } from './effect-rules.js';

export interface Settled {
  state: 'done' | 'not_applied' | 'needs_human';
  line: string;
}

/**
 * Ends an effect whose attempts were given up, or whose process never came back: waits until no request of it can still
 * arrive, looks, and says `done` only if the goal is seen. Never enables, makes or destroys; strays of a replacement are
 * switched off and left to a person. Takes undone rows too. Throws Later and StepFailed (of the look).
 */
export async function settle(effect: Effect, seams: EffectSeams): Promise<Settled> {
  const { effects, clock } = seams;
  const row = await effects.read(effect.key);
  if (row === undefined) {
    const { target } = effect.intent.change;
    await effects.close(effect.key, effect.incident, target, effect.intent.class, 'settle', clock.now());
    return { state: 'not_applied', line: 'it had not begun, and now it will not' };
  }
  if (row.state !== 'intent') return settled(row);
  if (row.undoneBy === undefined && switchesOff(effect)) return await goOn(effect, row, seams);

  const forward = effect.undoes === undefined ? undefined : await effects.read(effect.undoes);
  // its failure is the answer here, and no error of this activity
  const asked: Effect = { ...effect, undoes: effect.undoes ?? '' };
  const begun = await beginEffect(asked, 'settle', false, forward, seams);
  if (!('attempt' in begun)) return settled(begun.row ?? row);
  const { attempt } = begun;
  const strays =
    effect.intent.class === 'replace' ? await switchOff(effect, attempt, forward ?? attempt.row, true, seams) : [];
  const verdict = judge(effect, attempt.row, attempt.seen, strays);
  const outcome = await finish(asked, attempt, { strays }, verdict, foundBy(effect, attempt.seen), seams);
  return settled(outcome.row ?? row);
}

/** Whether it switches off a key that we made and nobody holds the secret of. */
function switchesOff({ key, intent }: Effect): boolean {
  return intent.class === 'contain' && [SWITCH_OFF, DISABLE_STRAY].includes(effectName(key).verb);
}

/** Given up, it would leave a key alive that nobody knows; and it can be asked for any number of times. */
async function goOn(effect: Effect, row: EffectRow, seams: EffectSeams): Promise<Settled> {
  try {
    const { row: ended } = await applyEffect(effect, seams);
    return settled(ended ?? row);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { state: 'needs_human', line: error.message };
  }
}

function judge(effect: Effect, row: EffectRow, seen: Seen | null, strays: Stray[]): Verdict {
  const human = (line: string): Verdict => ({ state: 'needs_human', code: 'unknown-outcome', line });
  switch (effect.intent.class) {
    case 'replace': {
      const alive = stillAlive(strays);
      if (alive !== undefined) return human(alive);
      const off = strays.map(({ id }) => id).join(', ');
      return human(off === '' ? 'no answer came, and nothing new is there' : `${off} may be ours and is switched off`);
    }
    case 'tell':
      return isTold(seen) ? { state: 'done', line: 'it is there' } : human('no answer came; look whether it was told');
    case 'burn':
    case 'destroy': {
      if (seen?.state !== null) return human('no answer came, and it is still there');
      return preImage(row)?.state === null
        ? { state: 'not_applied', line: 'it was gone before us' }
        : { state: 'done', line: 'it is gone' };
    }
    default:
      if (row.class === 'contain' && seen?.state === null) return { state: 'not_applied', line: 'it is gone' };
      return sameJson(seen?.state, row.args)
        ? { state: 'done', line: 'no answer came, but it is as we wanted it' }
        : human('no answer came, and it is not as we wanted it');
  }
}

function settled(row: EffectRow): Settled {
  const line = typeof row.outcome?.line === 'string' ? row.outcome.line : row.state;
  return { state: row.state === 'intent' ? 'needs_human' : row.state, line };
}
