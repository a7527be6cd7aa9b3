/** Waits until all that answer for what an incident found are contained or closed. */
import type { Plan, TaskStep } from '../playbooks/language/plan.js';
import type { ChildRow, Records } from '../records/records.js';
import { beganAt } from './began-at.js';
import { Later, type StepCall, StepFailed, type StepResult } from './contract.js';
import { isFilled } from './covering-decision.js';
import { doneEntry } from './done-entry.js';
import { pinnedPlan, stepOf } from './pinned-plan.js';
import type { Seams } from './seams.js';

/** Between two looks: soon at first, for the attacker's key is being frozen, then ever more rarely, for people sleep. */
const FIRST_PAUSE_MS = 2_000;
const LAST_PAUSE_MS = 10 * 60_000;
const MOST_NAMED = 5;

/** One look. Throws Later, naming who is waited for, until each is contained or closed. Changes nothing. */
export async function awaitChildren(seams: Seams, call: StepCall): Promise<StepResult> {
  const { records, clock } = seams;
  const plan = await pinnedPlan(records, call);
  const step = stepOf(plan, call.step);
  if (step.kind !== 'each' || step.part !== 'contained') {
    throw new StepFailed('invalid', `${call.step} of ${plan.incident} waits for no incidents`);
  }
  const now = clock.now();
  const began = await beganAt(seams, call, now, 'waiting until what was opened is contained');
  const children = await records.incidents.children(plan.incident);
  const open: ChildRow[] = [];
  for (const child of children) if (!(await isSeenTo(records, child))) open.push(child);
  if (open.length > 0) {
    const pause = Math.min(LAST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, (now - began) / 10));
    throw new Later(now + pause, `not contained yet: ${named(open, ({ id, stage }) => `${id} (${stage})`)}`);
  }
  const ended = ({ id, closedAs }: ChildRow) =>
    `${id} ${closedAs === undefined ? 'contained' : `closed as ${closedAs}`}`;
  const line = children.length === 0 ? 'nothing was opened' : named(children, ended);
  const result: StepResult = { results: { children: children.length }, line };
  await records.timeline.append(doneEntry(step, call, result, now));
  return result;
}

async function isSeenTo(records: Records, child: ChildRow): Promise<boolean> {
  if (child.closedAt !== undefined || child.containedAt !== undefined) return true;
  return child.stage !== 'opening' && child.stage !== 'containing' && containedByHand(records, child.id);
}

/** Where nobody but people can look, their word in the records is the proof. */
async function containedByHand(records: Records, incident: string): Promise<boolean> {
  const plan = (await records.incidents.get(incident))?.plan as Plan | undefined;
  const proofs = (plan?.steps ?? []).filter(
    (step): step is TaskStep => step.kind === 'task' && (step.proves === 'contained' || step.proves === 'dead'),
  );
  if (proofs.length === 0) return false;
  const decisions = await records.decisions.ofIncident(incident);
  return proofs.some((step) => isFilled(step, decisions, 'done'));
}

function named(children: ChildRow[], say: (child: ChildRow) => string): string {
  const more = children.length > MOST_NAMED ? ` and ${children.length - MOST_NAMED} more` : '';
  return `${children.slice(0, MOST_NAMED).map(say).join(', ')}${more}`;
}
