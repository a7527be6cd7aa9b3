import { CliError, EXIT_CODES } from './exit-codes.js';
import { say, textOf } from './say.js';
import type { Run } from './verbs.js';

/** Writes a line into the timeline. */
export const run: Run = async (context) => {
  const reason = textOf(context.args[1]);
  if (reason === undefined) throw new CliError(EXIT_CODES.usage, 'An empty note says nothing. Write one line.');
  return say(context, { to: 'controls', body: { control: 'note', reason }, counted: 'noted.' });
};
