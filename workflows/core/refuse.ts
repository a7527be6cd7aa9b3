/** The validator: whether a control counts now, and if not, the sentence that says why and what to do. */
import { waitsForResume } from './kinds/ask.js';
import type { Message, Refusal } from './message.js';
import { hasEnded } from './order.js';
import { MAY, NEEDS_REASON, NOT_BY_SUBJECT } from './permissions.js';
import {
  askedRoles,
  filledPlaces,
  inWords,
  isFull,
  type PeopleStep,
  POSTPONE_AT_MOST_MINUTES,
  seatsOf,
  stillNeeded,
  tiersOf,
} from './questions.js';
import { isAsk, isTask, type Run, runOf, stepOf } from './run.js';
import { sentenceOf, utc } from './status.js';
import { askedAbout, stepNamed } from './target.js';

const REASON_AT_MOST = 300;
const MINUTES_TO_WAIT = [10, 30, 60];
const HOLD_AT_MOST_MINUTES = 90 * 24 * 60;

const no = (code: Refusal['code'], message: string): Refusal => ({ code, message });

/** Undefined = it counts. Pure, and fit for early answers in CLI, API and Slack as well. */
export function refuse(run: Run, message: Message, now: number): Refusal | undefined {
  const closing = Object.values(run.calls).some(
    ({ call, endedAt }) => call.purpose === 'close' && endedAt === undefined,
  );
  if (run.closed !== undefined || closing) {
    return no('closed', `${run.incident} is closed. If something is wrong with it, open a new incident.`);
  }
  const shape = refuseShape(run, message);
  if (shape !== undefined) return shape;
  return message.control === 'decide' ? refuseAnswer(run, message, now) : refuseControl(run, message);
}

function refuseShape(run: Run, message: Message): Refusal | undefined {
  const { control, reason } = message;
  if (reason !== undefined && reason.length > REASON_AT_MOST) {
    return no('invalid', `The reason has ${reason.length} characters, at most ${REASON_AT_MOST} are kept. Shorten it.`);
  }
  const saysWhy = (reason ?? '').trim() !== '';
  if (!saysWhy && (NEEDS_REASON.includes(control) || (control === 'decide' && message.answer === 'no'))) {
    return no(
      'invalid',
      control === 'note' ? 'A note needs its text.' : `Say why in a few words: the report shows it.`,
    );
  }
  if (control === 'hold' && message.minutes !== undefined && !isMinutes(message.minutes)) {
    return no(
      'invalid',
      `A hold lasts from 1 minute to 90 days, or until it is resumed; ${message.minutes} is neither.`,
    );
  }
  if (['decide', 'retry', 'skip'].includes(control) && stepNamed(run, message.step) === undefined) {
    const names = run.plan.steps.filter((step) => !isAsk(step)).map(({ name }) => name);
    return no(
      'unknown-step',
      `${run.incident} has no step ${message.step ?? '(none named)'}; it has ${inWords(names)}.`,
    );
  }
  return undefined;
}

const isMinutes = (minutes: number) => Number.isInteger(minutes) && minutes >= 1 && minutes <= HOLD_AT_MOST_MINUTES;

// ---- answers

function refuseAnswer(run: Run, message: Message, now: number): Refusal | undefined {
  const step = askedAbout(run, message.step);
  if (step === undefined) {
    return no('not-waiting', `Nobody is asked about ${message.step}. Retry and skip are the controls for a step.`);
  }
  if (!(isAsk(step) ? ['yes', 'no', 'not_yet'] : ['done', 'no', 'not_yet']).includes(message.answer ?? '')) {
    return no('invalid', isAsk(step) ? 'Answer yes, no or not yet.' : 'Answer done, no or not yet.');
  }
  return (
    refusePerson(run, step, message) ??
    refuseOld(run, step, message) ??
    refuseLate(run, step, message, now) ??
    refuseRole(run, step, message) ??
    refuseRepeat(run, step, message)
  );
}

/** Nobody decides about their own credential or their own incident; nobody proves their own deed. */
export function refusePerson(run: Run, step: PeopleStep, { person }: Pick<Message, 'person'>): Refusal | undefined {
  if (isTask(step) && step.proves === undefined) return undefined;
  if (person === run.plan.facts.subject.value)
    return no('subject', `This key belongs to you, so you can't decide about it.`);
  if (person === run.requester) {
    const asked = tiersOf(step).map((roles) => roles.join(', '));
    return no('self', `You started ${run.incident}, so someone else has to decide. Asked: ${asked.join(', then ')}.`);
  }
  const deed = isTask(step) ? (step.notBy ?? []).find((name) => didIt(run, name, person)) : undefined;
  return deed === undefined
    ? undefined
    : no('self', `You did ${deed} yourself, so someone else has to say that it worked.`);
}

