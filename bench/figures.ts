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

/** What was counted, beside what it must be. */
export type Count = [what: string, wanted: number, is: number];

export const isRight = ([, wanted, is]: Count): boolean => is === wanted;

export const countTable = (counts: Count[]): string =>
  table(
    ['count', 'must be', 'is', ''],
    counts.map((count) => [count[0], String(count[1]), String(count[2]), isRight(count) ? 'right' : 'WRONG']),
  );

/** How samples are spread, a row each; `unit` heads their names. */
export const spreadTable = (unit: string, samples: [name: string, sample: number[]][]): string =>
  table(
    [unit, 'n', 'p50', 'p95', 'p99', 'max'],
    samples.map(([name, sample]) => [
      name,
      sample.length.toLocaleString('en'),
      ...[0.5, 0.95, 0.99, 1].map((share) => percentile(sample, share)),
    ]),
  );

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
