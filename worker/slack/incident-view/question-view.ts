/** A question or a task of an incident: open, or ended and how. */
import type { Places } from '../../../playbooks/language/plan.js';
import type { EffectClass } from '../../../playbooks/language/words.js';
import type { DecisionRow } from '../../../records/records.js';
import { filledPlaces, type PeopleStep, seatsOf, tiersOf } from '../../../workflows/core/questions.js';
import { refusePerson } from '../../../workflows/core/refuse.js';
import { allSteps, isAsk, isTask, type Run, runOf } from '../../../workflows/core/run.js';
import { sentenceOf } from '../../../workflows/core/status.js';
import { stepNamed } from '../../../workflows/core/target.js';
import { askedOf, isAsked } from './asked.js';
import type { HeldIncident } from './load-incident.js';

/** How it ended. `again`: it was asked anew. `withdrawn`: the incident ended. `moot`: nothing was left to decide. */
export type QuestionEnd = 'done' | 'denied' | 'unanswered' | 'proceeded' | 'skipped' | 'withdrawn' | 'moot' | 'again';

export interface Place {
  role: string;
  person: string;
  at: number;
}

export interface QuestionView {
  id: string;
  kind: 'question' | 'task';
  generation: number;
  /** Of the plan that it is about. */
  digest: string;
  sentence: string;
  title: string;
  /** What an answer decides about. */
  covers: { title: string; does: string; class: EffectClass | 'open'; undo: boolean }[];
  /** Only a look at the provider counts; the button makes it look now. */
  looked: boolean;
  because: string[];
  openedAt: number;
  places: Places;
  seats: number;
  filled: Place[];
  /** Tiers that were asked so far, the first one first. */
  asked: { roles: string[]; people: string[]; at: number }[];
  /** Of the people asked, whose answer can count: not of who started it, nor of whose key it is. */
  mayAnswer: string[];
  tier: number;
  /** Roles of each tier that is still to come. */
  next: string[][];
  /** ms since epoch. */
  until: number;
  onSilence: 'hold' | 'proceed' | 'fail';
  /** Absent = open. */
  end?: { how: QuestionEnd; at: number; by: string[]; reason: string; line: string };
  /** Put off by a `not_yet`: by whom last. */
  postponedBy?: string;
}

/** All that people were asked, in the order in which they were; each generation by itself. */
export function questionsOf(held: HeldIncident, run: Run): QuestionView[] {
  const asked = new Map<string, { step: string; generation: number }>();
  for (const { step, generation } of held.timeline.filter(isAsked)) {
    asked.set(`${step}/${generation}`, { step, generation });
  }
  return [...asked.values()].flatMap(({ step: id, generation }) => {
    const step = allSteps(run).find((one) => one.id === id);
    return step !== undefined && (isAsk(step) || isTask(step)) ? [questionOf(held, run, step, generation)] : [];
  });
}

function questionOf(held: HeldIncident, run: Run, step: PeopleStep, generation: number): QuestionView {
  const tiers = askedOf(held, step.id, generation);
  const last = tiers.at(-1)!;
  const state = runOf(run, step.id);
  const isCurrent = state.generation === generation;
  const said = held.decisions.filter(
    (row) =>
      row.control === 'decide' && row.outcome === 'counted' && row.generation === generation && isFor(run, row, step),
  );
  const yes = said
    .filter(({ answer }) => answer.startsWith('yes') || answer.startsWith('done'))
    .map(({ person, roles, at }) => ({ person, roles: roles.map(({ role }) => role), at }));
  const asking = isCurrent ? state.asking : undefined;
  const tier = asking?.tier ?? last.tier;
  const known = asking ?? {
    openedAt: tiers[0]!.at,
    tier,
    askAt: last.at,
    until: last.until,
    yes,
    postponedMinutes: 0,
    looks: 0,
  };
  const end = isCurrent ? endNow(held, run, step, said) : endBefore(held, step, generation, said);
  const postponed = said.findLast(({ answer }) => answer.startsWith('not_yet'));
  const covers = isAsk(step)
    ? step.covers.flatMap((covered) => run.plan.steps.filter(({ id }) => id === covered))
    : [step];
  return {
    id: step.id,
    kind: isAsk(step) ? 'question' : 'task',
    generation,
    digest: run.plan.digest,
    sentence: isCurrent ? sentenceOf(run, step) : (last.sentence ?? sentenceOf(run, step)),
    title: step.title,
    covers: covers.map((one) => ({
      title: one.title,
      does: one.kind === 'act' ? (one.verb ?? one.proof ?? '') : one.kind === 'task' ? (one.does ?? '') : 'open',
      class: one.kind === 'act' || one.kind === 'task' ? one.class : 'open',
      undo: one.kind === 'act' ? one.undo !== undefined : true,
    })),
    looked: isTask(step) && step.doneWhen !== undefined,
    because: isAsk(step) ? step.because.map(({ row }) => row) : [],
    openedAt: tiers[0]!.at,
    places: step.places,
    seats: seatsOf(step.places),
    filled: filledPlaces(step, known),
    asked: tiers.map(({ roles, people, at }) => ({ roles, people, at })),
    mayAnswer: [...new Set(tiers.flatMap(({ people }) => people))].filter(
      (person) => refusePerson(run, step, { person }) === undefined,
    ),
    tier,
    next: tiersOf(step).slice(tier + 1),
    until: known.until,
    onSilence: isAsk(step) ? step.ifSilent : 'fail',
    ...(end === undefined ? {} : { end }),
    ...(postponed === undefined ? {} : { postponedBy: postponed.person }),
  };
}

