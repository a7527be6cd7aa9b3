import { sql } from 'kysely';
import { nextNumber } from './counters.js';
import type { Database } from './database.js';
import { fromColumn, present } from './json-columns.js';
import type { Said, SaidRows } from './records.js';
import type { Tables } from './schema.js';

/** What people did in a chat: taken once, settled once. */
export function saidOf(database: Database): SaidRows {
  return {
    take: ({ source, key, receivedAt, body }) =>
      database.write('take what was said', async (tx) => {
        const there = await tx
          .selectFrom('said')
          .select('id')
          .where('source', '=', source)
          .where('key', '=', key)
          .executeTakeFirst();
        if (there !== undefined) return false;
        const row = { source, key, received_at: receivedAt, body: JSON.stringify(body ?? null) };
        await tx
          .insertInto('said')
          .values({ id: await nextNumber(tx, 'said'), ...row, settled_at: null, outcome: null })
          .execute();
        return true;
      }),

    unsettled: (source, limit) =>
      database.read('read what was said', async (tx) => {
        const rows = await tx
          .selectFrom('said')
          .selectAll()
          .where('source', '=', source)
          // in the words of the index
          .where(sql<boolean>`settled_at IS NULL`)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(saidRow);
      }),

    settle: (source, key, outcome, at, rest) =>
      database.write('settle what was said', async (tx) => {
        await tx
          .updateTable('said')
          .set({ settled_at: at, outcome, ...(rest === undefined ? {} : { body: JSON.stringify(rest) }) })
          .where('source', '=', source)
          .where('key', '=', key)
          // the first word stands: whoever works on it a second time changes nothing
          .where('settled_at', 'is', null)
          .execute();
      }),

    get: (source, key) =>
      database.read('read what was said', async (tx) => {
        const row = await tx
          .selectFrom('said')
          .selectAll()
          .where('source', '=', source)
          .where('key', '=', key)
          .executeTakeFirst();
        return row && saidRow(row);
      }),
  };
}

function saidRow(row: Tables['said']): Said {
  return present<Said>({
    id: row.id,
    source: row.source,
    key: row.key,
    receivedAt: row.received_at,
    body: fromColumn(row.body),
    settledAt: row.settled_at ?? undefined,
    outcome: row.outcome ?? undefined,
  });
}
