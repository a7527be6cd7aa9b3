import { type Selectable, sql } from 'kysely';
import { chain } from './chain.js';
import type { Database, Tx } from './database.js';
import { fromColumn, present, toColumn } from './json-columns.js';
import type { BeginEffect, BeginResult, EffectRow, Effects } from './records.js';
import type { Tables } from './schema.js';
import { BEGIN, CLOSE, FINISH, OTHERS, run } from './statements.js';
import { appendEntry } from './timeline.js';

type Stored = Selectable<Tables['effects']>;

/** A row that blocks without a lease to wait for is looked at again after this long. */
const LOOK_AGAIN_MS = 1000;

/** Effects on the four statements of the protocol; every change of a row is chained in its own commit. */
export function effectsOf(database: Database): Effects {
  return {
    begin: (effect) =>
      database.write('begin an effect', async (tx) => {
        const [row] = await run<Stored>(tx, BEGIN, {
          key: effect.key,
          incident: effect.incident,
          target: effect.target,
          class: effect.class,
          digest: effect.planDigest,
          args: toColumn(effect.args),
          before: toColumn(effect.before),
          mode: effect.mode,
          undoes: effect.undoes,
          looked: effect.lookedAt,
          now: effect.now,
          quiet: effect.quietMs,
        });
        if (row === undefined) return refusal(tx, effect);
        await chain(tx, 'effects', row);
        return { granted: true, row: effectRow(row) };
      }),

    finish: (finish) =>
      database.write('finish an effect', async (tx) => {
        const [row] = await run<Stored>(tx, FINISH, {
          key: finish.key,
          epoch: finish.epoch,
          state: finish.state,
          outcome: toColumn(finish.outcome),
          sealed: finish.sealed ?? null,
          clear: finish.clear ? 1 : 0,
          now: finish.now,
          lag: finish.lagMs,
        });
        if (row === undefined) return undefined;
        await chain(tx, 'effects', row);
        if (finish.entry !== undefined) await appendEntry(tx, finish.entry);
        return effectRow(row);
      }),

    close: (key, incident, target, effectClass, by, _now) =>
      database.write('close an effect', async (tx) => {
        const [row] = await run<Stored>(tx, CLOSE, { key, incident, target, class: effectClass, by });
        if (row === undefined) throw new Error(`closing ${key} gave no row back`);
        await chain(tx, 'effects', row);
        return effectRow(row);
      }),

    read: (key) =>
      database.read('read an effect', async (tx) => {
        const row = await stored(tx, key);
        return row && effectRow(row);
      }),

    othersQuietAt: (target, key) =>
      database.read('read the leases of a target', async (tx) => {
        const [row] = await run<{ others: number }>(tx, OTHERS, { target, key });
        return Number(row?.others ?? 0);
      }),

    recordedIds: (target, key) =>
      database.read('read the recorded ids of a target', async (tx) => {
        const rows = await tx
          .selectFrom('effects')
          .select('outcome')
          .where('target', '=', target)
          .where('key', '<>', key)
          .where('outcome', 'is not', null)
          .execute();
        return new Set(rows.flatMap(({ outcome }) => idsIn(fromColumn(outcome))));
      }),

    ofIncident: (incident) =>
      database.read('read the effects of an incident', async (tx) => {
        const rows = await tx.selectFrom('effects').selectAll().where('incident', '=', incident).execute();
        return rows.map(effectRow).sort((a, b) => a.begunAt - b.begunAt || (a.key < b.key ? -1 : 1));
      }),

    dropSealed: (key, _now) =>
      database.write('drop a sealed secret', async (tx) => {
        const row = await tx
          .updateTable('effects')
          .set({ sealed: null })
          .where('key', '=', key)
          .where('sealed', 'is not', null)
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) await chain(tx, 'effects', row);
      }),

    open: (now) =>
      database.read('read the open effects', async (tx) => {
        const rows = await tx
          .selectFrom('effects')
          .selectAll()
          // in the words of the index
          .where(sql<boolean>`state = 'intent'`)
          .where('quiet_at', '<=', now)
          .orderBy('quiet_at')
          .execute();
        return rows.map(effectRow);
      }),
  };
}

/** Reads why a begin gave no row back, in the same transaction. */
async function refusal(tx: Tx, effect: BeginEffect): Promise<BeginResult> {
  const own = await stored(tx, effect.key);
  const undone = own !== undefined && own.undone_by !== null && effect.mode !== 'settle';
  if (own !== undefined && (own.state !== 'intent' || undone)) return { granted: false, closed: effectRow(own) };
  const others = await tx
    .selectFrom('effects')
    .selectAll()
    .where('target', '=', effect.target)
    .where('key', '<>', effect.key)
    .execute();
  const foreign = others.filter((row) => row.key !== effect.undoes);
  const holder = foreign.find(
    (row) => row.class === 'contain' && (row.state === 'intent' || row.state === 'done') && row.undone_by === null,
  );
  if (effect.mode === 'wait' && holder !== undefined) return { granted: false, held: holder.key };
  const quietAt = Math.max(own?.quiet_at ?? 0, ...others.map((row) => row.quiet_at));
  if (quietAt > effect.lookedAt) return { granted: false, later: quietAt };
  const open = foreign.find((row) => row.state === 'intent');
  if (effect.mode === 'once' && open !== undefined) {
    return { granted: false, later: effect.now + LOOK_AGAIN_MS, blockedBy: open.key };
  }
  throw new Error(`${effect.key} was not granted, and no row says why`);
}

function stored(tx: Tx, key: string): Promise<Stored | undefined> {
  return tx.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirst();
}

/** `outcome.id` is what an effect made, `outcome.strays` what it made and never learned of. */
function idsIn(outcome: unknown): string[] {
  const { id, strays } = (outcome ?? {}) as { id?: unknown; strays?: unknown };
  return [id, ...(Array.isArray(strays) ? strays : [])].filter((value) => typeof value === 'string');
}

function effectRow(row: Stored): EffectRow {
  return {
    ...present<Omit<EffectRow, 'args' | 'before'>>({
      key: row.key,
      incident: row.incident,
      target: row.target,
      class: row.class,
      planDigest: row.plan_digest ?? '',
      sure: row.sure === 1,
      state: row.state,
      undoneBy: row.undone_by ?? undefined,
      outcome: (fromColumn(row.outcome) as Record<string, unknown> | null) ?? undefined,
      sealed: row.sealed ?? undefined,
      epoch: row.epoch ?? 0,
      attempts: row.attempts,
      sole: row.sole === 1,
      lookedAt: row.looked_at ?? 0,
      begunAt: row.begun_at ?? 0,
      quietAt: row.quiet_at,
      // a lease given back is no end
      finishedAt: (row.state === 'intent' ? null : row.finished_at) ?? undefined,
    }),
    args: fromColumn(row.args),
    before: fromColumn(row.before),
  };
}
