import type { DecisionRow } from '../../records/records.js';
import { CONTROLS, type Message } from '../../workflows/core/message.js';

/** What a decision's `answer` column holds: the word, and minutes where a control takes them: `not_yet 30`, `30`. */
export function answerText(answer: string | undefined, minutes: number | undefined): string {
  return [answer, minutes].filter((part) => part !== undefined).join(' ');
}

/** The message that a stored decision stands for; what the API sends at once and the dispatcher after a crash is the same. */
export function messageOf(row: DecisionRow): Message {
  const control = CONTROLS.find((candidate) => candidate === row.control);
  if (control === undefined) throw new TypeError(`decision ${row.id} is no control: ${row.control}`);
  const words = row.answer.split(' ').filter((word) => word !== '');
  const answer = (['yes', 'no', 'not_yet', 'done'] as const).find((word) => words.includes(word));
  const minutes = words.map(Number).find((number) => Number.isInteger(number));
  return {
    id: row.id,
    control,
    person: row.person,
    roles: row.roles.map(({ role }) => role),
    at: row.at,
    ...(row.step === '' ? {} : { step: row.step }),
    ...(answer === undefined ? {} : { answer }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(row.reason === '' ? {} : { reason: row.reason }),
    // Only an answer is bound to what the person saw; a control is about the incident as it is.
    ...(control === 'decide' ? { generation: row.generation, digest: row.planDigest } : {}),
  };
}
