/** Nobody dies: a provider refuses, fails, or its answer does not arrive. */
import type { FaultKind } from '../../../sandbox/twin/faults.js';
import type { Batch, Cell, Effect } from '../cell.js';
import { arm, isMet } from '../traps.js';

/** As the table names it, and how the twins play it. */
const FAULTS = {
  'cut before it arrives': { kind: 'lost-before' },
  'answer lost': { kind: 'lost-after' },
  '429': { kind: 'throttle', retryAfterSeconds: 2 },
  '500 before': { kind: 'error' },
  '500 after': { kind: 'error-after' },
  'reset in the body': { kind: 'reset' },
  'slow drip': { kind: 'drip' },
} satisfies Record<string, { kind: FaultKind; retryAfterSeconds?: number }>;
type FaultName = keyof typeof FAULTS;

export const ANSWERS = Object.keys(FAULTS) as FaultName[];

/** Every effect that asks a provider, once each with these faults. */
export function badAnswers(effects: Effect[], faults: FaultName[], name: string): Batch {
  const asking = effects.filter(({ at }) => at !== undefined);
  return {
    name,
    cells: faults.flatMap((point) => asking.map((effect): Cell => ({ effect, point }))),
    arm(bench, subject) {
      const { kind, ...more } = FAULTS[subject.cell.point as FaultName];
      return arm(bench, subject, kind, more);
    },
    stands: isMet,
  };
}
