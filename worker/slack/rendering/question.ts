/** A question or a task: a message of its own, for an edit notifies nobody. Its text is the question itself. */
import type { ActionsBlockElement, ConfirmationDialog, StaticSelect } from '@slack/types';
import { oneLine } from '../../../activities/alert.js';
import { choiceValue } from '../choice.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { button, clockTime, data } from '../mrkdwn.js';
import { clip } from './budget.js';
import { bannerWords, subjectOf } from './card.js';
import type { Draft, Names } from './draft.js';
import { capital, deedWords, list, sentence } from './words.js';

export interface QuestionInputs {
  view: IncidentView;
  question: QuestionView;
  names: Names;
  /** The opaque id in its buttons. */
  handle: string;
  /** Nobody is mentioned in a direct message. */
  direct?: boolean;
}

/** Minutes by which an answer may be put off. */
const NOT_YET = [10, 30, 60] as const;

export function question(inputs: QuestionInputs): Draft {
  return inputs.question.end === undefined ? openQuestion(inputs) : endedQuestion(inputs, inputs.question.end);
}

const IRREVERSIBLE = new Set(['destroy', 'burn']);
const isForGood = ({ covers }: QuestionView) => covers.some(({ class: kind }) => IRREVERSIBLE.has(kind));

function openQuestion(inputs: QuestionInputs): Draft {
  const { view, question, names, direct } = inputs;
  const first = `${bannerWords(view)}${askedBy(view, names)}${data(question.sentence, 300)}`;
  const mentions = direct
    ? ''
    : `  ${question.mayAnswer
        .slice(0, 20)
        .map((person) => names.mention(person))
        .join(' ')}`;
  const words = deedWords(question.covers[0]?.does ?? '');
  const lines = [
    `*${first}* ${deadline(question)}${mentions}`,
    `${view.incident} · ${subjectOf(view)} in ${data(view.environment, 60)}, ${view.criticality === 'unknown' ? 'criticality unknown' : view.criticality}, account ${data(view.credential.account, 40)}`,
    `*Why:* ${why(view, question)}`,
    ...(question.kind === 'task'
      ? [
          `*Done by hand:* ${question.looked ? 'I look at the provider myself; the button makes me look now.' : 'your word is all there is, and the report says so.'}`,
        ]
      : [`*If yes:* ${effects(question)}${words.ifYes}`, `*If no:* ${words.ifNo}`]),
    `*Seen:* ${seen(view)}`,
    `*Needed:* ${needed(question, names)}${barred(view, question, names)} ${silence(question, view)}`,
    ...(question.postponedBy === undefined
      ? []
      : [`Put off by ${names.plain(question.postponedBy)} until ${clockTime(question.until)}.`]),
  ];
  return {
    text: clip(`${first} ${deadline(question)} (${view.incident})`, 1_000),
    lines: lines.filter((line) => line !== ''),
    rows: [buttons(inputs)],
  };
}

function askedBy({ requester }: IncidentView, names: Names): string {
  return requester === undefined ? '' : `${names.plain(requester)} asks: `;
}

function deadline({ onSilence, until, covers, kind }: QuestionView): string {
  if (kind === 'task') return `Until ${clockTime(until, 'when')}.`;
  const word = deedWords(covers[0]?.does ?? '').past.toLowerCase();
  return onSilence === 'proceed'
    ? `Will be ${word} at ${clockTime(until)} unless somebody says no.`
    : `Until ${clockTime(until, 'when')}.`;
}

function why({ exposure, scan, openedAt }: IncidentView, { because }: QuestionView): string {
  const out = { public: 'it is public', internal: 'it leaked inside the company', unknown: 'it may be out' }[exposure];
  const used = scan.misuse ? `; ${data(scan.line)}` : '';
  const rows = because.length === 0 ? '' : ` Policy asks (${data(because.join(', '), 150)}).`;
  return `${out} (alert ${clockTime(openedAt)})${used === '' ? '' : used.replace(/[.]$/, '')}.${rows}`;
}

function effects({ covers }: QuestionView): string {
  return covers.length < 2 ? '' : `${data(covers.map(({ title }) => title).join(' + '), 250)}: `;
}

