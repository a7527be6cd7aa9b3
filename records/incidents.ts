import { sql } from 'kysely';
import { childrenOf, parentsOf } from './children.js';
import type { Database, Tx } from './database.js';
import { fromColumn, present } from './json-columns.js';
import type { IncidentRow, Records } from './records.js';
import type { Tables } from './schema.js';

/** All but the plan: a list of thousands would read as many plans for nothing. */
const LISTED = [
  ...(['id', 'number', 'opened_at', 'opened_by', 'observe', 'playbook', 'stage', 'waiting', 'held'] as const),
  ...(['shown_at', 'closed_at', 'closed_as', 'started_at', 'credential', 'plan_digest'] as const),
  ...(['alerts', 'told', 'joined_to', 'parent'] as const),
];

/** Incidents, and the claims by which there is one live incident per credential. */
export function incidentsOf(database: Database): Records['incidents'] {
  return {
    get: (id) =>
      database.read('read an incident', async (tx) => {
        const row = await tx.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst();
        return row && incidentRow(row);
      }),

    list: ({ state, limit, before }) =>
      database.read('list incidents', async (tx) => {
        let query = tx.selectFrom('incidents').select(LISTED).orderBy('number', 'desc');
        if (state !== 'all') query = query.where('closed_at', state === 'open' ? 'is' : 'is not', null);
        if (before !== undefined) query = query.where('number', '<', before);
        const rows = await query.limit(Math.min(Math.max(limit, 1), 200)).execute();
        return rows.map((row) => incidentRow({ ...row, plan: null }));
      }),

    unstarted: (limit) =>
      database.read('list incidents', async (tx) => {
        const rows = await tx
          .selectFrom('incidents')
          .selectAll()
          .where('started_at', 'is', null)
          .where('closed_at', 'is', null)
          .orderBy('number')
          .limit(limit)
          .execute();
        return rows.map(incidentRow);
      }),

    started: (id, at) =>
      database.write('mark an incident as started', async (tx) => {
        await tx
          .updateTable('incidents')
          .set({ started_at: at })
          .where('id', '=', id)
          .where('started_at', 'is', null)
          .execute();
        // the workflow reads the alert that opened it by itself
        await tx
          .updateTable('inbox')
          .set({ settled_at: at })
          .where('incident', '=', id)
          .where('joined', '=', 0)
          .where('settled_at', 'is', null)
          .execute();
      }),

    claim: (id, claim) =>
      database.write('claim a credential', async (tx) => {
        const live = await liveIncident(tx, id, 'claim anything');
        if (live.observe === 0) await takeFromObservers(tx, [claim]);
        const held = await holderOf(tx, claim);
        if (held !== undefined) return held === live.id ? undefined : held;
        await tx
          .insertInto('claims')
          .values({ incident: id, claim, live: 1 })
          .onConflict((conflict) => conflict.columns(['incident', 'claim']).doUpdateSet({ live: 1 }))
          .execute();
        return undefined;
      }),

    holder: (claim) => database.read('look up who holds a credential', (tx) => holderOf(tx, claim)),

    pin: (id, plan, digest, credential) =>
      database.write('pin a plan', async (tx) => {
        const row = await tx.selectFrom('incidents').select('plan_digest').where('id', '=', id).executeTakeFirst();
        if (row === undefined) throw new Error(`${id} does not exist, so no plan can be pinned to it`);
        if (row.plan_digest === digest) return;
        if (row.plan_digest !== null) {
          throw new Error(`${id} runs plan ${row.plan_digest}; plan ${digest} was not pinned over it`);
        }
        await tx
          .updateTable('incidents')
          .set({ plan: JSON.stringify(plan), plan_digest: digest, credential })
          .where('id', '=', id)
          .execute();
      }),

    async show(id, { stage, waiting, held, at }) {
      const isShown = await database.read('show an incident', async (tx) => {
        const row = await tx
          .selectFrom('incidents')
          .select(['stage', 'waiting', 'held', 'closed_at'])
          .where('id', '=', id)
          .executeTakeFirst();
        if (row === undefined || row.closed_at !== null) return true;
        return row.stage === stage && row.waiting === waiting && row.held === held;
      });
      // Most activities change nothing of it, and a commit waits for the disk.
      if (isShown) return;
      await database.write('show an incident', async (tx) => {
        await tx
          .updateTable('incidents')
          .set({ stage, waiting, held, shown_at: at })
          .where('id', '=', id)
          .where('shown_at', '<=', at)
          .where('closed_at', 'is', null)
          .execute();
      });
    },

    close: (id, as, at, joinedTo) =>
      database.write('close an incident', async (tx) => {
        const closed = await tx
          .updateTable('incidents')
          .set({ closed_at: at, closed_as: as, stage: 'closed', waiting: '', held: '', joined_to: joinedTo ?? null })
          .where('id', '=', id)
          .where('closed_at', 'is', null)
          .returning(['id', 'alerts'])
          .executeTakeFirst();
        if (closed === undefined) return;
        await tx.updateTable('claims').set({ live: 0 }).where('incident', '=', id).execute();
        if (joinedTo !== undefined) await handOver(tx, id, joinedTo, closed.alerts);
      }),

    children: (parent) => database.read('read the children of an incident', (tx) => childrenOf(tx, parent)),
    parents: (child) => database.read('read the parents of an incident', (tx) => parentsOf(tx, child)),
  };
}

