/** What contain, interrupt, replace, store and destroy promise, by what AWS and Vault hold and were written. */
import { isDeepStrictEqual } from 'node:util';
import { effectName } from '../../activities/effect-key.js';
import type { EffectRow } from '../../records/records.js';
import { awsWrites, type Case, unintended } from './auditor.js';

const isUndo = ({ key }: EffectRow): boolean => key.endsWith('/undo');
const verbOf = ({ key }: EffectRow): string => effectName(key).verb;
const rowsOn = ({ view }: Case, end: string): EffectRow[] => view.effects.filter(({ target }) => target.endsWith(end));
const last = <T>(all: T[]): T | undefined => all.at(-1);
const isBroughtBack = (rows: EffectRow[], forward: EffectRow): boolean =>
  rows.some((row) => row.key === `${forward.key}/undo` && row.state === 'done');

function userOf({ world, user }: Case) {
  return world.aws.users.find(({ name }) => name === user) ?? { name: user, keys: [], policies: {} };
}

const statusOf = (found: Case, key: string): string =>
  userOf(found).keys.find(({ id }) => id === key)?.status ?? 'gone';

/** contain: the final state is right · interrupt: one policy, with the time of the row · their undo: as before us. */
export function judgeSettings(found: Case): string[] {
  return [...judgeDisable(found), ...judgeCut(found)];
}

function judgeDisable(found: Case): string[] {
  const { view, key, user } = found;
  const findings: string[] = [];
  const rows = rowsOn(found, `/${key}/status`);
  const forward = last(rows.filter((row) => verbOf(row) === 'disable' && !isUndo(row) && row.attempts > 0));
  const status = statusOf(found, key);
  if (forward?.state === 'done') {
    const wanted = isBroughtBack(rows, forward) ? 'Active' : 'Inactive';
    const isGone = status === 'gone' && view.effects.some((row) => row.class === 'destroy' && row.attempts > 0);
    if (status !== wanted && !isGone) findings.push(`${key} is ${status}, and should be ${wanted}`);
  }
  const writes = awsWrites(found, 'UpdateAccessKey');
  for (const id of new Set(writes.map(({ target }) => target))) {
    const ours = writes.filter(({ target }) => target === id);
    findings.push(...unintended(`the status of ${id}`, ours, rowsOn(found, `/${id}/status`)));
  }
  findings.push(
    ...unsent(rows, writes.filter(({ target }) => target === key).length, `the status of ${key} (${user})`),
  );
  return findings;
}

function judgeCut(found: Case): string[] {
  const findings: string[] = [];
  const name = `firebreak-${found.view.incident.id}-cut`;
  const policies = Object.entries(userOf(found).policies).filter(([policy]) => policy.startsWith('firebreak-'));
  const rows = rowsOn(found, `/policy/${name}`);
  const forward = last(rows.filter((row) => !isUndo(row) && row.attempts > 0));
  const puts = awsWrites(found, 'PutUserPolicy');
  const deletes = awsWrites(found, 'DeleteUserPolicy');
  if (policies.length > 1) findings.push(`${found.user} has ${policies.length} policies of ours`);
  const there = policies.find(([policy]) => policy === name)?.[1];
  if (forward?.state === 'done') {
    const isBack = isBroughtBack(rows, forward);
    if (isBack && there !== undefined) findings.push(`${name} is still there after its undo`);
    if (!isBack && (there === undefined || !isDeepStrictEqual(JSON.parse(there), forward.args))) {
      findings.push(`${name} is not as recorded: ${there ?? 'it is not there'}`);
    }
  }
  for (const { detail } of puts) {
    if (!isDeepStrictEqual(JSON.parse(detail.document ?? 'null'), forward?.args)) {
      findings.push(`${name} was once written with another cut time than the row's: ${detail.document}`);
    }
  }
  findings.push(...unintended(name, [...puts, ...deletes], rows));
  findings.push(...unsent(rows, puts.length, name));
  return findings;
}

