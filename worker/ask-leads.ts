/** The end of an incident touches none that it opened: whoever leads such a one is asked whether it goes on. */
import { Later } from '../activities/contract.js';
import type { Holders, Seams } from '../activities/seams.js';
import { sendMail } from '../activities/send-mail.js';
import type { Plan } from '../playbooks/language/plan.js';
import type { ChildRow, IncidentRow } from '../records/records.js';

const ON_CALL = 'security-on-call';
/** When a source of people that could not be read is asked again. */
const AGAIN_MS = 10_000;

/** The work of asking, a piece for each person, once the incident has ended; none where all is as it should be. */
export async function askLeads(seams: Seams, ended: IncidentRow): Promise<(() => Promise<void>)[]> {
  const children = await seams.records.incidents.children(ended.id);
  const asked = children.filter((child) => child.opened && child.closedAt === undefined && isInQuestion(ended, child));
  return (await Promise.all(asked.map((child) => asking(seams, ended, child)))).flat();
}

/** Withdrawn, or given up on before the child was contained. */
function isInQuestion({ closedAs = '' }: IncidentRow, { containedAt }: ChildRow): boolean {
  return closedAs === 'false_alarm' || closedAs === 'cancelled' || containedAt === undefined;
}

async function asking(seams: Seams, ended: IncidentRow, { id }: ChildRow): Promise<(() => Promise<void>)[]> {
  const line = `${ended.id}, which found it, closed as ${(ended.closedAs ?? '').replaceAll('_', ' ')}. Nothing is done here because of that`;
  await seams.records.timeline.append({
    incident: id,
    at: seams.clock.now(),
    kind: 'note',
    step: '',
    generation: 0,
    line,
    key: `parent-closed/${ended.id}`,
  });
  if (seams.mailer === undefined) return [];
  const leaders = await leadersOf(seams, id);
  if ('unreachable' in leaders) {
    return [() => Promise.reject(new Later(seams.clock.now() + AGAIN_MS, leaders.unreachable))];
  }
  const subject = `${id}: does it go on? ${ended.id} closed as ${(ended.closedAs ?? '').replaceAll('_', ' ')}`;
  const lines = [`${line}: say whether it goes on.`, '', `firebreak status ${id}`, `firebreak false-alarm ${id}`];
  const call = { incident: id, digest: '', step: 'incident', generation: 1 };
  return leaders.people.map(
    (person) => () => sendMail(seams, call, { verb: 'tell', person, subject, lines, part: `parent-${ended.id}` }),
  );
}

/** Who took the lead last; nobody has, so on-call. */
async function leadersOf({ records, people }: Seams, incident: string): Promise<Holders> {
  const plan = (await records.incidents.get(incident))?.plan as Plan | undefined;
  const owner = plan?.facts.owner.value ?? 'unknown';
  const took = (await records.decisions.ofIncident(incident)).findLast(
    ({ control, outcome }) => control === 'take' && outcome === 'counted',
  );
  const roles = took === undefined ? [] : people.roles();
  const known = await Promise.all(roles.map((role) => people.ofRole(role, owner)));
  const lead = known
    .flatMap((holders) => ('people' in holders ? holders.people : []))
    .find(({ name }) => name === took?.person);
  return lead === undefined ? people.ofRole(ON_CALL, owner) : { people: [lead] };
}
