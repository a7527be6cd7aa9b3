import type { Database } from './database.js';
import type { Records } from './records.js';

/** What was written since, by the numbers of the rows: nothing that is older is read. */
export function changedIn(database: Database): Records['changed'] {
  return (since, limit) =>
    database.read('read what has changed', async (tx) => {
      const ends = await tx.selectFrom('counters').select(['name', 'value']).execute();
      const endOf = (name: 'timeline' | 'chain') => ends.find((end) => end.name === name)?.value ?? 0;
      const lines = await tx
        .selectFrom('timeline')
        .select(['id', 'incident'])
        .where('id', '>', since.timeline)
        .orderBy('id')
        .limit(limit)
        .execute();
      // the chain names a row by its key alone
      const links = await tx
        .selectFrom('chain')
        .leftJoin('effects', (join) => join.onRef('effects.key', '=', 'chain.key').on('chain.tbl', '=', 'effects'))
        .leftJoin('decisions', (join) => join.onRef('decisions.id', '=', 'chain.key').on('chain.tbl', '=', 'decisions'))
        .select(['chain.seq', 'effects.incident as byEffect', 'decisions.incident as byDecision'])
        .where('chain.seq', '>', since.chain)
        .orderBy('chain.seq')
        .limit(limit)
        .execute();
      const incidents = new Set(lines.map(({ incident }) => incident));
      for (const { byEffect, byDecision } of links) incidents.add(byEffect ?? byDecision ?? '');
      incidents.delete('');
      return {
        incidents: [...incidents],
        cursor: {
          timeline: lines.length < limit ? endOf('timeline') : (lines.at(-1)?.id ?? since.timeline),
          chain: links.length < limit ? endOf('chain') : (links.at(-1)?.seq ?? since.chain),
        },
      };
    });
}
