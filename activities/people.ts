import type { AskStep, Plan, TaskStep } from '../playbooks/language/plan.js';
import { credentialLabel, oneLine } from '../playbooks/language/sentence.js';
import type { Found } from './connectors/contract.js';
import { type AskCall, NOTE_KINDS, type NoteCall, type StepCall, StepFailed } from './contract.js';
import { readFound } from './found.js';
import { pinnedPlan } from './pinned-plan.js';
import type { Person, Seams } from './seams.js';
import { mailEach } from './send-mail.js';

/** Who is told at once about what failed. */
const ON_CALL = 'security-on-call';

/**
 * Tells the people of one tier that a question or a task waits for them: what, why, until when, what silence means, and
 * how to answer. Each person once a tier. Nobody behind the roles is noted, not thrown: the clock of the tier runs on.
 */
export async function askPeople(seams: Seams, call: AskCall): Promise<void> {
  const plan = await pinnedPlan(seams.records, call);
  const step = plan.steps.find((candidate) => candidate.id === call.step);
  const asked = step?.kind === 'ask' || step?.kind === 'task' ? step : undefined;
  const roles = call.roles ?? (asked === undefined ? [] : [Object.keys(asked.places), ...asked.tiers][call.tier]) ?? [];
  const people = peopleOf(seams, roles, plan);
  await seams.records.timeline.append({
    incident: call.incident,
    at: seams.clock.now(),
    kind: 'asked',
    step: call.step,
    generation: call.generation,
    line:
      people.length === 0
        ? `${call.sentence} Nobody holds ${roles.join(', ')}.`
        : `${call.sentence} Asked: ${people.map(({ name }) => name).join(', ')}${seams.mailer === undefined ? ', but firebreak.yaml names no mail server, so nobody was mailed' : ''}.`,
    data: { roles, people: people.map(({ name }) => name), until: call.until, tier: call.tier },
    key: `${call.step}/${call.generation}/asked/${call.tier}/${call.until}`,
  });
  if (seams.mailer === undefined) return;
  await mailEach(seams, call, people, {
    verb: 'ask_people',
    subject: `${plan.incident}: ${call.sentence}`,
    lines: [...questionLines(seams, plan, asked, call), ...(await madeLines(seams, plan, call))],
    part: `${call.tier}-${call.until}`,
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
  await mailEach(seams, mailed, peopleOf(seams, [ON_CALL], plan), {
    verb: 'note',
    subject: `${call.incident}: ${call.line}`,
    lines: [call.line, '', `firebreak status ${call.incident}`, `${seams.publicUrl}/api/v1/incidents/${call.incident}`],
    part: call.key.replaceAll('/', '-'),
  });
}

function peopleOf(seams: Seams, roles: string[], plan: Plan | undefined): Person[] {
  const known = new Set(seams.people.roles());
  const found = roles
    .filter((role) => known.has(role))
    .flatMap((role) => seams.people.ofRole(role, plan?.facts.owner.value ?? 'unknown'));
  return [...new Map(found.map((person) => [person.name, person])).values()];
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
