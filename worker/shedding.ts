import { Later } from '../activities/contract.js';
import type { Activity } from '../activities/create-activities.js';
import type { Clock } from '../activities/seams.js';

/** What makes an incident easier to read and contains nothing. */
const ENRICHMENT = ['open_ticket', 'scan_logs'];
const AGAIN_MS = 10_000;

/**
 * In a storm of alerts enrichment waits a little, as mails about moments do (teller.ts), so that the inbox and what contains
 * a leak have the machine. The inbox is never what waits.
 */
export function putOffEnrichment(
  activities: Record<string, Activity>,
  storm: { sheds(): boolean },
  clock: Clock,
): Record<string, Activity> {
  const put = ENRICHMENT.flatMap((name) => {
    const run = activities[name];
    if (run === undefined) return [];
    const later: Activity = async (input, attempt) => {
      if (storm.sheds()) throw new Later(clock.now() + AGAIN_MS, 'alerts come in a storm, so this waits a little');
      return run(input, attempt);
    };
    return [[name, later] as const];
  });
  return { ...activities, ...Object.fromEntries(put) };
}
