import { CliError, EXIT_CODES } from './exit-codes.js';
import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

const MINUTES = { m: 1, h: 60, d: 24 * 60 };

/** Starts nothing new, for a time or until resumed. */
export const run: Run = async (context) => {
  const [, time] = context.args;
  const minutes = time === undefined ? {} : { minutes: minutesOf(time) };
  return say(context, {
    to: 'controls',
    body: { control: 'hold', ...minutes, ...reasonOf(context) },
    counted: `held${time === undefined ? '; firebreak resume goes on' : ` for ${time}`}. What has begun ends.`,
  });
};

function minutesOf(time: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(time) ?? [];
  if (unit === undefined) throw new CliError(EXIT_CODES.usage, `${time} is no time; write 30m, 2h or 1d.`);
  return Number(count) * MINUTES[unit as keyof typeof MINUTES];
}
