import type { EffectSeams } from './apply-effect.js';
import type { Seams } from './seams.js';

/** What the effect protocol is given, out of everything that activities are. */
export function effectSeams(seams: Seams): EffectSeams {
  return {
    effects: seams.records.effects,
    clock: seams.clock,
    seal: (value, context) => seams.sealer.seal(value, context),
  };
}
