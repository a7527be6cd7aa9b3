/**
 * The state of an incident, worked out from its records alone: what was written down is told to the same transitions by
 * which the engine moved. Nothing here decides anything: a card may be wrong for a second, an answer is always checked
 * by the workflow itself.
 */
import { NOTE_KINDS } from '../../../activities/contract.js';
import { effectName } from '../../../activities/effect-key.js';
import type { Plan, Step } from '../../../playbooks/language/plan.js';
import type { Office } from '../../../playbooks/language/policy.js';
import { FAILURE_CODES, type FailureCode, type Grade } from '../../../playbooks/language/words.js';
import type { DecisionRow, TimelineEntry } from '../../../records/records.js';
import { end, obey } from '../../../workflows/core/controls.js';
import { again, fail, leaveUnanswered, skip, succeed } from '../../../workflows/core/finish.js';
import { CONTROLS, type Message } from '../../../workflows/core/message.js';
import { hasEnded, isStuck, mayStart, needsMet, wanted, whySkipped } from '../../../workflows/core/order.js';
import { allSteps, isAct, isAsk, isEach, isTask, mustEnd, type Run, runOf } from '../../../workflows/core/run.js';
import { askedAbout } from '../../../workflows/core/target.js';
import { messageOf } from '../../dispatcher/message-of.js';
import { ask, HANDED_BACK, isAsked, readAsked } from './asked.js';
import type { HeldIncident } from './load-incident.js';

/** Undefined as long as it has no plan. */
export function rebuildRun(held: HeldIncident, now: number): Run | undefined {
  const { row, timeline } = held;
  const plan = row.plan as Plan | undefined;
  if (plan === undefined) return undefined;
  const run = opened(held, plan);
  const decisions = held.decisions
    .filter(({ outcome }) => outcome === 'counted')
    .sort((a, b) => a.at - b.at || Number(b.control === 'decide') - Number(a.control === 'decide'));
  let next = 0;
  const hearUntil = (at: number) => {
    for (let said = decisions[next]; said !== undefined && said.at <= at; said = decisions[next]) {
      next += 1;
      hear(run, held, said);
    }
  };
  for (const entry of timeline) {
    // In one and the same millisecond: people spoke of what an attempt had written, and the engine wrote of what they said.
    const follows = BY_ENGINE.has(entry.kind) || entry.step.startsWith(HANDED_BACK);
    hearUntil(follows ? entry.at : entry.at - 1);
    read(run, held, entry);
  }
  hearUntil(now);
  run.now = now;
  if (run.hold?.until !== undefined && now >= run.hold.until) delete run.hold;
  follow(run, now);
  if (row.closedAs !== undefined) run.closed = { as: row.closedAs as never, at: row.closedAt ?? now };
  else markRunning(run, held, now);
  return run;
}

const BY_ENGINE: ReadonlySet<string> = new Set(NOTE_KINDS);

function opened({ row, timeline, requester }: HeldIncident, plan: Plan): Run {
  const identified = timeline.find(({ kind }) => kind === 'identified');
  const office = (identified?.data as { office?: Office } | undefined)?.office;
  return {
    incident: row.id,
    plan,
    ...(requester === undefined ? {} : { requester }),
    emptyRoles: [],
    ...(office === undefined ? {} : { office }),
    openedAt: row.openedAt,
    now: row.openedAt,
    steps: Object.fromEntries(
      plan.steps.map((step) => [
        step.id,
        step.skip === undefined
          ? { generation: 1, state: 'pending' as const }
          : { generation: 1, state: 'skipped' as const, line: step.skip, endedAt: identified?.at ?? row.openedAt },
      ]),
    ),
    begun: 0,
    extra: [],
    undo: {},
    calls: {},
    lines: [],
    alerts: row.alerts,
    exposure: plan.facts.exposure.value,
    secretHeld: plan.facts.secret.value === 'held',
    heldBefore: [],
  };
}

// ---- what people said

function hear(run: Run, held: HeldIncident, said: DecisionRow): void {
  const message = knownMessage(said);
  if (message === undefined || run.ending !== undefined) {
    if (message !== undefined && (message.control === 'decide' || message.control === 'resume')) answer(run, message);
    return;
  }
  if (message.control === 'decide') answer(run, message);
  else {
    if (['false_alarm', 'cancel', 'close'].includes(message.control)) markBegun(run, held, said.at);
    // A step that nobody knows: of a plan from another day.
    if (['retry', 'skip'].includes(message.control) && askedOrStep(run, message) === undefined) return;
    obey(run, message, said.at);
  }
}

function answer(run: Run, message: Message): void {
  if (message.control === 'resume') {
    obey(run, message, message.at);
    return;
  }
  const step = askedAbout(run, message.step);
  if (step === undefined) return;
  const { state, generation } = runOf(run, step.id);
  if (message.generation !== undefined && message.generation !== generation) return;
  // Whoever answered before the people had been told was heard all the same.
  if (state === 'pending') ask(run, step, { at: message.at, tier: 0, until: message.at + step.withinSeconds * 1_000 });
  if (runOf(run, step.id).state === 'waiting') obey(run, message, message.at);
}

const askedOrStep = (run: Run, { step }: Message) => allSteps(run).find(({ id, name }) => id === step || name === step);

/** A control of a later version means nothing here. */
function knownMessage(said: DecisionRow): Message | undefined {
  return CONTROLS.some((control) => control === said.control) ? messageOf(said) : undefined;
}

// ---- what was written down

