import { connectorOf, effectOf } from './act.js';
import type { StepCall } from './contract.js';
import { effectSeams } from './effect-seams.js';
import { actStepOf, pinnedPlan } from './pinned-plan.js';
import { connectorCall } from './prove.js';
import { settleReplacement } from './rotation.js';
import type { Seams } from './seams.js';
import { type Settled, settle } from './settle.js';

/**
 * Ends a step whose attempts were given up: waits until no request of it can still arrive, looks, and says what is true.
 * Never enables, makes or destroys. Of several changes the least certain end counts.
 */
export async function settleStep(seams: Seams, call: StepCall): Promise<Settled> {
  const plan = await pinnedPlan(seams.records, call);
  const step = actStepOf(plan, call);
  if (step.verb === undefined || step.class === 'read' || step.class === 'tell') {
    return { state: 'not_applied', line: `${step.title} changes nothing that could be half done` };
  }
  const connector = connectorOf(seams, plan);
  const ends: Settled[] = [];
  for (const intent of connector.intend(step.verb, connectorCall(seams, plan, step.args))) {
    if (intent.class === 'replace') {
      ends.push(await settleReplacement(seams, plan, call, connector, intent));
      continue;
    }
    ends.push(await settle(effectOf(plan, call, step.verb, intent, connector), effectSeams(seams)));
  }
  return (
    ends.find(({ state }) => state === 'needs_human') ??
    ends.find(({ state }) => state === 'done') ??
    ends[0] ?? { state: 'not_applied', line: 'nothing had begun' }
  );
}
