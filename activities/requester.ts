import type { IncidentRow, Records } from '../records/records.js';

/**
 * The person who had the incident opened, who may not decide about it; undefined when a monitoring system did. Of one
 * that another incident opened it is whoever asked for that one: nobody gets round it by way of what was found.
 */
export async function requesterOf(records: Records, row: IncidentRow | undefined): Promise<string | undefined> {
  let asked = row;
  while (asked?.parent !== undefined) asked = await records.incidents.get(asked.parent);
  const by = asked?.openedBy ?? '';
  return by.startsWith('person:') ? by.slice('person:'.length) : undefined;
}
