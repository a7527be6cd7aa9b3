/**
 * What is checked in every case, whatever it expects: no change without its decision, the plan's changes only and each
 * once, every step ended or waits for somebody, no secret in any text. None of it asks the code that it is about.
 */
import { gatesFor } from '../../playbooks/language/gates.js';
import type { AskStep, Plan, Step } from '../../playbooks/language/plan.js';
import type { DecisionRow } from '../../records/records.js';
import { holds } from '../../workflows/core/order.js';
import { allSteps, type Run, runOf } from '../../workflows/core/run.js';
import type { ProviderWrite } from './case-provider.js';
import type { LiveIncident } from './live-incident.js';

/** One line for each promise that was broken. */
export async function findViolations({ id, run, site, unplanned }: LiveIncident): Promise<string[]> {
  if (run === undefined) return unplanned === undefined ? [`${id} never got a plan, and nobody was told`] : [];
  const decisions = await site.records.decisions.ofIncident(id);
  const writes = site.provider.writes();
  const ours = writes.filter(({ credential }) => credential === run.plan.credential.id);
  return [
    ...restless(run),
    ...unplannedWrites(run, writes, ours),
    ...undecided(run.plan, site.team.policy, ours, decisions),
  ];
}

/** It waits for other incidents, which are looked at themselves. */
const isAwaiting = (step: Step) => step.kind === 'each' && step.part === 'contained';

/** Every step ended, or waits for somebody. */
function restless(run: Run): string[] {
  const steps = allSteps(run).map((step) => ({ step, state: runOf(run, step.id).state }));
  const running = steps.filter(({ step, state }) => state === 'running' && !isAwaiting(step));
  const found = running.map(({ step }) => `${step.name} runs, and nothing will ever end it`);
  if (run.closed !== undefined) {
    const open = steps.filter(({ state }) => state === 'pending' || state === 'waiting');
    return [...found, ...open.map(({ step, state }) => `it closed while ${step.name} was ${state}`)];
  }
  const children = steps.some(({ step, state }) => state === 'running' && isAwaiting(step));
  const somebody = children || holds(run).length > 0 || steps.some(({ state }) => state === 'waiting');
  if (running.length > 0 || somebody) return found;
  return [...found, 'it stands still, is not closed, and waits for nobody'];
}

/** At the provider the plan's changes only, and each once. */
function unplannedWrites(run: Run, all: ProviderWrite[], ours: ProviderWrite[]): string[] {
  const found = all
    .filter(({ credential, verb }) => credential === undefined || verb === undefined)
    .map(({ what }) => `at the provider: ${what}, which no plan has`);
  for (const way of ['forth', 'back'] as const) {
    const verbs = new Set(ours.filter((write) => write.way === way).flatMap(({ verb }) => verb ?? []));
    for (const verb of verbs) {
      const made = ours.filter((write) => write.verb === verb && write.way === way);
      const steps = run.plan.steps.filter((step) => step.kind === 'act' && step.verb === verb);
      // once for each time that people had it tried again; undone once
      const allowed = steps.reduce((sum, { id }) => sum + runOf(run, id).generation, 0);
      if (made.length > allowed) {
        found.push(`at the provider ${made.length} times, the plan has it ${allowed} times: ${made[0]!.what}`);
      }
      const takesBack = way === 'back' && verb !== 'rotate' && run.ending?.as !== 'false_alarm';
      if (takesBack) found.push(`at the provider: ${made[0]!.what}, though it was no false alarm`);
    }
  }
  return found;
}

/** Which steps must be decided is worked out from page and policy again, not from the plan's own word. */
function undecided(
  plan: Plan,
  policy: Parameters<typeof gatesFor>[2],
  writes: ProviderWrite[],
  decisions: DecisionRow[],
): string[] {
  return writes
    .filter(({ way }) => way === 'forth')
    .flatMap((write) => {
      const step = plan.steps.find((one) => one.kind === 'act' && one.verb === write.verb);
      if (step === undefined || step.kind !== 'act') return [];
      const mustBeAsked = gatesFor(step.class, plan.facts, policy, plan.mode).length > 0 || step.gate !== undefined;
      if (!mustBeAsked) return [];
      const ask = plan.steps.find((one): one is AskStep => one.kind === 'ask' && one.covers.includes(step.id));
      if (ask === undefined) return [`${write.what}: nobody was asked, and somebody had to be`];
      return isDecided(ask, write.at, decisions) ? [] : [`${write.what}: done without its decision (${ask.id})`];
    });
}

function isDecided(ask: AskStep, at: number, decisions: DecisionRow[]): boolean {
  const said = decisions.filter(
    (row) => row.control === 'decide' && row.step === ask.id && row.outcome === 'counted' && row.at <= at,
  );
  if (said.some(({ answer }) => answer === 'no')) return false;
  const people = new Set(said.filter(({ answer }) => answer === 'yes').map(({ person }) => person));
  const seats = Object.values(ask.places).reduce((sum, count) => sum + count, 0);
  return people.size >= seats || ask.ifSilent === 'proceed';
}

/** Looks for the values as they are, in base64 and in an address. */
export function findLeaks(secrets: string[], places: { name: string; content: Buffer }[]): string[] {
  const needles = secrets.flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
  ]);
  return places
    .filter(({ content }) => needles.some((needle) => content.includes(needle)))
    .map(({ name }) => `a secret stands in ${name}`);
}
