import type { ClosedAs } from '../playbooks/language/words.js';
import type { Records } from '../records/records.js';
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
  const { incident, as, remains, joinedTo } = call;
  await writeEnd(records, { incident, as, at, line, data: { banner: seams.banner, as, remains }, joinedTo });
}

/** In this order, and in one commit if they can: whoever tells of the end reads how it closed. */
export async function writeEnd(
  records: Records,
  end: { incident: string; as: ClosedAs; at: number; line: string; data: unknown; joinedTo?: string | undefined },
): Promise<void> {
  const { incident, as, at, line, data, joinedTo } = end;
  await Promise.all([
    records.timeline.append({ incident, at, kind: 'closed', step: '', generation: 1, line, data, key: 'closed' }),
    records.incidents.close(incident, as, at, joinedTo),
    noteMoment(records, { incident, moment: 'closed', at, line }),
  ]);
}
