/** Which step a person means, by its id (`close.revoke`) or by its name on the page (`revoke`). */
import type { Step } from '../../playbooks/language/plan.js';
import type { PeopleStep } from './questions.js';
import { allSteps, gateOf, isAsk, isTask, type Run, runOf } from './run.js';

export function stepNamed(run: Run, name: string | undefined): Step | undefined {
  return (
    allSteps(run).find((step) => step.id === name) ??
    // A question is named after what it covers; whoever names a step means the step.
    run.plan.steps.find((step) => step.name === name)
  );
}

/** The question or task that an answer is for: the step's question as long as that is undecided, else the task itself. */
export function askedAbout(run: Run, name: string | undefined): PeopleStep | undefined {
  const step = stepNamed(run, name);
  if (step === undefined || isAsk(step)) return step;
  const gate = run.plan.steps.find(({ id }) => id === gateOf(step));
  if (gate !== undefined && isAsk(gate) && !(isTask(step) && runOf(run, gate.id).state === 'done')) return gate;
  return isTask(step) ? step : undefined;
}
