import type { Plan } from '../../playbooks/language/plan.js';
import type { Records } from '../../records/records.js';
import type { Holders } from '../people/directory.js';
import { UnknownName } from '../people/people.js';
import { incidentOf } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { openPeople } from './open-people.js';
import { textOf } from './say.js';
import type { Run, VerbContext } from './verbs.js';

/** Who holds a role now. Ends with 1 where nobody does, and as unreachable where nobody can say. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  const { settings, records, directory, close } = await openPeople(context);
  try {
    const owner = await ownerOf(context, records);
    const roles = args[0] === undefined ? settings.roles.map(({ name }) => name) : [args[0]];
    const held = await Promise.all(
      roles.map(async (role) => ({ role, holders: await directory.holders(role, owner) })),
    ).catch((error: unknown) => {
      if (error instanceof UnknownName) throw new CliError(EXIT_CODES.usage, error.message);
      throw error;
    });
    if (options.json) {
      io.out(JSON.stringify({ owner, roles: held.map(({ role, holders }) => ({ role, ...shown(holders) })) }));
    } else {
      for (const { role, holders } of held) for (const line of linesOf(role, holders)) io.out(line);
    }
    if (held.some(({ holders }) => 'unreachable' in holders)) return EXIT_CODES.unreachable;
    return held.some(({ holders }) => 'people' in holders && holders.people.length === 0)
      ? EXIT_CODES.failed
      : EXIT_CODES.ok;
  } finally {
    await close();
  }
};

/** For scripts: names alone, and what the source is. */
export function shown(holders: Holders): object {
  if ('unreachable' in holders) return { unreachable: holders.unreachable, source: holders.source };
  const { people, notes, readAt, source } = holders;
  return { people: people.map(({ name }) => name), notes, readAt, source };
}

export function linesOf(role: string, holders: Holders): string[] {
  const start = role.padEnd(18);
  if ('unreachable' in holders) return [`${start} ? ${holders.unreachable} (${holders.source})`];
  const names = holders.people.map(({ name }) => name).join(', ');
  return [
    `${start} ${names === '' ? 'nobody' : names} (${holders.source})`,
    ...holders.notes.map((note) => `${' '.repeat(18)} ${note}`),
  ];
}

async function ownerOf({ options }: VerbContext, records: Records | undefined): Promise<string> {
  const named = textOf(options.incident);
  const team = textOf(options.owner);
  if (named !== undefined && team !== undefined) {
    throw new CliError(EXIT_CODES.usage, 'Give --incident or --owner, not both.');
  }
  if (named === undefined) return team ?? 'unknown';
  const incident = incidentOf(named);
  const row = await records?.incidents.get(incident);
  if (row === undefined) throw new CliError(EXIT_CODES.usage, `The records hold no ${incident}.`);
  return (row.plan as Plan | undefined)?.facts.owner.value ?? 'unknown';
}
