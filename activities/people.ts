import type { AskStep, Plan, TaskStep } from '../playbooks/language/plan.js';
import { credentialLabel, oneLine } from '../playbooks/language/sentence.js';
import type { Found } from './connectors/contract.js';
import { type AskCall, Later, NOTE_KINDS, type NoteCall, type StepCall, StepFailed } from './contract.js';
import { readFound } from './found.js';
import { pageRole } from './page-role.js';
import { pinnedPlan } from './pinned-plan.js';
import type { Person, Seams } from './seams.js';
import { mailEach } from './send-mail.js';

/** Who is told at once about what failed. */
const ON_CALL = 'security-on-call';

/**
 * Tells the people of one tier that a question or a task waits for them: what, why, until when, what silence means, and
 * how to answer. Each person once a tier; a role that is paged is woken. `reached: false`: nobody is behind the roles, or
 * nobody could say who, which is noted and not thrown, so that the next tier is asked at once where there is one.
 */
export async function askPeople(seams: Seams, call: AskCall): Promise<{ reached: boolean }> {
  const plan = await pinnedPlan(seams.records, call);
  const step = plan.steps.find((candidate) => candidate.id === call.step);
  const asked = step?.kind === 'ask' || step?.kind === 'task' ? step : undefined;
  const roles = call.roles ?? (asked === undefined ? [] : [Object.keys(asked.places), ...asked.tiers][call.tier]) ?? [];
  const { people, notes, unreachable } = await peopleOf(seams, roles, plan);
  const reached = people.length > 0 && unreachable.length === 0;
  await seams.records.timeline.append({
    incident: call.incident,
    at: seams.clock.now(),
    kind: 'asked',
    step: call.step,
    generation: call.generation,
    line: [
      call.sentence,
      ...[...unreachable, ...askedOf(seams, roles, people, unreachable.length > 0), ...notes].map((said) => `${said}.`),
    ].join(' '),
    data: {
      roles,
      people: people.map(({ name }) => name),
      until: call.until,
      tier: call.tier,
      sentence: call.sentence,
      ...(unreachable.length === 0 ? {} : { unreachable }),
      ...(notes.length === 0 ? {} : { notes }),
    },
    key: `${call.step}/${call.generation}/asked/${call.tier}/${call.until}`,
  });
  // first who is asleep
  const paged = await Promise.allSettled(roles.map((role) => wake(seams, call, role, asked)));
  if (seams.mailer !== undefined) {
    await mailEach(seams, call, people, {
      verb: 'ask_people',
      subject: `${plan.incident}: ${call.sentence}`,
      lines: [...questionLines(seams, plan, asked, call), ...(await madeLines(seams, plan, call))],
      part: `${call.tier}-${call.until}`,
    });
  }
  const failed = paged.find((one) => one.status === 'rejected');
  // the next tier does not wait for a page of this one
  if (failed !== undefined && reached) throw failed.reason;
  return { reached };
}

/** Who was asked, and how; nothing where nobody could say who they are. */
function askedOf(seams: Seams, roles: string[], people: Person[], isUnsure: boolean): string[] {
  const names = people.map(({ name }) => name).join(', ');
  if (people.length === 0) return isUnsure ? [] : [`Nobody holds ${roles.join(', ')}`];
  const unmailed = seams.mailer === undefined ? ', but firebreak.yaml names no mail server, so nobody was mailed' : '';
  return [`Asked: ${names}${unmailed}`];
}

/** Pages whoever is on call for the role, where the role says so. */
async function wake(seams: Seams, call: AskCall, role: string, step: AskStep | TaskStep | undefined): Promise<void> {
  const { pager } = seams;
  if (pager?.isFor(role) !== true) return;
  await pageRole(seams, call, { role, sentence: call.sentence, silence: silence(step) });
  await seams.records.timeline.append({
    incident: call.incident,
    at: seams.clock.now(),
    kind: 'told',
    step: call.step,
    generation: call.generation,
    line: `${role} was paged by ${pager.title}`,
    data: { paged: role, tier: call.tier },
    key: `${call.step}/${call.generation}/paged/${role}`,
  });
}

