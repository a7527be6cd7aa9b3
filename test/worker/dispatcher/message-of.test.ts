import { expect, it } from 'vitest';
import { answerText, messageOf } from '../../../worker/dispatcher/message-of.js';

const row = {
  id: 'd1',
  incident: 'INC-1',
  at: 7,
  person: 'sam',
  roles: [{ role: 'responder', source: 'settings' }],
  channel: 'cli',
  control: 'decide',
  step: 'close.revoke.ask',
  answer: 'yes',
  reason: '',
  generation: 2,
  planDigest: 'd',
  outcome: 'given' as const,
  refusal: '',
};

it.each([
  ['yes', undefined],
  ['not_yet', 30],
  [undefined, 90],
  [undefined, undefined],
] as const)('gives back %s and %s minutes after they were written down', (answer, minutes) => {
  const message = messageOf({ ...row, answer: answerText(answer, minutes) });
  expect([message.answer, message.minutes]).toEqual([answer, minutes]);
});

it('refuses a row that no control stands for', () => {
  expect(() => messageOf({ ...row, control: 'delete' })).toThrow('decision d1 is no control: delete');
});
