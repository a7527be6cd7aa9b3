/** What happened, a line each, in the thread of the card. */
import type { DecisionRow, TimelineEntry } from '../../../records/records.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import { clockTime, data } from '../mrkdwn.js';
import type { Draft, Names } from './draft.js';
import { capital, own } from './words.js';

export interface ThreadLine {
  /** Unique within the incident. */
  key: string;
  line: string;
}

/** Before each line; none = it is no news to whoever reads the thread. */
const SAYS: Record<string, string> = {
  alert: 'Another report',
  cancelled: 'Cancelled',
  closed: '',
  denied: 'Denied',
  done: '',
  exposure: 'Exposure',
  failed: 'Failed',
  'found-by': '',
  held: 'Held',
  lead: 'Lead',
  'not-seen': 'Not seen',
  note: 'Note',
  postponed: 'Put off',
  proceeded: 'No answer',
  resumed: 'Goes on',
  retry: 'Again',
  skipped: 'Left out',
  slow: 'Slow',
  unanswered: 'No answer',
  undone: 'Brought back',
  false_alarm: 'False alarm',
};

export interface ThreadInputs {
  view: Pick<IncidentView, 'questions'>;
  timeline: TimelineEntry[];
  decisions: DecisionRow[];
  names: Names;
}

/** In the order in which it happened, oldest first. */
export function threadLines({ view, timeline, decisions, names }: ThreadInputs): ThreadLine[] {
  const answers = decisions
    .filter(
      ({ control, outcome, answer }) => control === 'decide' && outcome === 'counted' && /^(?:yes|done)/.test(answer),
    )
    .map((row) => ({ at: row.at, key: `said/${row.id}`, line: answerLine(row, view, names) }));
  const written = timeline.flatMap((entry) => {
    const line = lineOf(entry, names);
    return line === undefined ? [] : [{ at: entry.at, key: entry.key, line }];
  });
  // The timeline keeps its own order; what people said stands where its time is.
  const all: typeof written = [];
  let next = 0;
  for (const one of written) {
    for (; answers[next] !== undefined && answers[next]!.at <= one.at; next += 1) all.push(answers[next]!);
    all.push(one);
  }
  return [...all, ...answers.slice(next)].map(({ at, key, line }) => ({
    key,
    line: `${clockTime(at, 'seconds')}  ${line}`,
  }));
}

function lineOf({ kind, line, data: more }: TimelineEntry, names: Names): string | undefined {
  if (kind === 'asked') {
    const { tier = 0, people = [] } = (more ?? {}) as { tier?: number; people?: string[] };
    // The first are asked by a message of their own.
    return tier === 0
      ? undefined
      : `*Asked next:* ${people.map((person) => names.mention(person)).join(' ') || 'nobody, for nobody holds the role'}`;
  }
  // What an attempt wrote the engine says too; a condition that was not met is no news.
  if ((kind === 'undone' && more !== undefined) || (kind === 'skipped' && line.includes(': not needed: ')))
    return undefined;
  const says = own(SAYS, kind);
  if (says === undefined) return undefined;
  const title = kind === 'done' ? ((more as { title?: string } | undefined)?.title ?? '') : '';
  const text = data(title === '' || line.startsWith(title) ? line : `${title}: ${line}`, 400);
  return says === '' ? text : `*${says}:* ${text}`;
}

function answerLine(
  { person, answer, step, generation, roles, channel }: DecisionRow,
  { questions }: ThreadInputs['view'],
  names: Names,
): string {
  const asked = questions.find((one) => one.id === step && one.generation === generation);
  const word = answer.startsWith('done') ? 'says it is done' : 'said yes';
  const as =
    roles.length === 0 ? '' : ` (as ${data(roles.map(({ role }) => role).join(', '), 100)}, by ${data(channel, 20)})`;
  return `*${capital(names.plain(person))} ${word}*: ${data(asked?.sentence ?? step, 120)}${as}`;
}

/** Several lines as one message of the thread: after an outage nobody needs a hundred of them. */
export function threadMessage(lines: ThreadLine[]): Draft {
  return { text: lines.map(({ line }) => line).join('\n'), lines: lines.map(({ line }) => line), rows: [] };
}
