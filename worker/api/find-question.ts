import type { Plan, Step } from '../../playbooks/language/plan.js';
import type { IncidentRow, Records } from '../../records/records.js';
import type { Status } from '../../workflows/core/message.js';
import { ApiError } from './api-error.js';

/** What exactly a person decides about: written into the decision before the workflow hears of it. */
export interface DecidedAbout {
  step: string;
  generation: number;
  digest: string;
}

interface Known {
  records: Records;
  incident: IncidentRow;
  /** Undefined when Temporal cannot be asked: then the records say what was asked last. */
  live: Status | undefined;
}

/**
 * Finds the question or task that `step` names: its full id, or the page's name of the step. Without a name, the only one that is
 * open. What is not open is passed on under its full id, so that the engine says why it does not count.
 */
export async function findQuestion(
  { records, incident, live }: Known,
  given: { step?: string; generation?: number; digest?: string },
): Promise<DecidedAbout> {
  // A named one is passed on, so that the refusal is recorded.
  if (incident.closedAt !== undefined && given.step === undefined) {
    throw new ApiError(409, 'closed', `${incident.id} is closed, so there is nothing to decide.`);
  }
  const open = live?.waiting.map(({ id }) => id) ?? (await lastAsked(records, incident.id));
  const step = given.step === undefined ? onlyOne(open, incident.id) : fullId(given.step, open, planOf(incident));
  return {
    step,
    generation: given.generation ?? (await generationOf({ records, incident, live }, step)),
    digest: given.digest ?? live?.digest ?? incident.planDigest ?? '',
  };
}

/** The full id of a step that a control names; what the plan does not know is passed on as it was said. */
export function findStep(incident: IncidentRow, step: string): string {
  const named = planOf(incident).filter(({ id, name, kind }) => id === step || (name === step && kind !== 'ask'));
  return named.length === 1 ? (named[0] as Step).id : step;
}

function onlyOne(open: string[], incident: string): string {
  if (open.length === 1) return open[0] as string;
  throw new ApiError(
    422,
    'which-question',
    open.length === 0 ? `${incident} asks nothing now.` : `${incident} asks ${open.join(', ')}. Say which one.`,
  );
}

function fullId(step: string, open: string[], plan: Step[]): string {
  const asks = (id: string): boolean => id === step || id === `${step}.ask` || stepName(id) === step;
  const planned = plan.filter(({ kind }) => kind === 'ask' || kind === 'task').map(({ id }) => id);
  // A question covers several steps and is named after the first: the others name it too.
  const covering = plan.flatMap((ask) =>
    ask.kind === 'ask' && ask.covers.some((id) => id === step || stepName(id) === step) ? [ask.id] : [],
  );
  return open.find(asks) ?? covering.find((id) => open.includes(id)) ?? planned.find(asks) ?? covering[0] ?? step;
}

/** `close.revoke.ask` -> `revoke`. */
const stepName = (id: string): string | undefined => id.split('.')[1];

async function generationOf({ records, incident, live }: Known, step: string): Promise<number> {
  const now = live?.waiting.find(({ id }) => id === step) ?? live?.steps.find(({ id }) => id === step);
  if (now !== undefined) return now.generation;
  const seen = (await records.timeline.ofIncident(incident.id)).filter((entry) => entry.step === step);
  return Math.max(1, ...seen.map(({ generation }) => generation));
}

async function lastAsked(records: Records, incident: string): Promise<string[]> {
  const asked = (await records.timeline.ofIncident(incident)).filter(({ kind }) => kind === 'asked');
  return [...new Set(asked.map(({ step }) => step))];
}

function planOf({ plan }: IncidentRow): Step[] {
  return (plan as Plan | undefined)?.steps ?? [];
}
