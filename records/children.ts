import { sql } from 'kysely';
import type { Tx } from './database.js';
import { present } from './json-columns.js';
import type { ChildRow } from './records.js';

/** The timeline's key of the moment at which a containment was proven. */
const CONTAINED = 'moment/contained';

/**
 * The incident that one of the claims is or was about, if it is `incident` itself or stands above it: what found it, what
 * found that, and all that joined one of those. Whatever a credential made, it is never answered by what came of it.
 */
export async function ancestorOf(tx: Tx, incident: string, claims: string[]): Promise<string | undefined> {
  if (claims.length === 0) return undefined;
  const { rows } = await sql<{ incident: string }>`
    WITH RECURSIVE above(id) AS (
      SELECT CAST(${incident} AS TEXT)
      UNION
      SELECT step.upper FROM above JOIN (
        SELECT child AS lower, parent AS upper FROM children
        UNION ALL
        SELECT joined_to AS lower, id AS upper FROM incidents WHERE joined_to IS NOT NULL
      ) AS step ON step.lower = above.id)
    SELECT claims.incident FROM claims JOIN incidents ON incidents.id = claims.incident
     WHERE claims.incident IN (SELECT id FROM above) AND claims.claim IN (${sql.join(claims)})
     ORDER BY incidents.number LIMIT 1`.execute(tx);
  return rows[0]?.incident;
}

/** Says who answers for what `parent` found. Written once: the first answer stays. */
export async function link(
  tx: Tx,
  { opened, ...row }: { parent: string; claim: string; child: string; opened: boolean; at: number },
): Promise<void> {
  await tx
    .insertInto('children')
    .values({ ...row, opened: opened ? 1 : 0 })
    .onConflict((conflict) => conflict.columns(['parent', 'claim']).doNothing())
    .execute();
}

/** All that answer for what `parent` found, oldest first. */
export async function childrenOf(tx: Tx, parent: string): Promise<ChildRow[]> {
  // A child that turned out to be about what another incident holds has joined that one, which answers from then on.
  const { rows } = await sql<{
    claim: string;
    id: string;
    opened: number;
    stage: string;
    waiting: string;
    held: string;
    contained_at: number | null;
    closed_at: number | null;
    closed_as: string | null;
  }>`
    WITH RECURSIVE answers(claim, opened, id) AS (
      SELECT claim, opened, child FROM children WHERE parent = ${parent}
      UNION
      SELECT answers.claim, answers.opened, incidents.joined_to
        FROM answers JOIN incidents ON incidents.id = answers.id
       WHERE incidents.joined_to IS NOT NULL)
    SELECT answers.claim, answers.id, answers.opened, incidents.stage, incidents.waiting, incidents.held,
           incidents.closed_at, incidents.closed_as, timeline.at AS contained_at
      FROM answers JOIN incidents ON incidents.id = answers.id
      LEFT JOIN timeline ON timeline.incident = answers.id AND timeline.key = ${CONTAINED}
     WHERE incidents.joined_to IS NULL ORDER BY incidents.number, answers.claim`.execute(tx);
  return rows.map((row) =>
    present<ChildRow>({
      claim: row.claim,
      id: row.id,
      opened: row.opened === 1,
      stage: row.stage,
      waiting: row.waiting,
      held: row.held,
      containedAt: row.contained_at ?? undefined,
      closedAt: row.closed_at ?? undefined,
      closedAs: row.closed_as ?? undefined,
    }),
  );
}

/** Those that have it as a child, oldest first. */
export async function parentsOf(tx: Tx, child: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('children')
    .innerJoin('incidents', 'incidents.id', 'children.parent')
    .select('children.parent')
    .distinct()
    .where('child', '=', child)
    .orderBy('incidents.number')
    .execute();
  return rows.map(({ parent }) => parent);
}
