import { count, unreadReasons } from './coverage.js';
import type { Counted, LogScan } from './scan-cloudtrail.js';

/**
 * The scan in one line, for card and report:
 * `Used since the leak: yes, 4 calls from 185.220.101.4, ListBuckets. Could not read: 1 file (truncated).`
 * What is quoted from the log is cut and stripped of control characters; escaping is the channel's.
 */
export function scanLine(scan: LogScan): string {
  return [used(scan), unread(scan), waiting(scan)].filter((part) => part !== '').join(' ');
}

function used(scan: LogScan): string {
  if (scan.uses === 0) return `Used since the leak: ${scan.coverage.complete ? 'no' : 'not that we can see'}.`;
  const strangers = scan.visitors.filter((visitor) => visitor.known !== 'yes');
  if (strangers.length === 0)
    return `Used since the leak: ${count(scan.uses, 'call')}, from known addresses${signs(scan)}.`;
  const calls = strangers.reduce((sum, visitor) => sum + visitor.calls, 0);
  const from = named(
    strangers.map(({ address }) => address),
    2,
  );
  const did = named(merge(strangers.map(({ actions }) => actions)), 3);
  const known = scan.uses - calls;
  const compare = scan.baseline.enough ? '' : ', with no past to compare with';
  const others = known > 0 ? ` And ${count(known, 'call')} from where it is always used.` : '';
  return `Used since the leak: yes, ${count(calls, 'call')} from ${from}, ${did}${compare}.${others}`;
}

function signs(scan: LogScan): string {
  const matched = scan.indicators.filter(({ state }) => state === 'matched').map(({ title }) => title.toLowerCase());
  return matched.length === 0 ? '' : `, but: ${matched.slice(0, 2).join('; ')}`;
}

function unread({ coverage }: LogScan): string {
  const files = coverage.files.filter(({ complete }) => !complete);
  return files.length === 0 ? '' : `Could not read: ${count(files.length, 'file')} (${unreadReasons(files)}).`;
}

function waiting({ coverage, scannedAt }: LogScan): string {
  if (coverage.lookAgainAt === undefined) return '';
  const minutes = Math.ceil((coverage.lookAgainAt - scannedAt) / 60_000);
  return `The newest calls may still be on their way; look again in ${minutes} min.`;
}

function merge(lists: Counted[][]): string[] {
  const sums = new Map<string, number>();
  for (const { value, count: n } of lists.flat()) sums.set(value, (sums.get(value) ?? 0) + n);
  return [...sums].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}

function named(values: string[], limit: number): string {
  const shown = values.slice(0, limit).map(plain).join(', ');
  return values.length > limit ? `${shown} and ${values.length - limit} more` : shown;
}

function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 60);
}
