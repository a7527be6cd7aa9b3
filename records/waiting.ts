import { sql } from 'kysely';
import type { Database, Tx } from './database.js';
import type { Records, Waits } from './records.js';

/** What waits for Firebreak itself, in one view: each by an index that holds nothing else. */
export function waitingIn(database: Database): Records['waiting'] {
  return () =>
    database.read('read what waits', async (tx) => ({
      incidents: await waits(tx, 'incidents', 'opened_at', 'started_at IS NULL AND closed_at IS NULL'),
      alerts: await waits(tx, 'inbox', 'received_at', "settled_at IS NULL AND joined = 1 AND kind = 'alert'"),
      decisions: await waits(tx, 'decisions', 'at', "outcome = 'given'"),
    }));
}

/** `waiting` is in the words of an index. */
async function waits(tx: Tx, table: string, since: string, waiting: string): Promise<Waits> {
  const { rows } = await sql<{ count: number; since: number | null }>`
    SELECT count(*) AS count, min(${sql.ref(since)}) AS since FROM ${sql.table(table)} WHERE ${sql.raw(waiting)}`.execute(
    tx,
  );
  const [row] = rows;
  return { count: Number(row?.count ?? 0), ...(row?.since == null ? {} : { since: Number(row.since) }) };
}
