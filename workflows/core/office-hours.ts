/**
 * The clock of `hours: office`: it counts only while the office is open, in the office's own zone. Deterministic, since
 * the zone is explicit and nothing here reads the host's.
 */
import type { Office } from '../../playbooks/language/policy.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Beyond this an office that never opens (all days excepted) is treated as open, so that every deadline exists. */
const LOOK_AHEAD_DAYS = 400;

/** The first moment at or after `from` at which the office is open. Without an office: `from`. */
export function nextOpen(office: Office | undefined, from: number): number {
  return office === undefined ? from : (spans(office, from).next().value?.start ?? from);
}

/** When `ms` of office time have passed since `from`. Without an office: simply later. */
export function addOfficeTime(office: Office | undefined, from: number, ms: number): number {
  if (office === undefined) return from + ms;
  let left = ms;
  for (const { start, end } of spans(office, from)) {
    if (start + left <= end) return start + left;
    left -= end - start;
  }
  return from + ms;
}

/** The office's open spans from `from` on, the one that holds it cut short. */
function* spans(office: Office, from: number): Generator<{ start: number; end: number }, undefined> {
  const offsetAt = zoneOffset(office.zone);
  const firstDay = Math.floor((from + offsetAt(from)) / DAY);
  for (let day = firstDay; day < firstDay + LOOK_AHEAD_DAYS; day += 1) {
    const date = new Date(day * DAY);
    const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
    if (!office.days.includes(weekday) || office.except.includes(date.toISOString().slice(0, 10))) continue;
    const start = Math.max(from, toUtc(offsetAt, day * DAY + office.fromMinute * MINUTE));
    const end = toUtc(offsetAt, day * DAY + office.toMinute * MINUTE);
    if (start < end) yield { start, end };
  }
}

/**
 * The moment at which clocks in the zone show this local time. A local time that a clock change skips is the moment of
 * the change plus what was skipped; one that happens twice is the first.
 */
function toUtc(offsetAt: (utc: number) => number, local: number): number {
  const before = local - offsetAt(local - DAY);
  const after = local - offsetAt(local + DAY);
  return offsetAt(before) === local - before ? before : offsetAt(after) === local - after ? after : before;
}

/** Local time minus UTC in ms, by moment. Offsets of today's zones are whole minutes. */
function zoneOffset(zone: string): (utc: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (utc) => {
    const minute = Math.floor(utc / MINUTE) * MINUTE;
    const part = Object.fromEntries(format.formatToParts(minute).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!) - minute;
  };
}
