import { sql } from 'kysely';
import type { Database } from './database.js';
import { fromColumn, toColumn } from './json-columns.js';
import type { Post, Posts } from './records.js';
import type { Tables } from './schema.js';

/** What stands in a chat; the newest word on a part stands. */
export function postsOf(database: Database): Posts {
  return {
    get: (incident, part) =>
      database.read('read a post', async (tx) => {
        const row = await tx
          .selectFrom('posts')
          .selectAll()
          .where('incident', '=', incident)
          .where('part', '=', part)
          .executeTakeFirst();
        return row && post(row);
      }),

    ofIncident: (incident) =>
      database.read('read the posts of an incident', async (tx) => {
        const rows = await tx
          .selectFrom('posts')
          .selectAll()
          .where('incident', '=', incident)
          .orderBy('part')
          .execute();
        return rows.map(post);
      }),

    at: (channel, message) =>
      database.read('find a post', async (tx) => {
        const row = await tx
          .selectFrom('posts')
          .selectAll()
          .where('channel', '=', channel)
          .where('message', '=', message)
          // in the words of the index
          .where(sql<boolean>`message <> ''`)
          .executeTakeFirst();
        return row && post(row);
      }),

    put: ({ data, ...given }) =>
      database.write('keep a post', async (tx) => {
        const row = { ...given, data: toColumn(data) };
        await tx
          .insertInto('posts')
          .values(row)
          .onConflict((conflict) => conflict.columns(['incident', 'part']).doUpdateSet(row))
          .execute();
      }),

    drop: (incident, part) =>
      database.write('drop a post', async (tx) => {
        await tx.deleteFrom('posts').where('incident', '=', incident).where('part', '=', part).execute();
      }),
  };
}

function post({ data, ...row }: Tables['posts']): Post {
  return data === null ? row : { ...row, data: fromColumn(data) };
}