function didIt(run: Run, name: string, person: string): boolean {
  return run.plan.steps.some(
    (step) => step.name === name && (runOf(run, step.id).asking?.yes ?? []).some((answer) => answer.person === person),
  );
}

/** The answer was given to what the person saw, and to nothing newer. */
function refuseOld(run: Run, step: PeopleStep, message: Message): Refusal | undefined {
  if (message.digest !== undefined && message.digest !== run.plan.digest) {
    return no(
      'plan-changed',
      'The plan changed since you saw it, so your answer did not count. Look at what changed, then answer.',
    );
  }
  const { generation } = runOf(run, step.id);
  if (message.generation !== undefined && message.generation !== generation) {
    return no(
      'late',
      `It was asked again since you saw it (asked ${generation} times now), so your answer did not count. Answer the new question.`,
    );
  }
  return undefined;
}

function refuseLate(run: Run, step: PeopleStep, message: Message, now: number): Refusal | undefined {
  const { state, line, endedAt, asking } = runOf(run, step.id);
  // The last tier's time may be over before the state has heard of it.
  const isOver = state === 'waiting' && asking!.tier === step.tiers.length && now >= asking!.until;
  const isExpired =
    state === 'unanswered' || (state === 'failed' && isTask(step) && runOf(run, step.id).code === 'nobody');
  if (isExpired || (isOver && !(isAsk(step) && waitsForResume(run, step)))) {
    const asked = inWords(tiersOf(step).flat());
    return no(
      'expired',
      `Closed at ${utc(endedAt ?? asking!.until)} without an answer; asked: ${asked}. Retry asks again.`,
    );
  }
  if (state === 'waiting') return undefined;
  if (state === 'pending') {
    return no('not-waiting', `It is not asked yet: ${sentenceOf(run, step)} What stands before it has to end first.`);
  }
  // A no beats a full yes as long as something that it covers has not begun.
  if (isAsk(step) && state === 'done' && message.answer === 'no') {
    if (step.covers.some((id) => runOf(run, id).state === 'pending')) return undefined;
  }
  const begun = isAsk(step)
    ? step.covers.map((id) => stepOf(run, id)).find(({ id }) => runOf(run, id).startedAt)
    : step;
  const after = begun === undefined ? '' : ` ${begun.title}: ${stateInWords(run, begun.id)}.`;
  return no('late', `That is decided: ${line ?? state}.${after} Nothing was done twice.`);
}

function stateInWords(run: Run, id: string): string {
  const { state, startedAt, endedAt } = runOf(run, id);
  return state === 'running' ? `running since ${utc(startedAt ?? run.now)}` : `${state} at ${utc(endedAt ?? run.now)}`;
}

function refuseRole(run: Run, step: PeopleStep, { roles }: Message): Refusal | undefined {
  const asking = runOf(run, step.id).asking;
  const asked = asking === undefined ? tiersOf(step).flat() : askedRoles(step, asking);
  if (roles.some((role) => asked.includes(role))) return undefined;
  return no('role', `This needs ${inWords(asked)}, and you hold ${rolesInWords(roles)}. Ask one of them.`);
}

const rolesInWords = (roles: string[]) => (roles.length === 0 ? 'no role' : inWords(roles));

function refuseRepeat(run: Run, step: PeopleStep, message: Message): Refusal | undefined {
  const asking = runOf(run, step.id).asking;
  if (message.answer === 'no' || asking === undefined) return undefined;
  if (message.answer === 'not_yet') {
    if (!MINUTES_TO_WAIT.includes(message.minutes ?? 0)) return no('invalid', 'Not yet takes 10, 30 or 60 minutes.');
    const total = asking.postponedMinutes + message.minutes!;
    return total <= POSTPONE_AT_MOST_MINUTES
      ? undefined
      : no('not-possible', 'It has been put off for 24 hours in all. Say yes or no.');
  }
  const filled = filledPlaces(step, asking).length;
  if (asking.yes.some(({ person }) => person === message.person)) {
    const people = seatsOf(step.places) > 1 ? ' A second person has to.' : ' It is being looked at.';
    return no(
      'same-person',
      `You already said ${isAsk(step) ? 'yes' : 'done'} (${filled} of ${seatsOf(step.places)}).${people}`,
    );
  }
  if (isTask(step) && step.doneWhen !== undefined) return undefined;
  const { person, roles, at } = message;
  if (!isFull(step, asking) && filledPlaces(step, asking, [...asking.yes, { person, roles, at }]).length > filled)
    return undefined;
  return no(
    'role',
    `Your place is taken; it still needs ${stillNeeded(step, asking)}, and one person fills one place.`,
  );
}

