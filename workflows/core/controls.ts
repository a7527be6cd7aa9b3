/** What each control does to the state, once `refuse` has let it through. */
import type { Step } from '../../playbooks/language/plan.js';
import { again, deny, fail, skip, succeed } from './finish.js';
import type { Message } from './message.js';
import { hasEnded } from './order.js';
import { inWords, isFull, type PeopleStep, postpone, startTime } from './questions.js';
import { type Ending, gateOf, isAsk, isTask, mustEnd, type Run, runOf, say, stepOf } from './run.js';
import { askedAbout, stepNamed } from './target.js';

/** Takes in one control. `at` is workflow time; the person's own `at` only says when they said it. */
export function obey(run: Run, message: Message, at: number): void {
  const reason = message.reason ?? '';
  const { person } = message;
  switch (message.control) {
    case 'decide':
      decide(run, askedAbout(run, message.step)!, message, at);
      break;
    case 'hold':
      run.hold = { by: person, why: reason, ...(message.minutes ? { until: at + message.minutes * 60_000 } : {}) };
      break;
    case 'resume':
      resume(run, at);
      break;
    case 'retry':
      retry(run, stepNamed(run, message.step)!, person);
      break;
    case 'skip':
      leaveOut(run, stepNamed(run, message.step)!, person, reason, at);
      break;
    case 'note':
      say(run, 'note', message.step ?? '', `${person}: ${reason}`);
      break;
    case 'take':
      run.lead = person;
      say(run, 'lead', '', `${person} takes the lead`);
      break;
    case 'false_alarm':
      end(run, { as: 'false_alarm', by: person, why: reason, at });
      break;
    case 'cancel':
      end(run, { as: 'cancelled', by: person, why: reason, at });
      break;
    case 'close':
      end(run, { as: 'closed', by: person, why: reason, at });
      break;
  }
}

function decide(run: Run, step: PeopleStep, message: Message, at: number): void {
  const { person, roles, reason = '' } = message;
  const state = runOf(run, step.id);
  if (message.answer === 'no') {
    if (isAsk(step)) deny(run, step, person, reason, at);
    else fail(run, step, step.proves === undefined ? 'nobody' : 'alive', `${person} said no: "${reason}"`, at);
    return;
  }
  const asking = state.asking!;
  if (message.answer === 'not_yet') {
    postpone(run, step, asking, message.minutes!);
    say(run, 'postponed', step.id, `${person} needs ${message.minutes} minutes more: ${step.title}`);
    return;
  }
  asking.yes.push({ person, roles, at });
  // Only a look counts where one is possible; the click makes it look now.
  if (isTask(step) && step.doneWhen !== undefined) {
    asking.looks += 1;
    return;
  }
  if (!isFull(step, asking)) return;
  const who = inWords(asking.yes.map((answer) => answer.person));
  if (isAsk(step)) {
    Object.assign(state, { state: 'done', endedAt: at, line: `by decision of ${who}` });
    return;
  }
  succeed(
    run,
    step,
    { results: { by: who }, line: `${who} says it is done`, ...(step.proves ? { grade: 'unproven' } : {}) },
    at,
  );
}

function resume(run: Run, at: number): void {
  delete run.hold;
  delete run.undoHeld;
  for (const step of run.plan.steps) {
    const { state, asking } = runOf(run, step.id);
    if (isAsk(step) && step.ifSilent === 'proceed' && state === 'waiting') startTime(run, step, asking!, at);
  }
}

/** A step and its question begin a new generation together: earlier answers are void, for all that has not begun. */
function retry(run: Run, step: Step, by: string): void {
  const ask = isAsk(step) ? step : questionOf(run, step);
  const group: Step[] = ask === undefined ? [step] : [ask, ...ask.covers.map((id) => stepOf(run, id))];
  const generation = Math.max(...group.map(({ id }) => runOf(run, id).generation)) + 1;
  for (const one of group) {
    const { state, skippedBy } = runOf(run, one.id);
    const undecided = ['pending', 'denied', 'unanswered'].includes(state) || (step === ask && skippedBy !== undefined);
    if (one === step || one === ask || undecided) again(run, one, generation);
  }
  say(run, 'retry', step.id, `${by} has it tried again: ${step.title}`);
}

function questionOf(run: Run, step: Step) {
  const gate = run.plan.steps.find(({ id }) => id === gateOf(step));
  return gate !== undefined && isAsk(gate) ? gate : undefined;
}

/** Leaving a question out leaves out what it covers; nothing ever runs because its question was skipped. */
function leaveOut(run: Run, step: Step, by: string, reason: string, at: number): void {
  const line = `skipped by ${by}: ${reason}`;
  const steps = isAsk(step) ? step.covers.map((id) => stepOf(run, id)) : [step];
  for (const one of steps) {
    if (['pending', 'waiting', 'denied', 'unanswered', 'failed'].includes(runOf(run, one.id).state))
      skip(run, one, line, at, by);
  }
}

/** Ends it early: effects that have begun go on to their end, all else is left out. */
export function end(run: Run, ending: Ending): void {
  const words = { false_alarm: 'false alarm', cancelled: 'cancelled', closed: 'closed' }[ending.as];
  const line = `${words} by ${ending.by}${ending.why === '' ? '' : `: ${ending.why}`}`;
  run.ending = ending;
  delete run.hold;
  delete run.undoHeld;
  for (const step of [...run.plan.steps, ...run.extra]) {
    const state = runOf(run, step.id);
    const stays = hasEnded(state) && state.state !== 'denied' && state.state !== 'unanswered';
    if (stays || (state.state === 'running' && mustEnd(step))) continue;
    Object.assign(state, { state: 'skipped', line: words, endedAt: ending.at });
  }
  say(run, ending.as, '', line);
}
