import { CompiledQuery } from 'kysely';
import type { Tx } from './database.js';

/**
 * The statements that every step runs, one text for SQLite and PostgreSQL with `$name` parameters. Those of the effect
 * protocol are each one statement because each is one decision: who may act, who still owns the row, who is closed for good.
 */

/** No row back: closed, later, held or blocked. A violation of (target, epoch): two at once, run it again. */
export const BEGIN = `
INSERT INTO effects (key, incident, target, class, plan_digest, args, before, sure, state, epoch, attempts, sole, looked_at, begun_at, quiet_at)
SELECT $key, $incident, $target, $class, $digest, $args, CAST($before AS TEXT),
       CASE WHEN CAST($before AS TEXT) IS NOT NULL AND coalesce(max(CASE WHEN e.key <> $key THEN e.quiet_at END), 0) <= $looked THEN 1 ELSE 0 END,
       'intent', coalesce(max(e.epoch), 0) + 1, 1, 1, CAST($looked AS BIGINT), CAST($now AS BIGINT), CAST($now AS BIGINT) + CAST($quiet AS BIGINT)
  FROM effects e WHERE e.target = $target
HAVING $mode = 'repeat' OR (
           coalesce(max(CASE WHEN e.key <> $key THEN e.quiet_at END), 0) <= $looked
       AND coalesce(max(CASE WHEN $mode = 'once' AND e.state = 'intent' AND e.key NOT IN ($key, $undoes) THEN 1 END), 0) = 0
       AND coalesce(max(CASE WHEN $mode = 'wait' AND e.class = 'contain' AND e.state IN ('intent', 'done') AND e.undone_by IS NULL
                              AND e.key NOT IN ($key, $undoes) THEN 1 END), 0) = 0)
ON CONFLICT (key) DO UPDATE SET
       epoch = CASE WHEN excluded.epoch > effects.epoch THEN excluded.epoch ELSE effects.epoch + 1 END,
       attempts = effects.attempts + 1, sole = CASE WHEN effects.quiet_at <= $looked THEN 1 ELSE 0 END,
       quiet_at = CASE WHEN effects.quiet_at > excluded.quiet_at THEN effects.quiet_at ELSE excluded.quiet_at END
 WHERE effects.state = 'intent' AND (effects.undone_by IS NULL OR $mode = 'settle') AND ($mode = 'repeat' OR effects.quiet_at <= $looked)
RETURNING *`;

/** With state `intent` after a clear refusal, only the lease is given back. No row back: lost to a later attempt. */
export const FINISH = `
UPDATE effects SET state = $state, outcome = CAST($outcome AS TEXT), sealed = CAST($sealed AS TEXT), finished_at = CAST($now AS BIGINT),
       quiet_at = CASE WHEN sole = 1 AND $clear = 1 THEN CAST($now AS BIGINT) + CAST($lag AS BIGINT) ELSE quiet_at END
 WHERE key = $key AND epoch = $epoch AND state = 'intent' RETURNING *`;

/** Insert or mark, so that it cannot race with a first begin. */
export const CLOSE = `
INSERT INTO effects (key, incident, target, class, sure, state, undone_by, attempts, sole, quiet_at)
VALUES ($key, $incident, $target, $class, 1, 'not_applied', $by, 0, 1, 0)
ON CONFLICT (key) DO UPDATE SET undone_by = coalesce(effects.undone_by, excluded.undone_by)
RETURNING *`;

/** Two that contain the same set the same: if each waited for the other, neither would end. */
export const OTHERS = `
SELECT coalesce(max(quiet_at), 0) AS others FROM effects WHERE target = $target AND key <> $key AND class <> 'contain'`;

/** Numbers are handed out in order, without gaps: the row stays locked until the commit. */
export const NEXT_NUMBER = 'UPDATE counters SET value = value + 1 WHERE name = $name RETURNING value';

/** The same for an entry of the timeline, unless its key is there. */
export const NEXT_ENTRY = `
UPDATE counters SET value = value + 1 WHERE name = 'timeline'
   AND NOT EXISTS (SELECT 1 FROM timeline WHERE incident = $incident AND key = $key) RETURNING value`;

export const ADD_ENTRY = `
INSERT INTO timeline (id, incident, at, kind, step, generation, line, data, key)
VALUES ($id, $incident, $at, $kind, $step, $generation, $line, $data, $key)`;

export const LINK_BEFORE = 'SELECT hash FROM chain WHERE seq = $seq';

export const ADD_LINK = `
INSERT INTO chain (seq, tbl, key, entry, prev, hash) VALUES ($seq, $table, $key, $entry, $prev, $hash)`;

interface Prepared {
  text: string;
  names: string[];
}

/** The statements above, each read once. */
const prepared = new Map<string, Prepared>();

/** Runs one of these statements with its parameters by name. */
export async function run<Row>(
  tx: Tx,
  statement: string,
  parameters: Record<string, string | number | null>,
): Promise<Row[]> {
  const { text, names } = prepared.get(statement) ?? prepare(statement);
  const values = names.map((name) => {
    if (!(name in parameters)) throw new TypeError(`the statement needs $${name}`);
    return parameters[name];
  });
  return (await tx.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
}

/** Its names in the order of their numbers. */
function prepare(statement: string): Prepared {
  const names: string[] = [];
  const text = statement.replace(/\$([a-z]+)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `?${names.indexOf(name) + 1}`;
  });
  prepared.set(statement, { text, names });
  return { text, names };
}
