/** App Home of one person: what is open, what waits for them, what they decided. */
import type { HomeView, KnownBlock } from '@slack/types';
import type { DecisionRow } from '../../../records/records.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import type { QuestionView } from '../incident-view/question-view.js';
import { actions, button, clockTime, context, data, link, section } from '../mrkdwn.js';
import { clip, MOST } from './budget.js';
import { bannerWords, stateLine, subjectOf } from './card.js';
import type { Names } from './draft.js';
import { deedWords } from './words.js';

export interface HomeInputs {
  /** `SANDBOX` or ''. */
  banner: string;
  /** Absent: the account is linked to nobody. */
  person?: string;
  /** Open, newest first; and how many there are in all. */
  open: IncidentView[];
  openInAll: number;
  /** Questions and tasks that this person is asked, the soonest first, each with where it stands; and how many in all. */
  waiting: { view: IncidentView; question: QuestionView; handle: string; url?: string }[];
  waitingInAll: number;
  /** The newest first. */
  decided: DecisionRow[];
  /** What the steps they decided about are called, by `decidedKey`. */
  titles: ReadonlyMap<string, string>;
  names: Names;
  /** Where cards stand, by incident. */
  cards: ReadonlyMap<string, string>;
  /** The opaque id of `Link your account`. */
  linkHandle?: string;
}

/** So many of each are shown. */
export const MOST_WAITING = 8;
export const MOST_OPEN = 15;
export const MOST_DECIDED = 20;

export function home({
  banner,
  person,
  open,
  openInAll,
  waiting,
  waitingInAll,
  decided,
  titles,
  names,
  cards,
  linkHandle,
}: HomeInputs): HomeView {
  const named = (incident: string) => (cards.has(incident) ? link(cards.get(incident)!, incident) : data(incident, 20));
  const blocks: KnownBlock[] = [];
  const head = (text: string) => blocks.push({ type: 'header', text: { type: 'plain_text', text } });
  if (banner !== '') blocks.push(context(`*${data(banner)}*`));
  if (person === undefined) {
    blocks.push(section("I don't know who you are yet, so nothing can wait for you here."));
    if (linkHandle !== undefined)
      blocks.push(actions(button('link_account', 'Link your account', { value: linkHandle, style: 'primary' })));
  } else {
    head(waitingInAll === 0 ? 'Nothing waits for you' : 'Waiting for you');
    waiting.slice(0, MOST_WAITING).forEach(({ view, question, handle, url }, nth) => {
      const words = deedWords(question.covers[0]?.does ?? '');
      const at = url === undefined ? '' : ` · ${link(url, 'all about it')}`;
      blocks.push(
        section(
          `*${clip(`${bannerWords(view)}${data(question.sentence, 250)}`, 400)}*\n${named(view.incident)} · ${subjectOf(view)} in ${data(view.environment, 60)} · until ${clockTime(question.until, 'when')}${at}`,
        ),
        // What cannot be undone is answered where everything about it stands.
        actions(
          ...(question.covers.some(({ class: kind }) => kind === 'destroy' || kind === 'burn')
            ? []
            : [
                button(question.kind === 'task' ? 'done' : 'yes', question.kind === 'task' ? 'Done' : words.yes, {
                  value: handle,
                  style: 'primary',
                  nth,
                }),
              ]),
          button('no', question.kind === 'task' ? "Can't be done…" : words.no, { value: handle, nth }),
          button('ask_back', 'Ask a question', { value: handle, nth }),
        ),
      );
    });
    if (waitingInAll > MOST_WAITING) blocks.push(context(`and ${waitingInAll - MOST_WAITING} more`));
  }
  // Anybody of the workspace may open this tab; what is open is for those who are somebody here, as everywhere.
  if (person === undefined) return { type: 'home', blocks };
  head(openInAll === 0 ? 'No open incident' : `Open incidents: ${openInAll}`);
  for (const view of open.slice(0, MOST_OPEN)) {
    blocks.push(
      section(
        clip(
          `${bannerWords(view)}*${named(view.incident)}* · ${subjectOf(view)} · ${data(view.environment, 60)}\n${stateLine(view, names)}`,
          600,
        ),
      ),
    );
  }
  if (openInAll > Math.min(open.length, MOST_OPEN))
    blocks.push(context(`and ${openInAll - Math.min(open.length, MOST_OPEN)} more: /firebreak list`));
  head('What you decided');
  const lines = decided.slice(0, MOST_DECIDED).map((row) => decidedLine(row, titles, named));
  for (let at = 0; at < lines.length; at += 5) blocks.push(section(lines.slice(at, at + 5).join('\n')));
  if (lines.length === 0) blocks.push(context('Nothing yet.'));
  return { type: 'home', blocks: blocks.slice(0, MOST.homeBlocks) };
}

export const decidedKey = ({ incident, step }: Pick<DecisionRow, 'incident' | 'step'>): string => `${incident}/${step}`;

function decidedLine(
  row: DecisionRow,
  titles: ReadonlyMap<string, string>,
  named: (incident: string) => string,
): string {
  const { at, control, answer, step, incident, outcome, reason, refusal } = row;
  const what =
    control === 'decide'
      ? answer.replace('_', ' ')
      : `${control.replaceAll('_', ' ')}${answer === '' ? '' : ` ${answer}`}`;
  const about = step === '' ? '' : ` · ${data(titles.get(decidedKey(row)) ?? step, 120)}`;
  const became =
    outcome === 'refused'
      ? ` · did not count: ${data(refusal, 150)}`
      : outcome === 'given'
        ? ' · stored, not applied yet'
        : '';
  return `${clockTime(at, 'when')} · ${named(incident)}${about} · *${data(what, 60)}*${reason === '' ? '' : ` "${data(reason, 100)}"`}${became}`;
}
