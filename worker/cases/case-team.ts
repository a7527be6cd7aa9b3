/** Who is there in a case, and under which policy: the team's own settings, or a small team that has every role. */
import type { Person } from '../../activities/seams.js';
import type { Page } from '../../playbooks/language/page.js';
import type { Office, Policy } from '../../playbooks/language/policy.js';
import { roleNamed, type WrittenHolders, writtenHolders, writtenOwners } from '../people/people.js';
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

/** Roles, people, policy and office hours of the settings; two made-up people where a group or a schedule holds a role. */
export function teamOf(settings: Settings): CaseTeam {
  const inCase = (written: WrittenHolders): Person[] =>
    'people' in written ? written.people : [1, 2].map((n) => personCalled(`${written.elsewhere.name}-${n}`));
  const ofRole = (role: string, owner: string) => inCase(writtenHolders(settings, roleNamed(settings, role), owner));
  const teams = [...new Set(settings.people.flatMap((person) => person.teams))];
  return {
    policy: settings.policy,
    office: settings.office,
    owner: teams.find((team) => team !== 'security') ?? teams[0] ?? 'unknown',
    roles: () => settings.roles.map(({ name }) => name),
    ofRole,
    rolesOf: (person, owner) =>
      settings.roles.map(({ name }) => name).filter((role) => ofRole(role, owner).some(({ name }) => name === person)),
    ofAudience: (audience, owner) => {
      const mail = settings.tell.find((rule) => rule.audience === audience)?.mail;
      if (mail !== undefined) return [{ name: audience, mail }];
      if (audience === 'owner') return inCase(writtenOwners(settings, owner));
      return settings.roles.some(({ name }) => name === audience) ? ofRole(audience, owner) : [];
    },
  };
}

const personCalled = (name: string): Person => ({ name, mail: `${name}@acme.example` });

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
  return {
    policy: {},
    office: { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] },
    owner: 'payments',
    roles: () => roles,
    ofRole: (role, owner) => namesOf(role, owner).map(personCalled),
    rolesOf: (name, owner) => roles.filter((role) => namesOf(role, owner).includes(name)),
    ofAudience: (audience, owner) =>
      audience === 'owner'
        ? namesOf('service-owner', owner).map(personCalled)
        : (roles.includes(audience) ? namesOf(audience, owner) : [audience]).map(personCalled),
  };
}

function rolesNamed({ phases }: Page): string[] {
  const steps = Object.values(phases).flatMap((items) => items.flatMap((item) => item.steps));
  return steps.flatMap((step) => {
    const gate = step.head === 'do' ? step.gate : step.head === 'task' ? step.people : {};
    return [...Object.keys(gate.from ?? {}), ...(gate.tiers ?? [])];
  });
}
