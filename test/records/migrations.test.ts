/** What an older version wrote is there after an upgrade, and what is looked for again and again is found by an index. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../records/database.js';
import { MIGRATIONS, migrate } from '../../records/migrations.js';
import { openRecords } from '../../records/open-records.js';
import { alert, opening } from './describe-records.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-migrations-'));
  file = join(folder, 'records.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function rows<Row>(query: string): Row[] {
  const raw = new Libsql(file);
  const found = raw.prepare(query).all([]) as Row[];
  raw.close();
  return found;
}

describe('an upgrade', () => {
  it('keeps what the first version wrote, and goes on with its numbers', async () => {
    const old = await openDatabase(file, 60, false);
    await old.write('be the first version', (tx) => migrate(tx, file, MIGRATIONS.slice(0, 1)));
    await old.close();
    const raw = new Libsql(file);
    raw.exec(`insert into incidents values ('INC-1', 1, 10, 'source:github', 0, null, 'opening', '', '', 0, null, null,
      null, null, null, null, 2, null)`);
    raw.exec(`insert into claims values ('INC-1', 'a', 1)`);
    raw.exec(`insert into inbox values (1, 'github', 'd1', 'alert', 10, '{}', 'INC-1', 0, null, null)`);
    raw.exec(`update counters set value = 1 where name in ('incident', 'inbox')`);
    raw.close();

    const records = await openRecords({ file });
    expect(await records.incidents.get('INC-1')).toMatchObject({ openedBy: 'source:github', alerts: 2 });
    expect(await records.receive(alert('d2', ['a']), opening)).toMatchObject({
      id: 2,
      incident: 'INC-1',
      joined: true,
    });
    expect(await records.receive(alert('d3', ['b']), opening)).toMatchObject({ incident: 'INC-2' });
    expect(await records.inbox.untold()).toMatchObject([{ incident: 'INC-1', alerts: 3, told: 0, exposures: [''] }]);
    expect(await records.incidents.children('INC-1')).toEqual([]);
    await records.close();
  });

  it('runs each step once, in order, and says which', async () => {
    await (await openRecords({ file })).close();
    await (await openRecords({ file })).close();
    expect(rows('select id, name from migrations order by id')).toEqual(
      MIGRATIONS.map(({ id, name }) => ({ id, name })),
    );
  });

  it('that fails leaves the version before', async () => {
    await (await openRecords({ file })).close();
    const database = await openDatabase(file, 60, false);
    const broken = { id: 99, name: 'broken', statements: ['CREATE TABLE shards (id TEXT)', 'CREATE nonsense'] };
    const upgrade = database.write('upgrade', (tx) => migrate(tx, file, [...MIGRATIONS, broken]));
    await expect(upgrade).rejects.toThrow(/syntax/);
    await database.close();
    expect(rows("select name from sqlite_schema where name = 'shards'")).toEqual([]);
    expect(rows('select id from migrations')).toHaveLength(MIGRATIONS.length);
  });
});

it.each([
  ['who holds a credential', 'claims_live', "claims WHERE claim = 'a' AND claims.live = 1"],
  ['what is in the inbox of an incident', 'inbox_incident', "inbox WHERE incident = 'INC-1' ORDER BY id"],
  ['what nobody settled', 'inbox_unsettled', 'inbox WHERE settled_at IS NULL AND joined = 1 ORDER BY id'],
  [
    'what joined',
    'inbox_joined',
    "inbox WHERE settled_at IS NULL AND joined = 1 AND kind = 'alert' GROUP BY incident, exposure",
  ],
  ['what no workflow knows', 'incidents_untold', 'incidents WHERE told < alerts AND closed_at IS NULL'],
  ['what did not start', 'incidents_unstarted', 'incidents WHERE started_at IS NULL AND closed_at IS NULL'],
  ['what joined an incident', 'incidents_joined', "incidents WHERE joined_to = 'INC-1'"],
  ['who has a child', 'children_child', "children WHERE child = 'INC-1'"],
  ['the effects of an incident', 'effects_incident', "effects WHERE incident = 'INC-1'"],
  ['what nobody finished', 'effects_open', "effects WHERE state = 'intent' AND quiet_at <= 9 ORDER BY quiet_at"],
  ['the decisions of an incident', 'decisions_incident', "decisions WHERE incident = 'INC-1' ORDER BY at"],
  ['decisions that wait', 'decisions_given', "decisions WHERE outcome = 'given' ORDER BY at, id"],
  ['moments', 'timeline_moments', "timeline AS moment WHERE moment.kind = 'moment' AND moment.id > 9 ORDER BY id"],
  ['clicks that wait', 'said_unsettled', "said WHERE source = 'slack' AND settled_at IS NULL ORDER BY id"],
  ['what is past its time', 'sealed_expiring', 'sealed WHERE expires_at <= 9'],
  ['whose thread it is', 'posts_message', "posts WHERE channel = 'C1' AND message = '1.1' AND message <> ''"],
  ['who an account is', 'links_account', "links WHERE source = 's' AND account = 'U1' AND ended_at IS NULL"],
  ['which account a person has', 'links_person', "links WHERE source = 's' AND person = 'sam' AND ended_at IS NULL"],
])('finds %s without reading the rest', async (_, index, query) => {
  await (await openRecords({ file })).close();
  const plan = rows<{ detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM ${query}`);
  expect(plan.map(({ detail }) => detail).join()).toContain(`INDEX ${index}`);
});
