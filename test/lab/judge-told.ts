/** What `tell` promises: told, at most one duplicate each, and nothing that no record knows. */
import type { EffectRow } from '../../records/records.js';
import type { Case } from './auditor.js';

/** A message that was lost on the way and sent again may come twice. */
const DUPLICATES_ALLOWED = 1;

export function judgeTold(found: Case): { findings: string[]; duplicates: number } {
  const { view } = found;
  const rows = view.effects.filter((row) => row.class === 'tell');
  const findings: string[] = [];
  let duplicates = 0;
  for (const row of rows) {
    const copies = copiesOf(found, row);
    if (copies === undefined) continue;
    const allowed = row.attempts === 0 ? 0 : Math.min(row.attempts, 1 + DUPLICATES_ALLOWED);
    if (copies > allowed) findings.push(`${row.target} came ${copies} times, on ${row.attempts} attempts`);
    if (copies === 0 && row.state === 'done') findings.push(`${row.target} is recorded as told, and is nowhere`);
    duplicates += Math.max(0, copies - 1);
  }
  const known = new Set(rows.map(({ target }) => target));
  for (const target of messagesOf(found).filter((one) => !known.has(one))) {
    findings.push(`${target} was sent, and records know nothing of it`);
  }
  return { findings, duplicates };
}

const MARKER = /<!-- firebreak: (.*?) -->/g;

/** How often it is there; an alert that is resolved twice alike is no second message. */
function copiesOf({ world }: Case, { target }: EffectRow): number | undefined {
  const [where = ''] = target.split('/');
  if (where === 'mail') return world.mails[target.slice('mail/'.length)] ?? 0;
  if (where === 'github-issue') return ticketTargets(world).filter((one) => one === target).length;
  if (where !== 'github-alert') return undefined;
  const { owner, repo, number } =
    /^github-alert\/(?<owner>[^/]+)\/(?<repo>[^#]+)#(?<number>\d+)$/.exec(target)?.groups ?? {};
  return world.github.writes.some((write) => write.target === `${owner}/${repo}/alerts/${number}`) ? 1 : 0;
}

/** Everything that the twins hold and that says it is of this incident, as records name it. */
function messagesOf({ world, view: { incident } }: Case): string[] {
  const mails = Object.keys(world.mails).filter((id) => id.startsWith(`<${incident.id}.`));
  const tickets = ticketTargets(world).filter((target) => target.includes(`/firebreak ${incident.id} `));
  return [...mails.map((id) => `mail/${id}`), ...new Set(tickets)];
}

function ticketTargets({ github }: Case['world']): string[] {
  const place = 'github-issue/acme/incidents';
  return github.issues.flatMap(({ number, body, comments }) => [
    ...[...body.matchAll(MARKER)].map(([, marker]) => `${place}/${marker}`),
    ...comments.flatMap((text) => [...text.matchAll(MARKER)].map(([, marker]) => `${place}/${number}/${marker}`)),
  ]);
}
