/** What the card offers: hold, resume, false alarm, lead, note, retry, skip. */
import type { Plan } from '../../../playbooks/language/plan.js';
import { answerText } from '../../dispatcher/message-of.js';
import type { Handler } from '../contract.js';
import type { IncidentView, StepView } from '../incident-view/incident-view.js';
import { data } from '../mrkdwn.js';
import { subjectOf } from '../rendering/card.js';
import { capital, list } from '../rendering/words.js';
import { message } from '../starting/message.js';
import type { DecidingDoors } from './deciding-doors.js';
import { type Choice, endAsFalseAlarm, FIELD, handOver, holdFor, retryStep, skipStep, writeNote } from './modals.js';
import { openOrSay } from './open-or-say.js';
import { type Pressed, pressed, viewOf } from './pressed.js';
import { speak } from './speak.js';

const RETRIED: ReadonlySet<StepView['state']> = new Set(['failed', 'denied', 'unanswered', 'skipped']);
const SKIPPED: ReadonlySet<StepView['state']> = new Set(['pending', 'waiting', 'failed', 'denied', 'unanswered']);

export function controlHandlers(doors: DecidingDoors): Record<string, Handler> {
  const say = (...lines: string[]) => message(doors.banner, lines);
  const onIncident = (work: (what: Pressed<'incident'>) => Promise<string>) => pressed(doors, ['incident'], work);

  const more = onIncident(async (what) => {
    const view = await viewOf(doors, what.row.id);
    const { said, answer } = what;
    switch (said.fields.more) {
      case 'note':
        return openOrSay(doors, answer, writeNote(said, named(view)));
      case 'retry':
        return chooseStep(
          what,
          view,
          RETRIED,
          retryStep,
          'Nothing failed, was denied or was left out, so there is nothing to try again.',
        );
      case 'skip':
        return chooseStep(what, view, SKIPPED, skipStep, 'There is nothing left that could be left out.');
      case 'hand_over':
        return openOrSay(
          doors,
          answer,
          handOver(said, `Who should take the lead of ${named(view)}?`, othersThan(what.person)),
        );
      default:
        // A link of the menu: Slack opens it, and tells us.
        return 'page';
    }
  });

  const othersThan = (person: string): Choice[] =>
    doors.everybody.filter((name) => name !== person).map((name) => ({ value: name, text: capital(name) }));

  async function chooseStep(
    { said, answer }: Pressed<'incident'>,
    view: IncidentView,
    states: ReadonlySet<StepView['state']>,
    make: typeof retryStep,
    none: string,
  ): Promise<string> {
    const steps = view.steps
      .filter(({ state }) => states.has(state))
      .map(({ id, title, kind, state }) => ({
        value: id,
        text: `${kind === 'ask' ? 'Question: ' : ''}${title} (${state})`,
      }));
    if (steps.length > 0) return openOrSay(doors, answer, make(said, steps));
    await answer.tell(say(none));
    return 'no step';
  }

  return {
    'action hold': onIncident(async (what) => {
      const view = await viewOf(doors, what.row.id);
      return openOrSay(
        doors,
        what.answer,
        holdFor(what.said, `${named(view)}: nothing new starts. What runs ends first.`),
      );
    }),
    'view hold_for': onIncident(async (what) => {
      const minutes = Number(what.said.fields[FIELD.minutes]);
      const answer = Number.isInteger(minutes) ? answerText(undefined, minutes) : '';
      return speak(doors, what, { control: 'hold', answer });
    }),
    'action resume': onIncident((what) => speak(doors, what, { control: 'resume' })),
    'action take_lead': onIncident((what) => speak(doors, what, { control: 'take' })),
    'action false_alarm': onIncident(async (what) => {
      return openOrSay(doors, what.answer, endAsFalseAlarm(what.said, await consequences(doors, what)));
    }),
    'view end_as_false_alarm': onIncident((what) =>
      speak(doors, what, { control: 'false_alarm', reason: what.said.fields[FIELD.reason] ?? '' }),
    ),
    'action more': more,
    'view note': onIncident(async (what) => {
      const outcome = await speak(doors, what, { control: 'note', reason: what.said.fields[FIELD.text] ?? '' });
      if (outcome === 'counted') await what.answer.tell(say(`Noted in ${what.row.id}.`));
      return outcome;
    }),
    'view retry': onIncident((what) =>
      speak(doors, what, { control: 'retry', step: what.said.fields[FIELD.step] ?? '' }),
    ),
    'view skip': onIncident((what) =>
      speak(doors, what, {
        control: 'skip',
        step: what.said.fields[FIELD.step] ?? '',
        reason: what.said.fields[FIELD.reason] ?? '',
      }),
    ),
  };
}

const named = (view: IncidentView): string => `${view.incident} (${subjectOf(view)})`;

/** What a false alarm brings back and what it cannot, from the plan and from what was really done. */
async function consequences(doors: DecidingDoors, { row }: Pressed<'incident'>): Promise<string> {
  const view = await viewOf(doors, row.id);
  const effects = await doors.records.effects.ofIncident(row.id);
  const steps = (row.plan as Plan | undefined)?.steps ?? [];
  const done = effects.filter(({ state, undoneBy }) => state === 'done' && undoneBy === undefined);
  const titles = (classes: string[]) =>
    done
      .filter((effect) => classes.includes(effect.class))
      .map(({ key }) => steps.find(({ id }) => key.startsWith(`${row.id}/${id}/`))?.title ?? key.split('/')[2] ?? key);
  const back = titles(['contain', 'interrupt']);
  const gone = titles(['destroy', 'burn']);
  const lines = [
    `${named(view)}: it works again for whoever has it.`,
    back.length === 0 ? 'Nothing of ours stands in its way.' : `Brought back: ${data(list(back), 400)}.`,
    ...(gone.length === 0 ? [] : [`Cannot be brought back: ${data(list(gone), 400)}; the old one stays dead.`]),
    'Nothing else of this incident is done any more.',
  ];
  return lines.join('\n');
}
