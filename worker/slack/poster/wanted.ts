/** What should stand in Slack about one incident, worked out from its records; what stands there already is not asked. */
import { createHash } from 'node:crypto';
import type { Moment } from '../../../activities/seams.js';
import type { Post } from '../../../records/records.js';
import { loadReport, reportOf } from '../../report/index.js';
import type { Handle } from '../contract.js';
import { type IncidentView, incidentView } from '../incident-view/incident-view.js';
import { type HeldIncident, loadIncident } from '../incident-view/load-incident.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { clockTime, data, link } from '../mrkdwn.js';
import { cutToFit } from '../rendering/budget.js';
import { bannerWords, card, subjectOf } from '../rendering/card.js';
import { type Draft, type Fitted, type HandleIds, type Names, questionKey } from '../rendering/draft.js';
import { question } from '../rendering/question.js';
import { reportMessage } from '../rendering/report-message.js';
import { threadLines, threadMessage } from '../rendering/thread-line.js';
import type { PosterDoors } from './poster-doors.js';

/** One message as it should stand. */
export interface Wanted extends Fitted {
  incident: string;
  /** Unique within the incident. */
  part: string;
  /** `channel`: where the card stands. */
  to: 'channel' | { person: string };
  /** Below the card. */
  inThread: boolean;
  digest: string;
  /** It is kept up to date; else it stands as it was said. */
  isKept: boolean;
  /** What is posted first when a channel takes one message a second: 0 first. */
  urgency: 0 | 1 | 2;
  /** Kept with the post. */
  data?: unknown;
}

export interface WantedOf {
  view: IncidentView;
  wanted: Wanted[];
}

/** Lines of the thread in one message, at most: after an outage one message says them all. */
const LINES_AT_ONCE = 20;

/** Undefined: records hold no such incident. `posts`: what is known to stand there. */
export async function wantedOf(
  doors: PosterDoors,
  incident: string,
  posts: Post[],
  names: Names,
): Promise<WantedOf | undefined> {
  const held = await loadIncident(doors.records, incident);
  if (held === undefined) return undefined;
  const view = incidentView(held, doors.clock.now());
  const handles = await handlesOf(doors, view);
  const cards = await cardsOf(doors, view);
  const urls = urlsOf(doors, incident);
  const make = maker(incident);
  const isNews = view.questions.some(({ end }) => end === undefined);
  const wanted = [
    make('card', 'channel', card({ view, names, handles, urls, cards }), { isKept: true, urgency: isNews ? 0 : 1 }),
    ...view.questions.flatMap((asked) => questionsOf(asked, { view, names, handles, posts, make })),
    ...threadOf(held, view, names, posts, make),
    ...(await momentsOf(doors, held, view, make)),
    ...(view.closed === undefined ? [] : await reportsOf(doors, view, posts, make)),
  ];
  return { view, wanted };
}

export const urlsOf = ({ publicUrl }: Pick<PosterDoors, 'publicUrl'>, incident: string) => ({
  page: `${publicUrl}/api/v1/incidents/${incident}`,
  report: `${publicUrl}/api/v1/incidents/${incident}/report`,
});

type Make = ReturnType<typeof maker>;

function maker(incident: string) {
  return (
    part: string,
    to: Wanted['to'],
    draft: Draft,
    more: Partial<Pick<Wanted, 'isKept' | 'urgency' | 'inThread' | 'data'>> = {},
  ): Wanted => {
    const fitted = cutToFit(draft);
    const digest = createHash('sha256').update(JSON.stringify(fitted.message)).digest('hex').slice(0, 32);
    return { incident, part, to, inThread: false, isKept: false, urgency: 1, digest, ...fitted, ...more };
  };
}

// ---- questions

/** A new message where the card stands, and one to each person who is asked: an edit notifies nobody. */
function questionsOf(
  asked: QuestionView,
  {
    view,
    names,
    handles,
    posts,
    make,
  }: { view: IncidentView; names: Names; handles: HandleIds; posts: Post[]; make: Make },
): Wanted[] {
  const part = `question/${questionKey(asked)}`;
  const handle = handles.questions.get(questionKey(asked)) ?? '';
  const stands = (name: string) => posts.some((post) => post.part === name);
  const isOpen = asked.end === undefined;
  const inputs = { view, question: asked, names, handle };
  // Of what is over, only what stands there is told; nobody is asked what nobody need answer.
  return [
    ...(isOpen || stands(part) ? [make(part, 'channel', question(inputs), { isKept: true, urgency: 0 })] : []),
    ...asked.mayAnswer
      .filter((person) => isOpen || stands(`${part}/dm/${person}`))
      .map((person) =>
        make(`${part}/dm/${person}`, { person }, question({ ...inputs, direct: true }), { isKept: true, urgency: 0 }),
      ),
  ];
}

async function handlesOf(doors: PosterDoors, view: IncidentView): Promise<HandleIds> {
  const { incident } = view;
  const questions = await Promise.all(
    view.questions.map(
      async (asked): Promise<[string, string]> => [questionKey(asked), await questionHandle(doors, view, asked)],
    ),
  );
  const handle: Handle = { of: 'incident', incident };
  return {
    incident: await doors.records.handles.give(`incident/${incident}`, handle, doors.clock.now()),
    questions: new Map(questions),
  };
}

