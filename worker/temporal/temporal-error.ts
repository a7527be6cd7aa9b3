/** Why there is no Temporal server to run. One sentence that says what was tried, on what, and what to do. */
export const TEMPORAL_ERROR_CODES = [
  'cli-unusable',
  'no-go',
  'go-too-old',
  'no-network',
  'no-space',
  'build-failed',
  'other-schema',
  'port-taken',
  'not-starting',
  // nobody answers at its address: it may be there later
  'not-answering',
  'unreachable',
] as const;
export type TemporalErrorCode = (typeof TEMPORAL_ERROR_CODES)[number];

export class TemporalError extends Error {
  readonly code: TemporalErrorCode;
  constructor(code: TemporalErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TemporalError';
    this.code = code;
  }
}
