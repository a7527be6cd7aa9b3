/** A question: it opens when the first step that it covers could start; silence holds, or lets contain and interrupt run. */
import type { AskStep } from '../../../playbooks/language/plan.js';
import { leaveUnanswered } from '../finish.js';
import { couldStart, hasEnded, isHeldBack, isStuck } from '../order.js';
import { filledPlaces, type PeopleStep, startAsking, tiersOf } from '../questions.js';
import { type Call, type Run, runOf, say, stepOf } from '../run.js';
import { sentenceOf, stepCall } from '../status.js';

/** Opens it, or closes it when nothing is left to ask about. True = something moved. */
export function moveAsk(run: Run, step: AskStep, at: number): boolean {
  const state = runOf(run, step.id);
  const covered = step.covers.map((id) => stepOf(run, id));
  if (state.state === 'pending' || state.state === 'waiting') {
    if (step.skip !== undefined || covered.every(({ id }) => hasEnded(runOf(run, id)))) {
      Object.assign(state, { state: 'skipped', endedAt: at, line: step.skip ?? 'what it asked about is not done' });
      return true;
    }
    if (state.state === 'waiting' || !covered.some((one) => couldStart(run, one)) || isHeldBack(run, step))
      return false;
    startAsking(run, step, at);
    return true;
  }
  // A person has left out all that it was about, so that it holds no longer.
  const isLeftOut = covered.every(({ id }) => !['denied', 'unanswered', 'pending'].includes(runOf(run, id).state));
  if (!isStuck(run, step) || !isLeftOut) return false;
  state.state = 'skipped';
  return true;
}

/** The last tier's time is over. True = something moved. */
export function silence(run: Run, step: AskStep, at: number): boolean {
  if (waitsForResume(run, step)) return false;
  if (step.ifSilent === 'hold') {
    leaveUnanswered(run, step, at);
  } else {
    const line = 'nobody answered in time, so it goes on';
    Object.assign(runOf(run, step.id), { state: 'done', endedAt: at, line });
    say(run, 'proceeded', step.id, `${step.title}: ${line}`, true);
  }
  return true;
}

/** A question that proceeds waits, with its time over, as long as something is held. */
export function waitsForResume(run: Run, step: AskStep): boolean {
  const isLastTier = runOf(run, step.id).asking?.tier === step.tiers.length;
  return step.ifSilent === 'proceed' && isLastTier && isHeldBack(run, step);
}

/** Tells the people of the present tier, once; of a question and of a task alike. */
export function askCalls(run: Run, step: PeopleStep, now: number): Call[] {
  const { state, generation, asking } = runOf(run, step.id);
  if (state !== 'waiting' || asking === undefined || now < asking.askAt) return [];
  const roles = tiersOf(step)[asking.tier]!;
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
      summary: `Ask ${roles.join(', ')}: ${sentence}`,
      input: {
        ...stepCall(run, step.id, generation),
        tier: asking.tier,
        until: asking.until,
        sentence,
        filled: filledPlaces(step, asking).map(({ role, person }) => `${role}: ${person}`),
        roles,
      },
    },
  ];
}
