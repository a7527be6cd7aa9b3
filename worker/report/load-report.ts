import type {
  ChainReport,
  ChildRow,
  DecisionRow,
  EffectRow,
  InboxRow,
  IncidentRow,
  Records,
  TimelineEntry,
} from '../../records/records.js';

/** Everything that records hold about one incident; nothing else goes into its report. */
export interface RecordsView {
  incident: IncidentRow;
  inbox: InboxRow[];
  effects: EffectRow[];
  decisions: DecisionRow[];
  timeline: TimelineEntry[];
  /** What answers for what it found. */
  children: ChildRow[];
  /** What found it: the incident that opened it, and those that found it live. */
  parents: string[];
  chain: ChainReport;
}

/** Reads it all from records alone: works with Temporal and every provider gone. Throws for an incident they do not hold. */
export async function loadReport(records: Records, incident: string): Promise<RecordsView> {
  const row = await records.incidents.get(incident);
  if (row === undefined) throw new Error(`records hold no ${incident}`);
  const [inbox, effects, decisions, timeline, children, parents, chain] = await Promise.all([
    records.inbox.ofIncident(incident),
    records.effects.ofIncident(incident),
    records.decisions.ofIncident(incident),
    records.timeline.ofIncident(incident),
    records.incidents.children(incident),
    records.incidents.parents(incident),
    records.verify(),
  ]);
  return { incident: row, inbox, effects, decisions, timeline, children, parents, chain };
}
