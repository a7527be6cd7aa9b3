/** What an attacker may have made: looked for at the provider and in the logs, and kept in records. */

import type { Plan } from '../playbooks/language/plan.js';
import { connectorOf } from './act.js';
import { beganAt } from './began-at.js';
import type { Found } from './connectors/contract.js';
import { Later, type StepCall, StepFailed, type StepResult } from './contract.js';
import { countFound, foundAbove, identityOf, recordFound } from './found.js';
import type { HouseStep } from './house-verbs.js';
import { findMade, type Made, unreadable } from './logs/find-made.js';
import type { Deed } from './logs/iam-deed.js';
import { connectorCall } from './prove.js';
import type { Attempt, Seams } from './seams.js';

/** So long we wait for logs that are still arriving, or for our own rotation to end: the service waits for its new key. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 2_000;
/** So many are named in the line; all are in records. */
const MOST_NAMED = 3;

/**
 * Lists what was made since the exposure, adds what the logs tell of it, and leaves out what Firebreak itself made.
 * Throws what the connector's reads throw: a listing that is not whole is none. Logs that cannot be read cost their part
 * of the answer, and the line says so.
 */
export async function findCreated({ seams, plan, call, attempt }: HouseStep): Promise<StepResult> {
  const connector = connectorOf(seams, plan);
  if (connector.findCreated === undefined) {
    throw new StepFailed('invalid', `nobody can look what ${plan.credential.id} made: ${plan.credential.kind} cannot`);
  }
  const now = seams.clock.now();
  const began = await beganAt(seams, call, now, 'looking for what was made since the exposure');
  const since = Date.parse(plan.facts.exposed_since.value);
  const logs = await readLogs(seams, plan, since, began, attempt);
  const listed = await connector.findCreated(connectorCall(seams, plan), since);
  const all = await withoutOurs(seams, merge(listed, logs.made, plan), began);
  const above = await foundAbove(seams.records, plan.incident);
  const found = all.filter((one) => !above.has(identityOf(one)));
  await recordFound(seams.records, call, found, seams.clock.now());
  return { results: await keptCount(seams, call), line: lineOf(found, since, logs.line) };
}

/** Of what was kept: an attempt that died after it had written its list down is the one that counts. */
async function keptCount(seams: Seams, call: StepCall): Promise<{ credentials: number; others: number }> {
  return (await countFound(seams.records, call.incident, call.step)) ?? { credentials: 0, others: 0 };
}

async function readLogs(
  seams: Seams,
  plan: Plan,
  since: number,
  began: number,
  { heartbeat, signal }: Attempt,
): Promise<{ made?: Made; line: string }> {
  const undated = 'the provider does not date rights and trust of what was there before';
  const trail = seams.logs?.cloudtrail;
  if (trail === undefined || !trail.knows.includes(plan.credential.kind)) {
    return { line: `by listing only: no log of ours knows ${plan.credential.kind}, and ${undated}` };
  }
  const now = seams.clock.now();
  const lagMs = trail.lagSeconds * 1_000;
  const settledAt = began + lagMs;
  if (now < settledAt && lagMs <= PATIENCE_MS) {
    throw new Later(
      Math.min(settledAt, now + Math.max(PAUSE_MS, lagMs / 3)),
      'the newest calls are still on their way into the logs',
    );
  }
  try {
    const { folder, lagSeconds } = trail;
    const credentialId = plan.credential.id;
    const made = await findMade({ folder, credentialId, since, until: began, now, lagSeconds, heartbeat, signal });
    const { complete, reasons } = made.coverage;
    return {
      made,
      line: complete
        ? 'the logs are complete up to then'
        : `the logs are not complete (${reasons.slice(0, 3).join('; ')}), and ${undated}; retry the step when they are`,
    };
  } catch (error) {
    return { line: `by listing only: ${unreadable(error)}; ${undated}` };
  }
}

/** One entry for one thing, with every way in which it was found. What the chain of the leaked key made always counts. */
function merge(listed: Found[], made: Made | undefined, { credential }: Plan): Found[] {
  const byIdentity = new Map(listed.map((found) => [identityOf(found), { ...found, ways: [...found.ways] }]));
  const chained = new Set<string>();
  for (const deed of made?.chained ?? []) {
    const { thing, caller } = deed;
    if (thing === undefined || thing.credential?.id === credential.id) continue;
    const found = byIdentity.get(thing.identity) ?? { ...thing, at: deed.at, ways: [] };
    byIdentity.set(thing.identity, found);
    chained.add(thing.identity);
    addWay(found, deed);
    found.at ??= deed.at;
    found.by ??= caller.key === '' ? caller.arn : `${caller.arn} with ${caller.key}`;
    if (deed.target !== undefined) found.target ??= deed.target;
  }
  for (const deed of made?.byOthers ?? []) {
    const identity = deed.thing?.identity ?? '';
    const found = byIdentity.get(identity);
    if (found === undefined) continue;
    addWay(found, deed);
    if (chained.has(identity)) continue;
    found.at ??= deed.at;
    found.by ??= deed.caller.arn;
    // somebody else's own new key: a person looks before it is frozen
    found.what = 'other';
  }
  return [...byIdentity.values()];
}

function addWay(found: Found, { event }: Deed): void {
  const way = `CloudTrail ${event}`;
  if (!found.ways.includes(way)) found.ways.push(way);
}

/**
 * Leaves out what an effect of ours recorded as made. Read after the listing: whatever was listed had its intent before.
 * While one of ours at the same place is open, or may still be on its way, an unknown credential there may be its: one
 * whose answer was lost stands there long before it is recorded. We wait a little, and then people look at it.
 */
async function withoutOurs(seams: Seams, found: Found[], began: number): Promise<Found[]> {
  const { effects } = seams.records;
  const theirs: Found[] = [];
  const now = seams.clock.now();
  // open ones, then leases, then ids: an effect that ends between two of these is seen by the later one
  const quietButOpen = new Set((await effects.open(now)).flatMap((row) => (row.class === 'contain' ? [] : row.target)));
  for (const one of found) {
    const { target, credential } = one;
    if (target === undefined || credential === undefined) {
      theirs.push(one);
      continue;
    }
    const mayBeOurs = quietButOpen.has(target) || (await effects.othersQuietAt(target, '')) > now;
    if ((await effects.recordedIds(target, '')).has(credential.id)) continue;
    if (!mayBeOurs) {
      theirs.push(one);
      continue;
    }
    if (now < began + PATIENCE_MS) {
      throw new Later(now + PAUSE_MS, `${credential.id} may be what a rotation of ours is just making; looking again`);
    }
    theirs.push({ ...one, what: 'other', title: `${one.title}, which a rotation of ours may have made` });
  }
  return theirs;
}

function lineOf(found: Found[], since: number, logs: string): string {
  const time = `${new Date(since).toISOString().slice(0, 19)}Z`;
  if (found.length === 0) return `nothing was made since ${time}; ${logs}`;
  const credentialsFirst = [...found].sort((a, b) => Number(b.what === 'credential') - Number(a.what === 'credential'));
  const named = credentialsFirst.slice(0, MOST_NAMED).map(({ title, ways }) => `${title} (${ways.join(', ')})`);
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  return `made or changed since ${time}: ${named.join('; ')}${more}; ${logs}`;
}
