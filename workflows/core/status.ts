/** What people see of a Run: status, view and the sentences in them. */
import type { StepCall, View } from '../../activities/contract.js';
import { fill, knownTo } from '../../playbooks/language/sentence.js';
import type { Phase, Stage } from '../../playbooks/language/words.js';
import { childrenOf } from './children.js';
import type { Status, StepStatus, WaitingStatus } from './message.js';
import { hasEnded, holds } from './order.js';
import { askedRoles, filledPlaces, type PeopleStep, stillNeeded } from './questions.js';
import { allSteps, isAct, isAsk, isEach, proofOf, type Run, runOf } from './run.js';

const STAGE_OF: Record<Exclude<Phase, 'alongside'>, Stage> = {
  contain: 'containing',
  assess: 'assessing',
  recover: 'recovering',
  close: 'closing',
};

/** Where it stands: the first phase that has not ended. */
export function stageOf(run: Run): Stage {
  if (run.closed !== undefined) return 'closed';
  if (run.ending?.as === 'false_alarm') return 'undoing';
  if (run.ending !== undefined) return 'closing';
  for (const phase of ['contain', 'assess', 'recover', 'close'] as const) {
    if (run.plan.steps.some((step) => step.phase === phase && !isPassed(run, step.id))) return STAGE_OF[phase];
  }
  return 'closing';
}

function isPassed(run: Run, id: string): boolean {
  const state = runOf(run, id);
  return hasEnded(state) && state.state !== 'denied' && state.state !== 'unanswered';
}

/** The sentence of a question or task with what is known now. */
export function sentenceOf(run: Run, step: PeopleStep): string {
  // The engine's own tasks are finished text; data in them is never read again.
  if (run.extra.some(({ id }) => id === step.id)) return step.title;
  return fill(isAsk(step) ? step.question : step.sentence, knownTo(run.plan, resultsByName(run)));
}

function resultsByName(run: Run): Record<string, Record<string, string | number>> {
  return Object.fromEntries(
    run.plan.steps.map((step) => {
      const { state, results, grade } = runOf(run, step.id);
      const known = state === 'done' ? { ...results, ...(grade === undefined ? {} : { grade }) } : {};
      return [step.name, hasEnded(runOf(run, step.id)) ? { ...known, state } : {}];
    }),
  );
}

/** `2026-11-24 09:00 UTC` */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function waitingOf(run: Run): WaitingStatus[] {
  return allSteps(run).flatMap((one) => {
    const { state, asking, generation } = runOf(run, one.id);
    if (state !== 'waiting' || asking === undefined) return [];
    const step = one as PeopleStep;
    return [
      {
        id: step.id,
        kind: isAsk(step) ? ('question' as const) : ('task' as const),
        sentence: sentenceOf(run, step),
        places: step.places,
        filled: filledPlaces(step, asking),
        asked: askedRoles(step, asking),
        tier: asking.tier,
        until: asking.until,
        onSilence: isAsk(step) ? step.ifSilent : ('fail' as const),
        generation,
      },
    ];
  });
}

/** Who is waited for and until when; a person's retry, skip or resume where it is held. */
function waitingFor(run: Run): string {
  const asked = allSteps(run).flatMap((one) => {
    const { state, asking } = runOf(run, one.id);
    if (state !== 'waiting' || asking === undefined) return [];
    const step = one as PeopleStep;
    const escalated = asking.tier > 0 ? ` (asked so far: ${askedRoles(step, asking).join(', ')})` : '';
    return [`${stillNeeded(step, asking)}${escalated} until ${utc(asking.until)}: ${sentenceOf(run, step)}`];
  });
  const running = allSteps(run).some(({ id }) => runOf(run, id).state === 'running');
  if (asked.length === 0 && !running && holds(run).length > 0) return 'security-on-call or a responder: it is held';
  return [...asked, ...childrenAwaited(run)].join(' · ');
}

