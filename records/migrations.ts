import { type Kysely, sql } from 'kysely';
import { RecordsError } from './records-error.js';
import type { Tables } from './schema.js';

interface Migration {
  id: number;
  name: string;
  /** One text for SQLite and PostgreSQL; never edited once released. */
  statements: string[];
}

/** In order, each in one commit. A released migration is never changed: a new one follows it. */
export const MIGRATIONS: Migration[] = [
  {
    id: 1,
    name: 'first',
    statements: [
      // numbers that are handed out in order: incidents, inbox rows, timeline rows, the chain. Locking the row makes a queue.
      'CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)',
      "INSERT INTO counters (name, value) VALUES ('incident', 0), ('inbox', 0), ('timeline', 0), ('chain', 0)",
      `CREATE TABLE incidents (
        id TEXT PRIMARY KEY, number BIGINT NOT NULL UNIQUE, opened_at BIGINT NOT NULL, opened_by TEXT NOT NULL,
        observe INTEGER NOT NULL, playbook TEXT, stage TEXT NOT NULL, waiting TEXT NOT NULL, held TEXT NOT NULL,
        shown_at BIGINT NOT NULL, closed_at BIGINT, closed_as TEXT, started_at BIGINT, credential TEXT, plan TEXT,
        plan_digest TEXT, alerts INTEGER NOT NULL, joined_to TEXT)`,
      `CREATE TABLE claims (
        incident TEXT NOT NULL, claim TEXT NOT NULL, live INTEGER NOT NULL, PRIMARY KEY (incident, claim))`,
      // one live incident per credential is a fact of the database
      'CREATE UNIQUE INDEX claims_live ON claims (claim) WHERE live = 1',
      `CREATE TABLE inbox (
        id BIGINT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, received_at BIGINT NOT NULL,
        body TEXT NOT NULL, incident TEXT NOT NULL, joined INTEGER NOT NULL, settled_at BIGINT, outcome TEXT,
        UNIQUE (source, key))`,
      'CREATE INDEX inbox_incident ON inbox (incident, id)',
      'CREATE INDEX inbox_unsettled ON inbox (id) WHERE settled_at IS NULL',
      `CREATE TABLE effects (
        key TEXT PRIMARY KEY, incident TEXT NOT NULL, target TEXT NOT NULL, class TEXT NOT NULL, plan_digest TEXT,
        args TEXT, before TEXT, sure INTEGER NOT NULL, state TEXT NOT NULL, undone_by TEXT, outcome TEXT, sealed TEXT,
        epoch BIGINT, attempts INTEGER NOT NULL, sole INTEGER NOT NULL,
        looked_at BIGINT, begun_at BIGINT, quiet_at BIGINT NOT NULL, finished_at BIGINT,
        UNIQUE (target, epoch))`,
      'CREATE INDEX effects_incident ON effects (incident)',
      "CREATE INDEX effects_open ON effects (quiet_at) WHERE state = 'intent'",
      `CREATE TABLE decisions (
        id TEXT PRIMARY KEY, incident TEXT NOT NULL, at BIGINT NOT NULL, person TEXT NOT NULL, roles TEXT NOT NULL,
        channel TEXT NOT NULL, control TEXT NOT NULL, step TEXT NOT NULL, answer TEXT NOT NULL, reason TEXT NOT NULL,
        generation INTEGER NOT NULL, plan_digest TEXT NOT NULL, outcome TEXT NOT NULL, refusal TEXT NOT NULL,
        settled_at BIGINT)`,
      'CREATE INDEX decisions_incident ON decisions (incident, at)',
      `CREATE TABLE timeline (
        id BIGINT PRIMARY KEY, incident TEXT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, step TEXT NOT NULL,
        generation INTEGER NOT NULL, line TEXT NOT NULL, data TEXT, key TEXT NOT NULL, UNIQUE (incident, key))`,
      "CREATE INDEX timeline_moments ON timeline (id) WHERE kind = 'moment'",
      `CREATE TABLE sealed (
        incident TEXT NOT NULL, name TEXT NOT NULL, box TEXT NOT NULL, expires_at BIGINT NOT NULL,
        PRIMARY KEY (incident, name))`,
      `CREATE TABLE chain (
        seq BIGINT PRIMARY KEY, tbl TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL, prev TEXT NOT NULL UNIQUE,
        hash TEXT NOT NULL)`,
    ],
  },
  {
    id: 2,
    name: 'children',
    statements: [
      'ALTER TABLE incidents ADD COLUMN parent TEXT',
      'CREATE INDEX incidents_joined ON incidents (joined_to) WHERE joined_to IS NOT NULL',
      // which incident answers for what another one found; no incident ever stands above itself here
      `CREATE TABLE children (
        parent TEXT NOT NULL, claim TEXT NOT NULL, child TEXT NOT NULL, opened INTEGER NOT NULL, at BIGINT NOT NULL,
        PRIMARY KEY (parent, claim))`,
      'CREATE INDEX children_child ON children (child)',
    ],
  },
  {
    id: 3,
    name: 'floods',
    statements: [
      // a flood costs no reading of bodies, and what waits is found without reading what does not
      'ALTER TABLE inbox ADD COLUMN exposure TEXT',
      'ALTER TABLE incidents ADD COLUMN told INTEGER NOT NULL DEFAULT 0',
      "CREATE INDEX inbox_joined ON inbox (incident, exposure, id, received_at) WHERE settled_at IS NULL AND joined = 1 AND kind = 'alert'",
      'CREATE INDEX incidents_untold ON incidents (number) WHERE told < alerts AND closed_at IS NULL',
      'CREATE INDEX incidents_unstarted ON incidents (number) WHERE started_at IS NULL AND closed_at IS NULL',
      "CREATE INDEX decisions_given ON decisions (at, id) WHERE outcome = 'given'",
    ],
  },
  {
    id: 4,
    name: 'chat',
    statements: [
      "INSERT INTO counters (name, value) VALUES ('said', 0)",
      `CREATE TABLE said (
        id BIGINT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, received_at BIGINT NOT NULL, body TEXT NOT NULL,
        settled_at BIGINT, outcome TEXT, UNIQUE (source, key))`,
      'CREATE INDEX said_unsettled ON said (source, id) WHERE settled_at IS NULL',
      `CREATE TABLE posts (
        incident TEXT NOT NULL, part TEXT NOT NULL, channel TEXT NOT NULL, message TEXT NOT NULL, digest TEXT NOT NULL,
        at BIGINT NOT NULL, data TEXT, PRIMARY KEY (incident, part))`,
      "CREATE INDEX posts_message ON posts (channel, message) WHERE message <> ''",
      'CREATE TABLE handles (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, at BIGINT NOT NULL)',
      // never deleted, so that auditors read who was taken for whom, and when
      `CREATE TABLE links (
        source TEXT NOT NULL, account TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL, by TEXT NOT NULL,
        ended_at BIGINT, ended_by TEXT)`,
      'CREATE UNIQUE INDEX links_account ON links (source, account) WHERE ended_at IS NULL',
      'CREATE UNIQUE INDEX links_person ON links (source, person) WHERE ended_at IS NULL',
    ],
  },
  {
    id: 5,
    name: 'expiry',
    statements: ['CREATE INDEX sealed_expiring ON sealed (expires_at)'],
  },
];

/** Brings the schema up to date, or refuses one that a newer Firebreak wrote. Call it inside a write transaction. */
export async function migrate(tx: Kysely<Tables>, file: string, known: Migration[] = MIGRATIONS): Promise<void> {
  await sql.raw('CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL)').execute(tx);
  const applied = await tx.selectFrom('migrations').selectAll().orderBy('id').execute();
  const newest = known[known.length - 1]?.id ?? 0;
  const newer = applied.find((row) => row.id > newest);
  if (newer !== undefined) {
    throw new RecordsError(
      'newer-schema',
      `records ${file}: a newer Firebreak wrote it (schema ${newer.id} "${newer.name}", this one knows up to ${newest}); start that version, or restore a copy made before the upgrade`,
    );
  }
  for (const migration of known.filter(({ id }) => !applied.some((row) => row.id === id))) {
    for (const statement of migration.statements) await sql.raw(statement).execute(tx);
    await tx.insertInto('migrations').values({ id: migration.id, name: migration.name }).execute();
  }
}
