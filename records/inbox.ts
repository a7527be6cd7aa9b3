import { sql } from 'kysely';
import { ancestorOf, link } from './children.js';
import { nextNumber } from './counters.js';
import type { Database, Tx } from './database.js';
import { LIVE, takeFromObservers } from './incidents.js';
import { fromColumn, present } from './json-columns.js';
import type { Delivery, InboxRow, OpenIncident, Receipt, Records, Untold } from './records.js';
import type { Tables } from './schema.js';
import { keepSealed } from './sealed.js';

/** Takes deliveries. Afterwards the delivery, its claim and its incident are there, or none of them. */
export function receiveInto(database: Database): Records['receive'] {
  return (delivery, opening) => database.write('take a delivery', (tx) => receive(tx, delivery, opening));
}

async function receive(tx: Tx, delivery: Delivery, opening: OpenIncident): Promise<Receipt> {
  const taken = await tx
    .selectFrom('inbox')
    .select(['id', 'incident', 'joined', 'outcome'])
    .where('source', '=', delivery.source)
    .where('key', '=', delivery.key)
    .executeTakeFirst();
  if (taken !== undefined) {
    const { ancestor } = (fromColumn(taken.outcome) ?? {}) as { ancestor?: string };
    return present({
      id: taken.id,
      incident: taken.incident,
      joined: taken.joined === 1,
      duplicate: true,
      ancestor: taken.incident === '' ? ancestor : undefined,
    });
  }
  const { incident, joined, ancestor } =
    delivery.kind === 'message' ? await addressed(tx, delivery) : await claimed(tx, delivery, opening);
  const id = await nextNumber(tx, 'inbox');
  await tx
    .insertInto('inbox')
    .values({
      id,
      source: delivery.source,
      key: delivery.key,
      kind: delivery.kind,
      received_at: delivery.receivedAt,
      body: JSON.stringify(delivery.body ?? null),
      incident,
      joined: joined ? 1 : 0,
      settled_at: incident === '' ? delivery.receivedAt : null,
      exposure: delivery.exposure ?? null,
      outcome: incident === '' ? JSON.stringify(ancestor === undefined ? { result: 'not-live' } : { ancestor }) : null,
    })
    .execute();
  for (const value of incident === '' ? [] : (delivery.sealed ?? [])) await keepSealed(tx, incident, value);
  return present({ id, incident, joined, duplicate: false, ancestor });
}

interface Addressee {
  incident: string;
  joined: boolean;
  ancestor?: string;
}

async function addressed(tx: Tx, delivery: Delivery): Promise<Addressee> {
  const incident = delivery.incident ?? '';
  const row = await tx.selectFrom('incidents').select('id').where('id', '=', incident).executeTakeFirst();
  if (row === undefined) throw new Error(`a message came for ${incident || 'no incident'}, which does not exist`);
  return { incident, joined: true };
}

/** Joins the oldest live incident that holds one of the claims, or opens one; what nobody holds yet is claimed for it. */
async function claimed(tx: Tx, delivery: Delivery, opening: OpenIncident): Promise<Addressee> {
  const claims = [...new Set(delivery.claims)];
  const ancestor = opening.parent === undefined ? undefined : await ancestorOf(tx, opening.parent, claims);
  if (ancestor !== undefined) return { incident: '', joined: false, ancestor };
  if (!opening.observe && opening.joinOnly !== true) await takeFromObservers(tx, claims);
  const held =
    claims.length === 0
      ? []
      : await tx
          .selectFrom('claims')
          .innerJoin('incidents', 'incidents.id', 'claims.incident')
          .select(['claims.claim', 'claims.incident', 'incidents.number'])
          .where('claims.claim', 'in', claims)
          .where(LIVE)
          .orderBy('incidents.number')
          .execute();
  const holder = held[0]?.incident;
  // a name that nobody holds now is not claimed: the row is kept, and nothing waits for it
  if (holder === undefined && opening.joinOnly === true) return { incident: '', joined: false };
  const incident = holder ?? (await open(tx, delivery, opening));
  for (const claim of claims.filter((name) => !held.some((row) => row.claim === name))) {
    await tx.insertInto('claims').values({ incident, claim, live: 1 }).execute();
  }
  if (holder !== undefined) {
    await tx
      .updateTable('incidents')
      .set((row) => ({ alerts: row('alerts', '+', 1) }))
      .where('id', '=', holder)
      .execute();
  }
  if (opening.parent !== undefined) {
    const at = delivery.receivedAt;
    for (const claim of claims)
      await link(tx, { parent: opening.parent, claim, child: incident, opened: holder === undefined, at });
  }
  return { incident, joined: holder !== undefined };
}

async function open(tx: Tx, delivery: Delivery, opening: OpenIncident): Promise<string> {
  const number = await nextNumber(tx, 'incident');
  const id = `INC-${number}`;
  await tx
    .insertInto('incidents')
    .values({
      id,
      number,
      opened_at: delivery.receivedAt,
      opened_by: opening.by,
      observe: opening.observe ? 1 : 0,
      playbook: opening.playbook ?? null,
      stage: 'opening',
      waiting: '',
      held: '',
      shown_at: 0,
      closed_at: null,
      closed_as: null,
      started_at: null,
      credential: null,
      plan: null,
      plan_digest: null,
      alerts: 1,
      // its workflow reads the alert that opened it by itself
      told: 1,
      joined_to: null,
      parent: opening.parent ?? null,
    })
    .execute();
  return id;
}

