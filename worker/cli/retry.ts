import { reasonOf, say } from './say.js';
import type { Run } from './verbs.js';

/** Runs a step again; earlier answers are void. */
export const run: Run = (context) =>
  say(context, {
    to: 'controls',
    body: { control: 'retry', step: context.args[1], ...reasonOf(context) },
    counted: 'runs that step again.',
  });
