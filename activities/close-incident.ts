import type { ClosedAs } from '../playbooks/language/words.js';
import type { CloseCall } from './contract.js';
import { noteMoment } from './moments.js';
import type { Seams } from './seams.js';

/** Ends of which what remains is the reason, and nothing that was left. */
const REASONED: ReadonlySet<ClosedAs> = new Set(['benign', 'joined', 'cancelled']);

/** Writes how it ended and frees the claim; asked again, it changes nothing. Mails, ticket and source follow from the records. */
export async function closeIncident(seams: Seams, call: CloseCall): Promise<void> {
  const at = seams.clock.now();
  const { records } = seams;
  const ended = `closed as ${call.as.replaceAll('_', ' ')}`;
  const line =
    call.remains.length === 0 ? ended : `${ended}${REASONED.has(call.as) ? ':' : '; left:'} ${call.remains.join('; ')}`;
  // In this order, and in one commit if they can: whoever tells of it reads how it closed.
  await Promise.all([
    records.timeline.append({
      incident: call.incident,
      at,
      kind: 'closed',
      step: '',
      generation: 1,
      line,
      data: { banner: seams.banner, as: call.as, remains: call.remains },
      key: 'closed',
    }),
    records.incidents.close(call.incident, call.as, at, call.joinedTo),
    noteMoment(records, { incident: call.incident, moment: 'closed', at, line }),
  ]);
}
