import { sql } from 'kysely';
import type { Database, Tx } from './database.js';
import { present } from './json-columns.js';
import type { Link, LinkRow, Links } from './records.js';
import type { Tables } from './schema.js';

const LIVE = sql<boolean>`ended_at IS NULL`;

/** Who is who in a chat. A link ends, and is never deleted: two unique indexes keep one account one person. */
export function linksOf(database: Database): Links {
  const live = (tx: Tx, source: string, column: 'account' | 'person', value: string) =>
    tx.selectFrom('links').selectAll().where('source', '=', source).where(column, '=', value).where(LIVE);
  return {
    get: (source, account) =>
      database.read('read a link', async (tx) => {
        const row = await live(tx, source, 'account', account).executeTakeFirst();
        return row && link(row);
      }),

    ofPerson: (source, person) =>
      database.read('read a link', async (tx) => {
        const row = await live(tx, source, 'person', person).executeTakeFirst();
        return row && link(row);
      }),

    all: (source) =>
      database.read('read the links', async (tx) => {
        const rows = await tx
          .selectFrom('links')
          .selectAll()
          .where('source', '=', source)
          .where(LIVE)
          .orderBy('person')
          .execute();
        return rows.map(link);
      }),

    put: ({ source, account, person, at, by }) =>
      database.write('link an account', async (tx) => {
        const there = await live(tx, source, 'account', account).executeTakeFirst();
        if (there?.person === person) return;
        await tx
          .updateTable('links')
          .set({ ended_at: at, ended_by: by })
          .where('source', '=', source)
          .where(({ or, eb }) => or([eb('account', '=', account), eb('person', '=', person)]))
          .where(LIVE)
          .execute();
        await tx
          .insertInto('links')
          .values({ source, account, person, at, by, ended_at: null, ended_by: null })
          .execute();
      }),

    drop: (source, person, by, at) =>
      database.write('end a link', async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('links')
          .set({ ended_at: at, ended_by: by })
          .where('source', '=', source)
          .where('person', '=', person)
          .where(LIVE)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      }),

    history: (source) =>
      database.read('read the links', async (tx) => {
        const rows = await tx
          .selectFrom('links')
          .selectAll()
          .where('source', '=', source)
          .orderBy('at')
          .orderBy('person')
          .execute();
        return rows.map((row) =>
          present<LinkRow>({ ...link(row), endedAt: row.ended_at ?? undefined, endedBy: row.ended_by ?? undefined }),
        );
      }),
  };
}

function link({ source, account, person, at, by }: Tables['links']): Link {
  return { source, account, person, at, by };
}