/** Vice versa: what is recorded as done has been written. */
function unsent(rows: EffectRow[], writes: number, what: string): string[] {
  const claimed = rows.filter(
    (row) =>
      row.state === 'done' && row.attempts > 0 && !isUndo(row) && row.class !== 'undo' && row.outcome?.line === 'done',
  );
  return claimed.length > 0 && writes === 0 ? [`${what} is recorded as done and was never written`] : [];
}

/** replace: exactly one live new key that we know; every other one is known and off. */
export function judgeReplace(found: Case): string[] {
  const { view } = found;
  const findings: string[] = [];
  const creates = awsWrites(found, 'CreateAccessKey');
  const rows = view.effects.filter((row) => row.class === 'replace' && !isUndo(row));
  const undone = view.effects.filter((row) => verbOf(row) === 'rotate' && isUndo(row));
  const made = creates.map(({ detail }) => detail.id ?? '');
  const kept = rows.filter((row) => row.state === 'done' && !undone.some(({ key }) => key === `${row.key}/undo`));
  const live = made.filter((id) => statusOf(found, id) === 'Active');
  const known = new Set(
    view.effects.flatMap(({ outcome, target }) => [
      String(outcome?.id ?? ''),
      ...((outcome?.strays as string[] | undefined) ?? []),
      target.split('/').at(-2) ?? '',
    ]),
  );
  const expected = kept.map(({ outcome }) => String(outcome?.id ?? ''));
  if (kept.length > 1) findings.push(`${kept.length} replacements are recorded as done`);
  for (const id of live.filter((one) => !expected.includes(one)))
    findings.push(`${id} is alive, and nobody should have it`);
  for (const id of expected.filter((one) => !live.includes(one))) {
    findings.push(`${id} is recorded as the replacement, and is ${statusOf(found, id)}`);
  }
  for (const id of made.filter((one) => !known.has(one))) findings.push(`${id} was made, and records do not know it`);
  findings.push(...unintended('a new key', creates, rows));
  return findings;
}

/** store: the vault holds what the records say; after an undo, what was there before us. */
export function judgeStore(found: Case): string[] {
  const { view, world, user, key } = found;
  const path = `production/payments/aws-access-key/${user}`;
  const rows = view.effects.filter((row) => row.target === `secret-store/${path}`);
  const forward = last(rows.filter((row) => !isUndo(row) && row.attempts > 0));
  const writes = world.vault.writes.filter(({ target }) => target === path);
  const findings = unintended(`the secret at ${path}`, writes, rows);
  const wanted =
    forward === undefined
      ? key
      : forward.state !== 'done'
        ? undefined
        : isBroughtBack(rows, forward)
          ? key
          : String(forward.args);
  const held = world.vault.values[path];
  if (wanted !== undefined && held !== wanted)
    findings.push(`${path} holds ${held ?? 'nothing'}, and should hold ${wanted}`);
  return findings;
}

/** destroy: gone, once, and only with the decision of two people counted before. */
export function judgeDestroy(found: Case): string[] {
  const { view, key, user } = found;
  const findings: string[] = [];
  const deletes = awsWrites(found, 'DeleteAccessKey');
  const rows = view.effects.filter((row) => row.class === 'destroy');
  for (const { target } of deletes.filter(({ target: id }) => id !== key))
    findings.push(`${target} was deleted for ${user}`);
  const [write, ...more] = deletes.filter(({ target }) => target === key);
  if (more.length > 0) findings.push(`${key} was deleted ${more.length + 1} times`);
  findings.push(...unintended(`the deletion of ${key}`, deletes, rows));
  if (write !== undefined) {
    const said = view.decisions.filter(
      (row) => row.step.includes('.revoke') && row.answer === 'yes' && row.outcome === 'counted' && row.at <= write.at,
    );
    const people = new Set(said.map(({ person }) => person));
    if (people.size < 2) findings.push(`${key} was deleted on the word of ${[...people].join(', ') || 'nobody'}`);
    if (rows.some(({ state }) => state === 'not_applied')) findings.push(`${key} was deleted, and records deny it`);
  }
  if (rows.some(({ state }) => state === 'done') && statusOf(found, key) !== 'gone') {
    findings.push(`${key} is recorded as deleted, and is ${statusOf(found, key)}`);
  }
  return findings;
}