/** The opaque id of a question's buttons: the same wherever it is shown. */
export async function questionHandle(
  doors: PosterDoors,
  view: Pick<IncidentView, 'incident' | 'digest'>,
  asked: QuestionView,
): Promise<string> {
  const { id: step, generation, kind } = asked;
  const handle: Handle = { of: 'question', incident: view.incident, step, generation, digest: view.digest, kind };
  return doors.records.handles.give(`question/${view.incident}/${questionKey(asked)}`, handle, doors.clock.now());
}

// ---- the thread

interface ThreadData {
  keys: string[];
}

/** Lines that no message of the thread has yet, as further messages of it. */
function threadOf(held: HeldIncident, view: IncidentView, names: Names, posts: Post[], make: Make): Wanted[] {
  const told = posts.filter(({ part }) => part.startsWith('thread/'));
  const known = new Set(told.flatMap(({ data }) => (data as ThreadData | undefined)?.keys ?? []));
  const lines = threadLines({ view, timeline: held.timeline, decisions: held.decisions, names });
  // What was posted, or was being posted, stays as it was: its lines are its own.
  const unsettled = told
    .filter(({ message }) => message === '')
    .map(({ part, data }) => threadPart(part, data as ThreadData, lines, make));
  const left = lines.filter(({ key }) => !known.has(key));
  const further: Wanted[] = [];
  for (let at = 0; at < left.length; at += LINES_AT_ONCE) {
    const some = left.slice(at, at + LINES_AT_ONCE);
    const keys = some.map(({ key }) => key);
    further.push(threadPart(`thread/${told.length + further.length + 1}`, { keys }, some, make));
  }
  return [...unsettled, ...further];
}

function threadPart(part: string, { keys }: ThreadData, lines: { key: string; line: string }[], make: Make): Wanted {
  const own = lines.filter(({ key }) => keys.includes(key));
  return make(part, 'channel', threadMessage(own), { inThread: true, urgency: 2, data: { keys } satisfies ThreadData });
}

// ---- direct messages

async function momentsOf(doors: PosterDoors, held: HeldIncident, view: IncidentView, make: Make): Promise<Wanted[]> {
  const rules = doors.tellRules.filter(({ by }) => by.includes('slack'));
  if (rules.length === 0) return [];
  const wanted: Wanted[] = [];
  for (const { kind, key, line, at, data: more } of held.timeline) {
    const moment = (more as { moment?: Moment } | undefined)?.moment;
    if (kind !== 'moment' || moment === undefined) continue;
    const audiences = rules.filter(({ at: when }) => when.includes(moment));
    const people = await Promise.all(audiences.map(({ audience }) => doors.audience(audience, view.owner.name)));
    for (const person of new Set(people.flat())) {
      wanted.push(make(`${key}/${person}`, { person }, momentMessage(doors, view, { moment, line, at })));
    }
  }
  return wanted;
}

function momentMessage(
  doors: PosterDoors,
  view: IncidentView,
  { moment, line, at }: { moment: string; line: string; at: number },
): Draft {
  const first = `${bannerWords(view)}${view.incident} ${moment}: ${subjectOf(view)}`;
  const { page } = urlsOf(doors, view.incident);
  return {
    text: first,
    lines: [`*${first}*`, `${clockTime(at, 'seconds')} ${data(line, 400)}`, link(page, 'more')],
    rows: [],
  };
}

/** To whoever asked for it, led it or decided in it. */
async function reportsOf(doors: PosterDoors, view: IncidentView, posts: Post[], make: Make): Promise<Wanted[]> {
  const decided = view.questions.flatMap(({ filled, end }) => [
    ...filled.map(({ person }) => person),
    ...(end?.by ?? []),
  ]);
  const people = new Set(
    [view.requester, view.lead, ...decided].filter((person) => person !== undefined && person !== ''),
  );
  const part = (person: string) => `report/${person}`;
  const missing = [...people].filter(
    (person) => !posts.some((post) => post.part === part(person as string) && post.message !== ''),
  );
  if (missing.length === 0) return [];
  const report = reportOf(await loadReport(doors.records, view.incident));
  const url = permalinkOf(posts.find((post) => post.part === 'card'));
  const message = reportMessage({
    view,
    report,
    urls: urlsOf(doors, view.incident),
    ...(url === undefined ? {} : { card: url }),
  });
  return missing.map((person) => make(part(person as string), { person: person as string }, message));
}

// ---- where cards of others stand

export function permalinkOf(post: Post | undefined): string | undefined {
  const url = (post?.data as { permalink?: unknown } | undefined)?.permalink;
  return typeof url === 'string' ? url : undefined;
}

async function cardsOf({ records }: PosterDoors, view: IncidentView): Promise<Map<string, string>> {
  const others = [
    ...view.parents,
    ...view.children.map(({ incident }) => incident),
    ...(view.closed?.joinedTo === undefined ? [] : [view.closed.joinedTo]),
  ];
  const found = await Promise.all(
    [...new Set(others)]
      .slice(0, 20)
      .map(async (id): Promise<[string, string | undefined]> => [id, permalinkOf(await records.posts.get(id, 'card'))]),
  );
  return new Map(found.flatMap(([id, url]) => (url === undefined ? [] : [[id, url] as const])));
}
