import { clockTime, data } from '../mrkdwn.js';
import { firstLine } from '../rendering/card.js';
import type { DecidingDoors } from './deciding-doors.js';
import { askedBy, type Pressed, viewOf } from './pressed.js';

const MOST_LINES = 8;
/** Kinds that say what the incident is about or what is asked now. */
const TELLS: ReadonlySet<string> = new Set([
  'planned',
  'alert',
  'asked',
  'done',
  'failed',
  'skipped',
  'undone',
  'held',
  'resumed',
]);

/** What has happened since the question that the button belongs to was asked, and what is asked now. */
export async function changeMessage(doors: DecidingDoors, { handle, row }: Pressed<'question'>): Promise<string[]> {
  const view = await viewOf(doors, row.id);
  const asked = askedBy(view, handle);
  const since = asked?.openedAt ?? row.openedAt;
  const happened = (await doors.records.timeline.ofIncident(row.id)).filter(
    ({ at, kind, line }) => at > since && TELLS.has(kind) && line !== '',
  );
  const open = view.questions.filter(({ end }) => end === undefined);
  return [
    firstLine(view),
    `Since it was asked ${clockTime(since, 'seconds')}:`,
    ...happened.slice(-MOST_LINES).map(({ at, line }) => `${clockTime(at, 'seconds')} ${data(line, 200)}`),
    ...(happened.length === 0 ? ['nothing that I know of.'] : []),
    open.length === 0
      ? 'Nothing is asked now.'
      : `Asked now: ${open.map(({ sentence }) => data(sentence, 300)).join(' · ')}`,
  ];
}