/** What was taken, and what became of it. */
export function inboxOf(database: Database): Records['inbox'] {
  return {
    ofIncident: (incident, first) =>
      database.read('read the inbox', async (tx) => {
        const query = tx.selectFrom('inbox').selectAll().where('incident', '=', incident).orderBy('id');
        const rows = await (first === undefined ? query : query.limit(first)).execute();
        return rows.map(inboxRow);
      }),

    unsettled: (limit, incident) =>
      database.read('read the inbox', async (tx) => {
        let query = tx.selectFrom('inbox').selectAll().where('settled_at', 'is', null).where('joined', '=', 1);
        if (incident !== undefined) query = query.where('incident', '=', incident);
        return (await query.orderBy('id').limit(limit).execute()).map(inboxRow);
      }),

    lastAlert: (incident) =>
      database.read('read the inbox', async (tx) => {
        const row = await tx
          .selectFrom('inbox')
          .selectAll()
          .where('incident', '=', incident)
          .where('kind', '=', 'alert')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row && inboxRow(row);
      }),

    exposures: (incident) =>
      database.read('read the inbox', async (tx) => {
        const rows = await tx
          .selectFrom('inbox')
          .select('exposure')
          .distinct()
          .where('incident', '=', incident)
          .where('kind', '=', 'alert')
          .execute();
        return rows.map(({ exposure }) => exposure ?? '');
      }),

    untold: () => database.read('read what joined', untold),

    looked: ({ incident, upTo, told, exposures }, outcome, at) =>
      database.write('settle the inbox', async (tx) => {
        // Each by itself: so the index gives these rows alone, and not all that ever joined.
        for (const exposure of exposures) {
          await tx
            .updateTable('inbox')
            .set({ settled_at: at, outcome: JSON.stringify(outcome) })
            .where('incident', '=', incident)
            .where('exposure', exposure === '' ? 'is' : '=', exposure === '' ? null : exposure)
            .where('id', '<=', upTo)
            .where(JOINED)
            .execute();
        }
        await tx
          .updateTable('incidents')
          .set({ told })
          .where('id', '=', incident)
          // two processes told it: the later word stands
          .where('told', '<', told)
          .execute();
      }),

    settle: (ids, outcome, at) =>
      database.write('settle the inbox', async (tx) => {
        if (ids.length === 0) return;
        await tx
          .updateTable('inbox')
          .set({ settled_at: at, outcome: JSON.stringify(outcome ?? null) })
          .where('id', 'in', ids)
          .where('settled_at', 'is', null)
          .execute();
      }),
  };
}

/** As the index has it: with parameters in its place it would not be used. */
const JOINED = sql<boolean>`settled_at IS NULL AND joined = 1 AND kind = 'alert'`;

async function untold(tx: Tx): Promise<Untold[]> {
  const fresh = await tx
    .selectFrom('inbox')
    .select((row) => ['incident', 'exposure', row.fn.max('id').as('upTo'), row.fn.min('received_at').as('since')])
    .where(JOINED)
    .groupBy(['incident', 'exposure'])
    .execute();
  const newsOf = new Map<string, typeof fresh>();
  for (const row of fresh) newsOf.set(row.incident, [...(newsOf.get(row.incident) ?? []), row]);
  const columns = ['id', 'alerts', 'told', 'stage', 'started_at', 'closed_at'] as const;
  const behind = await tx
    .selectFrom('incidents')
    .select(columns)
    .where(sql<boolean>`told < alerts AND closed_at IS NULL`)
    .execute();
  const known = new Set(behind.map(({ id }) => id));
  for (const id of newsOf.keys()) {
    if (known.has(id)) continue;
    behind.push(await tx.selectFrom('incidents').select(columns).where('id', '=', id).executeTakeFirstOrThrow());
  }
  return behind.map(({ id, alerts, told, stage, started_at, closed_at }) => {
    const news = newsOf.get(id) ?? [];
    return {
      incident: id,
      alerts,
      told,
      stage,
      started: started_at !== null,
      closed: closed_at !== null,
      upTo: Math.max(0, ...news.map(({ upTo }) => Number(upTo))),
      ...(news.length === 0 ? {} : { since: Math.min(...news.map(({ since }) => Number(since))) }),
      exposures: news.map(({ exposure }) => exposure ?? ''),
    };
  });
}

function inboxRow(row: Tables['inbox']): InboxRow {
  return {
    ...present<Omit<InboxRow, 'body' | 'outcome'>>({
      id: row.id,
      source: row.source,
      key: row.key,
      kind: row.kind,
      receivedAt: row.received_at,
      incident: row.incident,
      settledAt: row.settled_at ?? undefined,
    }),
    body: fromColumn(row.body),
    ...(row.outcome === null ? {} : { outcome: fromColumn(row.outcome) }),
  };
}
