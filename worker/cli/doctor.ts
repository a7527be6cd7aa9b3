import {
  type Check,
  checkMailServer,
  checkPagerDuty,
  checkRecords,
  checkServing,
  checkSlack,
  checkTemporal,
} from '../doctor/checks.js';
import { type GateReport, gateReports } from '../doctor/gates.js';
import { createLog } from '../log.js';
import { EXIT_CODES } from './exit-codes.js';
import type { Io } from './io.js';
import { openPeople } from './open-people.js';
import type { Run } from './verbs.js';
import { linesOf, shown } from './who.js';

/** Says who could answer each gate, and what does not work. Ends with 1 where a gate could be answered by nobody. */
export const run: Run = async (context) => {
  const { options, io } = context;
  const { settings, directory, close } = await openPeople(context);
  try {
    const log = createLog({ level: 'silent' });
    const gates = await gateReports(settings, directory.holders);
    const roles = await Promise.all(
      settings.roles.map(async ({ name }) => ({ role: name, holders: await directory.holders(name, 'unknown') })),
    );
    const checks = (
      await Promise.all([
        checkServing(options.url),
        checkTemporal(settings, options.data, io.env),
        checkRecords(settings, options.data),
        checkSlack(settings, log),
        checkPagerDuty(settings),
        checkMailServer(settings),
      ])
    ).flat();
    const nobody = gates.some(({ answer }) => answer === 'nobody');
    if (options.json) {
      io.out(
        JSON.stringify({
          ok: !nobody,
          gates,
          roles: roles.map(({ role, holders }) => ({ role, ...shown(holders) })),
          checks,
        }),
      );
    } else {
      io.out('Gates: who could answer now');
      tellGates(io, gates);
      io.out('\nRoles, for an owner whom nobody knows');
      for (const { role, holders } of roles) for (const line of linesOf(role, holders)) io.out(`  ${line}`);
      io.out('\nWhat Firebreak talks to');
      for (const check of checks) io.out(`  ${lineOf(check)}`);
    }
    if (nobody) return EXIT_CODES.failed;
    const isUnread = gates.some(({ answer }) => answer === 'unread') || checks.some(({ state }) => state === 'wrong');
    return isUnread ? EXIT_CODES.unreachable : EXIT_CODES.ok;
  } finally {
    await close();
  }
};

const SIGNS = { somebody: 'ok', nobody: 'NOBODY', unread: '?' } as const;

/** Owners for whom a gate is the same in everything stand on one line. */
function tellGates(io: Pick<Io, 'out'>, gates: GateReport[]): void {
  if (gates.length === 0) io.out('  none: nothing is ever asked');
  const same = new Map<string, { gate: GateReport; owners: string[] }>();
  for (const gate of gates) {
    const { owner, ...rest } = gate;
    const key = JSON.stringify(rest);
    same.set(key, { gate, owners: [...(same.get(key)?.owners ?? []), owner] });
  }
  for (const { gate, owners } of same.values()) {
    const { environment, class: effect, when, needs, tiers, answer, why, holders } = gate;
    const whose = owners.map((owner) => (owner === 'unknown' ? 'an owner whom nobody knows' : owner)).join(', ');
    io.out(`  ${SIGNS[answer].padEnd(7)} ${environment}: ${effect}${when === '' ? '' : ` (${when})`}, of ${whose}`);
    const named = Object.entries(holders).map(([role, names]) => `${role} = ${names.join(', ') || 'nobody'}`);
    io.out(`          ${[needs, ...tiers.map((tier) => `then ${tier}`)].join(', ')}. Now ${named.join('; ')}`);
    if (why !== '') io.out(`          ${why}`);
  }
}

const STATES = { ok: 'ok', wrong: 'WRONG', idle: '-' } as const;

const lineOf = ({ what, state, line }: Check): string => `${STATES[state].padEnd(7)} ${what}: ${line}`;
