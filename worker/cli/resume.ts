import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Goes on after a hold. */
export const run: Run = (context) =>
  say(context, { to: 'controls', body: { control: 'resume', ...reasonOf(context) }, counted: 'goes on.' });
