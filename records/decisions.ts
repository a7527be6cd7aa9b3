import { sql } from 'kysely';
import { chain } from './chain.js';
import type { Database } from './database.js';
import type { DecisionRow, Decisions } from './records.js';
import type { Tables } from './schema.js';

/** Decisions; each and what became of it is a row of the chain. */
export function decisionsOf(database: Database): Decisions {
  return {
    give: (decision) =>
      database.write('record a decision', async (tx) => {
        const row = await tx
          .insertInto('decisions')
          .values({
            id: decision.id,
            incident: decision.incident,
            at: decision.at,
            person: decision.person,
            roles: JSON.stringify(decision.roles),
            channel: decision.channel,
            control: decision.control,
            step: decision.step,
            answer: decision.answer,
            reason: decision.reason,
            generation: decision.generation,
            plan_digest: decision.planDigest,
            outcome: 'given',
            refusal: '',
            settled_at: null,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) await chain(tx, 'decisions', row);
      }),

    settle: (id, outcome, refusal, at) =>
      database.write('settle a decision', async (tx) => {
        const row = await tx
          .updateTable('decisions')
          .set({ outcome, refusal, settled_at: at })
          .where('id', '=', id)
          // the first word stands: a late process may not turn a refused answer into a counted one
          .where('outcome', '=', 'given')
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) await chain(tx, 'decisions', row);
      }),

    ofIncident: (incident) =>
      database.read('read the decisions of an incident', async (tx) => {
        const rows = await tx
          .selectFrom('decisions')
          .selectAll()
          .where('incident', '=', incident)
          .orderBy('at')
          .orderBy('id')
          .execute();
        return rows.map(decisionRow);
      }),

    ofPerson: (person, limit) =>
      database.read('read the decisions of a person', async (tx) => {
        const rows = await tx
          .selectFrom('decisions')
          .selectAll()
          .where('person', '=', person)
          .orderBy('at', 'desc')
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(decisionRow);
      }),

    unsettled: (incident) =>
      database.read('read unsettled decisions', async (tx) => {
        // in the words of the index
        let query = tx.selectFrom('decisions').selectAll().where(sql<boolean>`outcome = 'given'`);
        if (incident !== undefined) query = query.where('incident', '=', incident);
        return (await query.orderBy('at').orderBy('id').execute()).map(decisionRow);
      }),
  };
}

function decisionRow(row: Tables['decisions']): DecisionRow {
  const { plan_digest: planDigest, settled_at: _, roles, ...rest } = row;
  return { ...rest, planDigest, roles: JSON.parse(roles) };
}
