import { bannerOf } from '../../activities/banner.js';
import type { LogScan } from '../../activities/logs/scan-cloudtrail.js';
import { type Block, type Cell, toHtml, toMarkdown } from './document.js';
import type { RecordsView } from './load-report.js';
import { type EffectLine, type ProofLine, type Report, reportOf, sentence } from './report.js';

export interface RenderedReport {
  md: string;
  /** One self-contained file. */
  html: string;
  /** The `Report`, indented; for machines and for years from now. */
  json: string;
}

/** Tells an incident from its records alone, in three forms. Times are UTC. */
export function renderReport(view: RecordsView): RenderedReport {
  const report = reportOf(view);
  const banner = bannerOf(installationOf(view), view.incident);
  const title = banner === '' ? report.headline : `${banner} ${report.headline}`;
  const blocks = blocksOf(report, title);
  return {
    md: toMarkdown(blocks),
    html: toHtml(title, blocks),
    json: `${JSON.stringify({ ...(banner === '' ? {} : { banner }), ...report }, null, 2)}\n`,
  };
}

/** What the installation called itself when it worked on the incident. */
function installationOf({ timeline }: RecordsView): string {
  const said = timeline.map(({ data }) => (data as { banner?: unknown } | undefined)?.banner);
  return said.find((banner): banner is string => typeof banner === 'string' && banner !== '') ?? '';
}

function blocksOf(report: Report, title: string): Block[] {
  const { state, playbook } = report;
  return [
    { heading: title, level: 1 },
    { text: report.credential },
    ...(report.parents.length === 0 ? [] : [{ text: `Found by ${report.parents.join(', ')}.` }]),
    ...(state.closedAs === undefined && state.waiting !== '' ? [{ text: `Waiting: ${state.waiting}` }] : []),
    ...(state.held === '' ? [] : [{ text: `Held: ${state.held}` }]),
    { heading: 'How fast', level: 2 },
    {
      table: ['what', 'when', 'after the alert'],
      rows: report.milestones.map(({ what, at, afterSeconds }) => [what, time(at), span(afterSeconds)]),
      empty: 'Nothing has happened yet.',
    },
    ...scanBlocks(report.scan),
    ...foundBlocks(report),
    { heading: 'What remains', level: 2 },
    { list: report.remains, empty: 'Nothing that we know of.' },
    { heading: 'What was not proven', level: 2 },
    { list: report.notProven, empty: 'Everything that was asked for was seen.' },
    { heading: 'Proofs', level: 2 },
    ...(report.proofs.length === 0 ? [{ text: 'Nothing has been looked at.' }] : report.proofs.flatMap(proofBlocks)),
    { heading: 'Who decided what', level: 2 },
    {
      table: ['when', 'who', 'as', 'by', 'what', 'about', 'reason', 'became'],
      rows: report.decisions.map((row): Cell[] => [
        time(row.at),
        row.person,
        row.roles.map(({ role, source }) => `${role} (${source})`).join(', '),
        row.channel,
        row.answer === '' ? row.control : `${row.control}: ${row.answer}`,
        row.step === '' ? 'the incident' : { code: `${row.step} #${row.generation}` },
        row.reason,
        row.refusal === '' ? row.outcome : `${row.outcome}: ${row.refusal}`,
      ]),
      empty: 'Nobody was needed.',
    },
    { heading: 'Every change, with its intent and outcome', level: 2 },
    {
      table: ['begun', 'ended', 'step', 'what', 'target', 'asked for', 'before us', 'state', 'outcome', 'undone'],
      rows: report.effects.map(effectRow),
      empty: 'Firebreak changed nothing.',
    },
    { heading: 'Timeline', level: 2 },
    {
      table: ['when', 'what', 'step', ''],
      rows: report.timeline.map(({ at, kind, step, generation, line }): Cell[] => [
        time(at),
        kind,
        step === '' ? '' : { code: generation > 1 ? `${step} #${generation}` : step },
        line,
      ]),
      empty: 'Empty.',
    },
    { heading: 'Alerts', level: 2 },
    {
      table: ['taken', 'source', 'event', 'exposure', 'summary', 'where', 'delivery'],
      rows: report.alerts.map((alert): Cell[] => [
        time(alert.receivedAt),
        alert.source,
        alert.event,
        alert.exposure,
        alert.summary,
        alert.url === '' ? '' : { code: alert.url },
        { code: alert.key },
      ]),
      empty: 'None.',
    },
    { heading: 'What was known', level: 2 },
    {
      table: ['fact', 'value', 'from'],
      rows: report.facts.map(({ name, value, source }) => [name, value, source]),
      empty: 'Not yet.',
    },
    ...(playbook === null
      ? []
      : [
          {
            text: `Playbook ${playbook.name} (sha-256 ${playbook.sha256}), mode ${playbook.mode}, plan ${playbook.planDigest}.`,
          },
        ]),
    { heading: 'Evidence', level: 2 },
    { text: chainLine(report) },
  ];
}

