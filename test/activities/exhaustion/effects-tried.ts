import { applyEffect, undoKey } from '../../../activities/apply-effect.js';
import type { Effect } from '../../../activities/effect.js';
import type { ActingClass } from '../../../activities/effect-rules.js';
import { type Rotation, rotate } from '../../../activities/rotate.js';
import { settle } from '../../../activities/settle.js';
import type { EffectRow } from '../../../records/records.js';
import { FENCE } from './provider.js';
import { type Attempt, type Hands, handsOf } from './stand.js';
import type { Actor } from './state.js';

/** Makes an effect from what an attempt is given. */
export type Making = (hands: Hands) => Effect;

// never run: only names are read from what it makes
const nobody = handsOf(
  () => new Promise(() => {}),
  () => 0,
);
export const actor = (name: string, making: Making, tries = 1, like?: string, after?: string): Actor => ({
  name,
  of: making(nobody).key,
  attempt: (hands) => applyEffect(making(hands), hands),
  tries,
  ...(after !== undefined && { after }),
  ...(like !== undefined && { like }),
});

export const undoing =
  (making: Making, closes: Making[] = []): Making =>
  (hands) => {
    const forward = making(hands);
    const incidentKeys = closes.map((other) => other(hands).key);
    return { ...forward, key: undoKey(forward.key), undoes: forward.key, ...(closes.length > 0 && { incidentKeys }) };
  };

export const disable =
  (generation = 1): Making =>
  ({ effect }) =>
    effect('contain', 'K', 'Inactive', { generation });
export const making =
  (incident = 'INC-1'): Making =>
  ({ effect }) =>
    effect('replace', '', {}, { incident });
export const removing =
  (cls: ActingClass): Making =>
  ({ effect }) =>
    effect(cls, 'K', null);
export const telling: Making = ({ effect }) => effect('tell', '', {});
/** A retry would compute a later time. */
export const cutting =
  (time: string): Making =>
  ({ effect }) =>
    effect('interrupt', 'policy', time);
export const storing =
  (incident: string, id: string, replaces: string): Making =>
  ({ effect }) =>
    effect('store', 'app', id, { incident, replaces });

/** Rows of these effects are settled as such; any other is an effect by which a key was switched off. */
export const settling =
  (...makings: Making[]) =>
  (row: EffectRow): Attempt =>
  async (hands) => {
    const effect = makings.map((make) => make(hands)).find(({ key }) => key === row.key);
    if (effect !== undefined) return settle(effect, hands);
    const off = hands.effect('contain', row.target, 'Inactive');
    return settle({ ...off, key: row.key, incident: row.incident }, hands);
  };

export const rotation = ({ effect }: Hands): Rotation => ({
  intent: effect('replace', '', {}).intent as Rotation['intent'],
  fence: FENCE,
  incident: 'INC-1',
  planDigest: '',
  step: 'step',
  generation: 1,
  storePath: 'app',
  replaces: 'OLD',
});
export const ROTATE = 'INC-1/step/rotate/user/keys/1';
const STORE = 'INC-1/step/store/secret-store/app/1';
/** What the workflow leaves open of a rotation. */
export const settlingRotation =
  (row: EffectRow): Attempt =>
  (hands) => {
    const undoes = row.key.endsWith('/undo') ? { undoes: row.key.slice(0, -'/undo'.length) } : {};
    if (row.key.startsWith(ROTATE)) return settle({ ...making()(hands), key: row.key, ...undoes }, hands);
    if (row.key.startsWith(STORE)) {
      const { intent, ...effect } = storing('INC-1', '', '')(hands);
      const change = { ...intent.change, target: row.target };
      return settle({ ...effect, key: row.key, intent: { ...intent, change }, ...undoes }, hands);
    }
    return settling()(row)(hands);
  };

/** An attempt of the rotation. */
export async function rotating(hands: Hands): Promise<{ state: string }> {
  await rotate(rotation(hands), hands);
  return { state: 'done' };
}
