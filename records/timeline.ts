import { sql } from 'kysely';
import type { Database, Tx } from './database.js';
import { fromColumn, toColumn } from './json-columns.js';
import type { Timeline, TimelineEntry } from './records.js';
import type { Tables } from './schema.js';
import { ADD_ENTRY, NEXT_ENTRY, run } from './statements.js';

/** The timeline, in the order of its times; entries of one moment in the order in which they were written. */
export function timelineOf(database: Database): Timeline {
  return {
    append: (entry) => database.write('write the timeline', (tx) => appendEntry(tx, entry)),

    ofIncident: (incident) =>
      database.read('read the timeline', async (tx) => {
        const rows = await tx
          .selectFrom('timeline')
          .selectAll()
          .where('incident', '=', incident)
          .orderBy('at')
          .orderBy('id')
          .execute();
        return rows.map(timelineEntry);
      }),

    ofStep: (incident, step, generation) =>
      database.read('read the timeline', async (tx) => {
        const rows = await tx
          .selectFrom('timeline')
          .selectAll()
          .where('incident', '=', incident)
          .where('step', '=', step)
          .where('generation', '=', generation)
          .orderBy('at')
          .orderBy('id')
          .execute();
        return rows.map(timelineEntry);
      }),

    untold: (after, limit, playbook) =>
      database.read('read the timeline', async (tx) => {
        let query = tx
          .selectFrom('timeline as moment')
          .selectAll()
          // in the words of the index
          .where(sql<boolean>`moment.kind = 'moment'`)
          .where('moment.id', '>', after)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('timeline as told')
                  .select('told.id')
                  .whereRef('told.incident', '=', 'moment.incident')
                  .where('told.key', '=', sql<string>`'told/' || moment.key`),
              ),
            ),
          )
          .orderBy('moment.id')
          .limit(limit);
        if (playbook !== undefined) {
          query = query.where(({ exists, selectFrom }) =>
            exists(
              selectFrom('incidents')
                .select('incidents.id')
                .whereRef('incidents.id', '=', 'moment.incident')
                .where('incidents.playbook', '=', playbook),
            ),
          );
        }
        const rows = await query.execute();
        return rows.map((row) => ({ row: row.id, entry: timelineEntry(row) }));
      }),
  };
}

/** Writes it unless its key is there. */
export async function appendEntry(tx: Tx, { data, ...entry }: TimelineEntry): Promise<void> {
  const { incident, key } = entry;
  const [next] = await run<{ value: number }>(tx, NEXT_ENTRY, { incident, key });
  if (next !== undefined) await run(tx, ADD_ENTRY, { ...entry, id: next.value, data: toColumn(data) });
}

function timelineEntry({ id: _, data, ...row }: Tables['timeline']): TimelineEntry {
  return data === null ? row : { ...row, data: fromColumn(data) };
}
