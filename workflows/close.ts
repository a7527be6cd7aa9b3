/** The end of an incident that never got a plan: about somebody else's incident, about nothing, or cancelled. */
import type { Prepared } from '../activities/contract.js';
import type { ClosedAs } from '../playbooks/language/words.js';
import { optionsOf } from './options.js';
import { callActivity } from './perform.js';

type Unplanned = Exclude<Prepared, { result: 'planned' }> | { result: 'cancelled'; line: string };

/** Writes the end and frees the claim; tried until it works. */
export async function closeUnplanned(incident: string, prepared: Unplanned): Promise<ClosedAs> {
  const as: ClosedAs = prepared.result;
  await callActivity('close_incident', optionsOf({ row: 'close', summary: `Close as ${as}` }), {
    incident,
    digest: '',
    as,
    remains: [prepared.line],
    ...(prepared.result === 'joined' ? { joinedTo: prepared.to } : {}),
    view: { stage: 'closing', waiting: '', held: '', at: Date.now() },
  });
  return as;
}
