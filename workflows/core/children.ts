/** What an incident knows of the incidents that answer for what was found: how many, and by which of its steps. */
import type { EachStep, Step } from '../../playbooks/language/plan.js';
import { isEach, type Run, runOf } from './run.js';

/** It came into the plan with a `respond_to_each`, and stands beside the phases for it. */
export function isBesideEach(run: Run, step: Step): boolean {
  return run.plan.steps.some((each) => isEach(each) && step.id.startsWith(`${each.id}.`));
}

/** How many incidents answer for what was found, as far as the steps say that opened or linked them. */
export function childrenOf(run: Run, step: EachStep): number {
  const counts = openersOf(run, step).map((id) => runOf(run, id).results ?? {});
  return counts.reduce((sum, { opened = 0, linked = 0 }) => sum + Number(opened) + Number(linked), 0);
}

/** What may have opened incidents so far: each step of those that has ended, in which generation. */
export function openedBy(run: Run, step: EachStep): string[] {
  return openersOf(run, step)
    .map((id) => ({ id, ...runOf(run, id) }))
    .filter(({ state }) => state === 'done' || state === 'failed')
    .map(({ id, generation }) => `${id}/${generation}`);
}

/** The steps whose incidents it waits for: the `respond_to_each` itself, and the one that opens more. */
function openersOf(run: Run, { needs }: EachStep): string[] {
  return run.plan.steps
    .filter(isEach)
    .filter(
      ({ id, part, needs: before }) =>
        needs.includes(id) || (part === 'more' && before.some((one) => needs.includes(one))),
    )
    .map(({ id }) => id);
}
