/** Who pressed what, looked up in the records: the button itself is believed nothing. */

import type { Plan } from '../../../playbooks/language/plan.js';
import type { IncidentRow } from '../../../records/records.js';
import type { Answer, Handle, Handler, Interaction } from '../contract.js';
import { type IncidentView, incidentView } from '../incident-view/incident-view.js';
import { loadIncident } from '../incident-view/load-incident.js';
import { refuse, whoIs } from '../starting/may-start.js';
import { NO_LONGER_ACTIVE } from '../texts.js';
import type { DecidingDoors } from './deciding-doors.js';

export type HandleOf<Of extends Handle['of']> = Extract<Handle, { of: Of }>;

export type Pressed<Of extends OfIncident> = PressedHandle<HandleOf<Of>>;

interface PressedHandle<Of> {
  said: Interaction;
  answer: Answer;
  /** Of the row: what is derived from it is the same after a crash. */
  key: string;
  handle: Of;
  /** `sam` */
  person: string;
  row: IncidentRow;
}

/** Kinds of handles that are about an incident. */
type OfIncident = 'incident' | 'question' | 'person';

/**
 * Hands on what was pressed when the handle is one of these, its incident is known, and the person has confirmed who they
 * are; else they are told, and nothing else happens.
 */
export function pressed<Of extends OfIncident>(
  doors: DecidingDoors,
  of: readonly Of[],
  work: (what: Pressed<Of>) => Promise<string>,
): Handler {
  return async (said, answer, key) => {
    const known = said.handle === undefined ? undefined : await doors.records.handles.get(said.handle);
    const handle = known?.body as Handle | undefined;
    const incident = handle !== undefined && 'incident' in handle ? handle.incident : undefined;
    if (handle === undefined || incident === undefined || !isOf(handle, of)) {
      await answer.tell(NO_LONGER_ACTIVE);
      return 'refused: unknown handle';
    }
    const row = await doors.records.incidents.get(incident);
    if (row === undefined) {
      await answer.tell(NO_LONGER_ACTIVE);
      return 'refused: unknown incident';
    }
    const who = await whoIs(doors, said.user);
    if ('refused' in who) return refuse(answer, who);
    return work({ said, answer, key, handle, person: who.person, row });
  };
}

function isOf<Of extends OfIncident>(handle: Handle, of: readonly Of[]): handle is HandleOf<Of> {
  return of.some((one) => one === handle.of);
}

export const ownerOf = ({ plan }: IncidentRow): string => (plan as Plan | undefined)?.facts.owner.value ?? 'unknown';

/** The question that the button belongs to, as it was asked then. */
export const askedBy = ({ questions }: IncidentView, { step, generation }: HandleOf<'question'>) =>
  questions.find((one) => one.id === step && one.generation === generation);

export async function viewOf({ records, clock }: DecidingDoors, incident: string): Promise<IncidentView> {
  const held = await loadIncident(records, incident);
  if (held === undefined) throw new TypeError(`records hold no ${incident}`);
  return incidentView(held, clock.now());
}
