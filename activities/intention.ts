import type { Plan } from '../playbooks/language/plan.js';

/** What is done about a credential, in a sentence for people; where it is only observed, what would have been done. */
export function intentionOf({ mode, playbook, steps }: Pick<Plan, 'mode' | 'playbook' | 'steps'>): string {
  if (mode !== 'observe') return playbook.summary;
  const would = steps.flatMap((step) =>
    step.kind === 'act' && step.verb !== undefined && step.skip ? [step.title] : [],
  );
  return `Nothing is changed. Would have done: ${would.join(', ')}.`;
}
