import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import { nextNumber } from './counters.js';
import type { Database, Tx } from './database.js';
import type { ChainReport } from './records.js';
import type { Tables } from './schema.js';
import { ADD_LINK, LINK_BEFORE, run } from './statements.js';

type Chained = 'effects' | 'decisions';
type Row = Record<string, unknown>;

const FIRST = '0'.repeat(64);
const PAGE = 1000;
const KEY_OF = { effects: 'key', decisions: 'id' } as const;

/**
 * Adds what a row of `table` is now to the chain, in the transaction that changed it. The entry names its own place, so
 * rows cannot be swapped. hash = sha256(previous hash + entry), hex.
 */
export async function chain(tx: Tx, table: Chained, row: Tables[Chained]): Promise<void> {
  const seq = await nextNumber(tx, 'chain');
  const [last] = await run<{ hash: string }>(tx, LINK_BEFORE, { seq: seq - 1 });
  if (last === undefined && seq > 1) throw new Error(`row ${seq - 1} of the chain is missing; run audit verify`);
  const prev = last?.hash ?? FIRST;
  const key = String((row as unknown as Row)[KEY_OF[table]]);
  const entry = canonicalJson({ seq, table, key, row: imageOf(row as unknown as Row) });
  await run(tx, ADD_LINK, { seq, table, key, entry, prev, hash: hashOf(prev, entry) });
}

/**
 * Walks the chain, then compares every row of effects and decisions with its last entry: an edited, deleted, added or
 * swapped row is found, and a tail cut off without its counter. Whoever can write the file can also rewrite all of it from
 * some row on; only a `head` kept elsewhere shows that: pass it as `anchor`.
 */
export function verifyChain(database: Database, anchor?: { rows: number; head: string }): Promise<ChainReport> {
  return database.read('verify the chain', async (tx) => {
    let prev = FIRST;
    let rows = 0;
    const last = new Map<string, { seq: number; row: Row }>();
    const broken = (seq: number, table: string, key: string, reason: string): ChainReport => ({
      ok: false,
      rows,
      head: prev,
      broken: { seq, table, key, reason },
    });
    for (;;) {
      const page = await tx
        .selectFrom('chain')
        .selectAll()
        .where('seq', '>', rows)
        .orderBy('seq')
        .limit(PAGE)
        .execute();
      for (const link of page) {
        const at = [link.seq, link.tbl, link.key] as const;
        if (link.seq !== rows + 1) return broken(...at, `row ${rows + 1} of the chain is missing`);
        if (link.prev !== prev) return broken(...at, 'it does not follow the row before it');
        if (link.hash !== hashOf(prev, link.entry)) return broken(...at, 'its hash does not fit what it says');
        const said = parse(link.entry);
        if (said?.seq !== link.seq || said.table !== link.tbl || said.key !== link.key) {
          return broken(...at, 'it stands at another place than it says');
        }
        if (anchor?.rows === link.seq && anchor.head !== link.hash)
          return broken(...at, 'its hash is not the anchored head');
        last.set(`${link.tbl} ${link.key}`, { seq: link.seq, row: said.row });
        prev = link.hash;
        rows = link.seq;
      }
      if (page.length < PAGE) break;
    }
    const counted = await tx.selectFrom('counters').select('value').where('name', '=', 'chain').executeTakeFirst();
    if (counted?.value !== rows) {
      return broken(
        rows + 1,
        'chain',
        '',
        `${counted?.value ?? 'an unknown number of'} rows were written, ${rows} are there`,
      );
    }
    if (anchor !== undefined && anchor.rows > rows) {
      return broken(rows + 1, 'chain', '', `${anchor.rows} rows were anchored, ${rows} are there`);
    }
    for (const table of ['effects', 'decisions'] as const) {
      let after = '';
      for (;;) {
        const page: Row[] = await pageOf(tx, table, after);
        for (const row of page) {
          const key = String(row[KEY_OF[table]]);
          const entry = last.get(`${table} ${key}`);
          if (entry === undefined) return broken(0, table, key, 'it is in no row of the chain');
          last.delete(`${table} ${key}`);
          const column = difference(entry.row, imageOf(row));
          if (column !== undefined)
            return broken(entry.seq, table, key, `its ${column} was changed after it was written`);
          after = key;
        }
        if (page.length < PAGE) break;
      }
    }
    for (const [name, { seq }] of last) {
      const [table = '', ...key] = name.split(' ');
      return broken(seq, table, key.join(' '), 'it was deleted');
    }
    return { ok: true, rows, head: prev };
  });
}

function pageOf(tx: Tx, table: Chained, after: string): Promise<Row[]> {
  return table === 'effects'
    ? tx.selectFrom('effects').selectAll().where('key', '>', after).orderBy('key').limit(PAGE).execute()
    : tx.selectFrom('decisions').selectAll().where('id', '>', after).orderBy('id').limit(PAGE).execute();
}

/** A sealed box is chained by its hash alone, so that dropping it really drops it. */
function imageOf(row: Row): Row {
  const sealed =
    typeof row.sealed === 'string' ? `sha256:${createHash('sha256').update(row.sealed).digest('hex')}` : null;
  return 'sealed' in row ? { ...row, sealed } : row;
}

/** The first column that differs. A column that a later migration added is null for rows written before it. */
function difference(entry: Row, now: Row): string | undefined {
  return Object.keys({ ...entry, ...now }).find((column) => (entry[column] ?? null) !== (now[column] ?? null));
}

function hashOf(prev: string, entry: string): string {
  return createHash('sha256').update(prev).update(entry).digest('hex');
}

function parse(entry: string): { seq: number; table: string; key: string; row: Row } | undefined {
  try {
    return JSON.parse(entry);
  } catch {
    return undefined;
  }
}
