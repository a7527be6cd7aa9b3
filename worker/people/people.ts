/** Who settings know, and which roles they write out themselves. What stands elsewhere the directory reads. */
import { nearest } from '../../playbooks/language/problem.js';
import type { Person, Role, Settings } from '../settings/settings.js';

export interface HeldRole {
  role: string;
  /** `firebreak.yaml:22 people`, `firebreak.yaml:24 of owner payments`, `firebreak.yaml:23 PagerDuty schedule PSEC1, read …`. */
  source: string;
}

/** Thrown for a name that settings do not know. */
export class UnknownName extends Error {
  constructor(what: 'person' | 'role', name: string, known: readonly string[], file: string) {
    const near = nearest(name, known);
    super(`${file} knows no ${what} "${name}". ${near ? `Did you mean ${near}?` : `It knows ${known.join(', ')}.`}`);
    this.name = 'UnknownName';
  }
}

/** Throws UnknownName. */
export function personNamed(settings: Settings, name: string): Person {
  const person = settings.people.find((candidate) => candidate.name === name);
  if (person) return person;
  throw new UnknownName(
    'person',
    name,
    settings.people.map((each) => each.name),
    settings.file,
  );
}

/** Throws UnknownName. */
export function roleNamed(settings: Settings, name: string): Role {
  const role = settings.roles.find((candidate) => candidate.name === name);
  if (role) return role;
  throw new UnknownName(
    'role',
    name,
    settings.roles.map((each) => each.name),
    settings.file,
  );
}

/** The person behind a provider's name of one (an IAM user, a GitHub login); undefined if settings do not say. */
export function personBehind(settings: Settings, subject: string): Person | undefined {
  const bare = subject.toLowerCase();
  return settings.people.find(({ name, mail, knownAs }) =>
    [name, mail, ...knownAs].some((alias) => alias.toLowerCase() === bare),
  );
}

/** Roles whose holder on call is woken when they are asked. */
export const pagedRoles = ({ roles }: Pick<Settings, 'roles'>): string[] =>
  roles.filter((role) => 'page' in role && role.page).map(({ name }) => name);

/** Where the holders of a role are written: as people here, or elsewhere. */
export type WrittenHolders =
  | { people: Person[] }
  | { elsewhere: Extract<Role, { slackGroup: string } | { pagerdutySchedule: string }> };

/**
 * Follows a role to where its holders are written. `of: owner` are the people of the team; of a role, where `owners` named
 * one; security-on-call stand in for an owner whom nobody knows (language.md 3).
 */
export function writtenHolders(settings: Settings, role: Role, owner: string): WrittenHolders {
  if ('people' in role) return { people: settings.people.filter(({ name }) => role.people.includes(name)) };
  if (!('of' in role)) return { elsewhere: role };
  return writtenOwners(settings, owner);
}

/** The people of the team that owns it, wherever they are written. */
export function writtenOwners(settings: Settings, owner: string): WrittenHolders {
  const team = settings.people.filter(({ teams }) => teams.includes(owner));
  if (team.length > 0) return { people: team };
  const instead = owner === 'unknown' ? 'security-on-call' : owner;
  const role = settings.roles.find(({ name }) => name === instead);
  return role === undefined || 'of' in role ? { people: [] } : writtenHolders(settings, role, owner);
}

/** How settings say who holds it, with its line: `firebreak.yaml:24 of owner payments`. */
export function sourceOf(role: Role, owner: string): string {
  if ('people' in role) return `${role.where} people`;
  if ('of' in role) return `${role.where} of owner ${owner}`;
  if ('slackGroup' in role) return `${role.where} Slack group ${role.slackGroup}`;
  return `${role.where} PagerDuty schedule ${role.pagerdutySchedule}`;
}
