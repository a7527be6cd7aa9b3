/** Who is there in a case, and under which policy: the team's own settings, or a small team that has every role. */
import type { Person } from '../../activities/seams.js';
import type { Page } from '../../playbooks/language/page.js';
import type { Office, Policy } from '../../playbooks/language/policy.js';
import { audienceOf, peopleOf, rolesOf } from '../people.js';
import type { Settings } from '../settings/settings.js';

export interface CaseTeam {
  policy: Policy;
  office: Office;
  /** What `owner: known` means. */
  owner: string;
  roles(): string[];
  ofRole(role: string, owner: string): Person[];
  /** Every role that the person holds for this owner. */
  rolesOf(person: string, owner: string): string[];
  ofAudience(audience: string, owner: string): Person[];
}

/** Roles, people, policy and office hours of the settings. */
export function teamOf(settings: Settings): CaseTeam {
  const teams = [...new Set(settings.people.flatMap((person) => person.teams))];
  return {
    policy: settings.policy,
    office: settings.office,
    owner: teams.find((team) => team !== 'security') ?? teams[0] ?? 'unknown',
    roles: () => settings.roles.map(({ name }) => name),
    ofRole: (role, owner) => peopleOf(settings, role, { owner }),
    rolesOf: (person, owner) => rolesOf(settings, person, { owner }).map(({ role }) => role),
    ofAudience: (audience, owner) => audienceOf(settings, audience, { owner }),
  };
}

const PEOPLE: Record<string, string[]> = {
  'security-on-call': ['sam', 'leo'],
  'service-owner': ['mia', 'noa'],
};

/** No settings: two people for each role that the page names, the gates of language.md, an office from 9 to 17 UTC. */
export function defaultTeam(page: Page): CaseTeam {
  const roles = [...new Set(['security-on-call', 'service-owner', 'responder', ...rolesNamed(page)])];
  const namesOf = (role: string, owner: string): string[] => {
    if (role === 'responder') return Object.values(PEOPLE).flat();
    // nobody knows whose it is, so on-call stands in for its owner
    if (role === 'service-owner' && owner === 'unknown') return PEOPLE['security-on-call']!;
    return PEOPLE[role] ?? [`${role}-1`, `${role}-2`];
  };
  const person = (name: string): Person => ({ name, mail: `${name}@acme.example` });
  return {
    policy: {},
    office: { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] },
    owner: 'payments',
    roles: () => roles,
    ofRole: (role, owner) => namesOf(role, owner).map(person),
    rolesOf: (name, owner) => roles.filter((role) => namesOf(role, owner).includes(name)),
    ofAudience: (audience, owner) =>
      audience === 'owner'
        ? namesOf('service-owner', owner).map(person)
        : (roles.includes(audience) ? namesOf(audience, owner) : [audience]).map(person),
  };
}

function rolesNamed({ phases }: Page): string[] {
  const steps = Object.values(phases).flatMap((items) => items.flatMap((item) => item.steps));
  return steps.flatMap((step) => {
    const gate = step.head === 'do' ? step.gate : step.head === 'task' ? step.people : {};
    return [...Object.keys(gate.from ?? {}), ...(gate.tiers ?? [])];
  });
}
