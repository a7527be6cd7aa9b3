/** The end of an incident in a few lines, to whoever asked for it, led it or decided in it. */
import type { Report } from '../../report/report.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import { clockTime, data, link } from '../mrkdwn.js';
import { bannerWords, subjectOf } from './card.js';
import type { Draft } from './draft.js';
import { endWords, list, span } from './words.js';

export interface ReportInputs {
  view: IncidentView;
  report: Pick<Report, 'milestones' | 'remains' | 'notProven' | 'found' | 'scan' | 'chain'>;
  urls: { report: string };
  /** Where the card stands. */
  card?: string;
}

const SHORT: Record<string, string> = {
  'people asked': 'asked',
  'changed at the provider': 'frozen',
  'contained, proven': 'proven',
  'replacement works, proven': 'service restored',
  'dead, by word': 'dead by word',
  'dead, last look': 'dead',
  closed: 'closed',
};

export function reportMessage({ view, report, urls, card }: ReportInputs): Draft {
  const { closed, dead, credential } = view;
  const how = endWords(closed?.as ?? '');
  const first = `${bannerWords(view)}${view.incident} closed · ${subjectOf(view)} ${how}`;
  const proof = dead?.line ? ` (${data(dead.line)})` : '';
  const times = report.milestones
    .filter(({ what }) => SHORT[what] !== undefined)
    .map(({ what, afterSeconds }) => `${SHORT[what]} ${span(afterSeconds * 1_000)}`);
  const made = report.found.map(({ title }) => data(title, 80));
  const lines = [
    `*${first}*${proof} ${clockTime(closed?.at ?? 0, 'when')}`,
    times.length === 0 ? '' : `Alert → ${times.join(' · ')}`,
    report.scan === null ? 'Use by strangers: no log was scanned' : data(report.scan.line, 400),
    report.scan === null && made.length === 0
      ? ''
      : `Created since the leak: ${made.length === 0 ? 'nothing that was found' : list(made.slice(0, 5))}${made.length > 5 ? ` and ${made.length - 5} more` : ''}`,
    report.remains.length === 0 ? '' : `Still true: ${data(report.remains.join('; '), 600)}`,
    notProvenLine(report.notProven),
    [
      view.ticket === undefined ? '' : `For you: root cause is empty → ${link(view.ticket, 'ticket')}`,
      `Evidence: ${link(urls.report, 'report')}, audit ${data(view.incident)} (chain ${report.chain.ok ? 'ok' : 'BROKEN'})`,
      card === undefined ? '' : link(card, 'card'),
    ]
      .filter((part) => part !== '')
      .join(' · '),
  ].filter((line) => line !== '');
  return { text: `${first}${credential.label === '' ? '' : proof}`, lines, rows: [] };
}

/** What no log can ever say stands in the report; here only that there is such. */
function notProvenLine(lines: string[]): string {
  const logs = lines.filter((line) => line.startsWith('in the logs: '));
  const others = lines.filter((line) => !logs.includes(line));
  const seen = [...others, ...(logs.length === 0 ? [] : [`${logs.length} limits of the logs, in the report`])];
  return seen.length === 0 ? '' : `Not proven: ${data(seen.join('; '), 600)}`;
}
