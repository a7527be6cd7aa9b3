import type { Plan } from '../playbooks/language/plan.js';
import type { Grade, Proof } from '../playbooks/language/words.js';
import type { TimelineEntry } from '../records/records.js';
import { leakedName } from './alert.js';
import type { Connector, ConnectorCall, Observation, Propagation } from './connectors/contract.js';
import { Later, type StepCall, StepFailed, type StepResult } from './contract.js';
import { noteMoment } from './moments.js';
import { pinnedPlan, stepOf } from './pinned-plan.js';
import type { Moment, Seams } from './seams.js';
import type { Secret } from './secrets/secret.js';

/** One look, as the timeline keeps it. */
interface Look {
  at: number;
  seen: Observation['seen'];
  grade: Grade;
  line: string;
}

/** How soon to look again after a look that did not yet count. */
const IMPATIENT_MS = 1_000;

/**
 * Looks once, notes what was seen, and says whether it is proven by all looks of this step and generation so far:
 * `looks` in a row, spread over `spreadSeconds`. A provider that goes on saying yes for a while proves nothing yet, and
 * an answer that says nothing never counts.
 *
 * Throws Later until it is decided, StepFailed('alive') when the opposite is still seen past the provider's window.
 */
export async function prove(seams: Seams, call: StepCall): Promise<StepResult> {
  const plan = await pinnedPlan(seams.records, call);
  const step = stepOf(plan, call.step);
  const proof = step.kind === 'act' ? step.proof : step.kind === 'task' ? step.doneWhen : undefined;
  if (proof === undefined) throw new StepFailed('invalid', `${call.step} of ${call.incident} proves nothing`);
  return look(seams, plan, call, proof);
}

/** After a false alarm: the old credential works again. Same promise as `prove`. */
export async function proveRestored(seams: Seams, call: StepCall): Promise<StepResult> {
  return look(seams, await pinnedPlan(seams.records, call), call, 'restored');
}

async function look(seams: Seams, plan: Plan, call: StepCall, proof: Proof | 'restored'): Promise<StepResult> {
  const connector = seams.connectors[plan.credential.kind];
  if (connector === undefined) {
    throw new StepFailed(
      'invalid',
      `nobody can look whether ${plan.credential.id} is ${proof}: ${plan.credential.kind} has no connector`,
    );
  }
  const earlier = (await seams.records.timeline.ofStep(call.incident, call.step, call.generation))
    .filter((entry) => entry.kind === 'observation' && (entry.data as { proof: string }).proof === proof)
    .map(lookOf);
  const secrets = await secretsFor(seams, plan, proof);
  if (proof === 'replacement_works' && secrets.replacement === undefined) await requireReplacement(seams, plan);
  const observed = await connector.prove(proof, connectorCall(seams, plan), secrets);
  const now: Look = { at: seams.clock.now(), ...observed };
  await seams.records.timeline.append({
    incident: call.incident,
    at: now.at,
    kind: 'observation',
    step: call.step,
    generation: call.generation,
    line: observed.line,
    data: { proof, seen: now.seen, grade: now.grade },
    key: `${call.step}/${call.generation}/${proof}/look/${now.at}`,
  });
  const result = judge([...earlier, now], needed(connector, proof), proof, plan.credential.id);
  await seams.records.timeline.append({
    incident: call.incident,
    at: now.at,
    kind: 'done',
    step: call.step,
    generation: call.generation,
    line: result.line,
    data: { proof, results: result.results },
    key: `${call.step}/${call.generation}/${proof}/done`,
  });
  const moment = MOMENT_OF[proof];
  if (moment !== undefined) {
    await noteMoment(seams.records, {
      incident: call.incident,
      moment,
      at: now.at,
      line: result.line,
      step: call.step,
    });
  }
  return result;
}

const MOMENT_OF: Partial<Record<Proof | 'restored', Moment>> = {
  contained: 'contained',
  // What is dead is contained; a moment that was noted before stays as it was.
  dead: 'contained',
  replacement_works: 'replaced',
};

