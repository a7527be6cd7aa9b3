import { randomBytes } from 'node:crypto';
import type { Database } from './database.js';
import { fromColumn } from './json-columns.js';
import type { Handles } from './records.js';
import { keepSealed } from './sealed.js';

/** What opaque ids stand for: whoever holds one learns nothing from it, and nobody guesses another. */
export function handlesOf(database: Database): Handles {
  return {
    give: (key, body, at, sealed = []) =>
      database.write('give a handle', async (tx) => {
        const there = await tx.selectFrom('handles').select('id').where('key', '=', key).executeTakeFirst();
        if (there !== undefined) return there.id;
        const id = randomBytes(16).toString('base64url');
        await tx
          .insertInto('handles')
          .values({ id, key, body: JSON.stringify(body ?? null), at })
          .execute();
        for (const value of sealed) await keepSealed(tx, id, value);
        return id;
      }),

    get: (id) =>
      database.read('read a handle', async (tx) => {
        const row = await tx.selectFrom('handles').select(['body', 'at']).where('id', '=', id).executeTakeFirst();
        return row && { id, body: fromColumn(row.body), at: row.at };
      }),
  };
}
