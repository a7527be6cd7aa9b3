/** What can be typed and pressed, one line each; a name without a line does not compile. */
import { type ActionName, COMMAND, type Message } from '../contract.js';
import { context, section } from '../mrkdwn.js';
import { SHORTCUT_TITLES } from '../surface.js';
import { message } from './message.js';
import type { Verb } from './typed.js';

const VERB_LINES: Record<Verb, { typed: string; line: string }> = {
  status: { typed: 'status [INC-7]', line: 'where an incident stands; in its thread without the number' },
  list: { typed: 'list', line: 'what is open, what waits for you first' },
  help: { typed: 'help', line: 'this' },
};

/** What a button does, by the words that stand on it. */
export const ACTION_LINES: Record<ActionName, { label: string; line: string; where: keyof typeof PLACES }> = {
  freeze_now: { label: 'Freeze now', line: 'opens the incident; the playbook begins at once', where: 'offer' },
  look_only: {
    label: 'Look only',
    line: 'opens an incident that scans and tells, and changes nothing',
    where: 'offer',
  },
  leave_it: { label: 'Cancel', line: 'nothing is opened', where: 'offer' },
  take_closest: { label: 'That one', line: 'goes on with the id that is nearest to what you typed', where: 'offer' },
  look_again: { label: 'Look again', line: 'asks its provider once more', where: 'offer' },
  not_ours: { label: 'Not ours', line: 'nothing is opened', where: 'offer' },
  start: { label: 'Tell me', line: 'asks what leaked', where: 'offer' },
  link_account: { label: 'Link your account', line: 'confirms once who you are', where: 'offer' },
  yes: { label: 'Yes', line: 'the button says what is then done', where: 'question' },
  done: { label: 'Done', line: 'what you were told to do by hand is done', where: 'question' },
  no: { label: 'No…', line: 'with a reason; it stays contained, nothing is destroyed', where: 'question' },
  not_yet: { label: 'Not yet', line: 'asks again in 10, 30 or 60 minutes; it stays contained', where: 'question' },
  hand_to: { label: 'Hand to…', line: 'asks somebody else who holds the role', where: 'question' },
  ask_back: { label: 'Ask a question', line: 'in the thread, to whoever had it opened', where: 'question' },
  hold: { label: 'Hold', line: 'nothing new begins', where: 'card' },
  resume: { label: 'Resume', line: 'goes on after a hold', where: 'card' },
  false_alarm: {
    label: 'False alarm…',
    line: 'brings back what was there before; says first what that is',
    where: 'card',
  },
  take_lead: { label: 'Take lead', line: 'you lead, and get the report', where: 'card' },
  more: { label: 'More', line: 'note, retry, skip, hand over', where: 'card' },
  ask_again: { label: 'Ask again', line: 'asks once more what was denied', where: 'card' },
  ask_person: { label: 'Ask …', line: 'asks the person who may decide', where: 'card' },
  see_change: { label: 'See what changed', line: 'what a new plan does otherwise', where: 'card' },
};

const WHERE = { message: 'in the menu of a message', global: 'in the search box and behind +' } as const;
const PLACES = { offer: 'Before there is an incident', question: 'On a question', card: 'On the card' } as const;

export function helpMessage(banner: string): Message {
  const typed = [
    `\`${COMMAND} AKIA…\`: a key leaked: I look whose it is and ask what to do`,
    ...Object.values(VERB_LINES).map(({ typed, line }) => `\`${COMMAND} ${typed}\`: ${line}`),
    'In a thread, where Slack takes no commands: `@firebreak` and the same words',
  ];
  const shortcuts = SHORTCUT_TITLES.map(({ title, why, type }) => `*${title}* (${WHERE[type]}): ${why}`);
  const first = 'Firebreak answers leaked credentials. Type the id, never the secret:';
  const { text, blocks } = message(banner, [first, ...typed, ...shortcuts]);
  const places = Object.entries(PLACES).map(([place, title]) => {
    const lines = Object.values(ACTION_LINES).filter(({ where }) => where === place);
    return [`*${title}*`, ...lines.map(({ label, line }) => `${label}: ${line}`)].join('\n');
  });
  return {
    text: [text, ...places].join('\n'),
    blocks: [...blocks, ...places.map((place) => section(place)), context('At the command line: `firebreak --help`')],
  };
}
