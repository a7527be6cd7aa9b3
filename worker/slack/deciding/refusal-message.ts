/** The engine's sentence for whoever is refused, with the names of those who can and the button that helps. */
import type { Refusal } from '../../../workflows/core/message.js';
import { MAY } from '../../../workflows/core/permissions.js';
import type { HeldRoles } from '../../people/directory.js';
import type { Handle, Message } from '../contract.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionEnd, QuestionView } from '../incident-view/question-view.js';
import { button, clockTime, data, inReadersZone } from '../mrkdwn.js';
import { capital, list } from '../rendering/words.js';
import { holdersOf } from '../starting/may-start.js';
import { message } from '../starting/message.js';
import type { DecidingDoors } from './deciding-doors.js';
import { askedBy, ownerOf, type Pressed, viewOf } from './pressed.js';

type What = Pressed<'incident' | 'question' | 'person'>;

/** At most so many are named, and get a button. */
const MOST_NAMED = 4;
const SENTENCE = 600;

export async function refusalMessage(
  doors: DecidingDoors,
  what: What,
  refusal: Refusal,
  unread: HeldRoles['unread'],
): Promise<Message> {
  const sentence = inReadersZone(data(refusal.message, SENTENCE));
  const view = await viewOf(doors, what.row.id);
  const asked = what.handle.of === 'question' ? askedBy(view, what.handle) : undefined;
  switch (refusal.code) {
    case 'role':
      return roleMessage(doors, what, sentence, { view, asked, unread });
    case 'self':
      return message(doors.banner, [asked === undefined ? sentence : withNames(sentence, asked)]);
    case 'late':
      return message(doors.banner, [(asked && lateSentence(view, asked)) ?? sentence]);
    case 'expired':
      return withButton(doors, what, [asked === undefined ? sentence : expiredSentence(asked, sentence)], 'ask_again');
    case 'plan-changed':
      return withButton(doors, what, [sentence], 'see_change');
    default:
      return message(doors.banner, [sentence]);
  }
}

/** Who holds what is needed, by name, each with a button that asks them. */
async function roleMessage(
  doors: DecidingDoors,
  what: What,
  sentence: string,
  { view, asked, unread }: { view: IncidentView; asked: QuestionView | undefined; unread: HeldRoles['unread'] },
): Promise<Message> {
  const roles = asked === undefined ? rolesNamedIn(sentence) : asked.asked.flatMap((tier) => tier.roles);
  const notRead = unread.filter(({ role }) => roles.includes(role)).map(({ why }) => data(why, 200));
  // who holds the role and may not decide here is no help
  const barred = [what.person, view.subject, ...(asked === undefined ? [] : [view.requester])];
  const held = await Promise.all([...new Set(roles)].map((role) => holdersOf(doors, role, ownerOf(what.row))));
  const people = [...new Set(held.flat())].filter((person) => !barred.includes(person));
  const who =
    people.length === 0
      ? 'nobody that I can name now'
      : list(people.slice(0, MOST_NAMED).map((name) => data(capital(name), 60)));
  const first =
    notRead.length > 0
      ? `${sentence.replace(/, and you hold .*$/, '')}, and whether you hold it nobody can say now: ${[...new Set(notRead)].join('; ')}. Press again in a minute.`
      : roles.length > 0 && /, and you hold /.test(sentence)
        ? `${sentence.replace(/, and you hold .*$/, '')}, and that is ${who}.`
        : sentence;
  const buttons = await Promise.all(
    people.slice(0, MOST_NAMED).map(async (person, nth) => {
      const { handle, row } = what;
      const step = handle.of === 'incident' ? '' : handle.step;
      const body: Handle = { of: 'person', incident: row.id, step, person };
      const value = await doors.records.handles.give(`person/${row.id}/${step}/${person}`, body, doors.clock.now());
      return button('ask_person', `Ask ${capital(person)}`, { value, nth: nth + 1 });
    }),
  );
  return message(doors.banner, [first], buttons);
}

const KNOWN_ROLES = [...new Set(Object.values(MAY).flatMap((may) => (may === 'any' ? [] : [...may])))];
const rolesNamedIn = (sentence: string): string[] => KNOWN_ROLES.filter((role) => sentence.includes(role));

/** `… Asked: Sam, then Raj.` where the records know the people; what is still to come is named by its roles. */
function withNames(sentence: string, { asked, next }: QuestionView): string {
  const tiers = [
    ...asked.map(({ people, roles }) =>
      list((people.length > 0 ? people.map(capital) : roles).map((name) => data(name, 60))),
    ),
    ...next.map((roles) => data(list(roles), 120)),
  ];
  return tiers.length === 0 ? sentence : sentence.replace(/Asked: .*$/, `Asked: ${tiers.join(', then ')}.`);
}

/** What a decision did, by the verb of its first step. */
const DID: Record<string, string> = {
  disable: 'froze it',
  restrict: 'restricted it',
  cut_sessions: 'ended its sessions',
  rotate: 'had a new one made',
  revoke: 'deleted it',
  open: 'opened the incidents',
};

/** `Sam already froze it at 03:13:55. Nothing was done twice.` */
function lateSentence({ steps }: IncidentView, { end, covers, filled }: QuestionView): string | undefined {
  if (end === undefined) return undefined;
  const by = end.by.length > 0 ? end.by : filled.map(({ person }) => person);
  const who = by.length === 0 ? 'Somebody' : list(by.map((person) => data(capital(person), 60)));
  const at = clockTime(end.at, 'seconds');
  const [first] = covers;
  const step = steps.find(({ title, kind }) => kind !== 'ask' && title === first?.title);
  const outcome: Partial<Record<QuestionEnd, string>> = {
    done:
      step?.state === 'done' && step.at !== undefined
        ? `${who} already ${DID[first?.does ?? ''] ?? 'had it done'} at ${clockTime(step.at, 'seconds')}.`
        : `${who} already said yes at ${at}.`,
    denied: `${who} already said no at ${at}.`,
    skipped: `${who} already left it out at ${at}.`,
    proceeded: `Nobody answered until ${at}, so it went on, as was said.`,
  };
  const sentence = outcome[end.how];
  return sentence === undefined ? undefined : `${sentence} Nothing was done twice.`;
}

function expiredSentence({ end, until, asked }: QuestionView, sentence: string): string {
  const people = [...new Set(asked.flatMap((tier) => tier.people))];
  if (people.length === 0) return sentence;
  const were = people.length === 1 ? 'was' : 'were';
  return `Closed at ${clockTime(end?.at ?? until)} without an answer; ${data(list(people.map(capital)), 200)} ${were} asked.`;
}

async function withButton(
  doors: DecidingDoors,
  { handle, said }: What,
  lines: string[],
  action: 'ask_again' | 'see_change',
): Promise<Message> {
  if (handle.of !== 'question' || said.handle === undefined) return message(doors.banner, lines);
  const label = action === 'ask_again' ? 'Ask again' : 'See what changed';
  return message(doors.banner, lines, [button(action, label, { value: said.handle })]);
}
