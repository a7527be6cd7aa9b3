/** The card of an incident: one message, updated in place. What it says first is the fact. */
import type { ActionsBlockElement, Overflow } from '@slack/types';
import { choiceValue } from '../choice.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { button, clockTime, data, link } from '../mrkdwn.js';
import type { Draft, HandleIds, Names } from './draft.js';
import { capital, deedWords, endWords, kindWord, list, own, sentence, shortWord, span } from './words.js';

export interface CardInputs {
  view: IncidentView;
  names: Names;
  handles: HandleIds;
  /** Where a person reads more, and the report. */
  urls: { page: string; report: string };
  /** Cards of other incidents, by their id, as far as they stand somewhere. */
  cards: ReadonlyMap<string, string>;
}

const MOST_STEPS = 8;
const MOST_CHILDREN = 5;

export function card(inputs: CardInputs): Draft {
  const { view } = inputs;
  const first = firstLine(view);
  const lines = [
    `*${first}*  ${placeOf(view)}`,
    stateLine(view, inputs.names),
    view.held === '' ? '' : `*Held:* ${data(view.held)}`,
    openLine(view),
    useLine(view),
    stepLine(view, inputs.names),
    foundLine(view),
    ownerLine(inputs),
    familyLine(inputs),
  ].filter((line) => line !== '');
  return { text: `${first}. ${stateLine(view, inputs.names)}`, lines, rows: [buttons(inputs)] };
}

/** `SANDBOX INC-142 · AWS key AKIA…QX7 (svc-payouts) is public`. */
export function firstLine(view: IncidentView): string {
  return `${bannerWords(view)}${view.incident} · ${subjectOf(view)} ${exposureWords(view)}`;
}

/** `AWS key AKIA…QX7 (svc-payouts)`. */
export function subjectOf({ credential: { kind, label, name } }: IncidentView): string {
  const what = label === '' ? 'a credential' : `${kindWord(kind)} ${data(label, 60)}`;
  return name === '' || name === label ? what : `${what} (${data(name, 60)})`;
}

/** Ends with a space where there is one. */
export function bannerWords({ banner, steps, closed }: IncidentView): string {
  const deed = steps.find((step) => step.class === 'contain' || step.class === 'burn');
  const would = `OBSERVE, would have ${deed === undefined ? 'acted' : deedWords(deed.does).past.toLowerCase()}:`;
  const words = data(banner).replace('OBSERVE', closed === undefined ? would : 'OBSERVE');
  return words === '' ? '' : `${words} `;
}

function exposureWords({ exposure, credential }: IncidentView): string {
  if (credential.kind === 'alert-storm') return 'has begun';
  return { public: 'is public', internal: 'leaked inside the company', unknown: 'may be out' }[exposure];
}

function placeOf({ environment, criticality, severity, identified }: IncidentView): string {
  const words = identified
    ? [
        environment,
        ...(criticality === 'normal' ? [] : [criticality === 'critical' ? 'critical' : 'criticality unknown']),
        severity,
      ]
    : [severity];
  return `[${data(words.join(' · '), 80)}]`;
}

/** The present fact: frozen by whom and when, or why not. */
export function stateLine(view: IncidentView, names: Names): string {
  const { closed, frozen, contained } = view;
  if (closed !== undefined) return closedLine(view);
  if (!view.identified) return 'Finding out whose it is and what it may do.';
  if (view.stage === 'undoing') return 'False alarm: what was done is being brought back.';
  if (view.mode === 'observe') return 'Nothing is changed: looking and telling only.';
  if (frozen !== undefined) {
    const word = frozenWord(view);
    const who = whoFroze(view, frozen, names);
    const after = `${span(frozen.at - view.openedAt)} after the alert`;
    const proof = contained?.line ? ` ${sentence(capital(data(contained.line)))}` : ' Not proven yet.';
    return `${word} ${clockTime(frozen.at, 'seconds')} ${who}, ${after}.${proof}`;
  }
  if (contained !== undefined)
    return `Contained ${clockTime(contained.at, 'seconds')}. ${sentence(capital(data(contained.line || 'a person says so')))}`;
  const failed = view.steps.find(
    ({ class: kind, state }) => (kind === 'contain' || kind === 'burn') && state === 'failed',
  );
  if (failed !== undefined)
    return `*Not ${frozenWord(view).toLowerCase()}:* ${sentence(data(`it failed, ${failed.line}`))}`;
  const containing = view.questions.findLast(({ covers }) =>
    covers.some(({ class: kind }) => kind === 'contain' || kind === 'burn'),
  );
  if (containing?.end?.how === 'denied')
    return `*Not ${frozenWord(view).toLowerCase()}:* ${names.plain(containing.end.by[0] ?? '')} said no.`;
  if (containing !== undefined && containing.end === undefined) {
    return `*Not ${frozenWord(view).toLowerCase()} yet:* ${askedWords(containing, names)} until ${clockTime(containing.until)}.`;
  }
  return `Not ${frozenWord(view).toLowerCase()} yet.`;
}

