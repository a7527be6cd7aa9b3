/**
 * Who holds which role now, and which account of a chat is whose. Read when it counts: a list of the settings at once, a
 * group or a schedule at its source, at most a minute old. A source that does not answer is said, and never means nobody.
 */
import type { Holders as SeamHolders } from '../../activities/seams.js';
import type { Records } from '../../records/records.js';
import type { Log } from '../log.js';
import type { Person, Role, Settings } from '../settings/settings.js';
import { type Membership, OutOfReach, type ReadMembers, remembering } from './membership.js';
import {
  type HeldRole,
  personNamed,
  roleNamed,
  sourceOf,
  type WrittenHolders,
  writtenHolders,
  writtenOwners,
} from './people.js';

export type { HeldRole };

/** `readAt`: when the source said so, ms since epoch; now, for what stands in the settings. */
export type Holders = SeamHolders & { source: string } & (
    | { people: Person[]; notes: string[]; readAt: number }
    | { unreachable: string }
  );

export interface HeldRoles {
  roles: HeldRole[];
  /** Roles of which nobody could say whether the person holds them, and why, in a sentence without its end. */
  unread: { role: string; why: string }[];
}

export interface Directory {
  /** Throws UnknownName for a role that settings do not have. */
  holders(role: string, owner: string): Promise<Holders>;
  /** Throws UnknownName for a person whom settings do not have. */
  rolesOf(person: string, owner: string): Promise<HeldRoles>;
  /** Of `tell` and `notify`: the owner's people, a role's, or the one address that is written; nobody if settings name none. */
  audience(audience: string, owner: string): Promise<SeamHolders>;
  /** The person that confirmed this account of Slack as theirs, if settings still have them. */
  linkedTo(account: string): Promise<Person | undefined>;
  /** The account of Slack that the person confirmed. */
  accountOf(person: string): Promise<string | undefined>;
}

interface Doors {
  /** Reads user groups; absent where settings have no Slack. */
  slack?: ReadMembers;
  pagerduty?: ReadMembers;
  links: Pick<Records['links'], 'get' | 'ofPerson'>;
  clock: { now(): number };
  log: Log;
}

/** The source under which links of a workspace are kept. */
export const slackSource = (workspace: string): string => `slack/${workspace}`;

export function createDirectory(settings: Settings, { slack, pagerduty, links, clock, log }: Doors): Directory {
  const groups = slack && remembering(slack, clock);
  const schedules = pagerduty && remembering(pagerduty, clock);
  const linkSource = slackSource(settings.slack?.workspace ?? '');
  const knownPerson = (name: string) => settings.people.find((person) => person.name === name);

  async function linkedTo(account: string): Promise<Person | undefined> {
    const link = await links.get(linkSource, account);
    return link && knownPerson(link.person);
  }

  /** The people of settings among the members, and a word on each who is none. */
  async function inGroup({ members }: Membership): Promise<{ people: Person[]; notes: string[] }> {
    const found = await Promise.all(
      members.map(
        async ({ id }) => (await linkedTo(id)) ?? `Slack account ${id} is linked to nobody, so it cannot be asked`,
      ),
    );
    return split(found);
  }

  function onCall({ members }: Membership): { people: Person[]; notes: string[] } {
    return split(
      members.map(
        ({ id, shown }) =>
          settings.people.find(({ mail }) => id !== '' && mail.toLowerCase() === id.toLowerCase()) ??
          `${shown} is on call, whom firebreak.yaml does not know`,
      ),
    );
  }

  async function read(written: WrittenHolders, source: string, role: string): Promise<Holders> {
    if ('people' in written) return { people: written.people, notes: [], readAt: clock.now(), source };
    const { elsewhere } = written;
    try {
      const isGroup = 'slackGroup' in elsewhere;
      const membership = await (isGroup
        ? (groups ?? absent('Slack'))(elsewhere.slackGroup)
        : (schedules ?? absent('PagerDuty'))(elsewhere.pagerdutySchedule));
      const { readAt } = membership;
      const said = isGroup ? await inGroup(membership) : onCall(membership);
      return { ...said, readAt, source: `${source}, read ${new Date(readAt).toISOString()}` };
    } catch (error) {
      if (!(error instanceof OutOfReach)) throw error;
      log.warn({ role, reason: error.message, cause: causeOf(error) }, 'nobody can say who holds a role');
      const asked = 'slackGroup' in elsewhere ? `who is in ${role}` : `who of ${role} is on call`;
      return { unreachable: `${error.message}, so I could not ask ${asked}`, source };
    }
  }

  /** Of `of: owner` the name of the role by which its people are found, where it is one. */
  const throughRole = (written: WrittenHolders, role: Role, owner: string): string =>
    'elsewhere' in written && written.elsewhere !== role
      ? `${sourceOf(role, owner)}, ${sourceOf(written.elsewhere, owner)}`
      : sourceOf(role, owner);

  function holdersOf(role: Role, owner: string): Promise<Holders> {
    const written = writtenHolders(settings, role, owner);
    const name = 'elsewhere' in written ? written.elsewhere.name : role.name;
    return read(written, throughRole(written, role, owner), name);
  }

  return {
    holders: async (role, owner) => holdersOf(roleNamed(settings, role), owner),

    async rolesOf(person, owner) {
      const { name } = personNamed(settings, person);
      const roles: HeldRole[] = [];
      const unread: HeldRoles['unread'] = [];
      const all = await Promise.all(
        settings.roles.map(async (role) => ({ role: role.name, holders: await holdersOf(role, owner) })),
      );
      for (const { role, holders } of all) {
        if ('unreachable' in holders) unread.push({ role, why: holders.unreachable });
        else if (holders.people.some((holder) => holder.name === name)) roles.push({ role, source: holders.source });
      }
      return { roles, unread };
    },

    async audience(audience, owner) {
      const rule = settings.tell.find((candidate) => candidate.audience === audience);
      if (rule?.mail) return { people: [{ name: audience, mail: rule.mail }] };
      if (audience === 'owner') {
        const written = writtenOwners(settings, owner);
        return read(written, 'owner', 'elsewhere' in written ? written.elsewhere.name : 'owner');
      }
      const role = settings.roles.find(({ name }) => name === audience);
      return role ? holdersOf(role, owner) : { people: [] };
    },

    linkedTo,

    async accountOf(person) {
      return (await links.ofPerson(linkSource, person))?.account;
    },
  };
}

/** One person once, whoever is found by two accounts of a schedule. */
function split(found: (Person | string)[]): { people: Person[]; notes: string[] } {
  const people = found.filter((one) => typeof one !== 'string');
  return {
    people: [...new Map(people.map((person) => [person.name, person])).values()],
    notes: found.filter((one) => typeof one === 'string'),
  };
}

function absent(system: string): (id: string) => Promise<Membership> {
  return () => Promise.reject(new OutOfReach(`${system} is not set up`));
}

/** Of what lies behind it only its name: its text may quote an answer. */
function causeOf({ cause }: OutOfReach): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}
