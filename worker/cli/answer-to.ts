import { createInterface } from 'node:readline/promises';
import type { Io } from './io.js';

/** What whoever sits at the terminal answers, in small letters; '' where nobody does. */
export async function answerTo(io: Io, question: string): Promise<string> {
  io.out(question);
  const lines = createInterface({ input: io.stdin });
  for await (const line of lines) {
    lines.close();
    return line.trim().toLowerCase();
  }
  return '';
}
