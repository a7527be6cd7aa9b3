import { requesterOf } from '../../../activities/requester.js';
import type {
  ChildRow,
  DecisionRow,
  EffectRow,
  InboxRow,
  IncidentRow,
  Records,
  TimelineEntry,
} from '../../../records/records.js';

/** What records hold of one incident, as far as cards show it. */
export interface HeldIncident {
  row: IncidentRow;
  /** The first alert, by which it was found. */
  first?: InboxRow;
  effects: EffectRow[];
  /** Oldest first. */
  decisions: DecisionRow[];
  /** In the order in which it was written. */
  timeline: TimelineEntry[];
  children: ChildRow[];
  parents: string[];
  /** Who had it opened, and may not decide about it. */
  requester?: string;
}

/** Undefined: records hold no such incident. */
export async function loadIncident(records: Records, id: string): Promise<HeldIncident | undefined> {
  const row = await records.incidents.get(id);
  if (row === undefined) return undefined;
  const [[first], effects, decisions, timeline, children, parents, requester] = await Promise.all([
    records.inbox.ofIncident(id, 1),
    records.effects.ofIncident(id),
    records.decisions.ofIncident(id),
    records.timeline.ofIncident(id),
    records.incidents.children(id),
    records.incidents.parents(id),
    requesterOf(records, row),
  ]);
  return {
    row,
    ...(first === undefined ? {} : { first }),
    effects,
    decisions,
    timeline,
    children,
    parents,
    ...(requester === undefined ? {} : { requester }),
  };
}
