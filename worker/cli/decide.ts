import { CliError, EXIT_CODES } from './exit-codes.js';
import { reasonOf, say, textOf } from './say.js';
import type { Run } from './verbs.js';

const ANSWERS: Record<string, { answer: string; counted: string }> = {
  yes: { answer: 'yes', counted: 'your yes counts.' },
  no: { answer: 'no', counted: 'your no counts; it will not be done.' },
  'not-yet': { answer: 'not_yet', counted: 'not yet; it will be asked again.' },
  done: { answer: 'done', counted: 'your word is taken down; where it can be looked at, it is.' },
};

/** Answers a question, or says that a task is done. */
export const run: Run = async (context) => {
  const { args, options } = context;
  const given = ANSWERS[args[1] ?? ''];
  if (given === undefined) throw new CliError(EXIT_CODES.usage, 'The answer is yes, no, not-yet or done.');
  const reason = reasonOf(context);
  if (given.answer === 'no' && reason.reason === undefined) {
    throw new CliError(EXIT_CODES.usage, 'A no needs its reason: --why "check with trading first".');
  }
  const minutes = textOf(options.minutes);
  if (minutes !== undefined && given.answer !== 'not_yet') {
    throw new CliError(EXIT_CODES.usage, '--minutes goes with not-yet only.');
  }
  const digest = textOf(options.digest);
  return say(context, {
    to: 'decisions',
    body: {
      answer: given.answer,
      ...(args[2] === undefined ? {} : { step: args[2] }),
      ...(minutes === undefined ? {} : { minutes: Number(minutes) }),
      ...(digest === undefined ? {} : { digest }),
      ...reason,
    },
    counted: given.counted,
  });
};
