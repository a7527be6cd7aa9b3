import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Leaves a step out, with a reason. */
export const run: Run = (context) =>
  say(context, {
    to: 'controls',
    body: { control: 'skip', step: context.args[1], ...reasonOf(context) },
    counted: 'leaves that step out.',
  });
