import type { Tx } from './database.js';
import type { Tables } from './schema.js';
import { NEXT_NUMBER, run } from './statements.js';

/** The next number of a counter. Its row stays locked until the commit, so numbers are handed out in order, without gaps. */
export async function nextNumber(tx: Tx, name: Tables['counters']['name']): Promise<number> {
  const [row] = await run<{ value: number }>(tx, NEXT_NUMBER, { name });
  if (row === undefined) throw new Error(`the counter ${name} is missing; run audit verify`);
  return row.value;
}
