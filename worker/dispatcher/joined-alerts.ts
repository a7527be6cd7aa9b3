import { Alert, type Exposure, leakedName, worse } from '../../activities/alert.js';
import type { InboxRow, Records } from '../../records/records.js';
import type { AlertsJoined } from '../../workflows/core/message.js';

/** What a workflow is told of all alerts of its incident so far: counts, so that telling it twice does no harm. */
export async function joinedAlerts(records: Records, incident: string, now: number): Promise<AlertsJoined> {
  const [rows, row, sealed] = await Promise.all([
    records.inbox.ofIncident(incident),
    records.incidents.get(incident),
    records.sealed.names(incident, now),
  ]);
  const exposures = rows.filter(({ kind }) => kind === 'alert').map(exposureOf);
  return {
    alerts: row?.alerts ?? exposures.length,
    exposure: exposures.reduce<Exposure>((a, b) => worse(a, b), exposures[0] ?? 'unknown'),
    secretHeld: sealed.some((name) => name.startsWith(leakedName(''))),
    at: now,
  };
}

function exposureOf({ body }: InboxRow): Exposure {
  const alert = Alert.safeParse(body);
  return alert.success ? alert.data.exposure : 'unknown';
}
