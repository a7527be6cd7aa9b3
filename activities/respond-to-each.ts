/** Gives each credential that a `find_created` step found an incident of its own, through the claim, once. */
import type { EachStep, Plan } from '../playbooks/language/plan.js';
import { credentialLabel } from '../playbooks/language/sentence.js';
import type { Receipt } from '../records/records.js';
import { Alert, type Exposure, oneLine, worstOf } from './alert.js';
import type { Found } from './connectors/contract.js';
import { type StepCall, StepFailed, type StepResult } from './contract.js';
import { requireDecision, requireRetries } from './covering-decision.js';
import { doneEntry } from './done-entry.js';
import { countFound, readFound } from './found.js';
import { pinnedPlan, stepOf } from './pinned-plan.js';
import { requesterOf } from './requester.js';
import type { Seams } from './seams.js';

type Credential = NonNullable<Found['credential']>;

/** A credential that was found, and what became of it. */
interface Answered {
  credential: Credential;
  receipt: Receipt;
}

const MOST_NAMED = 5;

/**
 * Opens, newest first, until `atMost` were opened; of the part `more`, all the others. One that a live incident answers
 * for is linked, one that the incident itself or an ancestor is about is refused. Killed at any moment and run again it
 * opens none twice and forgets none. Throws StepFailed('invalid') when nobody has looked, 'permission-denied' when
 * nobody decided about the others.
 */
export async function respondToEach(seams: Seams, call: StepCall): Promise<StepResult> {
  const { records } = seams;
  const plan = await pinnedPlan(records, call);
  const step = openingStep(plan, call);
  await requireRetries(records, plan, call.step, call.generation);
  await requireDecision(records, plan, step, call.generation, async () =>
    requesterOf(records, await records.incidents.get(plan.incident)),
  );

  const credentials = await credentialsOf(seams, plan, step);
  const exposure = await worstExposure(seams, plan);
  const first: Answered[] = [];
  const others: Answered[] = [];
  let opened = 0;
  for (const found of credentials) {
    if (opened >= step.atMost && step.part === 'open') break;
    const answered = await answer(seams, plan, found, exposure);
    (opened < step.atMost ? first : others).push(answered);
    if (isOpened(answered)) opened += 1;
  }
  if (opened > 0) seams.opened?.();

  const mine = step.part === 'open' ? first : others;
  const all = (await countFound(records, plan.incident, step.of))?.credentials ?? credentials.length;
  const results = {
    opened: mine.filter(isOpened).length,
    linked: mine.filter(({ receipt }) => receipt.incident !== '' && receipt.joined).length,
    refused: mine.filter(({ receipt }) => receipt.incident === '').length,
    left: all - first.length - others.length,
  };
  const result: StepResult = { results, line: lineOf(mine, results.left) };
  await records.timeline.append(doneEntry(step, call, result, seams.clock.now()));
  return result;
}

const isOpened = ({ receipt }: Answered) => receipt.incident !== '' && !receipt.joined;

function openingStep(plan: Plan, call: StepCall): EachStep {
  const step = stepOf(plan, call.step);
  if (step.kind === 'each' && step.part !== 'contained' && step.skip === undefined) return step;
  throw new StepFailed('invalid', `${call.step} of ${plan.incident} opens no incidents; nothing was done`);
}

async function credentialsOf(
  { records }: Seams,
  plan: Plan,
  step: EachStep,
): Promise<(Found & { credential: Credential })[]> {
  const found = await readFound(records, plan.incident, step.of);
  if (found === undefined) {
    throw new StepFailed('invalid', `records hold nothing that ${step.of} of ${plan.incident} found; retry it first`);
  }
  return found.filter(
    (one): one is Found & { credential: Credential } => one.what === 'credential' && one.credential !== undefined,
  );
}

/** Whoever has the one that made it has what it made: it is out as far. */
async function worstExposure({ records }: Seams, plan: Plan): Promise<Exposure> {
  return worstOf([plan.facts.exposure.value, ...(await records.inbox.exposures(plan.incident))]);
}

/** Takes it as an alert of our own: delivery, claim, incident and link in one commit, the second time the same answer. */
async function answer(
  { records, clock }: Seams,
  plan: Plan,
  { credential, title, at }: Found & { credential: Credential },
  exposure: Exposure,
): Promise<Answered> {
  const { kind, id, account } = credential;
  const claim = `${kind}:${id}`;
  const now = clock.now();
  const alert: Alert = {
    v: 1,
    source: 'incident',
    event: 'found',
    credential: { kind, id, ...(account === 'unknown' || account === '' ? {} : { account }) },
    exposure,
    exposedSince: at === undefined ? plan.facts.exposed_since.value : new Date(at).toISOString(),
    summary: oneLine(`${title}, made since ${credentialLabel(plan.credential)} was exposed`, 300),
    incident: plan.incident,
    secret: 'not_held',
  };
  const receipt = await records.receive(
    {
      source: alert.source,
      key: `${plan.incident}/${claim}`,
      kind: 'alert',
      receivedAt: now,
      body: Alert.parse(alert),
      claims: [claim],
      exposure,
    },
    openingBy(plan.incident),
  );
  if (receipt.incident !== '') {
    await records.timeline.append({
      incident: receipt.incident,
      at: now,
      kind: 'found-by',
      step: '',
      generation: 1,
      line: `${plan.incident} found it: ${oneLine(title, 200)}`,
      key: `found-by/${plan.incident}`,
    });
  }
  return { credential, receipt };
}

/** How an incident is opened for what another one found. */
export function openingBy(parent: string): { by: string; observe: boolean; parent: string } {
  return { by: `incident:${parent}`, observe: false, parent };
}

function lineOf(answered: Answered[], left: number): string {
  const words = answered.slice(0, MOST_NAMED).map(({ credential, receipt }) => {
    const label = credentialLabel(credential);
    if (receipt.incident === '') return `${label} is what ${receipt.ancestor ?? 'an ancestor'} is about already`;
    return receipt.joined ? `${receipt.incident} answers for ${label} already` : `${receipt.incident} for ${label}`;
  });
  const more = answered.length > MOST_NAMED ? [`${answered.length - MOST_NAMED} more`] : [];
  const rest = left > 0 ? [`${left} left`] : [];
  return [...words, ...more, ...rest].join('; ') || 'nothing was left to open';
}
