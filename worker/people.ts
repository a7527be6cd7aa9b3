/** Who holds which role for which owner, and where that is written. Static lists; asked at the moment that counts. */
import { nearest } from '../playbooks/language/problem.js';
import type { Person, Role, Settings } from './settings/settings.js';

export interface HeldRole {
  role: string;
  /** `firebreak.yaml:22 people`, `firebreak.yaml:24 of owner payments` */
  source: string;
}

/** The owner of the credential in question; `unknown` makes security-on-call stand in for its owner (language.md 3). */
export interface Regarding {
  owner: string;
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

/** The person behind a provider's name of one (an IAM user, a GitHub login); undefined if settings do not say. */
export function personBehind(settings: Settings, subject: string): Person | undefined {
  const bare = subject.toLowerCase();
  return settings.people.find(({ name, mail, knownAs }) =>
    [name, mail, ...knownAs].some((alias) => alias.toLowerCase() === bare),
  );
}

/** The people who hold the role now. Throws UnknownName for a role that settings do not have. */
export function peopleOf(settings: Settings, role: string, regarding: Regarding): Person[] {
  return holdersOf(settings, roleNamed(settings, role), regarding);
}

/** Every role that the person holds for this owner, with its source. Throws UnknownName. */
export function rolesOf(settings: Settings, person: string, regarding: Regarding): HeldRole[] {
  const { name } = personNamed(settings, person);
  return settings.roles
    .filter((role) => holdersOf(settings, role, regarding).some((holder) => holder.name === name))
    .map((role) => ({
      role: role.name,
      source: `${role.where} ${'of' in role ? `of owner ${regarding.owner}` : 'people'}`,
    }));
}

/** Roles that nobody holds for this owner, so that their tiers are passed at once. */
export function emptyRoles(settings: Settings, regarding: Regarding): string[] {
  return settings.roles.filter((role) => holdersOf(settings, role, regarding).length === 0).map(({ name }) => name);
}

/** Who is meant by an audience of `tell` and `notify`: the owner's people, a role's, or the one address that is written. */
export function audienceOf(
  settings: Settings,
  audience: string,
  regarding: Regarding,
): Pick<Person, 'name' | 'mail'>[] {
  const rule = settings.tell.find((candidate) => candidate.audience === audience);
  if (rule?.mail) return [{ name: audience, mail: rule.mail }];
  if (audience === 'owner') return ownersOf(settings, regarding.owner);
  const role = settings.roles.find(({ name }) => name === audience);
  return role ? holdersOf(settings, role, regarding) : [];
}

function roleNamed(settings: Settings, name: string): Role {
  const role = settings.roles.find((candidate) => candidate.name === name);
  if (role) return role;
  throw new UnknownName(
    'role',
    name,
    settings.roles.map((each) => each.name),
    settings.file,
  );
}

function holdersOf(settings: Settings, role: Role, { owner }: Regarding): Person[] {
  if ('of' in role) return ownersOf(settings, owner);
  return settings.people.filter(({ name }) => role.people.includes(name));
}

/** The people of a team; of a role, where `owners` named one; security-on-call if the owner is unknown. */
function ownersOf(settings: Settings, owner: string): Person[] {
  const team = settings.people.filter(({ teams }) => teams.includes(owner));
  if (team.length > 0) return team;
  const instead = owner === 'unknown' ? 'security-on-call' : owner;
  const role = settings.roles.find(({ name }) => name === instead);
  return role && 'people' in role ? settings.people.filter(({ name }) => role.people.includes(name)) : [];
}
