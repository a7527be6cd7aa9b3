/** What is wrong with the settings: one sentence, where, and what to do. All of them come in one report. */
export interface SettingsProblem {
  /** As it was given, or the file that the settings name. */
  file: string;
  /** Count from 1. */
  line: number;
  column: number;
  severity: 'error' | 'warning';
  message: string;
  /** Empty where the message says it all. */
  fix: string;
}

/** One line a problem: `file:line:column message. Fix.` */
export function formatSettingsProblems(problems: readonly SettingsProblem[]): string {
  return problems
    .map(({ file, line, column, severity, message, fix }) => {
      const sentence = `${severity === 'warning' ? 'warning: ' : ''}${message}.`;
      const remedy = fix === '' ? '' : ` ${fix}${fix.endsWith('?') ? '' : '.'}`;
      return `${file}:${line}:${column} ${sentence}${remedy}`;
    })
    .join('\n');
}

/** Settings that do not load, or a reference in them that gives nothing. The message is for people and holds no secret. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[];
  constructor(problems: readonly SettingsProblem[]) {
    super(formatSettingsProblems(problems));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}
