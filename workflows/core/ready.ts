/** What may start now: the state, read as calls. */
import type { ClosedAs } from '../../playbooks/language/words.js';
import { TOLD_AFTER_MS, tellsWhenSlow, waitsForResume } from './advance.js';
import { isOver, mayStart } from './order.js';
import { filledPlaces, type PeopleStep, tiersOf } from './questions.js';
import { allSteps, type Call, isAct, isEffect, isTask, type Ready, type Run, runOf } from './run.js';
import { remains, sentenceOf, viewOf } from './status.js';
import { dueUndo, isUndoOver } from './undo.js';

/** A look that a `done` asks for; the connector's window fits in. */
const LOOK_SECONDS = 120;
/** Undo and settle wait until no request of ours can still arrive, three times at the most (once/protocol.md 6). */
const UNDO_SECONDS = 3600;
const NOTE_SECONDS = 600;
/** A close that could not be written is written again. */
const CLOSE_AGAIN_MS = 60_000;

/** Reads the state at rest: call it after `apply({ kind: 'time', at: now })`, and answer each call with its facts. */
export function ready(run: Run, now: number): Ready {
  if (run.closed !== undefined) return { calls: [], unwanted: [] };
  const wanted = [...effects(run), ...looks(run, now), ...reminders(run, now), ...notes(run)];
  const keys = new Set(wanted.map(({ key }) => key));
  const unwanted = Object.entries(run.calls)
    .filter(([key, { call, endedAt }]) => endedAt === undefined && isDroppable(run, call) && !keys.has(key))
    .map(([key]) => key);
  const calls = wanted.filter(({ key }) => run.calls[key] === undefined);
  const wakeAt = nextDeadline(run, now);
  const closing = calls.length === 0 ? close(run, now, unwanted) : {};
  return {
    calls: closing.call === undefined ? calls : [closing.call],
    unwanted,
    ...least(wakeAt, closing.wakeAt),
  };
}

function least(...times: (number | undefined)[]): { wakeAt?: number } {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? {} : { wakeAt: Math.min(...known) };
}

function stepCall(run: Run, step: string, generation: number) {
  return { incident: run.incident, digest: run.plan.digest, step, generation, view: viewOf(run) };
}

/** Steps, their settling and their undo: what must end once it has begun, and what reads for the phases. */
function effects(run: Run): Call[] {
  const calls: Call[] = [];
  for (const step of run.plan.steps) {
    const { state, generation, settling } = runOf(run, step.id);
    if (!isAct(step) || (state !== 'running' && !mayStart(run, step))) continue;
    const base = { step: step.id, generation, summary: step.title, input: stepCall(run, step.id, generation) };
    calls.push({
      ...base,
      key: `${step.id}/${generation}`,
      purpose: 'step',
      activity: step.proof === undefined ? step.verb! : 'prove',
      row: step.proof === undefined ? step.class : 'proof',
      limitSeconds: step.timeLimitSeconds,
    });
    if (settling === undefined) continue;
    calls.push({
      ...base,
      key: `${step.id}/${generation}/settle`,
      purpose: 'settle',
      activity: 'settle',
      row: 'settle',
      limitSeconds: UNDO_SECONDS,
      summary: `Find out how it ended: ${step.title}`,
    });
  }
  for (const due of dueUndo(run)) calls.push(undoCall(run, due));
  return calls;
}

function undoCall(run: Run, due: ReturnType<typeof dueUndo>[number]): Call {
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
  const first = run.plan.steps.find((step) => isAct(step) && run.undo[step.id] !== undefined)!;
  return {
    key: 'restored',
    purpose: 'restored',
    activity: 'prove_restored',
    row: 'proof',
    step: first.id,
    generation: 1,
    limitSeconds: LOOK_SECONDS,
    summary: 'Prove that it works again',
    input: stepCall(run, first.id, 1),
  };
}

/** For each open task that only the provider can end: one look beside it, and one for each `done`. */
function looks(run: Run, now: number): Call[] {
  const calls: Call[] = [];
  for (const step of run.plan.steps) {
    const { state, generation, asking } = runOf(run, step.id);
    if (!isTask(step) || step.doneWhen === undefined || state !== 'waiting' || asking === undefined) continue;
    const look = (name: string, limitSeconds: number): Call => ({
      key: `${step.id}/${generation}/look/${name}`,
      purpose: 'look',
      activity: 'prove',
      row: 'proof',
      step: step.id,
      generation,
      limitSeconds,
      summary: `Look whether it is done: ${step.title}`,
      input: stepCall(run, step.id, generation),
    });
    const left = Math.max(1, Math.ceil((asking.until - now) / 1000));
    calls.push(look(`${asking.tier}+${asking.postponedMinutes}`, left));
    for (let n = 1; n <= asking.looks; n += 1) calls.push(look(`done/${n}`, LOOK_SECONDS));
  }
  return calls;
}

