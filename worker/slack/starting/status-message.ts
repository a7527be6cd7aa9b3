/** Where one incident stands, and which are open: the card's own words, to one person and without its buttons. */
import type { Message } from '../contract.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { button, clockTime, data, link } from '../mrkdwn.js';
import { bannerWords, card, stateLine, subjectOf } from '../rendering/card.js';
import { capital } from '../rendering/words.js';
import { message } from './message.js';

/** Only that person reads it, and nobody is called: plain names. */
const NAMES = { mention: capital, plain: capital };

export interface Shown {
  view: IncidentView;
  /** Where its card stands, if it does. */
  card?: string;
}

/** One incident. `urls` as on its card. */
export function statusMessage({ view, card: at }: Shown, urls: { page: string; report: string }): Message {
  const { lines } = card({
    view,
    names: NAMES,
    handles: { incident: '', questions: new Map() },
    urls,
    cards: new Map(),
  });
  const asked = view.questions.filter(({ end }) => end === undefined).map((question) => askedLine(question));
  return message('', [...lines, ...asked, at === undefined ? '' : link(at, 'Its card')]);
}

const askedLine = ({ sentence, until }: QuestionView): string =>
  `Asked: ${data(sentence, 300)} Until ${clockTime(until, 'when')}.`;

export const notFound = (banner: string, incident: string): Message =>
  message(banner, [`There is no ${data(incident, 20)}.`]);

export interface Listed {
  /** Those in which something waits for whoever asks, then the others, both newest first. */
  mine: Shown[];
  others: Shown[];
  /** Number below which there are more. */
  more?: number;
}

/** Open incidents. */
export function listMessage(banner: string, { mine, others, more }: Listed): Message {
  const first =
    mine.length + others.length === 0
      ? more === undefined
        ? 'No incident is open.'
        : 'Nothing more is open among these.'
      : mine.length === 0
        ? 'Nothing waits for you. Open:'
        : `Waits for you: ${mine.length === 1 ? 'one incident' : `${mine.length} incidents`}.`;
  return message(banner, [
    first,
    ...mine.map((shown) => listLine(shown)),
    ...(mine.length > 0 && others.length > 0 ? ['Open besides:'] : []),
    ...others.map((shown) => listLine(shown)),
    ...(more === undefined ? [] : [`Older ones: \`/firebreak list INC-${more}\``]),
  ]);
}

function listLine({ view, card: at }: Shown): string {
  const named = at === undefined ? view.incident : link(at, view.incident);
  const [asked] = view.questions.filter(({ end }) => end === undefined);
  const waits = asked === undefined ? data(view.held || view.waiting, 120) : data(asked.sentence, 120);
  return `${bannerWords(view)}*${named}* · ${subjectOf(view)} · ${data(view.environment, 40)} · ${stateLine(view, NAMES)}${waits === '' ? '' : ` · ${waits}`}`;
}

/** A word that is nearly a verb. */
export const meantMessage = (banner: string, typed: string, verb: string): Message =>
  message(banner, [`I don't know "${data(typed, 20)}". Did you mean ${verb}?`]);

/** Nothing was found in what was typed; it is not said back, for it may be anything. */
export const nothingFound = (banner: string): Message =>
  message(
    banner,
    ["I find no key's id in that. It begins with AKIA. `/firebreak help` says what else I can do."],
    [button('start', 'Tell me what leaked', { style: 'primary' })],
  );
