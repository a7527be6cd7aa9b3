/** Percentiles and tables of what was measured. */

/** The value below which so much of the sample lies (nearest rank); NaN for an empty one. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (sample: readonly number[]): number => percentile(sample, 0.5);
export const mean = (sample: readonly number[]): number => sample.reduce((a, b) => a + b, 0) / sample.length;

/** 0.4 · 12 · 1,234 */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** A Markdown table, so that it can be pasted where it is told of. */
export function table(head: string[], rows: (string | number)[][]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    line(cells[0] as string[]),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...cells.slice(1).map(line),
  ].join('\n');
}

/** One goal of the design beside what was measured. */
export interface Goal {
  what: string;
  goal: string;
  measured: number;
  met: boolean;
}

export const goalTable = (goals: Goal[]): string =>
  table(
    ['goal', 'at', 'measured', ''],
    goals.map(({ what, goal, measured, met }) => [what, goal, measured, met ? 'met' : 'MISSED']),
  );
