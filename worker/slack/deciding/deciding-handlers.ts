/** Everything about deciding in Slack, by kind and name: answers to questions and tasks, and what the card offers. */
import { answerText } from '../../dispatcher/message-of.js';
import type { Handlers } from '../desk.js';
import { message } from '../starting/message.js';
import { about, askingHandlers } from './ask-people.js';
import { changeMessage } from './change-message.js';
import { controlHandlers } from './control-handlers.js';
import type { DecidingDoors } from './deciding-doors.js';
import { FIELD, sayNo } from './modals.js';
import { openOrSay } from './open-or-say.js';
import { askedBy, type Pressed, pressed, viewOf } from './pressed.js';
import { speak } from './speak.js';

export function decidingHandlers(doors: DecidingDoors): Handlers {
  const onQuestion = (work: (what: Pressed<'question'>) => Promise<string>) => pressed(doors, ['question'], work);
  return {
    'action yes': onQuestion((what) => speak(doors, what, { control: 'decide', answer: 'yes' })),
    'action done': onQuestion((what) => speak(doors, what, { control: 'decide', answer: 'done' })),
    'action no': onQuestion(async (what) => {
      const view = await viewOf(doors, what.row.id);
      const asked = askedBy(view, what.handle);
      return openOrSay(doors, what.answer, sayNo(what.said, asked === undefined ? view.incident : about(view, asked)));
    }),
    'view say_no': onQuestion((what) =>
      speak(doors, what, { control: 'decide', answer: 'no', reason: what.said.fields[FIELD.reason] ?? '' }),
    ),
    'action not_yet': onQuestion((what) =>
      speak(doors, what, { control: 'decide', answer: answerText('not_yet', Number(what.said.fields.not_yet) || 0) }),
    ),
    'action ask_again': onQuestion((what) => speak(doors, what, { control: 'retry', step: what.handle.step })),
    'action see_change': onQuestion(async (what) => {
      await what.answer.tell(message(doors.banner, await changeMessage(doors, what)));
      return 'change shown';
    }),
    ...askingHandlers(doors),
    ...controlHandlers(doors),
  };
}