function whoFroze(
  { requester, openedBy }: IncidentView,
  { by, silent, byHand }: NonNullable<IncidentView['frozen']>,
  names: Names,
): string {
  const people = list(by.map((person) => names.plain(person)));
  if (byHand) return people === '' ? 'by hand' : `by hand, as ${people} says`;
  if (people !== '') return `by ${people}`;
  if (silent) return 'because nobody answered in time';
  // Nobody was asked: whoever opened it by hand opened it to freeze.
  return requester !== undefined && requester === openedBy ? `by ${names.plain(requester)}` : 'at once, as policy says';
}

function frozenWord({ steps }: IncidentView): string {
  const deed = steps.find((step) => step.class === 'contain' || step.class === 'burn');
  return deed === undefined ? 'Contained' : deedWords(deed.does).past;
}

function closedLine({ closed, dead, contained }: IncidentView): string {
  const as = closed?.as ?? '';
  const proof = as === 'dead' ? dead?.line : as === 'contained' ? contained?.line : undefined;
  const why = as === 'benign' || as === 'cancelled' ? closed?.remains.join('; ') : proof;
  return `*Closed* ${clockTime(closed?.at ?? 0, 'when')}: it ${endWords(as)}.${why ? ` ${sentence(capital(data(why)))}` : ''}`;
}

function openLine({ steps, closed, children, held }: IncidentView): string {
  const left = closed?.remains ?? [];
  if (closed !== undefined)
    return left.length === 0 || closed.as === 'benign' || closed.as === 'cancelled'
      ? ''
      : `Still true: ${data(left.join('; '), 300)}`;
  const open = [
    ...steps
      // why it is held says it already
      .filter(({ state, open }) => state === 'failed' && open && held === '')
      .map(({ title, line }) => `${data(title, 60)} failed${line === '' ? '' : ` (${data(line, 100)})`}`),
    ...steps
      .filter(({ class: kind, state }) => kind === 'destroy' && ['pending', 'waiting'].includes(state))
      .map(() => 'deletion'),
    ...children
      .filter(({ state }) => !/contained|dead|alarm|benign|closed|cancelled/.test(state))
      .map(({ incident, state }) => `${data(incident, 20)} (${data(state, 40)})`),
  ];
  return open.length === 0
    ? ''
    : `Still open: ${open.slice(0, 4).join(' · ')}${open.length > 4 ? ` · ${open.length - 4} more` : ''}`;
}

function useLine({ scan }: IncidentView): string {
  if (scan.state === 'none') return '';
  if (scan.state === 'running') return 'Scan of the logs: running, no all-clear yet.';
  const warn = scan.misuse ? '*' : '';
  return `${warn}${data(scan.line)}${warn}`;
}

const SHOWN = ['done', 'undone', 'failed', 'denied', 'unanswered', 'running'] as const;

/** `done Freeze, Proof · running Scan · waits Delete: asked Sam and Mia`. */
function stepLine(view: IncidentView, names: Names): string {
  const groups = SHOWN.map((state) => {
    const words = view.steps.filter((step) => step.kind !== 'ask' && step.state === state).map(shortWord);
    const earlier = Math.max(0, words.length - MOST_STEPS);
    return { state, words: [...(earlier > 0 ? [`${earlier} before`] : []), ...words.slice(earlier)] };
  });
  const waits = view.questions
    .filter(({ end }) => end === undefined)
    .map((question) => `_waits_ ${wordOf(question)}: ${askedWords(question, names)}`);
  return [
    ...groups.filter(({ words }) => words.length > 0).map(({ state, words }) => `_${state}_ ${words.join(', ')}`),
    ...waits.slice(0, 4),
  ].join(' · ');
}

