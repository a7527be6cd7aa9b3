/** The only writer of a Run: takes in one fact, then brings the state to rest. */
import type { StepResult } from '../../activities/contract.js';
import { advance } from './advance.js';
import { openedBy } from './children.js';
import { obey } from './controls.js';
import { fail, succeed } from './finish.js';
import type { AlertsJoined } from './message.js';
import { nextTier, type PeopleStep } from './questions.js';
import { refuse } from './refuse.js';
import {
  type Call,
  CLEAR,
  type Fact,
  isEach,
  isEffect,
  isTask,
  type Outcome,
  proofOf,
  type Run,
  runOf,
  say,
  stepOf,
} from './run.js';
import { RESTORED, undone } from './undo.js';

/** Changes `run` by one fact. What does not fit the state (a late answer, a refused message) changes nothing. */
export function apply(run: Run, fact: Fact): void {
  if (run.closed !== undefined) return;
  run.now = Math.max(run.now, fact.at);
  switch (fact.kind) {
    case 'begun':
      begun(run, fact.call, fact.at);
      break;
    case 'ended':
      ended(run, fact.key, fact.outcome, fact.at);
      break;
    case 'said':
      // First what time has decided: an answer after the deadline is late, whichever is heard first.
      advance(run, fact.at);
      if (refuse(run, fact.message, fact.at) === undefined) obey(run, fact.message, fact.at);
      break;
    case 'alerts':
      joined(run, fact.joined);
      break;
    case 'time':
      break;
  }
  advance(run, fact.at);
}

function begun(run: Run, call: Call, at: number): void {
  run.calls[call.key] = { call, at };
  if (call.purpose === 'step') {
    const state = runOf(run, call.step);
    Object.assign(state, { state: 'running', startedAt: at });
    const step = stepOf(run, call.step);
    if (isEach(step) && step.part === 'contained') state.looksFor = openedBy(run, step);
    if (isEffect(step)) {
      run.begun += 1;
      state.begun = { order: run.begun, generation: call.generation };
    }
  }
  if (call.purpose === 'undo') run.undo[call.step] = { state: 'running', at };
  if (call.purpose === 'restored') run.undo[RESTORED] = { state: 'running', at };
}

function ended(run: Run, key: string, outcome: Outcome, at: number): void {
  const record = run.calls[key];
  if (record === undefined || record.endedAt !== undefined) return;
  record.endedAt = at;
  const { call } = record;
  switch (call.purpose) {
    case 'step':
      stepEnded(run, call, outcome, at);
      break;
    case 'settle':
      settleEnded(run, call, outcome, at);
      break;
    case 'look':
      lookEnded(run, call, outcome, at);
      break;
    case 'undo':
      undone(run, call.step, outcome, at);
      break;
    case 'restored':
      undone(run, RESTORED, outcome, at);
      break;
    case 'ask':
      // Once there is an answer nobody needs to be told any more, and a reminder that was given up is no failure.
      if (isAwaited(run, call)) askEnded(run, call, outcome, at);
      break;
    case 'close':
      if (outcome.ok) run.closed = { as: call.input.as, at };
      break;
    case 'note':
      break;
  }
}

/** How the line of a failure begins after which a question is as open as before. */
export const UNTOLD = 'could not tell the people who are asked';

function askEnded(run: Run, call: Call & { purpose: 'ask' }, outcome: Outcome, at: number): void {
  if (!outcome.ok) {
    // Somebody who is asked and does not know it: on-call has to fetch them.
    say(run, 'failed', call.step, `${UNTOLD}: ${outcome.message}`, true);
    return;
  }
  const { asking } = runOf(run, call.step);
  const answer = outcome.value as { reached: boolean } | undefined;
  // Nobody's time runs who was never asked: the next tier is asked at once, or, where there is none, time goes on.
  if (answer?.reached === false && asking?.tier === call.input.tier) {
    nextTier(run, stepOf(run, call.step) as PeopleStep, asking, at);
  }
}

/** The step still runs in that generation; else it was left out meanwhile and its answer counts no more. */
function isAwaited(run: Run, call: Call): boolean {
  const { state, generation } = runOf(run, call.step);
  return generation === call.generation && (state === 'running' || state === 'waiting');
}

function stepEnded(run: Run, call: Call, outcome: Outcome, at: number): void {
  if (!isAwaited(run, call)) return;
  const step = stepOf(run, call.step);
  if (outcome.ok) {
    succeed(run, step, outcome.value as StepResult, at);
  } else if (isEffect(step) && !CLEAR.includes(outcome.code)) {
    runOf(run, step.id).settling = { code: outcome.code, line: outcome.message };
  } else {
    fail(run, step, outcome.code, outcome.message, at);
  }
}

function settleEnded(run: Run, call: Call, outcome: Outcome, at: number): void {
  const step = stepOf(run, call.step);
  const state = runOf(run, step.id);
  if (!isAwaited(run, call) || state.settling === undefined) return;
  const { code, line } = state.settling;
  delete state.settling;
  const settled = outcome.ok ? (outcome.value as { state: string; line: string }) : undefined;
  if (settled?.state === 'done') {
    succeed(run, step, { results: {}, line: settled.line }, at);
    return;
  }
  if (settled?.state === 'not_applied') delete state.begun;
  const known = settled === undefined ? 'how it ended is not known' : settled.line;
  fail(run, step, settled?.state === 'not_applied' ? code : 'unknown-outcome', `${line}; ${known}`, at);
}

function lookEnded(run: Run, call: Call, outcome: Outcome, at: number): void {
  const step = stepOf(run, call.step);
  if (!isAwaited(run, call) || !isTask(step)) return;
  const asking = runOf(run, step.id).asking!;
  if (outcome.ok) {
    const who = asking.yes.map(({ person }) => person).join(', ');
    const seen = outcome.value as StepResult;
    succeed(run, step, { ...seen, results: { ...seen.results, ...(who === '' ? {} : { by: who }) } }, at);
    return;
  }
  if (asking.yes.length === 0) return;
  const who = asking.yes.map(({ person }) => person).join(', ');
  asking.yes = [];
  say(run, 'not-seen', step.id, `${who} said it is done, but ${proofOf(step)} was not seen: ${outcome.message}`, true);
}

function joined(run: Run, { alerts, exposure, secretHeld }: AlertsJoined): void {
  if (alerts <= run.alerts && secretHeld === run.secretHeld) return;
  const more = alerts > run.alerts;
  run.alerts = Math.max(run.alerts, alerts);
  run.secretHeld ||= secretHeld;
  // As intake ranks them: what nobody knows may be public.
  const rank = { public: 2, unknown: 1, internal: 0 };
  if (rank[exposure] > rank[run.exposure]) {
    run.exposure = exposure;
    say(run, 'exposure', '', `another alert says that it is ${exposure}`);
  }
  if (more && run.ending?.as === 'false_alarm') {
    run.undoHeld = 'another alert about it came while its containment was being undone; resume goes on undoing';
  }
}