function seen({ owner, scan, contained, frozen }: IncidentView): string {
  const state =
    contained !== undefined
      ? contained.grade === 'unproven'
        ? "contained, by a person's word"
        : 'contained, proven'
      : frozen !== undefined
        ? 'contained, not proven yet'
        : 'not contained';
  const logs = {
    none: 'no log was scanned',
    running: 'scan is running (no all-clear yet)',
    done: data(scan.line, 150).replace(/[.]$/, ''),
  }[scan.state];
  return `owner ${data(owner.name, 60)} · ${state} · ${logs}`;
}

function needed({ places, filled, seats }: QuestionView, names: Names): string {
  const wanted = Object.entries(places).map(([role, count]) => `${count} of ${data(role, 60)}`);
  const who =
    filled.length === 0
      ? ''
      : `: ${list(filled.map(({ person, role }) => `${names.plain(person)} as ${data(role, 60)}`))}`;
  return `${list(wanted)} (${filled.length} of ${seats}${who}).`;
}

/** Who is asked, where some who hold the role may not answer. */
function barred({ requester, subject }: IncidentView, { asked, mayAnswer }: QuestionView, names: Names): string {
  const others = [...new Set(asked.flatMap(({ people }) => people))].filter((person) => !mayAnswer.includes(person));
  if (others.length === 0) return '';
  const because = (person: string) =>
    person === subject ? 'whose key it is' : person === requester ? 'who started it' : 'who did it';
  const who = mayAnswer.length === 0 ? 'nobody yet' : list(mayAnswer.slice(0, 6).map((person) => names.plain(person)));
  return ` Asked: ${who}, not ${list(others.slice(0, 6).map((person) => `${names.plain(person)}, ${because(person)}`))}.`;
}

function silence({ onSilence, next, until, covers }: QuestionView, { incident }: IncidentView): string {
  const then = next[0];
  const at = clockTime(until);
  if (then !== undefined) return `Silence until ${at} = ${data(then.join(', '), 100)} is asked too.`;
  if (onSilence === 'proceed')
    return `Silence until ${at} = ${deedWords(covers[0]?.does ?? '').short.toLowerCase() || 'it is done'}.`;
  return onSilence === 'fail'
    ? `Silence until ${at} = left undone, and ${incident} stays open.`
    : `Silence until ${at} = held: nothing is done, ${incident} stays open.`;
}

function buttons({ view, question, handle: value }: QuestionInputs): ActionsBlockElement[] {
  const words = deedWords(question.covers[0]?.does ?? '');
  const notYet: StaticSelect = {
    type: 'static_select',
    action_id: 'not_yet',
    placeholder: { type: 'plain_text', text: 'Not yet…' },
    options: NOT_YET.map((minutes) => ({
      text: { type: 'plain_text', text: `In ${minutes} min` },
      value: choiceValue(value, String(minutes)),
    })),
  };
  const yes =
    question.kind === 'task'
      ? button('done', question.looked ? 'Done, look now' : 'Done', { value, style: 'primary' })
      : isForGood(question)
        ? button('yes', words.yes, { value, style: 'danger', confirm: confirmation(view, question, words.yes) })
        : button('yes', words.yes, { value, style: 'primary' });
  return [
    yes,
    button('no', question.kind === 'task' ? "Can't be done…" : words.no, { value }),
    notYet,
    button('hand_to', 'Hand to…', { value }),
    button('ask_back', 'Ask a question', { value }),
  ];
}

/** Repeats key and account of what cannot be undone. Plain text, so data needs no escaping; no sign of it may turn the words around. */
function confirmation(
  { credential, environment }: IncidentView,
  { covers }: QuestionView,
  yes: string,
): ConfirmationDialog {
  const name =
    credential.name === '' || credential.name === credential.label ? '' : ` (${oneLine(credential.name, 60)})`;
  const what = covers.some(({ class: kind }) => kind === 'destroy') ? 'Delete' : 'Burn';
  return {
    title: { type: 'plain_text', text: oneLine(`${what} ${credential.label} for good?`, 100) },
    text: {
      type: 'plain_text',
      text: oneLine(
        `${what} ${oneLine(credential.label, 60)}${name} in account ${oneLine(credential.account, 40)}, ${oneLine(environment, 30)}. This cannot be undone.`,
        300,
      ),
    },
    confirm: { type: 'plain_text', text: oneLine(yes, 30) },
    deny: { type: 'plain_text', text: 'Back' },
    style: 'danger',
  };
}

// ---- afterwards: no buttons, and how it ended

