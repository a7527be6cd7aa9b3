import type { Records, TimelineEntry } from '../records/records.js';
import type { Moment } from './seams.js';

/** A moment of an incident as it is noted: written once, whoever tries. */
export interface NotedMoment {
  incident: string;
  moment: Moment;
  /** ms since epoch. */
  at: number;
  line: string;
  step?: string;
  /** Tells moments of one name apart. */
  part?: string;
}

/**
 * Notes that a moment of the incident has come, once. Who hears of it is settings' `tell`; they are told from the
 * records, outside the workflow, so that a mail server that is down touches no incident.
 */
export function noteMoment(records: Records, moment: NotedMoment): Promise<void> {
  return records.timeline.append(momentEntry(moment));
}

/** The same as an entry, for a commit that must not be without it. */
export function momentEntry({ incident, moment, at, line, step = '', part }: NotedMoment): TimelineEntry {
  return {
    incident,
    at,
    kind: 'moment',
    step,
    generation: 1,
    line,
    data: { moment },
    key: `moment/${moment}${part === undefined ? '' : `/${part}`}`,
  };
}
