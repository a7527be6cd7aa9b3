/** Results as Markdown. */
import type { BatchResult } from './cell.js';
import { spread } from './recovery.js';
import { flaws } from './run-until-shown.js';

/** Faults down, points across: how many cells hold, of how many. */
export function cellTable(results: BatchResult[]): string {
  const rows = new Map<
    string,
    { holds: number; cells: number; twice: number; effects: Set<string>; ends: Map<string, number> }
  >();
  for (const { batch, cells } of results) {
    for (const cell of cells) {
      const { effect, point, ended } = cell;
      const key = `${batch} | ${point}`;
      const row = rows.get(key) ?? { holds: 0, cells: 0, twice: 0, effects: new Set(), ends: new Map() };
      rows.set(key, row);
      row.cells += 1;
      row.twice += cell.duplicates;
      row.effects.add(effect);
      if (flaws(cell).length === 0) row.holds += 1;
      const end = ended.startsWith('waits') ? 'waits for a person' : ended;
      row.ends.set(end, (row.ends.get(end) ?? 0) + 1);
    }
  }
  return [
    '| fault | point | effects | cells | hold | came twice | how the incidents ended |',
    '|---|---|---|---|---|---|---|',
    ...[...rows].map(([key, { holds, cells, twice, effects, ends }]) => {
      const ended = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
      return `| ${key} | ${effects.size} | ${cells} | ${holds} | ${twice} | ${ended} |`;
    }),
  ].join('\n');
}

/** From a death to the next request for an incident that stood then. */
export function recoveryTable(results: BatchResult[]): string {
  const times = new Map<string, number[]>();
  for (const { recovered } of results) {
    for (const [what, some] of Object.entries(recovered)) times.set(what, [...(times.get(what) ?? []), ...some]);
  }
  if (times.size === 0) return 'Nobody died.';
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    '| what died · what was under way | incidents | least | median | most |',
    '|---|---|---|---|---|',
    ...[...times].map(([what, some]) => {
      const { least, middle, most } = spread(some);
      return `| ${what} | ${some.length} | ${seconds(least)} | ${seconds(middle)} | ${seconds(most)} |`;
    }),
  ].join('\n');
}

/** A line for each broken promise. */
export function findingList(results: BatchResult[]): string[] {
  return results.flatMap(({ cells }) =>
    cells.flatMap((cell) =>
      flaws(cell).map((flaw) => `${cell.effect} · ${cell.point} (${cell.incident}, ${cell.ended}): ${flaw}`),
    ),
  );
}