function effectRow(effect: EffectLine): Cell[] {
  return [
    time(effect.begunAt),
    effect.finishedAt === undefined ? 'not recorded' : time(effect.finishedAt),
    { code: effect.step },
    `${effect.verb} (${effect.class}), ${effect.attempts === 1 ? 'one attempt' : `${effect.attempts} attempts`}`,
    { code: effect.target },
    { code: json(effect.args) },
    effect.sure ? { code: json(effect.before) } : `${json(effect.before)} (not certain)`,
    effect.state.replaceAll('_', ' '),
    [effect.outcome, ...evidence(effect.evidence)].join(' · '),
    effect.undoneBy === undefined ? '' : { code: effect.undoneBy },
  ];
}

function evidence(values: Record<string, unknown>): string[] {
  return Object.entries(values).map(([name, value]) => `${name} ${typeof value === 'string' ? value : json(value)}`);
}

function proofBlocks(line: ProofLine): Block[] {
  return [
    {
      heading: `${line.proof} (${line.step}${line.generation > 1 ? ` #${line.generation}` : ''}): ${sentence(line)}`,
      level: 3,
    },
    {
      table: ['when', 'seen', 'grade', 'observation'],
      rows: line.looks.map(({ at, seen, grade, line: said }) => [time(at), seen, grade, said]),
      empty: 'No looks.',
    },
  ];
}

function scanBlocks(scan: LogScan | null): Block[] {
  const heading: Block = { heading: 'What was done with it', level: 2 };
  if (scan === null)
    return [heading, { text: 'Firebreak scanned no log. What people found stands below, if they wrote it down.' }];
  const { coverage, baseline } = scan;
  return [
    heading,
    { text: scan.line },
    { text: `Verdict: ${scan.verdict.replaceAll('_', ' ')}, because of ${scan.because}.` },
    {
      text: `Its own past: ${baseline.calls} calls from ${baseline.addresses} addresses before ${time(scan.since)}${baseline.enough ? '' : ', too few to compare with'}.`,
    },
    {
      table: ['address', 'known before', 'calls', 'first', 'last', 'actions', 'tools'],
      rows: scan.visitors.map((visitor): Cell[] => [
        { code: visitor.address },
        visitor.known,
        String(visitor.calls),
        time(visitor.first),
        time(visitor.last),
        counted(visitor.actions),
        counted(visitor.tools),
      ]),
      empty: 'No call since it was exposed.',
    },
    { heading: 'Indicators', level: 3 },
    {
      table: ['indicator', 'state', 'count', 'matches', 'how it is computed'],
      rows: scan.indicators.map((indicator) => [
        indicator.title,
        indicator.state.replaceAll('_', ' '),
        String(indicator.count),
        indicator.matches
          .slice(0, 10)
          .map(
            ({ what, count, details }) => `${what} ${count}${details.length === 0 ? '' : ` [${details.join('; ')}]`}`,
          )
          .join(', '),
        indicator.how,
      ]),
      empty: 'None computed.',
    },
    { heading: `Coverage: ${coverage.complete ? 'complete for the time asked about' : 'not complete'}`, level: 3 },
    { list: coverage.reasons, empty: `${coverage.records} records in ${coverage.files.length} files, all read.` },
    {
      table: ['file', 'bytes', 'decoded', 'records', 'from', 'to', 'read', 'sha-256'],
      rows: coverage.files.map((file): Cell[] => [
        { code: file.name },
        String(file.bytes),
        String(file.decodedBytes),
        String(file.records),
        file.from === undefined ? '' : time(file.from),
        file.to === undefined ? '' : time(file.to),
        file.complete ? (file.why ?? 'complete') : `not scanned: ${file.why ?? 'unknown'}`,
        { code: file.sha256 },
      ]),
      empty: 'No file.',
    },
  ];
}

function foundBlocks({ found }: Report): Block[] {
  if (found.length === 0) return [];
  return [
    { heading: 'What was made with it', level: 2 },
    {
      table: ['what', 'when', 'by', 'found by', 'answered by', 'which is'],
      rows: found.map(({ title, at, by, ways, incident = 'people', state }): Cell[] => [
        title,
        at === undefined ? 'unknown' : time(at),
        by,
        ways.join(', '),
        incident,
        state,
      ]),
      empty: 'Nothing.',
    },
  ];
}

function counted(values: { value: string; count: number }[]): string {
  const shown = values.slice(0, 10).map(({ value, count }) => `${value} ${count}`);
  return values.length > 10 ? `${shown.join(', ')} and ${values.length - 10} more` : shown.join(', ');
}

function chainLine({ chain }: Report): string {
  if (chain.ok) return `The hash chain over all effects and decisions holds: ${chain.rows} rows, head ${chain.head}.`;
  const { seq, table, key, reason } = chain.broken ?? { seq: 0, table: 'unknown', key: '', reason: 'unknown' };
  return `THE HASH CHAIN IS BROKEN at row ${seq} (${table} ${key}): ${reason}. What stands here may have been changed.`;
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

function time(at: number): string {
  return Number.isFinite(at)
    ? new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.000Z$/, 'Z')
    : 'unknown';
}

function span(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