function isFor(run: Run, row: DecisionRow, step: PeopleStep): boolean {
  if (row.step === step.id) return true;
  const named = stepNamed(run, row.step);
  if (named === undefined) return false;
  if (named.id === step.id) return true;
  // A covered step's name stands for its question, until that is decided.
  const isTasks = row.answer.startsWith('done');
  return isAsk(step) && step.covers.includes(named.id) && !isTasks;
}

type End = NonNullable<QuestionView['end']>;

function endNow({ row, timeline }: HeldIncident, run: Run, step: PeopleStep, said: DecisionRow[]): End | undefined {
  const { state, line = '', endedAt, skippedBy, code } = runOf(run, step.id);
  const at = endedAt ?? row.closedAt ?? run.now;
  const yes = said.filter(({ answer }) => answer.startsWith('yes') || answer.startsWith('done'));
  const no = said.findLast(({ answer }) => answer === 'no');
  const ended = (how: QuestionEnd, by: string[] = [], reason = ''): End => ({ how, at, by, reason, line });
  switch (state) {
    case 'done':
      if (timeline.some(({ kind, step: id }) => kind === 'proceeded' && id === step.id) && yes.length < 1)
        return ended('proceeded');
      return ended('done', [...new Set(yes.map(({ person }) => person))]);
    case 'denied':
      return ended('denied', no === undefined ? [] : [no.person], no?.reason ?? '');
    case 'failed':
      return no === undefined
        ? ended(code === 'nobody' ? 'unanswered' : 'moot')
        : ended('denied', [no.person], no.reason);
    case 'unanswered':
      return ended('unanswered');
    case 'skipped':
      return endOfSkipped(run, step, no, skippedBy, ended);
    default:
      return row.closedAt === undefined ? undefined : ended('withdrawn');
  }
}

function endOfSkipped(
  run: Run,
  step: PeopleStep,
  no: DecisionRow | undefined,
  skippedBy: string | undefined,
  ended: (how: QuestionEnd, by?: string[], reason?: string) => End,
): End {
  const { line = '' } = runOf(run, step.id);
  if (no !== undefined) return ended('denied', [no.person], no.reason);
  const covered = isAsk(step) ? step.covers.map((id) => runOf(run, id)) : [];
  const leftOut = covered.find((one) => one.skippedBy !== undefined);
  const by = skippedBy ?? leftOut?.skippedBy;
  if (by !== undefined) {
    const why = leftOut?.line ?? line;
    return ended('skipped', [by], why.replace(/^skipped by [^:]+: /, ''));
  }
  return ended(run.ending === undefined ? 'moot' : 'withdrawn', run.ending?.by ? [run.ending.by] : [], run.ending?.why);
}

/** Of an earlier generation: what was said then, else that it was asked again. */
function endBefore({ timeline }: HeldIncident, step: PeopleStep, generation: number, said: DecisionRow[]): End {
  const of = timeline.filter((entry) => entry.step === step.id && entry.generation === generation);
  const last = of.findLast(({ kind }) => ['denied', 'unanswered', 'proceeded', 'failed', 'done'].includes(kind));
  const no = said.findLast(({ answer }) => answer === 'no');
  const yes = said.filter(({ answer }) => answer.startsWith('yes') || answer.startsWith('done'));
  const end = (how: QuestionEnd, by: string[] = [], reason = ''): End => ({
    how,
    at: last?.at ?? said.at(-1)?.at ?? of.at(-1)?.at ?? 0,
    by,
    reason,
    line: last?.line ?? '',
  });
  if (no !== undefined) return end('denied', [no.person], no.reason);
  if (last?.kind === 'unanswered' || last?.line.includes('failed (nobody)')) return end('unanswered');
  if (last?.kind === 'proceeded') return end('proceeded');
  return yes.length >= seatsOf(step.places)
    ? end(
        'done',
        yes.map(({ person }) => person),
      )
    : end('again');
}
