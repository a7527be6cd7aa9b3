import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Closes once containment is proven. */
export const run: Run = (context) =>
  say(context, {
    to: 'controls',
    body: { control: 'close', ...reasonOf(context) },
    counted: 'closes; what was left is skipped.',
  });
