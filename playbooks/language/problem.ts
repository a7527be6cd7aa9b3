/** What is wrong with a page: one sentence, where, and what to do. All of a page's problems come in one report. */

/** Where something stands in a file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Codes of language.md section 6. `FB` does not load, `W` only warns. */
export const PROBLEM_CODES = [
  'FB01',
  'FB02',
  'FB03',
  'FB04',
  'FB05',
  'FB06',
  'FB11',
  'FB12',
  'FB13',
  'FB23',
  'FB30',
  'FB31',
  'FB33',
  'FB40',
  'FB42',
  'W51',
  'W60',
  'W61',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface Problem extends Place {
  code: ProblemCode;
  severity: 'error' | 'warning';
  file: string;
  message: string;
  /** Empty where the message says it all. */
  fix: string;
}

/** More than anybody reads; a broken file says the same thing everywhere. */
export const MAX_PROBLEMS = 100;

/** Collects problems of one file while it is read. */
export class Report {
  readonly problems: Problem[] = [];
  readonly file: string;
  constructor(file: string) {
    this.file = file;
  }

  add(code: ProblemCode, at: Place, message: string, fix = ''): void {
    const severity = code.startsWith('W') ? 'warning' : 'error';
    // a first error is always kept, because a page without one loads
    if (this.problems.length >= MAX_PROBLEMS && (severity === 'warning' || this.failed)) return;
    this.problems.push({
      code,
      severity,
      file: this.file,
      line: at.line,
      column: at.column,
      message,
      fix,
    });
  }

  get failed(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  /** In the order of the file. */
  sorted(): Problem[] {
    return [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
  }
}

/** One line a problem, as editors and people read it: `page:line:column code message. Fix`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, code, message, fix }) => {
      const sentence = fix === '' ? '' : ` ${ended(`${fix[0]!.toUpperCase()}${fix.slice(1)}`)}`;
      return `${file}:${line}:${column} ${code} ${ended(message)}${sentence}`;
    })
    .join('\n');
}

function ended(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** The nearest of `known` if it is near enough to be meant: at most 2 slips, or a third of the word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.min(2, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    const slips = editDistance(word.toLowerCase().replaceAll('-', '_'), candidate.toLowerCase().replaceAll('-', '_'));
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
