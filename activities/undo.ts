import type { ActStep, Plan } from '../playbooks/language/plan.js';
import { connectorOf, effectOf } from './act.js';
import { applyEffect, effectKey, undoKey } from './apply-effect.js';
import type { Connector, Intent } from './connectors/contract.js';
import type { UndoCall, UndoResult } from './contract.js';
import { requireFalseAlarm } from './covering-decision.js';
import { effectSeams } from './effect-seams.js';
import { correct } from './house-verbs.js';
import { actStepOf, pinnedPlan } from './pinned-plan.js';
import { connectorCall } from './prove.js';
import { takeBackReplacement } from './rotation.js';
import type { Seams } from './seams.js';

/**
 * Brings back what was there before one step: sets the recorded pre-image again, if the world is as we left it. Never
 * the opposite verb. What cannot be brought back is said and becomes a task for a person; it is not thrown. Throws
 * StepFailed('permission-denied') where records hold nobody who called it a false alarm.
 */
export async function undo(seams: Seams, call: UndoCall): Promise<UndoResult> {
  const plan = await pinnedPlan(seams.records, call);
  const step = actStepOf(plan, call);
  await requireFalseAlarm(seams.records, plan);
  const result =
    step.class === 'tell' ? await correct(seams, plan, step, call) : await bringBack(seams, plan, step, call);
  await seams.records.timeline.append({
    incident: call.incident,
    at: seams.clock.now(),
    kind: result.result === 'needs_human' ? 'undo-failed' : 'undone',
    step: call.step,
    generation: call.generation,
    line: result.line,
    data: { title: step.title },
    key: `${call.step}/${call.generation}/${result.result}`,
  });
  return result;
}

async function bringBack(seams: Seams, plan: Plan, step: ActStep, call: UndoCall): Promise<UndoResult> {
  const verb = step.verb as string;
  const connector = connectorOf(seams, plan);
  const intents = connector.intend(verb, connectorCall(seams, plan, step.args));
  const incidentKeys = await changingKeys(seams, plan, connector);
  if (intents.some((intent) => intent.class === 'replace')) {
    return takeBackReplacement(seams, plan, call, connector, intents[0] as Intent, incidentKeys);
  }
  const lines: string[] = [];
  let result: UndoResult['result'] = 'nothing';
  for (const intent of intents.toReversed()) {
    const forward = effectOf(plan, call, verb, intent, connector);
    const outcome = await applyEffect(
      { ...forward, key: undoKey(forward.key), undoes: forward.key, incidentKeys },
      effectSeams(seams),
    );
    lines.push(outcome.line);
    if (outcome.state === 'needs_human' || outcome.state === 'held' || outcome.state === 'not_applied') {
      return { result: 'needs_human', line: outcome.line };
    }
    if (outcome.state !== 'nothing') result = 'undone';
  }
  return { result, line: lines.join('; ') };
}

/** Every key under which this incident may change its credential, begun or not: late attempts must find them closed. */
async function changingKeys(seams: Seams, plan: Plan, connector: Connector): Promise<string[]> {
  const begun = (await seams.records.effects.ofIncident(plan.incident))
    .filter((row) => row.class !== 'tell' && row.class !== 'undo' && row.class !== 'store' && row.class !== 'closed')
    .map((row) => row.key);
  const first = plan.steps.flatMap((step) =>
    step.kind === 'act' && step.verb !== undefined && step.class !== 'tell' && step.class !== 'read'
      ? connector.intend(step.verb, connectorCall(seams, plan, step.args)).map((intent) =>
          effectKey({
            incident: plan.incident,
            step: step.id,
            verb: step.verb as string,
            target: intent.change.target,
            generation: 1,
          }),
        )
      : [],
  );
  return [...new Set([...begun, ...first])];
}