function wordOf({ covers, title, kind }: QuestionView): string {
  const [first] = covers;
  return first === undefined
    ? data(title, 60)
    : shortWord({ ...first, title: first.title, kind: kind === 'task' ? 'task' : 'act' });
}

function askedWords(question: QuestionView, names: Names): string {
  const { mayAnswer } = question;
  const nobody = question.asked.some(({ people }) => people.length > 0)
    ? 'nobody who may decide'
    : 'nobody, for nobody holds the role';
  const filled =
    question.filled.length > 0
      ? ` (${question.filled.length} of ${question.seats}: ${list(question.filled.map(({ person }) => names.plain(person)))})`
      : '';
  return `asked ${mayAnswer.length === 0 ? nobody : list(mayAnswer.slice(0, 6).map((person) => names.plain(person)))}${filled}`;
}

function foundLine({ found, alerts, parents, openedBy }: IncidentView): string {
  const sources = {
    github: 'GitHub secret scanning',
    api: capital(openedBy),
    slack: capital(openedBy),
    standard: 'a webhook',
    incident: parents.join(', '),
    firebreak: 'Firebreak itself',
  };
  const source = own<string>(sources, found.source) ?? found.source;
  const more = alerts > 1 ? ` · ${alerts - 1} more report${alerts > 2 ? 's' : ''} joined` : '';
  const said = found.summary.startsWith(`${source}: `) ? found.summary.slice(source.length + 2) : found.summary;
  const summary = data(said, 160);
  const what = summary === '' ? '' : `: ${found.url === undefined ? summary : link(found.url, said.slice(0, 160))}`;
  return `Found by ${data(source)}${what}${more}`;
}

function ownerLine({ view, names, urls }: CardInputs): string {
  const { owner, lead, ticket } = view;
  const who =
    owner.name === 'unknown'
      ? 'Owner: nobody known'
      : `Owner: ${data(capital(owner.name), 60)} (${data(owner.source, 80)})`;
  const links = [...(ticket === undefined ? [] : [link(ticket, 'ticket')]), link(urls.report, 'report')];
  return `${who}${lead === undefined ? '' : ` · Lead: ${names.mention(lead)}`} · ${links.join(' · ')}`;
}

function familyLine({ view, cards }: CardInputs): string {
  const named = (incident: string) => (cards.has(incident) ? link(cards.get(incident)!, incident) : data(incident, 20));
  const joined = view.closed?.joinedTo;
  const children = view.children.slice(0, MOST_CHILDREN).map(({ incident }) => named(incident));
  const more = view.children.length - children.length;
  return [
    joined === undefined ? '' : `Goes on in ${named(joined)}`,
    view.parents.length === 0 ? '' : `Found by ${view.parents.map(named).join(', ')}`,
    children.length === 0 ? '' : `What it made: ${children.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function buttons({ view, handles, urls }: CardInputs): ActionsBlockElement[] {
  if (view.closed !== undefined) return [];
  const value = handles.incident;
  const more: Overflow = {
    type: 'overflow',
    action_id: 'more',
    options: [
      ...(['note', 'retry', 'skip', 'hand_over'] as const).map((word) => ({
        text: { type: 'plain_text' as const, text: MORE[word] },
        value: choiceValue(value, word),
      })),
      { text: { type: 'plain_text' as const, text: 'Open page' }, value: choiceValue(value, 'page'), url: urls.page },
    ],
  };
  const resumes = view.held.includes('resume goes on');
  return [
    resumes ? button('resume', 'Resume', { value, style: 'primary' }) : button('hold', 'Hold', { value }),
    ...(view.stage === 'undoing' ? [] : [button('false_alarm', 'False alarm…', { value })]),
    button('take_lead', 'Take lead', { value }),
    more,
  ];
}

/** What the menu of the card offers, by the word beside its handle. */
export const MORE = { note: 'Note…', retry: 'Retry…', skip: 'Skip…', hand_over: 'Hand over…' } as const;
