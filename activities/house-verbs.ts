/** The reads and tells of the house; a kind has `find_created` only if its connector can. */

import type { ActStep, Plan } from '../playbooks/language/plan.js';
import { credentialLabel, fill, knownTo } from '../playbooks/language/sentence.js';
import type { Records } from '../records/records.js';
import { tell } from './act.js';
import { Alert } from './alert.js';
import type { Outcome } from './apply-effect.js';
import { bannerOf } from './banner.js';
import { beganAt } from './began-at.js';
import { Later, type StepCall, StepFailed, type StepResult, type UndoResult } from './contract.js';
import { findCreated } from './find-created.js';
import { intentionOf } from './intention.js';
import { scanCloudTrail } from './logs/scan-cloudtrail.js';
import { noteMoment } from './moments.js';
import type { Attempt, Person, Seams } from './seams.js';
import { mailEach } from './send-mail.js';
import { type AlertRef, resolveAlertChange } from './sources/github-alert.js';
import { ticketOf } from './tickets/template.js';
import { commentChange, ticketChange } from './tickets/ticket-change.js';

export interface HouseStep {
  seams: Seams;
  plan: Plan;
  step: ActStep;
  call: StepCall;
  attempt: Attempt;
}

export const houseVerbs: Record<string, (step: HouseStep) => Promise<StepResult>> = {
  scan_logs: scanLogs,
  find_created: findCreated,
  open_ticket: openTicket,
  notify,
  resolve_alert: resolveAlert,
};

/** Between two looks at logs that are still arriving. */
const MIN_PAUSE_MS = 2_000;

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const span = (time: string): number => Number(time.slice(0, -1)) * (UNIT_MS[time.slice(-1)] ?? 0);

async function scanLogs({ seams, plan, step, call, attempt }: HouseStep): Promise<StepResult> {
  const { credential } = plan;
  const trail = seams.logs?.cloudtrail;
  if (trail === undefined || !trail.knows.includes(credential.kind)) {
    // Nobody looked, so nobody may say that nothing was found.
    return {
      results: { verdict: 'inconclusive', uses: 0 },
      line: `no log of ours knows ${credential.kind}; nobody has looked`,
    };
  }
  const now = seams.clock.now();
  const began = await beganAt(seams, call, now, 'looking through the logs');
  const lagMs = trail.lagSeconds * 1_000;
  const settledAt = began + lagMs;
  const exposed = Date.parse(plan.facts.exposed_since.value);
  const scan = await scanCloudTrail({
    folder: trail.folder,
    credentialId: credential.id,
    since: Math.max(exposed, now - span(String(step.args.since ?? '30d'))),
    // Until the logs have settled we look for misuse at any moment; then we answer for all that must have arrived.
    until: now < settledAt ? now : now - lagMs,
    now,
    lagSeconds: trail.lagSeconds,
    heartbeat: attempt.heartbeat,
    signal: attempt.signal,
  });
  if (scan.verdict !== 'misuse' && now < settledAt) {
    throw new Later(
      Math.min(settledAt, now + Math.max(MIN_PAUSE_MS, lagMs / 3)),
      `${scan.line} Calls up to now may still be on their way; looking again.`,
    );
  }
  await seams.records.timeline.append({
    incident: call.incident,
    at: now,
    kind: 'scan',
    step: call.step,
    generation: call.generation,
    line: scan.line,
    data: scan,
    key: `${call.step}/${call.generation}/scan`,
  });
  if (scan.verdict === 'misuse') {
    await noteMoment(seams.records, {
      incident: call.incident,
      moment: 'misuse',
      at: now,
      line: scan.line,
      step: call.step,
    });
  }
  return { results: { verdict: scan.verdict, uses: scan.uses }, line: scan.line };
}

async function openTicket({ seams, plan, call }: HouseStep): Promise<StepResult> {
  const { tickets } = seams;
  if (tickets === undefined) {
    throw new StepFailed('invalid', 'firebreak.yaml names no tracker, so no ticket was opened; add tickets.github');
  }
  const { credential, facts } = plan;
  const timeline = await seams.records.timeline.ofIncident(plan.incident);
  const ticket = ticketOf({
    incident: plan.incident,
    credential: `${credential.kind} ${credentialLabel(credential)} (${credential.name})`,
    summary: intentionOf(plan),
    environment: facts.environment.value,
    owner: `${facts.owner.value} (${facts.owner.source})`,
    found: (await alertsOf(seams.records, plan.incident)).map(({ source, summary, url }) =>
      [source, summary, url].filter(Boolean).join(' · '),
    ),
    timeline: timeline.map(({ at, line }) => ({ at: new Date(at).toISOString(), line })),
    url: `${seams.publicUrl}/api/v1/incidents/${plan.incident}`,
    banner: bannerOf(seams.banner, await seams.records.incidents.get(plan.incident)),
  });
  const change = ticketChange(tickets.octokit, tickets, {
    ...ticket,
    marker: `firebreak ${plan.incident} ${plan.digest.slice(0, 16)}`,
    labels: tickets.labels,
  });
  const { url, id } = ended(await tell(seams, { ...call, verb: 'open_ticket', change }));
  return { results: { url, number: id }, line: `ticket ${url}` };
}

async function notify({ seams, plan, step, call }: HouseStep): Promise<StepResult> {
  const audience = String(step.args.audience);
  const people = await audienceOf(seams, audience, plan);
  if (people.length === 0) {
    throw new StepFailed('nobody', `nobody is behind the audience ${audience}; name one in firebreak.yaml under tell`);
  }
  const sentence = fill(String(step.args.say), knownTo(plan, await resultsOf(seams.records, plan)));
  await mailEach(seams, call, people, { verb: 'notify', subject: sentence, lines: [sentence] });
  return { results: {}, line: `${audience} told: ${people.map(({ name }) => name).join(', ')}` };
}

