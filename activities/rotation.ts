import type { Plan } from '../playbooks/language/plan.js';
import type { Effect } from './apply-effect.js';
import type { Connector, Intent } from './connectors/contract.js';
import { type StepCall, StepFailed, type StepResult, type UndoResult } from './contract.js';
import { effectSeams } from './effect-seams.js';
import { type RotateSeams, type Rotation, rotate, settleRotation, settleStore, undoRotate } from './rotate.js';
import type { Seams } from './seams.js';
import { type Settled, settle } from './settle.js';

/** AWS and others stamp a use up to this much before or after we saw its answer. */
const STAMP_MS = 5_000;

/** Makes the new credential and hands it to the secret store of the settings. Throws like `rotate`. */
export async function makeReplacement(
  seams: Seams,
  plan: Plan,
  call: StepCall,
  connector: Connector,
  intent: Intent,
): Promise<StepResult> {
  const { rotation, rotateSeams } = prepareRotation(seams, plan, call, connector, intent);
  await endAbandoned(seams, plan, connector, intent);
  const { id, storedAt } = await rotate(rotation, rotateSeams);
  return {
    results: { new: id, stored_at: storedAt },
    line: `${id} made and put into ${rotateSeams.store.title} at ${storedAt}`,
  };
}

/** What a closed incident has left open nobody else will end, and no replacement of this principal could begin. */
async function endAbandoned(seams: Seams, plan: Plan, connector: Connector, intent: Intent): Promise<void> {
  const { effects, incidents } = seams.records;
  for (const row of await effects.open(seams.clock.now())) {
    if (row.class !== 'replace' || row.target !== intent.change.target || row.incident === plan.incident) continue;
    if ((await incidents.get(row.incident))?.closedAt === undefined) continue;
    const { key, incident, planDigest } = row;
    const effect: Effect = {
      key,
      incident,
      planDigest,
      intent: { ...intent, class: 'replace' },
      fence: connector.fence,
    };
    await settle(effect, effectSeams(seams));
  }
}

/**
 * After a false alarm: the store gives the old one again and the new one is switched off, unless somebody besides us has
 * used it since; then it stays, and that is said.
 */
export async function takeBackReplacement(
  seams: Seams,
  plan: Plan,
  call: StepCall,
  connector: Connector,
  intent: Intent,
  incidentKeys: string[],
): Promise<UndoResult> {
  const { rotation, rotateSeams } = prepareRotation(seams, plan, call, connector, intent);
  const made = await madeBy(seams, plan.incident, call.step);
  if (made !== undefined) {
    const { lastUsedAt } = await connector.identify(made, plan.credential.account);
    if (lastUsedAt !== undefined && lastUsedAt > (await lastLook(seams, plan.incident)) + STAMP_MS) {
      return {
        result: 'needs_human',
        line: `${made} stays: somebody uses it since ${new Date(lastUsedAt).toISOString()}. Move them back to ${plan.credential.id}, then switch ${made} off`,
      };
    }
  }
  const outcome = await undoRotate({ ...rotation, incidentKeys }, rotateSeams);
  if (outcome.state === 'nothing') return { result: 'nothing', line: outcome.line };
  return outcome.state === 'done'
    ? { result: 'undone', line: outcome.line }
    : { result: 'needs_human', line: outcome.line };
}

/** Ends a rotation whose attempts were given up; done only if the new secret is in the store. */
export function settleReplacement(
  seams: Seams,
  plan: Plan,
  call: StepCall,
  connector: Connector,
  intent: Intent,
): Promise<Settled> {
  const { rotation, rotateSeams } = prepareRotation(seams, plan, call, connector, intent);
  return settleRotation(rotation, rotateSeams);
}

/** Ends the hand-over of a secret to the store, or its undo, that nobody finishes. */
export function settleStored(
  seams: Seams,
  plan: Plan,
  call: StepCall,
  connector: Connector,
  intent: Intent,
  undoes?: string,
): Promise<Settled> {
  const { rotation, rotateSeams } = prepareRotation(seams, plan, call, connector, intent);
  return undoes === undefined ? settleRotation(rotation, rotateSeams) : settleStore(rotation, rotateSeams, undoes);
}

function prepareRotation(
  seams: Seams,
  plan: Plan,
  call: StepCall,
  connector: Connector,
  intent: Intent,
): { rotation: Rotation; rotateSeams: RotateSeams } {
  if (seams.secrets === undefined) {
    throw new StepFailed(
      'invalid',
      'firebreak.yaml names no secret store, so a new secret would have no place to go; add secrets',
    );
  }
  const { store, path } = seams.secrets;
  return {
    rotation: {
      intent,
      fence: connector.fence,
      incident: plan.incident,
      planDigest: plan.digest,
      step: call.step,
      generation: call.generation,
      storePath: path(plan),
      replaces: plan.credential.id,
    },
    rotateSeams: { ...effectSeams(seams), open: (box, context) => seams.sealer.open(box, context), store },
  };
}

async function madeBy(seams: Seams, incident: string, step: string): Promise<string | undefined> {
  const rows = await seams.records.effects.ofIncident(incident);
  const id = rows.find((row) => row.class === 'replace' && row.key.split('/')[1] === step && row.state === 'done')
    ?.outcome?.id;
  return typeof id === 'string' ? id : undefined;
}

/** Our own proofs use the new one too. */
async function lastLook(seams: Seams, incident: string): Promise<number> {
  const looks = (await seams.records.timeline.ofIncident(incident)).filter(
    (entry) => entry.kind === 'observation' && (entry.data as { proof?: string }).proof === 'replacement_works',
  );
  return looks.at(-1)?.at ?? 0;
}