/** Where `rotate` ended without one, looking for a replacement would only hide that for minutes. */
async function requireReplacement(seams: Seams, plan: Plan): Promise<void> {
  if (!plan.steps.some((step) => step.kind === 'act' && step.verb === 'rotate')) return;
  const rows = await seams.records.effects.ofIncident(plan.incident);
  if (rows.some((row) => row.class === 'replace' && row.state === 'done' && row.undoneBy === undefined)) return;
  throw new StepFailed(
    'not-found',
    `${plan.credential.id} has no replacement that could be tried: none was made. Retry rotate, or put a new one into the secret store`,
  );
}

/** A death is believed after several refusals; that something works, after one success. */
function needed(connector: Connector, proof: Proof | 'restored'): Propagation {
  const { propagation } = connector;
  return proof === 'contained' || proof === 'dead' ? propagation : { ...propagation, looks: 1, spreadSeconds: 0 };
}

/** The verdict over all looks, oldest first. Exported for its law: no `yes` run shorter than asked ever proves. */
export function judge(looks: Look[], needed: Propagation, proof: Proof | 'restored', id: string): StepResult {
  const lastOther = looks.findLastIndex((candidate) => candidate.seen !== 'yes');
  const run = looks.slice(lastOther + 1);
  const first = looks[0] as Look;
  const last = looks.at(-1) as Look;
  const spreadMs = run.length === 0 ? 0 : last.at - (run[0] as Look).at;

  if (run.length >= needed.looks && spreadMs >= needed.spreadSeconds * 1_000) {
    const grade = run.some((candidate) => candidate.grade === 'provider-state') ? 'provider-state' : last.grade;
    return { results: { grade }, grade, line: sentence(proof, run.length, spreadMs, grade) };
  }
  const waited = last.at - first.at;
  if (last.seen === 'no' && waited >= needed.windowSeconds * 1_000) {
    throw new StepFailed('alive', `${id}: ${OPPOSITE[proof]} ${Math.round(waited / 1_000)} s after the first look`);
  }
  const pause =
    run.length === 0 || needed.looks <= 1
      ? IMPATIENT_MS
      : Math.ceil((needed.spreadSeconds * 1_000) / (needed.looks - 1));
  // The last of these is what people read when time is over, so it says what was seen.
  throw new Later(
    last.at + pause,
    `${id} is not proven ${proof} yet, by ${run.length} of ${needed.looks} looks; the last: ${last.line}`,
  );
}

const OPPOSITE: Record<Proof | 'restored', string> = {
  contained: 'its provider still accepts it',
  dead: 'its provider still accepts it',
  replacement_works: 'the new one is still refused',
  restored: 'it is still refused',
};

function sentence(proof: Proof | 'restored', count: number, spreadMs: number, grade: Grade): string {
  const spread = `${count} of ${count} times over ${Math.round(spreadMs / 1_000)} s`;
  if (proof === 'replacement_works') return 'the new one was accepted, with the value read back from the secret store';
  if (proof === 'restored') return 'the old one is accepted again';
  return grade === 'refused' ? `the old one was refused ${spread}` : `its provider's own state says so, ${spread}`;
}

function lookOf(entry: TimelineEntry): Look {
  const data = entry.data as { seen: Look['seen']; grade: Grade };
  return { at: entry.at, seen: data.seen, grade: data.grade, line: entry.line };
}

export function connectorCall(seams: Seams, plan: Plan, args: ConnectorCall['args'] = {}): ConnectorCall {
  return { credential: plan.credential, incident: plan.incident, args, now: () => seams.clock.now() };
}

/** Secrets are fetched here, at the last moment, and only those that the proof needs. */
async function secretsFor(
  seams: Seams,
  plan: Plan,
  proof: Proof | 'restored',
): Promise<{ leaked?: Secret; replacement?: { id: string; secret: Secret } }> {
  if (proof === 'replacement_works') {
    const stored = await seams.secrets?.store.get(seams.secrets.path(plan));
    // What stands there may still be the old one: the proof is about the new one.
    return stored === undefined || stored.id === plan.credential.id
      ? {}
      : { replacement: { id: stored.id, secret: stored.secret } };
  }
  const name = leakedName(`${plan.credential.kind}:${plan.credential.id}`);
  const box = await seams.records.sealed.get(plan.incident, name, seams.clock.now());
  return box === undefined ? {} : { leaked: seams.sealer.open(box, name) };
}
