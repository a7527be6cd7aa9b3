import type { BeginEffect, BeginResult, EffectRow, Effects, FinishEffect } from '../../records/records.js';

/** The protocol's table as it stands between two operations; nothing in it is ever changed in place. */
export type Rows = ReadonlyMap<string, EffectRow>;

/** `Effects` without waiting: one call is one decision, as one statement is. */
export type EffectTable = {
  [Method in keyof Effects]: (...args: Parameters<Effects[Method]>) => Awaited<ReturnType<Effects[Method]>>;
};

const LOOK_AGAIN_MS = 1000;
const latest = (times: number[]): number => Math.max(0, ...times);

/**
 * The four statements of the effect protocol and their reads, purely in memory: `rows` is replaced, never changed, so a
 * copy of the table is `new MemoryEffects(rows)`. `memory-effects.test.ts` holds it to the SQL.
 */
export class MemoryEffects implements EffectTable {
  constructor(public rows: Rows = new Map()) {}

  begin(effect: BeginEffect): BeginResult {
    const { key, target, mode, undoes, lookedAt, now, quietMs } = effect;
    const own = this.rows.get(key);
    const onTarget = [...this.rows.values()].filter((row) => row.target === target);
    const others = onTarget.filter((row) => row.key !== key);
    const foreign = others.filter((row) => row.key !== undoes);
    const othersQuietAt = latest(others.map((row) => row.quietAt));
    const open = foreign.find((row) => row.state === 'intent');
    const holder = foreign.find(
      (row) =>
        row.class === 'contain' && (row.state === 'intent' || row.state === 'done') && row.undoneBy === undefined,
    );

    if (own !== undefined && (own.state !== 'intent' || (own.undoneBy !== undefined && mode !== 'settle'))) {
      return { granted: false, closed: own };
    }
    if (mode === 'wait' && holder !== undefined) return { granted: false, held: holder.key };
    if (mode !== 'repeat') {
      const quietAt = Math.max(own?.quietAt ?? 0, othersQuietAt);
      if (quietAt > lookedAt) return { granted: false, later: quietAt };
      if (mode === 'once' && open !== undefined) {
        return { granted: false, later: now + LOOK_AGAIN_MS, blockedBy: open.key };
      }
    }

    const epoch = latest(onTarget.map((row) => row.epoch)) + 1;
    const quietAt = now + quietMs;
    if (own !== undefined) {
      return this.#granted({
        ...own,
        epoch: Math.max(epoch, own.epoch + 1),
        attempts: own.attempts + 1,
        sole: own.quietAt <= lookedAt,
        quietAt: Math.max(own.quietAt, quietAt),
      });
    }
    return this.#granted({
      key,
      incident: effect.incident,
      target,
      class: effect.class,
      planDigest: effect.planDigest,
      args: effect.args ?? null,
      before: effect.before ?? null,
      sure: effect.before !== null && effect.before !== undefined && othersQuietAt <= lookedAt,
      state: 'intent',
      epoch,
      attempts: 1,
      sole: true,
      lookedAt,
      begunAt: now,
      quietAt,
    });
  }

  finish({ key, epoch, state, outcome, sealed, clear, now, lagMs }: FinishEffect): EffectRow | undefined {
    const row = this.rows.get(key);
    if (row?.state !== 'intent' || row.epoch !== epoch) return undefined;
    const { outcome: _, sealed: __, finishedAt: ___, ...rest } = row;
    return this.#put({
      ...rest,
      state,
      ...(outcome !== undefined && { outcome }),
      ...(sealed !== undefined && { sealed }),
      ...(state !== 'intent' && { finishedAt: now }),
      quietAt: row.sole && clear ? now + lagMs : row.quietAt,
    });
  }

  close(key: string, incident: string, target: string, effectClass: string, by: string, _now: number): EffectRow {
    const row = this.rows.get(key);
    if (row !== undefined) return this.#put({ ...row, undoneBy: row.undoneBy ?? by });
    return this.#put({
      key,
      incident,
      target,
      class: effectClass,
      planDigest: '',
      args: null,
      before: null,
      sure: true,
      state: 'not_applied',
      undoneBy: by,
      epoch: 0,
      attempts: 0,
      sole: true,
      lookedAt: 0,
      begunAt: 0,
      quietAt: 0,
    });
  }

  read(key: string): EffectRow | undefined {
    return this.rows.get(key);
  }

  othersQuietAt(target: string, key: string): number {
    const others = this.#others(target, key).filter((row) => row.class !== 'contain');
    return latest(others.map((row) => row.quietAt));
  }

  recordedIds(target: string, key: string): Set<string> {
    const ids = this.#others(target, key).flatMap(({ outcome }) => [outcome?.id, outcome?.strays].flat());
    return new Set(ids.filter((id) => typeof id === 'string'));
  }

  ofIncident(incident: string): EffectRow[] {
    const rows = [...this.rows.values()].filter((row) => row.incident === incident);
    return rows.sort((a, b) => a.begunAt - b.begunAt || (a.key < b.key ? -1 : 1));
  }

  dropSealed(key: string, _now: number): void {
    const row = this.rows.get(key);
    if (row?.sealed === undefined) return;
    const { sealed: _, ...rest } = row;
    this.#put(rest);
  }

  open(now: number): EffectRow[] {
    const rows = [...this.rows.values()].filter(({ state, quietAt }) => state === 'intent' && quietAt <= now);
    return rows.sort((a, b) => a.quietAt - b.quietAt);
  }

  #others(target: string, key: string): EffectRow[] {
    return [...this.rows.values()].filter((row) => row.target === target && row.key !== key);
  }

  #granted(row: EffectRow): BeginResult {
    return { granted: true, row: this.#put(row) };
  }

  #put(row: EffectRow): EffectRow {
    this.rows = new Map(this.rows).set(row.key, row);
    return row;
  }
}
