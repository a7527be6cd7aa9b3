import { verifyChain } from './chain.js';
import { changedIn } from './changed.js';
import { openDatabase } from './database.js';
import { decisionsOf } from './decisions.js';
import { effectsOf } from './effects.js';
import { handlesOf } from './handles.js';
import { inboxOf, receiveInto } from './inbox.js';
import { incidentsOf } from './incidents.js';
import { linksOf } from './links.js';
import { migrate } from './migrations.js';
import { postsOf } from './posts.js';
import type { Records } from './records.js';
import { saidOf } from './said.js';
import { sealedOf } from './sealed.js';
import { timelineOf } from './timeline.js';
import { waitingIn } from './waiting.js';

export interface RecordsOptions {
  /** Made with mode 0600 if it is not there. Several processes may open the same file at once. */
  file: string;
  /** How long a lock of another process is waited for; 8,000 ms: whoever sends a webhook gives up after 10 s (GitHub). */
  patienceMs?: number;
  /** False: commits do not wait for the disk, for records that are thrown away with the story they are about. */
  durable?: boolean;
}

/**
 * Opens the records in a file and brings its schema up to date. Throws RecordsError.
 *
 * While they are open, this process may not read or copy the file by other means: closing such a handle drops the locks
 * that keep other processes apart, and the file is damaged. Copy and search it from another process.
 */
export async function openRecords({ file, patienceMs = 8_000, durable = true }: RecordsOptions): Promise<Records> {
  const database = await openDatabase(file, patienceMs, durable);
  try {
    await database.write('bring the schema up to date', (tx) => migrate(tx, file));
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    receive: receiveInto(database),
    inbox: inboxOf(database),
    incidents: incidentsOf(database),
    effects: effectsOf(database),
    decisions: decisionsOf(database),
    timeline: timelineOf(database),
    sealed: sealedOf(database),
    said: saidOf(database),
    posts: postsOf(database),
    handles: handlesOf(database),
    links: linksOf(database),
    changed: changedIn(database),
    waiting: waitingIn(database),
    verify: (anchor) => verifyChain(database, anchor),
    close: () => database.close(),
  };
}