/** Alerts, claims and sealed values of `from` go on with `to`, so that none is lost and later alerts find `to` at once. */
async function handOver(tx: Tx, from: string, to: string, alerts: number): Promise<void> {
  const target = await tx.selectFrom('incidents').select(['id', 'closed_at']).where('id', '=', to).executeTakeFirst();
  if (target === undefined) throw new Error(`${from} cannot join ${to}, which does not exist`);
  await tx
    .updateTable('incidents')
    .set((row) => ({ alerts: row('alerts', '+', alerts) }))
    .where('id', '=', to)
    .execute();
  await tx
    .updateTable('inbox')
    .set({ incident: to, joined: 1, settled_at: null, outcome: null })
    .where('incident', '=', from)
    .where('kind', '=', 'alert')
    .execute();
  const kept = await tx.selectFrom('sealed').selectAll().where('incident', '=', from).execute();
  for (const value of kept) {
    await tx
      .insertInto('sealed')
      .values({ ...value, incident: to })
      .onConflict((conflict) => conflict.columns(['incident', 'name']).doNothing())
      .execute();
  }
  await tx.deleteFrom('sealed').where('incident', '=', from).execute();
  if (target.closed_at !== null) return;
  const claims = await tx.selectFrom('claims').select('claim').where('incident', '=', from).execute();
  for (const { claim } of claims) {
    if ((await holderOf(tx, claim)) !== undefined) continue;
    await tx
      .insertInto('claims')
      .values({ incident: to, claim, live: 1 })
      .onConflict((conflict) => conflict.columns(['incident', 'claim']).doUpdateSet({ live: 1 }))
      .execute();
  }
}

/** In the words of the index, which a parameter in its place would not be. */
export const LIVE = sql<boolean>`claims.live = 1`;

/**
 * An incident that was opened only to look changes nothing, so it may not hold a credential against one that acts: an
 * alert that joined it would be lost. It goes on looking, without the claim.
 */
export async function takeFromObservers(tx: Tx, claims: string[]): Promise<void> {
  if (claims.length === 0) return;
  await tx
    .updateTable('claims')
    .set({ live: 0 })
    .where('claim', 'in', claims)
    .where(LIVE)
    .where('incident', 'in', (query) => query.selectFrom('incidents').select('id').where('observe', '=', 1))
    .execute();
}

async function holderOf(tx: Tx, claim: string): Promise<string | undefined> {
  const row = await tx
    .selectFrom('claims')
    .select('incident')
    .where('claim', '=', claim)
    .where(LIVE)
    .executeTakeFirst();
  return row?.incident;
}

async function liveIncident(tx: Tx, id: string, tried: string): Promise<{ id: string; observe: number }> {
  const row = await tx
    .selectFrom('incidents')
    .select(['id', 'closed_at', 'observe'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`${id} does not exist, so it cannot ${tried}`);
  if (row.closed_at !== null) throw new Error(`${id} is closed, so it cannot ${tried}`);
  return row;
}

function incidentRow(row: Tables['incidents']): IncidentRow {
  return present<IncidentRow>({
    id: row.id,
    number: row.number,
    openedAt: row.opened_at,
    openedBy: row.opened_by,
    observe: row.observe === 1,
    playbook: row.playbook ?? undefined,
    stage: row.stage,
    waiting: row.waiting,
    held: row.held,
    closedAt: row.closed_at ?? undefined,
    closedAs: row.closed_as ?? undefined,
    startedAt: row.started_at ?? undefined,
    credential: row.credential ?? undefined,
    plan: fromColumn(row.plan) ?? undefined,
    planDigest: row.plan_digest ?? undefined,
    alerts: row.alerts,
    joinedTo: row.joined_to ?? undefined,
    parent: row.parent ?? undefined,
  });
}
