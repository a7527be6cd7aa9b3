import type { Effects, FinishEffect, TimelineEntry } from '../records/records.js';

/**
 * The same effects, of which an end that `entryOf` has a line for writes it into the timeline in the commit of that end:
 * nobody who dies in between leaves it unsaid. `isWritten`: whether such a line stands there.
 */
export function endingWith(
  effects: Effects,
  entryOf: (end: FinishEffect) => TimelineEntry | undefined,
): { effects: Effects; isWritten(): boolean } {
  let written = false;
  return {
    effects: {
      ...effects,
      async finish(end) {
        const entry = entryOf(end);
        if (entry === undefined) return effects.finish(end);
        const row = await effects.finish({ ...end, entry });
        written ||= row !== undefined;
        return row;
      },
    },
    isWritten: () => written,
  };
}
