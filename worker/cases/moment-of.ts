import type { Case } from '../../playbooks/language/cases.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A Monday; no change of clocks is near it. */
const MONDAY = Date.UTC(2026, 5, 1);

/** The moment at which a case begins: that day and time of the first week of June 2026, in the team's zone. */
export function momentOf({ day, minute }: Case['now'], zone: string): number {
  const local = MONDAY + (day - 1) * DAY + minute * MINUTE;
  const shown = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const part = Object.fromEntries(shown.formatToParts(local).map(({ type, value }) => [type, Number(value)]));
  const offset = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!) - local;
  return local - offset;
}
