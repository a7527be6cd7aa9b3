/**
 * Bringing back what was there before us, after a false alarm (language.md 2.9): contain and interrupt latest first,
 * then the proof that the old one works again, then replacements, then corrections. The rest goes on when one fails.
 */
import type { UndoResult } from '../../activities/contract.js';
import type { ActStep, Step, TaskStep } from '../../playbooks/language/plan.js';
import { credentialLabel } from '../../playbooks/language/sentence.js';
import { hasEnded } from './order.js';
import { startAsking } from './questions.js';
import {
  type Call,
  CLEAR,
  isAct,
  isEffect,
  isTask,
  type Outcome,
  type Run,
  runOf,
  type StepRun,
  say,
  stepOf,
} from './run.js';
import { stepCall } from './status.js';

/** Key of the proof between the undo of containment and that of replacements. */
export const RESTORED = 'restored';

/** An undo that is due: a step of the plan (what a hand did, a hand takes back), or the proof. */
export type DueUndo = { restored: true } | { restored: false; step: ActStep | TaskStep; generation: number };

/** What may be undone next; empty = something must end first, or all has been undone. */
export function dueUndo(run: Run): DueUndo[] {
  if (run.ending?.as !== 'false_alarm' || run.undoHeld !== undefined || run.hold !== undefined) return [];
  const running = (tell: boolean) =>
    run.plan.steps.some(
      (step) =>
        isAct(step) && isEffect(step) && (step.class === 'tell') === tell && runOf(run, step.id).state === 'running',
    );
  if (running(false) || Object.values(run.undo).some(({ state }) => state === 'running')) return [];

  const next = [...containment(run), ...proof(run), ...replacements(run)].find((due) => !isUndone(run, due));
  if (next !== undefined) return [next];
  return running(true) ? [] : corrections(run).filter((due) => !isUndone(run, due));
}

const isUndone = (run: Run, due: DueUndo) => (due.restored ? RESTORED : due.step.id) in run.undo;

const canBeUndone = (step: Step): step is ActStep | TaskStep =>
  (isAct(step) && step.undo !== undefined) || (isTask(step) && step.does !== undefined);

/** Steps of these classes that have begun, latest first. */
function begun(run: Run, classes: ActStep['class'][]): DueUndo[] {
  return run.plan.steps
    .filter(canBeUndone)
    .filter((step) => classes.includes(step.class) && runOf(run, step.id).begun !== undefined)
    .sort((a, b) => runOf(run, b.id).begun!.order - runOf(run, a.id).begun!.order)
    .map((step) => ({ restored: false, step, generation: runOf(run, step.id).begun!.generation }));
}

function containment(run: Run): DueUndo[] {
  const gone = wentForGood(run);
  return begun(run, ['contain', 'interrupt']).filter((due) => {
    if (due.restored || due.step.class === 'interrupt' || gone === undefined) return true;
    // A rotation in place has lifted the lock itself; of a credential that was deleted there is nothing to set back.
    return gone.class === 'replace' && deedOf(due.step) !== 'disable';
  });
}

const deedOf = (step: ActStep | TaskStep) => (isAct(step) ? step.verb : step.does);

/** Where only people can look (`manual`), the hand that takes it back says that it works again. */
function proof(run: Run): DueUndo[] {
  const byHand = run.plan.steps.some((step) => isTask(step) && step.proves !== undefined);
  return !byHand && containment(run).length > 0 && wentForGood(run) === undefined ? [{ restored: true }] : [];
}

/** Only when the old one works again: else there would be no working key. */
function replacements(run: Run): DueUndo[] {
  const restored = run.undo[RESTORED];
  if (wentForGood(run) !== undefined || restored?.state === 'failed') return [];
  return begun(run, ['replace']);
}

/** Tells that were sent; an alert is resolved as false positive even if nobody had resolved it yet. */
function corrections(run: Run): DueUndo[] {
  const sent = begun(run, ['tell']);
  const resolve = run.plan.steps
    .filter(isAct)
    .filter(({ verb, skip }) => verb === 'resolve_alert' && skip === undefined);
  const others = sent.filter((due) => due.restored || deedOf(due.step) !== 'resolve_alert');
  return [
    ...others,
    ...resolve.map((step) => ({ restored: false as const, step, generation: runOf(run, step.id).generation })),
  ];
}

/** The done step after which the old credential cannot return. What a hand has made, a hand can take away. */
function wentForGood(run: Run): ActStep | TaskStep | undefined {
  return run.plan.steps
    .filter((step) => isAct(step) || isTask(step))
    .find(
      (step) =>
        runOf(run, step.id).state === 'done' &&
        (step.class === 'burn' ||
          step.class === 'destroy' ||
          (step.class === 'replace' && isAct(step) && step.undo === undefined)),
    );
}

/** Takes in how an undo ended; what was not brought back becomes a task for a person. */
export function undone(run: Run, id: string, outcome: Outcome, at: number): void {
  // The proof answers as proofs do: with a line, and no word of its own.
  const { result, line } = outcome.ok
    ? { result: 'undone' as const, ...(outcome.value as UndoResult | { line: string }) }
    : { result: 'needs_human' as const, line: outcome.message };
  const failed = result === 'needs_human';
  run.undo[id] = { state: failed ? 'failed' : result, line, at };
  const title = id === RESTORED ? 'Proof that it works again' : `Undo of ${stepOf(run, id).title}`;
  say(run, failed ? 'failed' : 'undone', id === RESTORED ? '' : id, `${title}: ${line}`, failed);
  if (!failed) return;
  const label = credentialLabel(run.plan.credential);
  if (id !== RESTORED) {
    const step = stepOf(run, id) as ActStep;
    const people = step.class === 'replace' ? OWNER : ON_CALL;
    openByHand(run, id, `Bring back by hand what "${step.title}" changed: ${line}`, people);
    return;
  }
  openByHand(run, RESTORED, `Make ${label} work again, nobody could prove that it does: ${line}`, ON_CALL);
  if (begun(run, ['replace']).some((due) => !due.restored && mayHaveMade(runOf(run, due.step.id)))) {
    openByHand(
      run,
      'replacement',
      `Decide what becomes of the replacement of ${label}: it stays, for the old one is not proven to work.`,
      OWNER,
    );
  }
}

