/** The language's `time`: `[1-9][0-9]*[smhd]`, at most 90 days. */

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

export const MAX_TIME_SECONDS = 90 * SECONDS.d;

/** Seconds of `30d`; undefined if it is not a time of the language. */
export function parseTime(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,8})([smhd])$/.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
  return seconds <= MAX_TIME_SECONDS ? seconds : undefined;
}

/** The shortest way to write it that loses nothing: 900 -> `15m`. */
export function formatTime(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds >= SECONDS[unit] && seconds % SECONDS[unit] === 0) return `${seconds / SECONDS[unit]}${unit}`;
  }
  return `${seconds}s`;
}
