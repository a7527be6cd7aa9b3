import type { Tx } from './database.js';
import type { Tables } from './schema.js';

/** The next number of a counter. Its row stays locked until the commit, so numbers are handed out in order, without gaps. */
export async function nextNumber(tx: Tx, name: Tables['counters']['name']): Promise<number> {
  const { value } = await tx
    .updateTable('counters')
    .set((row) => ({ value: row('value', '+', 1) }))
    .where('name', '=', name)
    .returning('value')
    .executeTakeFirstOrThrow();
  return value;
}