function endedQuestion(
  { view, question, names, handle }: QuestionInputs,
  end: NonNullable<QuestionView['end']>,
): Draft {
  const first = `${bannerWords(view)}${ending(view, question, end, names)}`;
  const asksAgain =
    view.closed === undefined && ['denied', 'unanswered'].includes(end.how) && question.kind === 'question';
  return {
    text: clip(`${first} (${view.incident})`, 1_000),
    lines: [first, `_${view.incident} · ${data(question.sentence, 200)}_`],
    rows: asksAgain ? [[button('ask_again', 'Ask again', { value: handle })]] : [],
  };
}

function ending(
  view: IncidentView,
  question: QuestionView,
  end: NonNullable<QuestionView['end']>,
  names: Names,
): string {
  const at = clockTime(end.at, 'seconds');
  const by = list(end.by.map((person) => names.plain(person)));
  const reason = end.reason === '' ? '' : `: "${data(end.reason, 300)}"`;
  switch (end.how) {
    case 'done':
      return doneEnding(view, question, decided(question, names) || by);
    case 'proceeded':
      return `Nobody answered until ${at}, so it went on, as was said.${outcome(view, question)}`;
    case 'denied':
      return `${by} said no${reason}. ${stays(view, question)}`;
    case 'unanswered':
      return `Closed ${at} without an answer. ${stays(view, question)}`;
    case 'skipped':
      return `${by} left it out${reason}. ${stays(view, question)}`;
    case 'withdrawn':
      return `No answer is needed any more: ${view.incident} ended${by === '' ? '' : ` by ${by}`}${reason}.`;
    case 'again':
      return `It was asked again ${at}; answers to this one do not count.`;
    case 'moot':
      return `No answer is needed any more (${at})${end.line === '' ? '' : `: ${data(end.line)}`}.`;
  }
}

/** What is not done yet is not called done. */
function doneEnding(view: IncidentView, question: QuestionView, who: string): string {
  if (question.kind === 'task') return who === '' ? 'Done, as a look at the provider shows.' : `Done, says ${who}.`;
  const covered = coveredBy(view, question);
  const isDone = covered.length > 0 && covered.every(({ state }) => state === 'done');
  const word = isDone ? `${deedWords(question.covers[0]?.does ?? '').past} by decision of` : 'Yes, by decision of';
  return `${word} ${who || 'nobody whom I know'}.${outcome(view, question)}`;
}

const coveredBy = ({ steps }: IncidentView, { covers }: QuestionView) =>
  steps.filter(({ title, kind }) => kind !== 'ask' && covers.some((one) => one.title === title));

function decided({ filled, seats }: QuestionView, names: Names): string {
  if (filled.length === 0) return '';
  const who = filled.map(({ person, at }) => `${names.plain(person)} ${clockTime(at, 'seconds')}`);
  const roles = [...new Set(filled.map(({ role }) => data(role, 60)))];
  return `${list(who)} (${filled.length} of ${seats}, as ${list(roles)})`;
}

/** What has become of what was decided. */
function outcome(view: IncidentView, question: QuestionView): string {
  const { covers } = question;
  const { contained } = view;
  const covered = coveredBy(view, question);
  const failed = covered.find(({ state }) => state === 'failed');
  if (failed !== undefined) return ` But it failed: ${sentence(data(failed.line))}`;
  const done = covered.filter(({ state }) => state === 'done');
  if (done.length < covered.length || done.length === 0)
    return covered.some(({ state }) => state === 'running') ? ' Running now.' : '';
  const at = Math.max(...done.map((one) => one.at ?? 0));
  const proof =
    covers.some(({ class: kind }) => kind === 'contain' || kind === 'burn') && contained?.line
      ? `, ${data(contained.line)}`
      : '';
  return ` Done ${clockTime(at, 'seconds')}${proof}.`;
}

/** What the answer leaves as it was. */
function stays({ frozen, contained }: IncidentView, { covers }: QuestionView): string {
  const [first] = covers;
  const isContainment = covers.some(({ class: kind }) => kind === 'contain' || kind === 'burn');
  if (isContainment && frozen === undefined && contained === undefined) return 'Nothing was changed: it keeps working.';
  if (first?.class === 'destroy') return 'It stays frozen, nothing is deleted.';
  return capital(deedWords(first?.does ?? '').ifNo);
}
