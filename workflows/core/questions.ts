/**
 * Asking people, for questions and tasks alike: who may answer, places filled by different people in distinct roles,
 * tiers, and deadlines that are absolute.
 */
import type { AskStep, Places, TaskStep } from '../../playbooks/language/plan.js';
import { addOfficeTime, nextOpen } from './office-hours.js';
import { type Asking, isAsk, type Run, runOf } from './run.js';

export type PeopleStep = AskStep | TaskStep;

const MINUTE = 60_000;
/** `not_yet` may move a deadline by so much in all. */
export const POSTPONE_AT_MOST_MINUTES = 24 * 60;

const officeOf = (run: Run, step: PeopleStep) => (isAsk(step) && step.hours === 'office' ? run.office : undefined);

/** The roles of each tier; the first are those of the places. */
export function tiersOf(step: PeopleStep): string[][] {
  return [Object.keys(step.places), ...step.tiers];
}

/** Roles asked so far: an earlier tier may still answer. */
export function askedRoles(step: PeopleStep, asking: Asking): string[] {
  return [
    ...new Set(
      tiersOf(step)
        .slice(0, asking.tier + 1)
        .flat(),
    ),
  ];
}

/** Opens it: the first tier that somebody holds is asked, its time starts. */
export function startAsking(run: Run, step: PeopleStep, at: number): void {
  const state = runOf(run, step.id);
  state.state = 'waiting';
  state.startedAt = at;
  state.asking = { openedAt: at, tier: -1, askAt: at, until: at, yes: [], postponedMinutes: 0, looks: 0 };
  nextTier(run, step, state.asking, at);
}

/** Goes on to the next tier that somebody holds; the last is asked even if nobody does. False = there was none left. */
export function nextTier(run: Run, step: PeopleStep, asking: Asking, at: number): boolean {
  const tiers = tiersOf(step);
  if (asking.tier >= tiers.length - 1) return false;
  do asking.tier += 1;
  while (asking.tier < tiers.length - 1 && tiers[asking.tier]!.every((role) => run.emptyRoles.includes(role)));
  startTime(run, step, asking, at);
  return true;
}

/** Gives the present tier its whole time anew. */
export function startTime(run: Run, step: PeopleStep, asking: Asking, at: number): void {
  const office = officeOf(run, step);
  asking.askAt = nextOpen(office, at);
  asking.until = addOfficeTime(office, at, step.withinSeconds * 1000);
}

/** Moves the deadline of the present tier. */
export function postpone(run: Run, step: PeopleStep, asking: Asking, minutes: number): void {
  asking.postponedMinutes += minutes;
  asking.until = addOfficeTime(officeOf(run, step), asking.until, minutes * MINUTE);
}

/**
 * Who fills which place, one person one place: a matching, so that the order of the answers never matters. People of
 * a later tier may fill any place; `asking.tier` says how many tiers count as later.
 */
export function filledPlaces(
  step: PeopleStep,
  asking: Asking,
  yes: Asking['yes'] = asking.yes,
): { role: string; person: string; at: number }[] {
  const seats = Object.entries(step.places).flatMap(([role, count]) => Array<string>(count).fill(role));
  const later = new Set(step.tiers.slice(0, asking.tier).flat());
  const fits = (answer: Asking['yes'][number], role: string) =>
    answer.roles.includes(role) || answer.roles.some((held) => later.has(held));
  const holder = new Map<number, Asking['yes'][number]>();
  const seat = (answer: Asking['yes'][number], tried: Set<number>): boolean =>
    seats.some((role, index) => {
      if (tried.has(index) || !fits(answer, role)) return false;
      tried.add(index);
      const before = holder.get(index);
      if (before !== undefined && !seat(before, tried)) return false;
      holder.set(index, answer);
      return true;
    });
  for (const answer of yes) seat(answer, new Set());
  return [...holder].sort(([a], [b]) => a - b).map(([index, { person, at }]) => ({ role: seats[index]!, person, at }));
}

export function seatsOf(places: Places): number {
  return Object.values(places).reduce((sum, count) => sum + count, 0);
}

export function isFull(step: PeopleStep, asking: Asking): boolean {
  return filledPlaces(step, asking).length === seatsOf(step.places);
}

/** What is still needed, in words: `1 of security-on-call and 1 of service-owner`. */
export function stillNeeded(step: PeopleStep, asking: Asking): string {
  const filled = filledPlaces(step, asking);
  return inWords(
    Object.entries(step.places)
      .map(([role, count]) => [role, count - filled.filter((place) => place.role === role).length] as const)
      .filter(([, count]) => count > 0)
      .map(([role, count]) => `${count} of ${role}`),
  );
}

export function inWords(list: string[]): string {
  return list.length < 2 ? (list[0] ?? 'nobody') : `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}
