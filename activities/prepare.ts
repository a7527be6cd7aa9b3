import { setTimeout as pause } from 'node:timers/promises';
import type { Credential, Plan } from '../playbooks/language/plan.js';
import { credentialLabel } from '../playbooks/language/sentence.js';
import { type Alert, leakedName, worse } from './alert.js';
import type { Identity } from './connectors/contract.js';
import { Later, type Prepared, StepFailed } from './contract.js';
import { alertsOf } from './house-verbs.js';
import { intentionOf } from './intention.js';
import { noteMoment } from './moments.js';
import { requesterOf } from './requester.js';
import type { Seams } from './seams.js';
import { fetchAlert } from './sources/github-alert.js';

/** What all alerts of an incident say together. */
interface Named {
  kind: string;
  id: string;
  account?: string;
  exposure: Alert['exposure'];
  exposedSince: string;
}

const SEALED_FOR_MS = 7 * 24 * 3_600_000;

/**
 * The first activity of an incident: names the credential, claims it canonically, identifies it at the provider,
 * resolves facts, binds the playbook and pins the plan. Asked again, it answers with the plan that is pinned.
 *
 * Throws Later while a credential may only be too new to be seen, StepFailed('invalid') when no alert names anything or
 * no page fits, ConnectorError when a provider cannot say.
 */
export async function prepare(seams: Seams, incident: string): Promise<Prepared> {
  const { records } = seams;
  const row = await records.incidents.get(incident);
  if (row === undefined) throw new StepFailed('invalid', `records hold no ${incident}`);
  const requester = await requesterOf(records, row);
  const planned = async (plan: Plan): Promise<Prepared> => ({
    result: 'planned',
    plan,
    alerts: row.alerts,
    ...(requester === undefined ? {} : { requester }),
    office: seams.office,
    emptyRoles: await emptyRoles(seams, plan.facts.owner.value),
  });
  if (row.plan !== undefined) {
    // Again, in case the attempt that pinned it died before it could say so.
    await noteOpened(seams, row.plan as Plan);
    return planned(row.plan as Plan);
  }
  if (row.joinedTo !== undefined) return joined(row.joinedTo);

  const named = await nameCredential(seams, incident, await alertsOf(records, incident), row.openedAt);
  const claim = `${named.kind}:${named.id}`;

  const holder = await records.incidents.claim(incident, claim);
  if (holder !== undefined) {
    // In one commit: its alerts and what is sealed go on with the incident that holds the credential.
    await records.incidents.close(incident, 'joined', seams.clock.now(), holder);
    return joined(holder);
  }

  const identity = await identify(seams, named);
  if (!identity.known) return benign(`${named.id}: ${identity.lines[0] ?? 'no account of ours knows it'}`);
  const now = seams.clock.now();
  const sureAt = row.openedAt + lagOf(seams, named.kind);
  if (identity.state === 'gone' && now < sureAt) {
    throw new Later(
      Math.min(sureAt, now + LOOK_AGAIN_MS),
      `${named.id} is not there; a credential made a moment ago may not be listed yet, so it is looked for again`,
    );
  }
  if (identity.state === 'gone') return benign(`${named.id} is dead already: its provider has it no more`);

  const resolved = seams.resolveFacts(identity, named.kind);
  const credential: Credential = {
    kind: named.kind,
    id: named.id,
    account: identity.account,
    name: identity.name,
    principal: identity.principal,
  };
  const held = (await records.sealed.names(incident, seams.clock.now())).includes(leakedName(claim));
  const subject = identity.subject === undefined ? undefined : seams.people.bySubject(identity.subject);
  const plan = seams.bind({
    incident,
    credential,
    mode: row.observe ? 'observe' : resolved.mode,
    ...(row.playbook === undefined ? {} : { playbook: row.playbook }),
    ...(row.parent === undefined ? {} : { foundBy: row.parent }),
    facts: {
      environment: resolved.environment,
      criticality: resolved.criticality,
      exposure: { value: named.exposure, source: 'alert' },
      secret: { value: held ? 'held' : 'not_held', source: 'intake' },
      owner: resolved.owner,
      subject: { value: subject ?? 'none', source: 'identify' },
      exposed_since: { value: named.exposedSince, source: 'alert' },
    },
  });
  const at = seams.clock.now();
  // In this order, and in one commit if they can: nothing is contained before they are there.
  await Promise.all([
    records.timeline.append({
      incident,
      at,
      kind: 'identified',
      step: '',
      generation: 1,
      line: `${credential.name} in ${resolved.environment.value}, account ${credential.account}, owner ${resolved.owner.value} (${resolved.owner.source})`,
      data: {
        banner: seams.banner,
        credential,
        lines: identity.lines,
        siblings: identity.siblings,
        state: identity.state,
        office: seams.office,
      },
      key: 'identified',
    }),
    records.incidents.pin(incident, plan, plan.digest, claim),
    noteOpened(seams, plan),
  ]);
  return planned(plan);
}

