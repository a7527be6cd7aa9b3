/** Ends the pages of questions that have ended, so that nobody is woken for what somebody has answered. */
import { Later, StepFailed } from '../activities/contract.js';
import { ringing } from '../activities/page-role.js';
import type { Seams } from '../activities/seams.js';
import type { ChangeCursor } from '../records/records.js';
import { createLane, type Lane } from './dispatcher/lane.js';
import type { Log } from './log.js';
import { openIncidents } from './open-incidents.js';
import { loadIncident } from './slack/incident-view/load-incident.js';
import { questionsOf } from './slack/incident-view/question-view.js';
import { rebuildRun } from './slack/incident-view/rebuild-run.js';

const PAST_THE_END: ChangeCursor = { timeline: Number.MAX_SAFE_INTEGER, chain: Number.MAX_SAFE_INTEGER };
const BATCH = 500;
const AGAIN_MS = 10_000;

/** Reads what has changed in the records; after a start, every open incident once. What has closed the teller ends. */
export function createPageWatch(seams: Seams, log: Log): Lane {
  const { records, clock } = seams;
  let cursor: ChangeCursor | undefined;
  /** When to look again, where PagerDuty did not take it. */
  const again = new Map<string, number>();

  async function watch(): Promise<void> {
    if (seams.pager === undefined) return;
    if (cursor === undefined) {
      const { cursor: now } = await records.changed(PAST_THE_END, 1);
      for await (const { id } of openIncidents(records)) await look(id);
      cursor = now;
    }
    for (const [incident, at] of again) if (clock.now() >= at) await look(incident);
    for (;;) {
      const changed = await records.changed(cursor, BATCH);
      if (changed.cursor.timeline === cursor.timeline && changed.cursor.chain === cursor.chain) return;
      for (const incident of changed.incidents) await look(incident);
      cursor = changed.cursor;
    }
  }

  async function look(incident: string): Promise<void> {
    again.delete(incident);
    const pages = await ringing(seams, incident);
    if (pages.length === 0) return;
    const held = await loadIncident(records, incident);
    const run = held && rebuildRun(held, clock.now());
    if (held === undefined || run === undefined) return;
    const open = questionsOf(held, run).filter(({ end }) => end === undefined);
    const ended = pages.filter(
      ({ step, generation }) => !open.some((one) => one.id === step && one.generation === generation),
    );
    for (const { step, resolve } of ended) {
      try {
        await resolve();
      } catch (error) {
        if (!(error instanceof Later || error instanceof StepFailed)) throw error;
        if (error instanceof Later) again.set(incident, Math.max(error.until, clock.now() + AGAIN_MS));
        log.warn({ incident, step, reason: error.message }, 'a page is not ended yet');
      }
    }
  }

  return createLane('pages', watch, { clock, log });
}