// ---- the other controls

/** As a sentence about them begins. */
const NAMED: Record<Exclude<Message['control'], 'decide'>, string> = {
  hold: 'A hold',
  resume: 'Resuming',
  note: 'A note',
  take: 'Taking the lead',
  retry: 'A retry',
  skip: 'Skipping a step',
  false_alarm: 'A false alarm',
  cancel: 'Cancelling an incident',
  close: 'Closing an incident',
};

function refuseControl(run: Run, message: Message): Refusal | undefined {
  const { control, person, roles } = message;
  if (control === 'decide') return undefined;
  const may = MAY[control];
  if (may === 'any' ? roles.length === 0 : !roles.some((role) => may.includes(role))) {
    const whom = may === 'any' ? 'anybody with a role here' : inWords([...may]).replace(' and ', ' or ');
    return no('role', `${NAMED[control]} needs ${whom}, and you hold ${rolesInWords(roles)}. Ask one of them.`);
  }
  if (person === run.plan.facts.subject.value && NOT_BY_SUBJECT.includes(control)) {
    return no('subject', `This key belongs to you, so you can't decide about it.`);
  }
  switch (control) {
    case 'resume':
      if (run.hold === undefined && run.undoHeld === undefined) {
        return no('not-possible', 'Nobody pressed hold. What is held otherwise goes on by retry or skip.');
      }
      return undefined;
    case 'retry':
      return refuseRetry(run, message);
    case 'skip':
      return refuseSkip(run, message);
    case 'false_alarm':
    case 'cancel':
    case 'close':
      return refuseEnd(run, message);
    default:
      return undefined;
  }
}

function refuseRetry(run: Run, { step: name }: Message): Refusal | undefined {
  const step = stepNamed(run, name)!;
  if (run.ending !== undefined && !run.extra.some(({ id }) => id === step.id)) return refuseEnding(run, 'retried');
  const { state, skippedBy } = runOf(run, step.id);
  if (['failed', 'denied', 'unanswered'].includes(state) || (state === 'skipped' && skippedBy !== undefined))
    return undefined;
  return no(
    'not-possible',
    `${step.title} is ${state}; only what failed, was denied, unanswered or skipped by a person is tried again.`,
  );
}

function refuseSkip(run: Run, { step: name }: Message): Refusal | undefined {
  const step = stepNamed(run, name)!;
  if (run.ending !== undefined && !run.extra.some(({ id }) => id === step.id)) return refuseEnding(run, 'skipped');
  const { state } = runOf(run, step.id);
  const left = isAsk(step)
    ? step.covers.some((id) => !hasEnded(runOf(run, id)) || isOpen(run, id))
    : isOpen(run, step.id);
  if (left && state !== 'running') return undefined;
  return no('not-possible', `${step.title} is ${state}; what runs, or has ended well, is not skipped.`);
}

const isOpen = (run: Run, id: string) =>
  ['pending', 'waiting', 'failed', 'denied', 'unanswered'].includes(runOf(run, id).state);

function refuseEnd(run: Run, { control }: Message): Refusal | undefined {
  if (run.ending !== undefined && !(control === 'cancel' && run.ending.as === 'false_alarm'))
    return refuseEnding(run, 'ended again');
  if (control !== 'close' || run.contained !== undefined) return undefined;
  return no(
    'not-possible',
    `${run.incident} is not proven contained, so it can't be closed. Cancel leaves it as it is and says so.`,
  );
}

function refuseEnding(run: Run, what: string): Refusal {
  const words = {
    false_alarm: 'is being undone as a false alarm',
    cancelled: 'was cancelled',
    closed: 'is being closed',
  };
  return no(
    'not-possible',
    `${run.incident} ${words[run.ending!.as]} by ${run.ending!.by}, so nothing of it can be ${what}.`,
  );
}