function read(run: Run, held: HeldIncident, entry: TimelineEntry): void {
  if (isAsked(entry)) {
    readAsked(run, entry);
    return;
  }
  if (entry.kind === 'cancelled' || entry.kind === 'false_alarm') {
    if (run.ending !== undefined) return;
    // pressed in Temporal: no decision of ours says so
    markBegun(run, held, entry.at);
    end(run, { as: entry.kind, by: '', why: '', at: entry.at });
    return;
  }
  if (entry.kind === 'exposure' && entry.line.endsWith('public')) run.exposure = 'public';
  const step = allSteps(run).find(({ id }) => id === entry.step);
  if (step === undefined) return;
  if (entry.kind === 'undone' || entry.kind === 'undo-failed') {
    run.undo[step.id] = { state: entry.kind === 'undone' ? 'undone' : 'failed', line: entry.line, at: entry.at };
    return;
  }
  if (!ENDS.has(entry.kind)) return;
  const known = runOf(run, step.id);
  if (entry.generation < known.generation) return;
  if (entry.generation > known.generation) again(run, step, entry.generation);
  readEnd(run, step, entry);
}

const ENDS = new Set(['done', 'failed', 'skipped', 'denied', 'unanswered', 'proceeded', 'not-seen']);

function readEnd(run: Run, step: Step, { kind, line, at, data }: TimelineEntry): void {
  const { state, asking } = runOf(run, step.id);
  switch (kind) {
    case 'done': {
      // What the engine has said of it is newer than what an attempt has left behind; an end leaves out only what had not ended.
      const wasLeftOut = state === 'skipped' && run.ending !== undefined && (mustEnd(step) || at <= run.ending.at);
      if (hasEnded(runOf(run, step.id)) && !wasLeftOut) return;
      const { results = {} } = (data ?? {}) as { results?: Record<string, string | number> };
      const grade = results.grade as Grade | undefined;
      const who = isTask(step) ? (asking?.yes ?? []).map(({ person }) => person).join(', ') : '';
      const success = { results: who === '' ? results : { ...results, by: who }, line };
      succeed(run, step, grade === undefined ? success : { ...success, grade }, at);
      return;
    }
    case 'failed': {
      const failed = failureIn(line, step);
      if (failed !== undefined && state !== 'failed') fail(run, step, failed.code, failed.line, at);
      return;
    }
    case 'skipped': {
      const why = line.startsWith(`${step.title}: `) ? line.slice(step.title.length + 2) : line;
      const by = /^skipped by ([^:]+):/.exec(why)?.[1] ?? /^(.+?) said no(?:$|: )/.exec(why)?.[1];
      if (state !== 'skipped') skip(run, step, why, at, by);
      return;
    }
    case 'denied':
      if (!hasEnded(runOf(run, step.id))) Object.assign(runOf(run, step.id), { state: 'denied', line, endedAt: at });
      return;
    case 'unanswered':
      if (isAsk(step) && !hasEnded(runOf(run, step.id))) leaveUnanswered(run, step, at);
      return;
    case 'proceeded':
      if (state !== 'done') Object.assign(runOf(run, step.id), { state: 'done', line, endedAt: at });
      return;
    case 'not-seen':
      if (asking !== undefined) asking.yes = [];
  }
}

/** `<title> failed (<code>): <line>`, as the engine writes it; other failures of that kind are about telling or undoing. */
function failureIn(line: string, { title }: Step): { code: FailureCode; line: string } | undefined {
  if (!line.startsWith(`${title} failed (`)) return undefined;
  const [, word, rest = ''] = /^ failed \(([a-z-]+)\): (.*)$/s.exec(line.slice(title.length)) ?? [];
  const code = FAILURE_CODES.find((known) => known === word);
  return code === undefined ? undefined : { code, line: rest };
}

// ---- what follows without being written down

/** Brings it to rest as the engine does: conditions that are not met, questions about nothing. */
function follow(run: Run, at: number): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const step of run.ending === undefined ? run.plan.steps : []) {
      const state = runOf(run, step.id);
      if (isAsk(step)) {
        const covered = step.covers.map((id) => runOf(run, id));
        const open = state.state === 'pending' || state.state === 'waiting';
        const leftOut = covered.every(({ state }) => !['denied', 'unanswered', 'pending'].includes(state));
        if (open ? covered.every(hasEnded) : isStuck(run, step) && leftOut) {
          Object.assign(state, {
            state: 'skipped',
            endedAt: at,
            line: state.line ?? 'what it asked about is not done',
          });
          moved = true;
        }
      } else if (state.state === 'pending' && needsMet(run, step) && !wanted(run, step)) {
        Object.assign(state, { state: 'skipped', line: whySkipped(run, step), endedAt: at });
        moved = true;
      }
    }
  }
}

/** What may start has started: the engine never waits. */
function markRunning(run: Run, held: HeldIncident, at: number): void {
  markBegun(run, held, at);
  for (const step of run.plan.steps) {
    if ((isAct(step) || isEach(step)) && mayStart(run, step)) runOf(run, step.id).state = 'running';
  }
}

/** Steps of which a change had begun at that time, and whose end is not known yet. */
function markBegun(run: Run, { effects, row }: HeldIncident, at: number): void {
  if (row.closedAt !== undefined && at >= row.closedAt) return;
  for (const { key, begunAt, class: kind } of effects) {
    // a row of class `closed` keeps what has never begun from beginning
    if (begunAt > at || kind === 'closed' || key.endsWith('/undo')) continue;
    const { step: id, generation } = nameOf(key);
    const step = run.plan.steps.find((one) => one.id === id);
    const state = step === undefined ? undefined : runOf(run, step.id);
    if (step === undefined || state?.state !== 'pending' || state.generation !== generation || !mustEnd(step)) continue;
    Object.assign(state, { state: 'running', startedAt: begunAt });
  }
}

function nameOf(key: string): { step: string; generation: number } {
  try {
    const { step, generation } = effectName(key);
    return { step, generation };
  } catch {
    return { step: '', generation: 0 };
  }
}
