import type { Step } from '../playbooks/language/plan.js';
import type { TimelineEntry } from '../records/records.js';
import type { StepCall, StepResult } from './contract.js';

/** The line of the timeline that says that a step is done; once for each generation of it. */
export function doneEntry(
  { title }: Pick<Step, 'title'>,
  { incident, step, generation }: StepCall,
  { line, results }: StepResult,
  at: number,
): TimelineEntry {
  return {
    incident,
    at,
    kind: 'done',
    step,
    generation,
    line,
    data: { title, results },
    key: `${step}/${generation}/done`,
  };
}