/** Nothing is contained later because a source of people takes its time. */
const ROLES_WITHIN_MS = 1_000;

/** Roles that nobody holds, so that their tiers are passed at once. Of one that could not be read nobody knows that. */
async function emptyRoles({ people }: Seams, owner: string): Promise<string[]> {
  const limit = new AbortController();
  const tooLate = pause(ROLES_WITHIN_MS, undefined, { signal: limit.signal, ref: false }).catch(() => undefined);
  const isEmpty = async (role: string): Promise<boolean> => {
    const holders = await Promise.race([people.ofRole(role, owner), tooLate]);
    return holders !== undefined && 'people' in holders && holders.people.length === 0;
  };
  const roles = people.roles();
  const empty = await Promise.all(roles.map(isEmpty));
  limit.abort();
  return roles.filter((_, index) => empty[index]);
}

const joined = (to: string): Prepared => ({
  result: 'joined',
  to,
  line: `${to} answers for this credential already; its alerts went there`,
});
const benign = (line: string): Prepared => ({ result: 'benign', line });

function noteOpened({ records, clock }: Seams, plan: Plan): Promise<void> {
  const { incident, credential, facts } = plan;
  const line = `${credentialLabel(credential)} (${credential.name}) is ${facts.exposure.value}; ${intentionOf(plan)}`;
  return noteMoment(records, { incident, moment: 'opened', at: clock.now(), line });
}

/** For so long after its alert a credential that is not listed may be too new: one that an attacker has just made. */
const TOO_NEW_MS = 20_000;
const LOOK_AGAIN_MS = 1_000;

const lagOf = ({ connectors }: Seams, kind: string): number =>
  Math.min((connectors[kind]?.fence.lagSeconds ?? 0) * 1_000, TOO_NEW_MS);

async function identify(seams: Seams, named: Named): Promise<Identity> {
  const connector = seams.connectors[named.kind];
  if (connector !== undefined) return connector.identify(named.id, named.account);
  // A kind that no connector knows is handled by people, so there is nobody to ask.
  return {
    known: true,
    account: named.account ?? 'unknown',
    name: named.id,
    principal: named.id,
    state: 'unknown',
    tags: {},
    siblings: [],
    lines: [`${named.kind} has no connector here: people act, Firebreak keeps order, time and evidence`],
  };
}

/** Reads what the alerts say, at their source where they do not say it themselves, and seals a secret found there. */
async function nameCredential(seams: Seams, incident: string, alerts: Alert[], openedAt: number): Promise<Named> {
  const found: { kind: string; id: string; account?: string }[] = [];
  let exposure = alerts[0]?.exposure ?? 'unknown';
  let since = Number.POSITIVE_INFINITY;
  for (const alert of alerts) {
    exposure = worse(exposure, alert.exposure);
    if (alert.exposedSince !== undefined) since = Math.min(since, Date.parse(alert.exposedSince));
    if (alert.credential !== undefined) found.push(withoutUndefined(alert.credential));
    else if (alert.github !== undefined && found.length === 0) {
      const { github } = alert;
      if (seams.github === undefined) {
        throw new StepFailed(
          'invalid',
          'sources.github has no token in firebreak.yaml, so the alert cannot be read; add sources.github.token',
        );
      }
      const read = await fetchAlert(seams.github.octokit, github);
      const id = read.credentialIds[0];
      const kind = id === undefined ? github.secretType.replaceAll('_', '-') : 'aws-access-key';
      found.push({ kind, id: id ?? `${github.owner}/${github.repo}#${github.number}` });
      if (read.publiclyLeaked) exposure = 'public';
      if (read.createdAt !== undefined) since = Math.min(since, Date.parse(read.createdAt));
      if (read.secret !== undefined && id !== undefined) {
        const now = seams.clock.now();
        const name = leakedName(`${kind}:${id}`);
        await seams.records.sealed.put(
          incident,
          { name, box: seams.sealer.seal(read.secret, name), expiresAt: now + SEALED_FOR_MS },
          now,
        );
      }
    }
  }
  const first = found[0];
  if (first === undefined) {
    throw new StepFailed(
      'invalid',
      `no alert of ${incident} names a credential; open one by hand: firebreak open <id>`,
    );
  }
  return {
    ...first,
    exposure,
    // A sender whose clock is ahead must not make the scan begin after the misuse.
    exposedSince: new Date(Number.isFinite(since) ? Math.min(since, openedAt) : openedAt).toISOString(),
  };
}

function withoutUndefined(credential: NonNullable<Alert['credential']>): {
  kind: string;
  id: string;
  account?: string;
} {
  const { kind, id, account } = credential;
  return account === undefined ? { kind, id } : { kind, id, account };
}