function childrenAwaited(run: Run): string[] {
  return run.plan.steps.filter(isEach).flatMap((step) => {
    const isAwaited = step.part === 'contained' && runOf(run, step.id).state === 'running';
    return isAwaited ? [`${childrenOf(run, step)} of what it made to be contained`] : [];
  });
}

/** What the activity of a step is given: names, never a plan and never a secret. */
export function stepCall(run: Run, step: string, generation: number): StepCall {
  return { incident: run.incident, digest: run.plan.digest, step, generation, view: viewOf(run) };
}

/** What lists and cards show; carried by every call. */
export function viewOf(run: Run): View {
  return { stage: stageOf(run), waiting: waitingFor(run), held: holds(run).join(' · '), at: run.now };
}

function stepStatus(run: Run): StepStatus[] {
  return allSteps(run).map((step) => {
    const { state, generation, startedAt, endedAt, line, results, grade, code } = runOf(run, step.id);
    const undo = run.undo[step.id];
    const known = { startedAt, endedAt, line: undo?.line ?? line, results, grade, code };
    return {
      id: step.id,
      name: step.name,
      phase: step.phase,
      kind: step.kind,
      title: step.title,
      state: undo?.state === 'undone' ? 'undone' : state,
      generation,
      ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<StepStatus>),
    };
  });
}

/** The whole, for the query `status`. */
export function status(run: Run): Status {
  const { contained, replaced, dead, lead, closed } = run;
  return {
    incident: run.incident,
    digest: run.plan.digest,
    mode: run.plan.mode,
    playbook: run.plan.playbook.name,
    stage: stageOf(run),
    ...(closed === undefined ? {} : { closedAs: closed.as }),
    held: closed === undefined ? holds(run) : [],
    waitingFor: closed === undefined ? waitingFor(run) : '',
    waiting: closed === undefined ? waitingOf(run) : [],
    steps: stepStatus(run),
    alerts: run.alerts,
    exposure: run.exposure,
    ...(lead === undefined ? {} : { lead }),
    ...(contained === undefined ? {} : { contained }),
    ...(replaced === undefined ? {} : { replaced }),
    ...(dead === undefined ? {} : { dead }),
    updatedAt: run.now,
  };
}

/** What is still true and open when it ends, a line each. */
export function remains(run: Run): string[] {
  const lines: string[] = [];
  for (const step of allSteps(run)) {
    const { state, line, skippedBy, settled } = runOf(run, step.id);
    const stays =
      run.ending?.as === 'cancelled' &&
      isAct(step) &&
      state === 'done' &&
      step.class !== 'read' &&
      step.class !== 'tell';
    if (state === 'failed' && !settled) lines.push(`${step.title} failed: ${line ?? ''}`);
    if (state === 'skipped' && skippedBy !== undefined) lines.push(`${step.title}: ${line ?? ''}`);
    if (stays && run.undo[step.id]?.state !== 'undone') lines.push(`${step.title}: done, and stays`);
    const children = isEach(step) && step.part === 'contained' && state === 'skipped' ? childrenOf(run, step) : 0;
    if (children > 0) lines.push(`Incidents that it opened or found live go on: ${children}`);
    if (run.undo[step.id]?.state === 'failed')
      lines.push(`${step.title} was not brought back: ${run.undo[step.id]?.line ?? ''}`);
  }
  const wanted = run.plan.steps.some((step) => proofOf(step) === 'dead' && step.skip === undefined);
  if (wanted && run.dead === undefined && run.ending?.as !== 'false_alarm') lines.push('its death was not proven');
  return lines;
}

/** Before there is a plan. */
export function openingStatus(incident: string, at: number): Status {
  return {
    incident,
    digest: '',
    mode: 'observe',
    playbook: '',
    stage: 'opening',
    held: [],
    waitingFor: '',
    waiting: [],
    steps: [],
    alerts: 1,
    exposure: 'unknown',
    updatedAt: at,
  };
}
