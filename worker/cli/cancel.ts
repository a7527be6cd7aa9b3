import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Stops the incident and undoes nothing. */
export const run: Run = (context) =>
  say(context, {
    to: 'controls',
    body: { control: 'cancel', ...reasonOf(context) },
    counted: 'stops; what has begun ends, nothing is undone.',
  });
