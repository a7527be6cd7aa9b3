import type { Database, Tx } from './database.js';
import type { Sealed, SealedValue } from './records.js';

/** Sealed values; past its expiry a value is not given, whether it was removed yet or not. */
export function sealedOf(database: Database): Sealed {
  return {
    put: (incident, value) => database.write('keep a sealed value', (tx) => keepSealed(tx, incident, value)),

    get: (incident, name, now) =>
      database.read('read a sealed value', async (tx) => {
        const row = await tx
          .selectFrom('sealed')
          .select('box')
          .where('incident', '=', incident)
          .where('name', '=', name)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row?.box;
      }),

    names: (incident, now) =>
      database.read('list sealed values', async (tx) => {
        const rows = await tx
          .selectFrom('sealed')
          .select('name')
          .where('incident', '=', incident)
          .where('expires_at', '>', now)
          .orderBy('name')
          .execute();
        return rows.map(({ name }) => name);
      }),

    expire: (now) =>
      database.write('remove expired values', async (tx) => {
        const { numDeletedRows } = await tx.deleteFrom('sealed').where('expires_at', '<=', now).executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

/** The newest box of a name stands. */
export async function keepSealed(tx: Tx, incident: string, value: SealedValue): Promise<void> {
  const row = { box: value.box, expires_at: value.expiresAt };
  await tx
    .insertInto('sealed')
    .values({ incident, name: value.name, ...row })
    .onConflict((conflict) => conflict.columns(['incident', 'name']).doUpdateSet(row))
    .execute();
}
