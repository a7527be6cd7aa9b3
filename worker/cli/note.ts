import { say } from './say.js';
import type { Run } from './verbs.js';

/** Writes a line into the timeline. */
export const run: Run = (context) =>
  say(context, { to: 'controls', body: { control: 'note', reason: context.args[1] }, counted: 'noted.' });
