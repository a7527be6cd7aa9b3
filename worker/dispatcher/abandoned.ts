/** An incident that is open in the records and that no workflow runs: what a person may still say to it. */
import { writeEnd } from '../../activities/close-incident.js';
import type { Plan } from '../../playbooks/language/plan.js';
import type { DecisionRow, IncidentRow, Records } from '../../records/records.js';
import type { Refusal } from '../../workflows/core/message.js';
import { MAY, NOT_BY_SUBJECT } from '../../workflows/core/permissions.js';
import type { TemporalPort } from './port.js';

/** Closes it in the records; what was done stays, and the reconciler ends what is still open. */
export async function closeAbandoned(records: Records, id: string, at: number, line: string): Promise<void> {
  const as = 'cancelled';
  await writeEnd(records, { incident: id, as, at, line, data: { as, remains: [line] } });
}

/** `resume` goes on, `close` and `cancel` end it; everything else needs a workflow. Throws TemporalUnavailable. */
export async function sayToAbandoned(
  { records, temporal, clock }: { records: Records; temporal: TemporalPort; clock: { now(): number } },
  incident: IncidentRow,
  { control, person, roles, reason }: DecisionRow,
): Promise<{ outcome: 'counted' } | { outcome: 'refused'; refusal: Refusal }> {
  const { id } = incident;
  const refused = (code: Refusal['code'], message: string) =>
    ({ outcome: 'refused', refusal: { code, message } }) as const;
  if (control !== 'resume' && control !== 'close' && control !== 'cancel') {
    return refused(
      'closed',
      `No workflow runs ${id}: it was ended in Temporal, or Temporal lost it. Resume it first (firebreak resume ${id}), or close it.`,
    );
  }
  const may = MAY[control];
  if (may !== 'any' && !roles.some(({ role }) => may.includes(role))) {
    return refused('role', `To ${control} ${id} you need ${may.join(' or ')}. Nothing was done.`);
  }
  const subject = (incident.plan as Plan | undefined)?.facts.subject.value;
  if (NOT_BY_SUBJECT.includes(control) && subject === person) {
    return refused('subject', `It is your own credential, so someone else has to ${control} ${id}.`);
  }
  if (control === 'resume') {
    await temporal.revive(id, `${id} · resumed by ${person}`);
    await showRevived({ records, temporal, clock }, incident);
  } else {
    await closeAbandoned(records, id, clock.now(), `closed as cancelled by ${person}: ${reason}; no workflow ran it`);
  }
  return { outcome: 'counted' };
}

/** Lists no longer say that nothing runs it: it may wait for people for days before it calls an activity. */
async function showRevived(
  { records, temporal, clock }: { records: Records; temporal: TemporalPort; clock: { now(): number } },
  { id, stage }: IncidentRow,
): Promise<void> {
  const live = await temporal.status(id).catch(() => 'not-running' as const);
  const view =
    live === 'not-running'
      ? { stage, waiting: '', held: '' }
      : { stage: live.stage, waiting: live.waitingFor, held: live.held.join(' · ') };
  await records.incidents.show(id, { ...view, at: clock.now() });
}
