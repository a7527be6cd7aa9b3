import type { Records } from '../records/records.js';
import type { Moment } from './seams.js';

/**
 * Notes that a moment of the incident has come, once. Who hears of it is settings' `tell`; they are told from the
 * records, outside the workflow, so that a mail server that is down touches no incident.
 */
export async function noteMoment(
  records: Records,
  moment: {
    incident: string;
    moment: Moment;
    at: number;
    line: string;
    step?: string /** Tells moments of one name apart. */;
    part?: string;
  },
): Promise<void> {
  await records.timeline.append({
    incident: moment.incident,
    at: moment.at,
    kind: 'moment',
    step: moment.step ?? '',
    generation: 1,
    line: moment.line,
    data: { moment: moment.moment },
    key: `moment/${moment.moment}${moment.part === undefined ? '' : `/${moment.part}`}`,
  });
}