/** The people of the present tier, told once. */
function reminders(run: Run, now: number): Call[] {
  return allSteps(run).flatMap((one): Call[] => {
    const { state, generation, asking } = runOf(run, one.id);
    if (state !== 'waiting' || asking === undefined || now < asking.askAt) return [];
    const step = one as PeopleStep;
    const sentence = sentenceOf(run, step);
    return [
      {
        key: `${step.id}/${generation}/ask/${asking.tier}`,
        purpose: 'ask',
        activity: 'ask_people',
        row: 'say',
        step: step.id,
        generation,
        limitSeconds: Math.max(1, Math.ceil((asking.until - now) / 1000)),
        summary: `Ask ${tiersOf(step)[asking.tier]!.join(', ')}: ${sentence}`,
        input: {
          ...stepCall(run, step.id, generation),
          tier: asking.tier,
          until: asking.until,
          sentence,
          filled: filledPlaces(step, asking).map(({ role, person }) => `${role}: ${person}`),
          roles: tiersOf(step)[asking.tier]!,
        },
      },
    ];
  });
}

function notes(run: Run): Call[] {
  return run.lines.map(({ key, kind, step, generation, line, tell }) => ({
    key: `note/${key}`,
    purpose: 'note',
    activity: 'note',
    row: 'say',
    step,
    generation,
    limitSeconds: NOTE_SECONDS,
    summary: line,
    input: { incident: run.incident, view: viewOf(run), kind, step, generation, line, key, ...(tell ? { tell } : {}) },
  }));
}

/** Reads, looks and reminders may be dropped; an effect, its settling, its undo and a line of the record may not. */
function isDroppable(run: Run, call: Call): boolean {
  if (call.purpose === 'look' || call.purpose === 'ask') return true;
  return call.purpose === 'step' && !isEffect(run.plan.steps.find(({ id }) => id === call.step)!);
}

/** The last call, once nothing else is left to start or to wait for. */
function close(run: Run, now: number, unwanted: string[]): { call?: Call; wakeAt?: number } {
  const as = closesAs(run);
  const open = Object.entries(run.calls).some(([key, { endedAt }]) => endedAt === undefined && !unwanted.includes(key));
  if (as === undefined || open) return {};
  const failed = Object.values(run.calls).filter(({ call }) => call.purpose === 'close');
  const again = failed.length === 0 ? now : failed.at(-1)!.endedAt! + CLOSE_AGAIN_MS;
  if (again > now) return { wakeAt: again };
  const key = `close/${failed.length + 1}`;
  const input = { incident: run.incident, digest: run.plan.digest, as, remains: remains(run), view: viewOf(run) };
  return {
    call: {
      key,
      purpose: 'close',
      activity: 'close_incident',
      row: 'close',
      step: '',
      generation: 0,
      summary: `Close as ${as}`,
      input,
    },
  };
}

/** How it may close now; undefined = not yet. */
export function closesAs(run: Run): ClosedAs | undefined {
  const tasks = run.extra.every(({ id }) => ['done', 'skipped'].includes(runOf(run, id).state));
  const running = run.plan.steps.some(({ id }) => runOf(run, id).state === 'running');
  switch (run.ending?.as) {
    case 'false_alarm':
      return tasks && isUndoOver(run) ? 'false_alarm' : undefined;
    case 'cancelled':
      return running ? undefined : 'cancelled';
    case 'closed':
      return running ? undefined : byProof(run);
    default:
      if (run.hold !== undefined || !isOver(run)) return undefined;
      return run.plan.mode === 'observe' ? 'observed' : byProof(run);
  }
}

/** Never better than what was proven: nobody is told that a key is contained because its proof was skipped. */
function byProof(run: Run): ClosedAs {
  const deathLeftOut = run.plan.steps.some((step) => {
    const proof = isAct(step) ? step.proof : isTask(step) ? step.proves : undefined;
    return proof === 'dead' && runOf(run, step.id).skippedBy !== undefined;
  });
  if (run.dead !== undefined && !deathLeftOut) return 'dead';
  return run.contained === undefined ? 'cancelled' : 'contained';
}

function nextDeadline(run: Run, now: number): number | undefined {
  const times: number[] = [];
  if (run.hold?.until !== undefined) times.push(run.hold.until);
  for (const step of allSteps(run)) {
    const state = runOf(run, step.id);
    if (state.state === 'waiting') {
      if (state.asking!.askAt > now) times.push(state.asking!.askAt);
      if (!waitsForResume(run, step)) times.push(state.asking!.until);
    }
    if (state.state === 'running' && tellsWhenSlow(step) && !state.told) times.push(state.startedAt! + TOLD_AFTER_MS);
  }
  return least(...times).wakeAt;
}
