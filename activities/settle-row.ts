import type { Plan } from '../playbooks/language/plan.js';
import type { EffectRow } from '../records/records.js';
import { connectorOf } from './act.js';
import type { Change, Connector, Intent } from './connectors/contract.js';
import { StepFailed } from './contract.js';
import type { Effect } from './effect.js';
import { effectName } from './effect-key.js';
import type { ActingClass } from './effect-rules.js';
import { effectSeams } from './effect-seams.js';
import { endingWith } from './ending-with.js';
import { momentEntry, type NotedMoment } from './moments.js';
import { actStepOf, pinnedPlan } from './pinned-plan.js';
import { connectorCall } from './prove.js';
import { settleReplacement, settleStored } from './rotation.js';
import type { Seams } from './seams.js';
import { type Settled, settle } from './settle.js';

/**
 * Ends an open row of an incident that no workflow runs any more, from records and provider alone, as `settle` does:
 * `done` only where the goal is seen; never enables, makes or destroys. Throws Later while a request of it may still
 * arrive, and StepFailed where nobody can look.
 */
export function settleRow(seams: Seams, row: EffectRow): Promise<Settled> {
  return row.class === 'tell' ? settleOpen(seams, row) : settleOpen(tellingOf(row, seams), row);
}

/** What security-on-call hear of a row whose end only a person can find out. */
export function unfinishedMoment({ key, incident, target }: EffectRow, line: string, at: number): NotedMoment {
  const { step } = effectName(key);
  return { incident, moment: 'unfinished', at, line: `${target}: ${line}`, step, part: `${key}/settled` };
}

/** In the commit that ends the row: nobody would look at it again, so a death in between would leave it untold. */
function tellingOf(row: EffectRow, seams: Seams): Seams {
  const { effects } = endingWith(seams.records.effects, ({ key, state, outcome, now }) => {
    if (key !== row.key || state !== 'needs_human') return undefined;
    const line = typeof outcome?.line === 'string' ? outcome.line : state;
    return momentEntry(unfinishedMoment(row, line, now));
  });
  return { ...seams, records: { ...seams.records, effects } };
}

async function settleOpen(seams: Seams, row: EffectRow): Promise<Settled> {
  const undoes = row.key.endsWith('/undo') ? row.key.slice(0, -'/undo'.length) : undefined;
  const base = {
    key: row.key,
    incident: row.incident,
    planDigest: row.planDigest,
    ...(undoes === undefined ? {} : { undoes }),
  };
  if (row.class === 'tell') {
    return settle({ ...base, intent: unseen(row), fence: { kind: 'none', ...NO_WAIT } }, effectSeams(seams));
  }
  const { step, verb, target, generation } = effectName(row.key);
  const plan = await pinnedPlan(seams.records, { incident: row.incident, digest: row.planDigest });
  const call = { incident: row.incident, digest: row.planDigest, step, generation, view: NOWHERE };
  const connector = connectorOf(seams, plan);
  const intents = intentsOf(seams, plan, connector, step);
  const replace = intents.find((intent) => intent.class === 'replace');

  if (verb === 'store' && replace !== undefined) return settleStored(seams, plan, call, connector, replace, undoes);
  if (replace?.change.target === target && undoes === undefined) {
    return settleReplacement(seams, plan, call, connector, replace);
  }
  const intent = intents.find(({ change }) => change.target === target) ?? (await strayOf(replace, target));
  if (intent === undefined) {
    throw new StepFailed('invalid', `${row.key} is open, and its plan says no more what it changes; look at ${target}`);
  }
  const effect: Effect = {
    ...base,
    intent: { ...intent, class: intent.class as ActingClass },
    fence: connector.fence,
  };
  return settle(effect, effectSeams(seams));
}

const NO_WAIT = { lateSeconds: 0, lagSeconds: 0, skewSeconds: 0 };
const NOWHERE = { stage: 'closed', waiting: '', held: '', at: 0 } as const;

/** A message of a step that is over: it is not sent any more, and whether it was, a person sees sooner than we do. */
function unseen(row: EffectRow): Effect['intent'] {
  const change: Change = {
    target: row.target,
    read: async () => ({ state: null }),
    apply: async () => ({ kind: 'denied', code: 'invalid', reason: 'a message of a step that is over is not sent' }),
  };
  return { class: 'tell', change, args: row.args };
}

function intentsOf(seams: Seams, plan: Plan, connector: Connector, id: string): Intent[] {
  const step = actStepOf(plan, {
    incident: plan.incident,
    digest: plan.digest,
    step: id,
    generation: 1,
    view: NOWHERE,
  });
  return step.verb === undefined ? [] : connector.intend(step.verb, connectorCall(seams, plan, step.args));
}

/** The change that switches off what a replacement made and never learned of, by its target. */
async function strayOf(replace: Intent | undefined, target: string): Promise<Intent | undefined> {
  if (replace?.disableStray === undefined) return undefined;
  const { items = [] } = await replace.change.read();
  for (const { id } of items) {
    const off = replace.disableStray(id);
    if (off.change.target === target) return { class: 'contain', ...off };
  }
  // Deleted by somebody since: it can be looked at no more, and does no harm.
  return { class: 'contain', args: null, change: gone(target) };
}

function gone(target: string): Change {
  return {
    target,
    read: async () => ({ state: null }),
    apply: async () => ({ kind: 'gone' }),
  };
}
