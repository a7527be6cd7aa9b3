import { Alert } from '../../activities/alert.js';
import { foundIn } from '../../activities/found.js';
import type { Plan } from '../../playbooks/language/plan.js';
import type { IncidentRow, Records } from '../../records/records.js';
import type { Status } from '../../workflows/core/message.js';
import { type TemporalPort, TemporalUnavailable } from '../dispatcher/port.js';

/** One line of a list, from the records alone. */
export function summaryView(row: IncidentRow, url: string) {
  return {
    incident: row.id,
    credential: row.credential ?? null,
    stage: row.stage,
    closedAs: row.closedAs ?? null,
    waiting: row.waiting,
    held: row.held,
    observe: row.observe,
    alerts: row.alerts,
    openedAt: row.openedAt,
    openedBy: row.openedBy,
    startedAt: row.startedAt ?? null,
    closedAt: row.closedAt ?? null,
    joinedTo: row.joinedTo ?? null,
    parent: row.parent ?? null,
    url,
  };
}

/** What the running workflow says of itself, or one sentence why it says nothing. */
export async function liveStatus(
  temporal: TemporalPort,
  row: IncidentRow,
): Promise<{ live?: Status; liveError?: string }> {
  if (row.closedAt !== undefined) return {};
  try {
    const live = await temporal.status(row.id);
    if (live !== 'not-running') return { live };
    const why =
      row.startedAt === undefined
        ? 'is stored and not started yet.'
        : `has no workflow: it was ended in Temporal, or Temporal lost it. firebreak resume ${row.id} goes on, firebreak close ${row.id} --why … ends it.`;
    return { liveError: `${row.id} ${why}` };
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    return { liveError: 'Temporal cannot be reached; what follows is from the records.' };
  }
}

/** A flood of alerts about one credential is a number, and no list that anybody reads. */
const MOST_REPORTS = 200;

/** Entries that say how a step went. */
const STEP_KINDS = new Set([
  'done',
  'failed',
  'skipped',
  'asked',
  'scanning',
  'undone',
  'undo-failed',
  'denied',
  'unanswered',
  'proceeded',
  'slow',
]);

/** Everything the records hold about an incident, without what is sealed. */
export async function recordsView(records: Records, row: IncidentRow) {
  const [inbox, decisions, effects, timeline, children, parents] = await Promise.all([
    records.inbox.ofIncident(row.id, MOST_REPORTS),
    records.decisions.ofIncident(row.id),
    records.effects.ofIncident(row.id),
    records.timeline.ofIncident(row.id),
    records.incidents.children(row.id),
    records.incidents.parents(row.id),
  ]);
  const lastLine = new Map(timeline.filter(({ kind }) => STEP_KINDS.has(kind)).map((entry) => [entry.step, entry]));
  return {
    digest: row.planDigest ?? null,
    parents,
    children: children.map(({ id, claim, opened, stage, waiting, held, containedAt, closedAs }) => {
      const ends = { containedAt: containedAt ?? null, closedAs: closedAs ?? null };
      return { incident: id, credential: claim, opened, stage, waiting, held, ...ends };
    }),
    found: foundIn(timeline).map(({ what, title, at = null, by = null, ways }) => ({ what, title, at, by, ways })),
    reports: inbox.flatMap(({ source, receivedAt, body }) => {
      const alert = Alert.safeParse(body);
      if (!alert.success) return [];
      const { event, exposure, summary = null, url = null, person = null, secret } = alert.data;
      return [{ at: receivedAt, source, event, exposure, summary, url, person, secret }];
    }),
    steps: ((row.plan as Plan | undefined)?.steps ?? []).map(({ id, name, phase, kind, title }) => {
      const last = lastLine.get(id);
      return { id, name, phase, kind, title, line: last?.line ?? null, at: last?.at ?? null };
    }),
    decisions: decisions.map(({ id, at, person, roles, channel, control, step, answer, reason, outcome, refusal }) => {
      return {
        id,
        at,
        person,
        roles: roles.map(({ role }) => role),
        channel,
        control,
        step,
        answer,
        reason,
        outcome,
        refusal,
      };
    }),
    effects: effects.map(
      ({ key, target, class: kind, state, attempts, begunAt, finishedAt = null, undoneBy = null }) => {
        return { key, target, class: kind, state, attempts, begunAt, finishedAt, undoneBy };
      },
    ),
    timeline: timeline.map(({ at, kind, step, generation, line }) => ({ at, kind, step, generation, line })),
  };
}
