import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLines, identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** What is known of the embedded server of a data folder, so that the next process finds it and starts no second one. */
export interface ServerRecord extends ProcessIdentity {
  port: number;
  uiPort?: number;
  databaseFile: string;
  /** Of the CLI and of the server in it; `unknown` where only the process was found. */
  version: string;
  server: string;
}

const FILE = 'server.json';
const DATABASE = /^temporal-(\d+\.\d+)\.db$/;

/** The schema is never migrated, so each line of servers has a file of its own. */
export function databaseFile(folder: string, schema: string): string {
  return join(folder, `temporal-${schema}.db`);
}

/** `1.31` of the database that was written last; undefined in a new folder. */
export function schemaThere(folder: string): string | undefined {
  const databases = readdirSync(folder).filter((name) => DATABASE.test(name));
  // commits go into the write-ahead log; the file itself may be days behind it
  const writtenAt = (name: string) =>
    Math.max(
      ...[name, `${name}-wal`].map((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    );
  const last = databases.sort((a, b) => writtenAt(b) - writtenAt(a))[0];
  return last && DATABASE.exec(last)?.[1];
}

/** The server that was recorded, alive or not; undefined where none was, or the record is unreadable. */
export function readRecord(folder: string): ServerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as ServerRecord;
    return Number.isInteger(record.pid) && Number.isInteger(record.port) ? record : undefined;
  } catch {
    return undefined;
  }
}

export function writeRecord(folder: string, record: ServerRecord): void {
  const temporary = join(folder, `${FILE}.tmp`);
  writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(temporary, join(folder, FILE));
}

export function removeRecord(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/**
 * The server that runs on this folder's database now: the recorded one if it is the same process still, else one that
 * was spawned by somebody who died before writing it down. Two servers on one file would ruin it.
 */
export function runningServer(folder: string): ServerRecord | undefined {
  const record = readRecord(folder);
  if (record && isAlive(record)) return record;
  for (const { pid, args } of commandLines()) {
    const file = args[args.indexOf('--db-filename') + 1];
    const port = Number(args[args.indexOf('--port') + 1]);
    if (!args.includes('start-dev') || !file?.startsWith(join(folder, 'temporal-')) || !port) continue;
    const identity = identify(pid);
    if (identity) return { ...identity, port, databaseFile: file, version: 'unknown', server: schemaOfFile(file) };
  }
  return undefined;
}

const schemaOfFile = (file: string) => /temporal-(\d+\.\d+)\.db$/.exec(file)?.[1] ?? 'unknown';