/** A rotation that clearly failed has made nothing that anybody must decide about. */
function mayHaveMade({ state, code }: StepRun): boolean {
  return state !== 'failed' || code === undefined || !CLEAR.includes(code);
}

/** Opens the engine's own tasks, and the one that says what cannot return. True = something moved. */
export function moveUndo(run: Run, at: number): boolean {
  if (run.ending?.as !== 'false_alarm') return false;
  let moved = false;
  const gone = wentForGood(run);
  if (gone !== undefined && !run.extra.some(({ id }) => id === 'undo.gone')) {
    const label = credentialLabel(run.plan.credential);
    openByHand(
      run,
      'gone',
      `Tell the owner: ${label} cannot come back ("${gone.title}" is done). Its replacement, if there is one, stays.`,
      OWNER,
    );
    moved = true;
  }
  for (const due of dueUndo(run)) {
    if (due.restored || !isTask(due.step)) continue;
    handBack(run, due.step, at);
    moved = true;
  }
  for (const step of run.plan.steps.filter(isTask)) moved = handedBack(run, step, at) || moved;
  for (const task of run.extra) {
    if (runOf(run, task.id).state !== 'pending') continue;
    startAsking(run, task, at);
    moved = true;
  }
  return moved;
}

/** What a hand did is taken back by a hand: the same roles, the same time. */
function handBack(run: Run, step: TaskStep, at: number): void {
  const { places, tiers, withinSeconds } = step;
  const task = `Take back by hand what was done by hand: ${step.title}`;
  openByHand(run, step.id, task, { places, tiers, withinSeconds });
  run.undo[step.id] = { state: 'running', at };
}

/** True = its task has just ended. Left undone it stays an open matter until a retry does it, and the rest goes on. */
function handedBack(run: Run, step: TaskStep, at: number): boolean {
  const task = run.steps[`undo.${step.id}`];
  const before = run.undo[step.id]?.state;
  if (task === undefined || !hasEnded(task)) return false;
  if (before !== 'running' && !(before === 'failed' && task.state === 'done')) return false;
  const line = task.line ?? task.state;
  run.undo[step.id] = { state: task.state === 'done' ? 'undone' : 'failed', line, at };
  if (task.state === 'done') say(run, 'undone', step.id, `Undo of ${step.title}: ${line}`);
  return true;
}

/** All that was done has been undone, or handed to people who did it. */
export function isUndoOver(run: Run): boolean {
  return (
    run.undoHeld === undefined &&
    run.hold === undefined &&
    dueUndo(run).length === 0 &&
    !Object.values(run.undo).some(({ state }) => state === 'running') &&
    run.plan.steps.every(({ id }) => hasEnded(runOf(run, id)))
  );
}

type Asked = Pick<TaskStep, 'places' | 'tiers' | 'withinSeconds'>;
const ON_CALL: Asked = { places: { 'security-on-call': 1 }, tiers: [], withinSeconds: 4 * 3600 };
const OWNER: Asked = { places: { 'service-owner': 1 }, tiers: [['security-on-call']], withinSeconds: 4 * 3600 };

function openByHand(run: Run, what: string, sentence: string, asked: Asked): void {
  const task: TaskStep = {
    id: `undo.${what}`,
    name: `undo.${what}`,
    kind: 'task',
    phase: 'close',
    title: sentence,
    // Already filled: a `<` in it is text.
    sentence,
    class: 'read',
    needs: [],
    ...asked,
    line: 0,
  };
  run.extra.push(task);
  run.steps[task.id] = { generation: 1, state: 'pending' };
}

/** Undo waits until no request of ours can still arrive, three times at the most (once/protocol.md 6). */
const UNDO_SECONDS = 3600;
const RESTORED_SECONDS = 120;

export function undoCalls(run: Run): Call[] {
  return dueUndo(run)
    .filter((due) => due.restored || isAct(due.step))
    .map((due) => undoCall(run, due));
}

function undoCall(run: Run, due: DueUndo): Call {
  if (!due.restored) {
    const { step, generation } = due;
    const input = { ...stepCall(run, step.id, generation), because: 'false_alarm' as const };
    const summary = `Undo: ${step.title}`;
    return {
      key: `${step.id}/undo`,
      purpose: 'undo',
      activity: 'undo',
      row: 'undo',
      step: step.id,
      generation,
      limitSeconds: UNDO_SECONDS,
      summary,
      input,
    };
  }
  const first = run.plan.steps.find((step) => run.undo[step.id] !== undefined)!;
  return {
    key: 'restored',
    purpose: 'restored',
    activity: 'prove_restored',
    row: 'proof',
    step: first.id,
    generation: 1,
    limitSeconds: RESTORED_SECONDS,
    summary: 'Prove that it works again',
    input: stepCall(run, first.id, 1),
  };
}