async function resolveAlert({ seams, plan, call }: HouseStep): Promise<StepResult> {
  const refs = await githubAlertsOf(seams.records, plan.incident);
  if (refs.length === 0) return { results: {}, line: 'no source of an alert can be told' };
  await resolveAll(seams, call, refs, 'revoked', 'resolve_alert');
  return { results: {}, line: `resolved as revoked: ${refs.map(nameOf).join(', ')}` };
}

/** Tells every source that asked, each once. */
export async function resolveAll(
  seams: Seams,
  call: Pick<StepCall, 'incident' | 'digest' | 'step' | 'generation'>,
  refs: AlertRef[],
  resolution: 'revoked' | 'false_positive',
  verb: string,
): Promise<void> {
  if (seams.github === undefined) {
    throw new StepFailed('invalid', 'sources.github has no token in firebreak.yaml, so its alerts cannot be resolved');
  }
  for (const ref of refs) {
    const comment = resolution === 'revoked' ? `${call.incident}: proven dead` : `${call.incident}: false alarm`;
    const change = resolveAlertChange(seams.github.octokit, ref, { resolution, comment });
    ended(await tell(seams, { ...call, verb, change, args: { resolution } }));
  }
}

const AGAIN_MS = 10_000;

/** Throws Later while nobody can say who they are. */
async function audienceOf(seams: Seams, audience: string, plan: Plan): Promise<Person[]> {
  const holders = await seams.people.ofAudience(audience, plan.facts.owner.value);
  if ('people' in holders) return holders.people;
  throw new Later(seams.clock.now() + AGAIN_MS, holders.unreachable);
}

/** Corrects what a tell has said, after a false alarm. What was told stays told; a correction follows it. */
export async function correct(seams: Seams, plan: Plan, step: ActStep, call: StepCall): Promise<UndoResult> {
  const correction = `False alarm: ${plan.incident} is withdrawn, ${credentialLabel(plan.credential)} works as before.`;
  switch (step.verb) {
    case 'open_ticket': {
      const number = await ticketNumber(seams.records, plan.incident);
      if (seams.tickets === undefined || number === undefined) return { result: 'nothing', line: 'there is no ticket' };
      const change = commentChange(seams.tickets.octokit, seams.tickets, number, {
        marker: `firebreak ${plan.incident} correction`,
        body: correction,
      });
      ended(await tell(seams, { ...call, verb: 'correct', change }));
      return { result: 'undone', line: 'the ticket says that it was a false alarm' };
    }
    case 'resolve_alert': {
      const refs = await githubAlertsOf(seams.records, plan.incident);
      if (refs.length === 0) return { result: 'nothing', line: 'no source of an alert can be told' };
      await resolveAll(seams, call, refs, 'false_positive', 'correct');
      return { result: 'undone', line: 'the alert is resolved as a false positive' };
    }
    case 'notify': {
      const people = await audienceOf(seams, String(step.args.audience), plan);
      await mailEach(seams, call, people, { verb: 'correct', subject: correction, lines: [correction] });
      return { result: 'undone', line: 'a correction was sent' };
    }
    default:
      return { result: 'nothing', line: `${step.title} told nobody anything` };
  }
}

/** A message that ended any other way than sent is a failure with its reason. */
export function ended(outcome: Outcome): { id: string; url: string } {
  if (outcome.state !== 'done') throw new StepFailed('unknown-outcome', outcome.line);
  const { id = '', url = '' } = outcome.evidence;
  const after = (outcome.after ?? {}) as { id?: string | number; url?: string };
  return { id: id || String(after.id ?? ''), url: url || (after.url ?? '') };
}

export async function alertsOf(records: Records, incident: string): Promise<Alert[]> {
  const rows = await records.inbox.ofIncident(incident);
  return rows.filter((row) => row.kind === 'alert').map((row) => Alert.parse(row.body));
}

/** Every alert of GitHub's that was taken, each once. */
export async function githubAlertsOf(records: Records, incident: string): Promise<AlertRef[]> {
  const refs = (await alertsOf(records, incident)).flatMap(({ github }) =>
    github === undefined ? [] : [{ owner: github.owner, repo: github.repo, number: github.number }],
  );
  return [...new Map(refs.map((ref) => [nameOf(ref), ref])).values()];
}

/** Number of the ticket that this incident opened. */
export async function ticketNumber(records: Records, incident: string): Promise<number | undefined> {
  const entry = (await records.timeline.ofIncident(incident)).findLast(
    ({ kind, data }) => kind === 'done' && (data as { results?: { number?: string } }).results?.number !== undefined,
  );
  const number = Number((entry?.data as { results?: { number?: string } } | undefined)?.results?.number);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

async function resultsOf(records: Records, plan: Plan): Promise<Record<string, Record<string, string | number>>> {
  const entries = await records.timeline.ofIncident(plan.incident);
  const results: Record<string, Record<string, string | number>> = {};
  for (const entry of entries) {
    const name = plan.steps.find(({ id }) => id === entry.step)?.name;
    if (entry.kind === 'done' && name !== undefined) {
      results[name] = (entry.data as { results: Record<string, string | number> }).results;
    }
  }
  return results;
}

const nameOf = ({ owner, repo, number }: AlertRef): string => `${owner}/${repo}#${number}`;
