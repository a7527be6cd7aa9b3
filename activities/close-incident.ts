import type { CloseCall } from './contract.js';
import { noteMoment } from './moments.js';
import type { Seams } from './seams.js';

/** Writes how it ended and frees the claim; asked again, it changes nothing. Mails, ticket and source follow from the records. */
export async function closeIncident(seams: Seams, call: CloseCall): Promise<void> {
  const at = seams.clock.now();
  const { records } = seams;
  await records.timeline.append({
    incident: call.incident,
    at,
    kind: 'closed',
    step: '',
    generation: 1,
    line: `closed as ${call.as}`,
    data: { banner: seams.banner, as: call.as, remains: call.remains },
    key: 'closed',
  });
  await noteMoment(records, { incident: call.incident, moment: 'closed', at, line: `closed as ${call.as}` });
  await records.incidents.close(call.incident, call.as, at, call.joinedTo);
}
