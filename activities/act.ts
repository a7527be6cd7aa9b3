import type { ActStep, Plan } from '../playbooks/language/plan.js';
import type { EffectClass } from '../playbooks/language/words.js';
import { applyEffect, type Effect, effectKey, type Outcome } from './apply-effect.js';
import type { Change, Connector, Intent } from './connectors/contract.js';
import { type StepCall, StepFailed, type StepResult } from './contract.js';
import { requireDecision, requireRetries } from './covering-decision.js';
import { doneEntry } from './done-entry.js';
import { effectName } from './effect-key.js';
import { effectSeams } from './effect-seams.js';
import { endingWith } from './ending-with.js';
import { houseVerbs } from './house-verbs.js';
import { actStepOf, pinnedPlan } from './pinned-plan.js';
import { refuseProtected } from './protected.js';
import { connectorCall } from './prove.js';
import { requesterOf } from './requester.js';
import { makeReplacement } from './rotation.js';
import type { Attempt, Seams } from './seams.js';

/** Messages have no fence: a late one is found by its marker. Short, because nobody is protected by the wait. */
const TELL_FENCE = { kind: 'none', lateSeconds: 30, lagSeconds: 30, skewSeconds: 5 } as const;

/**
 * Carries out one step by its verb, once, whatever dies on the way. Before anything is changed it checks, from records
 * alone, that the plan has this step, that nothing protected is touched, and that people decided where they must.
 */
export async function act(seams: Seams, verb: string, call: StepCall, attempt: Attempt): Promise<StepResult> {
  const plan = await pinnedPlan(seams.records, call);
  const step = actStepOf(plan, call);
  if (step.verb !== verb) {
    throw new StepFailed(
      'invalid',
      `${call.step} of ${call.incident} is ${step.verb ?? step.proof}, not ${verb}; nothing was done`,
    );
  }
  if (step.skip !== undefined) {
    throw new StepFailed('invalid', `${call.step} of ${call.incident} is left out (${step.skip}); nothing was done`);
  }
  await requireRetries(seams.records, plan, call.step, call.generation);
  const house = houseVerbs[verb];
  if (house === undefined) return change(seams, plan, step, verb, call);
  const result = await house({ seams, plan, step, call, attempt });
  await seams.records.timeline.append(doneEntry(step, call, result, seams.clock.now()));
  return result;
}

async function change(seams: Seams, plan: Plan, step: ActStep, verb: string, call: StepCall): Promise<StepResult> {
  const connector = connectorOf(seams, plan);
  try {
    refuseProtected(seams.protected, plan.credential);
    await requireDecision(seams.records, plan, step, call.generation, async () =>
      requesterOf(seams.records, await seams.records.incidents.get(call.incident)),
    );
  } catch (error) {
    throw error instanceof StepFailed ? await tooLateTo(error, seams, call) : error;
  }

  const write = (result: StepResult) => seams.records.timeline.append(doneEntry(step, call, result, seams.clock.now()));
  const intents = connector.intend(verb, connectorCall(seams, plan, step.args));
  if (step.class === 'replace') {
    const result = await makeReplacement(seams, plan, call, connector, intents[0] as Intent);
    await write(result);
    return result;
  }
  const outside = effectSeams(seams);
  // The done of a step's only change is the step's done: one commit for both.
  const { effects, isWritten } = endingWith(outside.effects, ({ state, outcome, now }) => {
    if (intents.length !== 1 || state !== 'done') return undefined;
    const results = (outcome?.evidence ?? {}) as Record<string, string>;
    return doneEntry(step, call, { results, line: `${step.title}: done` }, now);
  });
  const outcomes: Outcome[] = [];
  for (const intent of intents)
    outcomes.push(await applyEffect(effectOf(plan, call, verb, intent, connector), { ...outside, effects }));
  const undone = outcomes.find((outcome) => outcome.state === 'undone');
  if (undone !== undefined) throw new StepFailed('invalid', `${step.title}: ${undone.line}`);
  const evidence = Object.assign({}, ...outcomes.map((outcome) => outcome.evidence)) as Record<string, string>;
  const already = outcomes.every((outcome) => outcome.state === 'not_applied');
  const result = {
    results: evidence,
    line: already ? (outcomes[0]?.line ?? 'nothing to do') : `${step.title}: done`,
  };
  if (!isWritten()) await write(result);
  return result;
}

/** A refusal is clear as long as nothing was sent; after that somebody has to look how it ended. */
async function tooLateTo(refusal: StepFailed, { records }: Seams, call: StepCall): Promise<StepFailed> {
  const begun = (await records.effects.ofIncident(call.incident)).some(({ key, state, attempts }) => {
    const { step, generation } = effectName(key);
    return state === 'intent' && attempts > 0 && step === call.step && generation === call.generation;
  });
  if (!begun) return refusal;
  return new StepFailed('unknown-outcome', `${refusal.message}; but an earlier request may have been carried out`);
}

/** The effect that this step makes of one intent of its connector. */
export function effectOf(plan: Plan, call: StepCall, verb: string, intent: Intent, connector: Connector): Effect {
  return {
    key: effectKey({
      incident: plan.incident,
      step: call.step,
      verb,
      target: intent.change.target,
      generation: call.generation,
    }),
    incident: plan.incident,
    planDigest: plan.digest,
    intent: { ...intent, class: intent.class as Exclude<EffectClass, 'read'> },
    fence: connector.fence,
  };
}

/** Sends one message, once; `name` tells messages of one step apart. */
export function tell(
  seams: Seams,
  message: {
    incident: string;
    digest: string;
    step: string;
    generation: number;
    verb: string;
    change: Change;
    args?: unknown;
  },
): Promise<Outcome> {
  return applyEffect(
    {
      key: effectKey({ ...message, target: message.change.target }),
      incident: message.incident,
      planDigest: message.digest,
      intent: { class: 'tell', change: message.change, args: message.args ?? null },
      fence: TELL_FENCE,
    },
    effectSeams(seams),
  );
}

export function connectorOf(seams: Seams, plan: Plan): Connector {
  const connector = seams.connectors[plan.credential.kind];
  if (connector === undefined) {
    throw new StepFailed(
      'invalid',
      `firebreak.yaml has no connectors.${plan.credential.kind}, so ${plan.credential.id} cannot be changed by us`,
    );
  }
  return connector;
}
