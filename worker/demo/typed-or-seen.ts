import { createInterface } from 'node:readline/promises';
import type { Io } from '../cli/io.js';
import { until } from './stage.js';

/** A person who reads and presses at their own pace. */
const PATIENCE_S = 3_600;

/**
 * Asks at the terminal and looks elsewhere at the same time; whichever comes first. `typed` is given undefined where asking
 * was broken off. Undefined when neither came within the hour.
 */
export async function typedOrSeen<T>(
  io: Io,
  question: string,
  typed: (said: string | undefined) => T,
  look: () => Promise<T | undefined | false>,
): Promise<T | undefined> {
  const over = new AbortController();
  const terminal = createInterface({ input: io.stdin, output: process.stdout });
  const answered = terminal.question(question, { signal: over.signal }).then(typed, () => typed(undefined));
  const seen = until(PATIENCE_S, async () => (over.signal.aborted ? typed(undefined) : look()));
  const first = await Promise.race([answered, seen]);
  over.abort();
  terminal.close();
  return first;
}
