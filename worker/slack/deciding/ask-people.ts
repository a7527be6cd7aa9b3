/** Asking somebody else: to answer a question, to take over, or something back. None of it gives anybody a right. */
import type { Handler } from '../contract.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { button, data, link } from '../mrkdwn.js';
import { subjectOf } from '../rendering/card.js';
import { capital, list } from '../rendering/words.js';
import { holdersOf } from '../starting/may-start.js';
import { message } from '../starting/message.js';
import { type DecidingDoors, inTime } from './deciding-doors.js';
import { askBack, type Choice, FIELD, handOver } from './modals.js';
import { openOrSay } from './open-or-say.js';
import { askedBy, ownerOf, type Pressed, pressed, viewOf } from './pressed.js';
import { addressOf, mentionOf, writeInThread, writeTo } from './reach.js';
import { speak } from './speak.js';

export function askingHandlers(doors: DecidingDoors): Record<string, Handler> {
  const say = (...lines: string[]) => message(doors.banner, lines);

  /** The holders of the roles that were asked or are asked next, as they are now; not who may not decide. */
  async function candidates(
    { row, person }: Pressed<'question'>,
    view: IncidentView,
    asked: QuestionView,
  ): Promise<Choice[]> {
    const roles = new Set([
      ...Object.keys(asked.places),
      ...asked.asked.flatMap((tier) => tier.roles),
      ...asked.next.flat(),
    ]);
    const found = new Map<string, string[]>();
    for (const role of roles) {
      for (const name of await holdersOf(doors, role, ownerOf(row)))
        found.set(name, [...(found.get(name) ?? []), role]);
    }
    const excluded = [person, view.requester, view.subject, ...asked.filled.map((place) => place.person)];
    return [...found]
      .filter(([name]) => !excluded.includes(name))
      .map(([name, held]) => ({ value: name, text: `${capital(name)} (${list(held)})` }));
  }

  function openQuestion(view: IncidentView, { handle }: Pressed<'question'>): QuestionView | undefined {
    const asked = askedBy(view, handle);
    return asked?.end === undefined ? asked : undefined;
  }

  const handTo = pressed(doors, ['question'], async (what) => {
    const view = await viewOf(doors, what.row.id);
    const asked = openQuestion(view, what);
    if (asked === undefined) return tooLate(what);
    const people = await inTime(candidates(what, view, asked));
    if (people === undefined || people.length === 0) {
      await what.answer.tell(
        say(
          people === undefined
            ? `I can't say in time who else holds ${data(list(Object.keys(asked.places)))}. Press again.`
            : `Nobody else who could answer holds ${data(list(Object.keys(asked.places)))} now. The question stays with you.`,
        ),
      );
      return people === undefined ? 'roles not read' : 'nobody else';
    }
    return openOrSay(doors, what.answer, handOver(what.said, about(view, asked), people));
  });

  /** The view of both: of a question, and of the lead. */
  const handedOver = pressed(doors, ['question', 'incident'], async (what) => {
    const to = what.said.fields[FIELD.person] ?? '';
    if (!doors.everybody.includes(to)) return refused(what, `I know nobody called ${data(to, 60)}.`, 'unknown person');
    return what.handle.of === 'question'
      ? handQuestion(what as Pressed<'question'>, to)
      : handLead(what as Pressed<'incident'>, to);
  });

  async function handQuestion(what: Pressed<'question'>, to: string): Promise<string> {
    const view = await viewOf(doors, what.row.id);
    const asked = openQuestion(view, what);
    if (asked === undefined) return tooLate(what);
    if (!(await candidates(what, view, asked)).some(({ value }) => value === to)) {
      return refused(what, `${capital(to)} can't answer it: nobody may who does not hold the role now.`, 'role');
    }
    return noteAndAsk(what, to, `handed the question to ${capital(to)}: ${asked.sentence}`, async () => [
      `${capital(what.person)} hands you a question of ${await incidentLink(what, view, asked)}: ${data(asked.sentence, 600)}`,
    ]);
  }

  async function handLead(what: Pressed<'incident'>, to: string): Promise<string> {
    const view = await viewOf(doors, what.row.id);
    return noteAndAsk(
      what,
      to,
      `asked ${capital(to)} to take over`,
      async () => [`${capital(what.person)} asks you to take the lead of ${await incidentLink(what, view)}.`],
      [button('take_lead', 'Take lead', { value: what.said.handle ?? '', style: 'primary' })],
    );
  }

  /** First the note, which counts once; then the words to the person. */
  async function noteAndAsk(
    what: Pressed<'question' | 'incident'>,
    to: string,
    note: string,
    lines: () => Promise<string[]>,
    buttons: ReturnType<typeof button>[] = [],
  ): Promise<string> {
    const outcome = await speak(doors, what, { control: 'note', reason: note });
    if (outcome.startsWith('refused')) return outcome;
    const isTold = await writeTo(doors, to, message(doors.banner, await lines(), buttons));
    await what.answer.tell(
      isTold
        ? say(
            `I asked ${capital(to)}. Until there is an answer nothing changes: whoever was asked before may still answer.`,
          )
        : say(`${capital(to)} has no account here that I can write to. Call them; the question stays as it is.`),
    );
    return isTold ? `asked ${to}` : `could not ask ${to}`;
  }

  const askPerson = pressed(doors, ['person'], async (what) => {
    const { person: to, step } = what.handle;
    if (what.row.closedAt !== undefined)
      return refused(what, `${what.row.id} is closed, so there is nothing to ask.`, 'closed');
    const view = await viewOf(doors, what.row.id);
    const asked = view.questions.findLast(({ id, end }) => id === step && end === undefined);
    if (step !== '' && asked === undefined) return tooLate(what);
    const where = await incidentLink(what, view, asked);
    const isTold = await writeTo(
      doors,
      to,
      say(
        `${capital(what.person)} asks you to look at ${where}${asked === undefined ? '' : `: ${data(asked.sentence, 600)}`}`,
      ),
    );
    await what.answer.tell(
      isTold
        ? say(`I asked ${capital(to)}.`)
        : say(`${capital(to)} has no account here that I can write to. Call them.`),
    );
    return isTold ? `asked ${to}` : `could not ask ${to}`;
  });

  const askedBack = pressed(doors, ['question'], async (what) => {
    const text = what.said.fields[FIELD.text] ?? '';
    const outcome = await speak(doors, what, { control: 'note', reason: `asks: ${text}` });
    if (outcome.startsWith('refused')) return outcome;
    const view = await viewOf(doors, what.row.id);
    const whom = [...new Set([view.requester, view.lead])].filter((name) => name !== undefined && name !== what.person);
    const mentions = await Promise.all(whom.map((name) => mentionOf(doors, name as string)));
    const line = `${mentions.join(' ')}${mentions.length === 0 ? '' : ', '}${capital(what.person)} asks: ${data(text, 600)}`;
    const isPosted = await writeInThread(doors, what.row.id, say(line));
    await what.answer.tell(
      isPosted
        ? say(
            `I asked it in the thread${whom.length === 0 ? '' : ` and called ${list(whom.map((name) => capital(name as string)))}`}. The question waits as before.`,
          )
        : say('It is noted, but I could not write into the thread. Ask there yourself; the question waits as before.'),
    );
    return isPosted ? 'asked back' : 'noted only';
  });

  async function incidentLink(
    { row }: Pressed<'incident' | 'question' | 'person'>,
    view: IncidentView,
    asked?: QuestionView,
  ) {
    const url = await addressOf(doors, row.id, asked?.id, asked?.generation);
    const named = url === undefined ? row.id : link(url, row.id);
    return `${named} (${subjectOf(view)})`;
  }

  async function tooLate(what: Pressed<'question' | 'person'>): Promise<string> {
    return refused(what, 'That question is not open any more. The card shows where it stands.', 'late');
  }

  async function refused({ answer }: Pressed<'incident' | 'question' | 'person'>, sentence: string, code: string) {
    await answer.tell(say(sentence));
    return `refused: ${code}`;
  }

  return {
    'action hand_to': handTo,
    'view hand_over': handedOver,
    'action ask_person': askPerson,
    'action ask_back': pressed(doors, ['question'], async (what) => {
      const view = await viewOf(doors, what.row.id);
      const asked = openQuestion(view, what);
      if (asked === undefined) return tooLate(what);
      return openOrSay(doors, what.answer, askBack(what.said, about(view, asked)));
    }),
    'view question_back': askedBack,
  };
}

export const about = ({ incident }: IncidentView, { sentence }: QuestionView): string =>
  `${incident}: ${data(sentence, 600)}`;
