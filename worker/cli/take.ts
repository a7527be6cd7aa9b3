import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Makes the caller the lead. */
export const run: Run = (context) =>
  say(context, { to: 'controls', body: { control: 'take', ...reasonOf(context) }, counted: 'you lead it now.' });
