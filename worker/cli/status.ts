import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../workflows/core/message.js';
import { createClient, incidentOf } from './client.js';
import { EXIT_CODES } from './exit-codes.js';
import { renderStatus } from './render-status.js';
import type { Run } from './verbs.js';

/** What the API says of an incident; only what is shown. */
export interface Incident {
  incident: string;
  credential: string | null;
  stage: string;
  closedAs: string | null;
  waiting: string;
  held: string;
  observe: boolean;
  alerts: number;
  openedAt: number;
  openedBy: string;
  closedAt: number | null;
  joinedTo: string | null;
  parent: string | null;
  parents: string[];
  children: {
    incident: string;
    credential: string;
    opened: boolean;
    stage: string;
    waiting: string;
    held: string;
    containedAt: number | null;
    closedAs: string | null;
  }[];
  found: { what: string; title: string; ways: string[] }[];
  digest: string | null;
  live: Status | null;
  liveError: string | null;
  reports: { exposure: string; summary: string | null }[];
  steps: { id: string; name: string; phase: string; kind: string; title: string; line: string | null }[];
  /** Oldest first. */
  timeline: { kind: string; step: string; line: string }[];
  decisions: { person: string; step: string; answer: string; outcome: string }[];
  effects: { key: string; class: string; target: string; state: string; undoneBy: string | null }[];
}

const WATCH_MS = 2_000;

/** Where an incident stands; with `--watch` again whenever it has changed, until it closes. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  const id = incidentOf(args[0]);
  const client = createClient(context);
  for (let shown = ''; ; ) {
    const incident = await client.get<Incident>(`/incidents/${id}`);
    const text = options.json ? JSON.stringify(incident) : renderStatus(incident);
    if (text !== shown) {
      // On a terminal the page is replaced; in a pipe each change follows the one before.
      io.out(options.watch === true && io.isTTY && !options.json ? `\u001b[2J\u001b[H${text}` : text);
      shown = text;
    }
    if (options.watch !== true || incident.closedAt !== null) return EXIT_CODES.ok;
    await sleep(WATCH_MS);
  }
};
