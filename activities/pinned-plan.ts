import type { ActStep, AskStep, Plan, Step, TaskStep } from '../playbooks/language/plan.js';
import type { Records } from '../records/records.js';
import { type StepCall, StepFailed } from './contract.js';

/** Plans that were read from these records; a plan is pinned once, so what was read with its digest stays. */
const read = new WeakMap<Records, Map<string, Plan>>();
/** Those of the incidents that were worked on last; a plan of 64 steps takes 50 KB. */
const PLANS_KEPT = 200;

/**
 * The plan as it was pinned, never as a caller says it is. Throws StepFailed('invalid') when the incident is unknown,
 * has no plan, or its plan has another digest than the one that the call was made for.
 */
export async function pinnedPlan(records: Records, call: { incident: string; digest: string }): Promise<Plan> {
  const kept = read.get(records) ?? new Map<string, Plan>();
  read.set(records, kept);
  const name = `${call.incident} ${call.digest}`;
  const plan = kept.get(name) ?? (await readPlan(records, call));
  // the one used last stands last
  kept.delete(name);
  kept.set(name, plan);
  if (kept.size > PLANS_KEPT) kept.delete(kept.keys().next().value as string);
  return plan;
}

async function readPlan(records: Records, call: { incident: string; digest: string }): Promise<Plan> {
  const row = await records.incidents.get(call.incident);
  if (row?.plan === undefined) {
    throw new StepFailed('invalid', `${call.incident} has no plan in records; open a new incident for its credential`);
  }
  if (row.planDigest !== call.digest) {
    throw new StepFailed(
      'invalid',
      `${call.incident} is pinned to plan ${row.planDigest?.slice(0, 8)}, but was asked to act on ${call.digest.slice(0, 8)}; nothing was done`,
    );
  }
  return row.plan as Plan;
}

/** The step of that id; throws StepFailed('invalid') if the plan has none. */
export function stepOf(plan: Plan, id: string): Step {
  const step = plan.steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw new StepFailed('invalid', `the plan of ${plan.incident} has no step ${id}`);
  return step;
}

/** The step of that id if Firebreak does it itself. */
export function actStepOf(plan: Plan, call: StepCall): ActStep {
  const step = stepOf(plan, call.step);
  if (step.kind !== 'act')
    throw new StepFailed('invalid', `${call.step} of ${plan.incident} is a ${step.kind}, not an act`);
  return step;
}

/** The question or task of that id. */
export function peopleStepOf(plan: Plan, id: string): AskStep | TaskStep {
  const step = stepOf(plan, id);
  if (step.kind !== 'ask' && step.kind !== 'task') {
    throw new StepFailed('invalid', `${id} of ${plan.incident} waits for nobody`);
  }
  return step;
}
