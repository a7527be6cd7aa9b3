/** Who was asked what, as the timeline says it, and the engine's own tasks, which stand in no plan. */
import type { Places, TaskStep } from '../../../playbooks/language/plan.js';
import type { TimelineEntry } from '../../../records/records.js';
import { again } from '../../../workflows/core/finish.js';
import { hasEnded } from '../../../workflows/core/order.js';
import type { PeopleStep } from '../../../workflows/core/questions.js';
import { allSteps, isAsk, isTask, type Run, runOf } from '../../../workflows/core/run.js';
import type { HeldIncident } from './load-incident.js';

/** What `asked` entries of the timeline hold. */
export interface AskedData {
  roles: string[];
  people: string[];
  until: number;
  tier: number;
  /** Absent in entries from before it was kept. */
  sentence?: string;
}

/** Ids of the engine's own tasks, which take back what was done. */
export const HANDED_BACK = 'undo.';

/** Takes in that people of one tier were asked. */
export function readAsked(run: Run, entry: TimelineEntry): void {
  const data = entry.data as AskedData;
  if (!allSteps(run).some(({ id }) => id === entry.step)) openByHand(run, entry, data);
  const step = allSteps(run).find(({ id }) => id === entry.step);
  if (step === undefined || !(isAsk(step) || isTask(step))) return;
  const known = runOf(run, step.id);
  if (entry.generation < known.generation) return;
  if (entry.generation > known.generation) again(run, step, entry.generation);
  if (hasEnded(runOf(run, step.id))) return;
  ask(run, step, { at: entry.at, tier: data.tier, until: data.until });
}

/** Opens it, or goes on to a further tier. */
export function ask(
  run: Run,
  step: PeopleStep,
  { at, tier, until }: { at: number; tier: number; until: number },
): void {
  const state = runOf(run, step.id);
  if (state.asking === undefined) {
    state.state = 'waiting';
    state.startedAt = at;
    state.asking = { openedAt: at, tier, askAt: at, until, yes: [], postponedMinutes: 0, looks: 0 };
    return;
  }
  if (tier < state.asking.tier) return;
  // Told late: what people have put off meanwhile stays put off.
  const isNews = tier > state.asking.tier;
  if (isNews) Object.assign(state.asking, { tier, askAt: at, until });
}

/** The engine's own tasks stand in no plan: what is asked of people says what they are. */
function openByHand(run: Run, { step: id, line }: TimelineEntry, { roles, sentence, until }: AskedData): void {
  if (!id.startsWith(HANDED_BACK)) return;
  const undone = run.plan.steps.find((step) => step.id === id.slice(HANDED_BACK.length));
  const handedBack = undone !== undefined && isTask(undone) ? undone : undefined;
  const places: Places = Object.fromEntries(roles.map((role) => [role, 1]));
  const task: TaskStep = {
    id,
    name: id,
    kind: 'task',
    phase: 'close',
    title: sentence ?? line,
    sentence: sentence ?? line,
    class: 'read',
    needs: [],
    places: handedBack?.places ?? places,
    tiers: handedBack?.tiers ?? ('service-owner' in places ? [['security-on-call']] : []),
    withinSeconds: handedBack?.withinSeconds ?? Math.max(1, (until - run.now) / 1_000),
    line: 0,
  };
  run.extra.push(task);
  run.steps[id] = { generation: 1, state: 'pending' };
}

/** Says who was asked; what else is written of that kind is about telling them. */
export const isAsked = ({ kind, data }: TimelineEntry): boolean =>
  kind === 'asked' && Array.isArray((data as Partial<AskedData> | undefined)?.people);

/** The people of each tier that has been asked, the newest last. */
export function askedOf(
  { timeline }: HeldIncident,
  step: string,
  generation: number,
): (AskedData & { at: number; line: string })[] {
  return timeline
    .filter((entry) => isAsked(entry) && entry.step === step && entry.generation === generation)
    .map(({ at, line, data }) => ({ ...(data as AskedData), at, line }));
}
