/** What may start now: the state, read as calls. */
import type { Step } from '../../playbooks/language/plan.js';
import { closing } from './close.js';
import { actCalls, slowAt } from './kinds/act.js';
import { askCalls, waitsForResume } from './kinds/ask.js';
import { eachCalls } from './kinds/each.js';
import { taskCalls } from './kinds/task.js';
import { allSteps, type Call, isAct, isAsk, isTask, mustEnd, type Ready, type Run, runOf, stepOf } from './run.js';
import { viewOf } from './status.js';
import { undoCalls } from './undo.js';

const NOTE_SECONDS = 600;

/** Reads the state at rest: call it after `apply({ kind: 'time', at: now })`, and answer each call with its facts. */
export function ready(run: Run, now: number): Ready {
  if (run.closed !== undefined) return { calls: [], unwanted: [] };
  const wanted = [...allSteps(run).flatMap((step) => callsOf(run, step, now)), ...undoCalls(run), ...notes(run)];
  const keys = new Set(wanted.map(({ key }) => key));
  const underWay = Object.values(run.calls).filter(({ endedAt }) => endedAt === undefined);
  const unwanted = underWay
    .filter(({ call }) => isDroppable(run, call) && !keys.has(call.key))
    .map(({ call }) => call.key);
  const calls = wanted.filter(({ key }) => run.calls[key] === undefined).sort((a, b) => urgency(a) - urgency(b));
  // The last call of all: nothing else is left to start or to wait for.
  const last = calls.length === 0 && underWay.length === unwanted.length ? closing(run, now) : {};
  const times = [...deadlines(run, now), ...(last.wakeAt === undefined ? [] : [last.wakeAt])];
  return {
    calls: last.call === undefined ? calls : [last.call],
    unwanted,
    ...(times.length === 0 ? {} : { wakeAt: Math.min(...times) }),
  };
}

function callsOf(run: Run, step: Step, now: number): Call[] {
  if (isAct(step)) return actCalls(run, step);
  if (isAsk(step)) return askCalls(run, step, now);
  return isTask(step) ? taskCalls(run, step, now) : eachCalls(run, step);
}

/** The plan's order, but people are told and lines written after what acts; only three calls start eagerly. */
const urgency = (call: Call) => (call.purpose === 'note' ? 2 : call.purpose === 'ask' ? 1 : 0);

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
export function isDroppable(run: Run, call: Call): boolean {
  if (call.purpose === 'look' || call.purpose === 'ask') return true;
  return call.purpose === 'step' && !mustEnd(stepOf(run, call.step));
}

function deadlines(run: Run, now: number): number[] {
  const times = allSteps(run).flatMap((step) => {
    if (isAct(step)) return [slowAt(run, step)];
    const { state, asking } = runOf(run, step.id);
    if (state !== 'waiting' || asking === undefined) return [];
    const asks = asking.askAt > now ? asking.askAt : undefined;
    return [asks, isAsk(step) && waitsForResume(run, step) ? undefined : asking.until];
  });
  return [run.hold?.until, ...times].filter((time) => time !== undefined);
}
