import type { Office } from '../../playbooks/language/policy.js';
import type { Mistake } from './leaf.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export type Hours = Pick<Office, 'days' | 'fromMinute' | 'toMinute'>;

/** Reads `mon-fri 09:00-17:00`, also `mon,wed 08:30-12:00`. Days 1..7 = Monday..Sunday, minutes since local midnight. */
export function hours(value: unknown): Hours | Mistake {
  const match = typeof value === 'string' ? /^([a-z,-]+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(value) : null;
  const days = match ? daysOf(match[1] as string) : [];
  const fromMinute = minuteOf(match?.[2] ?? '');
  const toMinute = minuteOf(match?.[3] ?? '');
  if (days.length === 0 || Number.isNaN(fromMinute) || Number.isNaN(toMinute)) {
    return { message: 'takes days and times', fix: 'Write `mon-fri 09:00-17:00`' };
  }
  if (toMinute <= fromMinute) return { message: 'ends before it begins', fix: 'Write `mon-fri 09:00-17:00`' };
  return { days, fromMinute, toMinute };
}

function daysOf(text: string): number[] {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...rest] = part.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from < 0 || to < from || rest.length > 0) return [];
    for (let day = from; day <= to; day++) days.add(day + 1);
  }
  return [...days].sort((a, b) => a - b);
}

function minuteOf(text: string): number {
  const [hour = Number.NaN, minute = Number.NaN] = text.split(':').map(Number);
  const total = hour * 60 + minute;
  return minute < 60 && total <= 24 * 60 ? total : Number.NaN;
}