function questionLines(seams: Seams, plan: Plan, step: AskStep | TaskStep | undefined, call: AskCall): string[] {
  const { facts, credential } = plan;
  const verb = step?.kind === 'task' ? 'done' : 'yes|no|not-yet';
  return [
    call.sentence,
    '',
    `About: ${credential.kind} ${credentialLabel(credential)} (${credential.name}), account ${credential.account}, ${facts.environment.value}, ${facts.exposure.value}`,
    `Owner: ${facts.owner.value} (${facts.owner.source})`,
    ...(call.view.held === '' ? [] : [`Held: ${call.view.held}`]),
    ...(call.filled.length === 0 ? [] : [`Answered so far: ${call.filled.join(', ')}`]),
    `Until ${when(call.until, seams.office.zone)}. ${silence(step)}`,
    '',
    `firebreak decide ${plan.incident} ${verb} ${call.step}`,
    `${seams.publicUrl}/api/v1/incidents/${plan.incident}`,
  ];
}

const MOST_NAMED = 20;

/** Whoever is asked about what was made, or has to look at it, reads what that is. */
async function madeLines({ records }: Seams, plan: Plan, { step, incident }: AskCall): Promise<string[]> {
  const each = plan.steps.find((one) => one.kind === 'each' && step.startsWith(`${one.id}.`));
  if (each?.kind !== 'each') return [];
  const answered = new Set((await records.incidents.children(incident)).map(({ claim }) => claim));
  const isMeant = ({ what, credential }: Found) =>
    step === `${each.id}.rest`
      ? what === 'other'
      : credential !== undefined && what === 'credential' && !answered.has(`${credential.kind}:${credential.id}`);
  const found = ((await readFound(records, incident, each.of)) ?? []).filter(isMeant);
  const more = found.length > MOST_NAMED ? [`and ${found.length - MOST_NAMED} more: firebreak status ${incident}`] : [];
  return [
    '',
    ...found.slice(0, MOST_NAMED).map(({ title, ways }) => `- ${oneLine(title)} (${ways.join(', ')})`),
    ...more,
  ];
}

function silence(step: AskStep | TaskStep | undefined): string {
  if (step?.kind !== 'ask') return 'Silence: it is left undone, and security-on-call is told.';
  return step.ifSilent === 'proceed'
    ? 'Silence = it is done.'
    : 'Silence = it is held: nothing is done, the incident stays open.';
}

/** Writes one line of the timeline; `tell` mails it to security-on-call too. */
export async function note(seams: Seams, call: NoteCall & { tell?: boolean }): Promise<void> {
  // A forged call must not write what only those may write who saw it: looks, moments, results.
  if (!NOTE_KINDS.includes(call.kind)) {
    throw new StepFailed('invalid', `a workflow may not write "${oneLine(String(call.kind))}" into the timeline`);
  }
  await seams.records.timeline.append({
    incident: call.incident,
    at: call.view.at,
    kind: call.kind,
    step: call.step,
    generation: call.generation,
    line: call.line,
    key: call.key,
  });
  if (call.tell !== true || seams.mailer === undefined) return;
  const plan = (await seams.records.incidents.get(call.incident))?.plan as Plan | undefined;
  const mailed: StepCall = {
    incident: call.incident,
    digest: plan?.digest ?? '',
    step: call.step === '' ? 'incident' : call.step,
    generation: Math.max(1, call.generation),
    view: call.view,
  };
  const { people, unreachable } = await peopleOf(seams, [ON_CALL], plan);
  await mailEach(seams, mailed, people, {
    verb: 'note',
    subject: `${call.incident}: ${call.line}`,
    lines: [call.line, '', `firebreak status ${call.incident}`, `${seams.publicUrl}/api/v1/incidents/${call.incident}`],
    part: call.key.replaceAll('/', '-'),
  });
  const [reason] = unreachable;
  if (reason !== undefined) throw new Later(seams.clock.now() + AGAIN_MS, reason);
}

/** When a source that could not be read is asked again. */
const AGAIN_MS = 10_000;

/** Everybody behind the roles, once; whom a source names and we do not know; and why a source could not be read. */
async function peopleOf(
  seams: Seams,
  roles: string[],
  plan: Plan | undefined,
): Promise<{ people: Person[]; notes: string[]; unreachable: string[] }> {
  const known = new Set(seams.people.roles());
  const owner = plan?.facts.owner.value ?? 'unknown';
  const all = await Promise.all(
    roles.filter((role) => known.has(role)).map((role) => seams.people.ofRole(role, owner)),
  );
  const people = all.flatMap((holders) => ('people' in holders ? holders.people : []));
  return {
    people: [...new Map(people.map((person) => [person.name, person])).values()],
    notes: all.flatMap((holders) => ('people' in holders ? (holders.notes ?? []) : [])),
    unreachable: all.flatMap((holders) => ('unreachable' in holders ? [holders.unreachable] : [])),
  };
}

/** In the team's own zone: `Mon 24 Nov, 09:04 CET`. */
export function when(at: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(at);
}
