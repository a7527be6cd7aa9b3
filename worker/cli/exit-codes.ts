/** What a shell reads from `firebreak`; printed in every help text. */
export const EXIT_CODES = {
  ok: 0,
  /** The answer is no, or something failed: a page with mistakes, a case that fails, an incident that is held. */
  failed: 1,
  /** Usage, bad input or bad settings: nothing was tried. */
  usage: 2,
  /** Firebreak, Temporal or a provider could not be reached. */
  unreachable: 3,
  /** Firebreak looked at it and refused: role, self, subject, late, protected. */
  refused: 4,
} as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_LINES: Record<ExitCode, string> = {
  0: 'done, the answer is yes',
  1: 'the answer is no, or something failed',
  2: 'usage, bad input or bad settings; nothing was tried',
  3: 'Firebreak, Temporal or a provider could not be reached',
  4: 'refused, with who or what and why',
};

/** A clear end of a verb: one or a few sentences for a person, and the code for the shell. Never shown with a stack. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
