import type { ActStep, AskStep, EachStep, Places, Plan, TaskStep } from '../playbooks/language/plan.js';
import type { DecisionRow, Records } from '../records/records.js';
import { StepFailed } from './contract.js';

/**
 * Whether different people can fill all places, each person one: a matching, so that the order of answers never matters.
 */
export function fills(places: Places, people: { person: string; roles: string[] }[]): boolean {
  const seats = Object.entries(places).flatMap(([role, count]) => Array.from({ length: count }, () => role));
  const seatOf = new Map<number, number>();
  const seat = (index: number, tried: Set<number>): boolean =>
    people.some((person, who) => {
      if (tried.has(who) || !person.roles.includes(seats[index] as string)) return false;
      tried.add(who);
      const taken = seatOf.get(who);
      if (taken !== undefined && !seat(taken, tried)) return false;
      seatOf.set(who, index);
      return true;
    });
  return seats.every((_, index) => seat(index, new Set()));
}

/**
 * Checks, from records and the pinned plan alone, that people decided this step: the process that holds the provider's
 * credentials believes no workflow. Throws StepFailed('permission-denied') when the question was not answered with a
 * full yes for this step, generation and digest, or somebody said no.
 *
 * A question that proceeds on silence needs no yes; a no still stops it.
 */
export async function requireDecision(
  records: Records,
  plan: Plan,
  step: ActStep | TaskStep | EachStep,
  generation: number,
  requesterOf: () => Promise<string | undefined>,
): Promise<void> {
  if (step.gate === undefined) return;
  const ask = plan.steps.find(
    (candidate): candidate is AskStep => candidate.id === step.gate && candidate.kind === 'ask',
  );
  if (ask === undefined || !ask.covers.includes(step.id)) {
    throw new StepFailed(
      'permission-denied',
      `${step.id} names the question ${step.gate}, which does not cover it; nothing was done`,
    );
  }
  const answers = (await records.decisions.ofIncident(plan.incident)).filter(
    (row) =>
      row.control === 'decide' &&
      row.step === ask.id &&
      row.planDigest === plan.digest &&
      row.generation === generation &&
      row.outcome !== 'refused',
  );
  const asked = new Set([...Object.keys(ask.places), ...ask.tiers.flat()]);
  const requester = await requesterOf();
  // A no of somebody who is not asked stands in records for the moment until the workflow refuses it.
  const heard = answers.filter(
    ({ person, roles }) =>
      person !== requester && person !== plan.facts.subject.value && roles.some(({ role }) => asked.has(role)),
  );
  if (heard.some((row) => row.answer === 'no')) {
    throw new StepFailed('permission-denied', `${step.id} was denied; nothing was done`);
  }
  if (ask.ifSilent === 'proceed') return;
  const counted = heard.filter((row) => row.answer === 'yes');
  if (!fillsAny(ask, distinct(counted))) {
    throw new StepFailed(
      'permission-denied',
      `${step.id} is not covered by a decision: ${ask.id} needs ${describePlaces(ask.places)}, records hold ${counted.length} yes; nothing was done`,
    );
  }
}

/** Of these roles a person needs one to call an incident a false alarm (workflows/core/permissions.ts says so too). */
const MAY_CALL_FALSE: readonly string[] = ['security-on-call', 'responder'];

/**
 * Checks that a person called this incident a false alarm, before anything is switched on again: a workflow that is
 * alone in saying so would bring a leaked credential back. Throws StepFailed('permission-denied').
 */
export async function requireFalseAlarm(records: Records, plan: Plan): Promise<void> {
  const called = (await records.decisions.ofIncident(plan.incident)).some(
    ({ control, outcome, person, roles }) =>
      control === 'false_alarm' &&
      outcome !== 'refused' &&
      person !== plan.facts.subject.value &&
      roles.some(({ role }) => MAY_CALL_FALSE.includes(role)),
  );
  if (called) return;
  throw new StepFailed(
    'permission-denied',
    `records hold nobody who called ${plan.incident} a false alarm, so nothing was brought back`,
  );
}

/**
 * Checks that people asked for this generation: each one after the first is a retry of theirs, and makes every change of
 * the step anew. Throws StepFailed('permission-denied').
 */
export async function requireRetries(records: Records, plan: Plan, step: string, generation: number): Promise<void> {
  if (generation === 1) return;
  const retries = (await records.decisions.ofIncident(plan.incident)).filter(
    ({ control, outcome }) => control === 'retry' && outcome !== 'refused',
  );
  if (retries.length >= generation - 1) return;
  throw new StepFailed(
    'permission-denied',
    `${step} of ${plan.incident} was asked for the ${generation}th time, but records hold ${retries.length} retries by people; nothing was done`,
  );
}

/** Whether records hold this answer by people who fill all places of a question or task, in any of its generations. */
export function isFilled(step: AskStep | TaskStep, decisions: DecisionRow[], answer: 'yes' | 'done'): boolean {
  const counted = decisions.filter(
    (row) => row.control === 'decide' && row.step === step.id && row.answer === answer && row.outcome === 'counted',
  );
  return fillsAny(step, distinct(counted));
}

/** Everyone of a later tier may fill any one empty place (language.md 1, `then`). */
function fillsAny(ask: AskStep | TaskStep, people: { person: string; roles: string[] }[]): boolean {
  const later = new Set(ask.tiers.flat());
  const everyPlace = Object.keys(ask.places);
  return fills(
    ask.places,
    people.map(({ person, roles }) => ({ person, roles: roles.some((role) => later.has(role)) ? everyPlace : roles })),
  );
}

function distinct(rows: DecisionRow[]): { person: string; roles: string[] }[] {
  const byPerson = new Map(rows.map((row) => [row.person, row.roles.map(({ role }) => role)]));
  return [...byPerson].map(([person, roles]) => ({ person, roles }));
}

function describePlaces(places: Places): string {
  return Object.entries(places)
    .map(([role, count]) => `${count} ${role}`)
    .join(' and ');
}
