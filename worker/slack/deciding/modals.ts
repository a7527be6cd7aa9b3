/** The windows in which people say more than a button can. Pure; the handle and the channel stand in `private_metadata`. */
import type { InputBlock, KnownBlock, ModalView, PlainTextElement, PlainTextOption } from '@slack/types';
import { choiceValue } from '../choice.js';
import type { Interaction, ViewName } from '../contract.js';
import { section } from '../mrkdwn.js';

/** Block ids of what is filled in: the names under which `fields` holds it. */
export const FIELD = { reason: 'reason', minutes: 'minutes', person: 'person', step: 'step', text: 'text' } as const;

const REASON_AT_MOST = 300;
const OPTIONS_AT_MOST = 100;

export interface Choice {
  value: string;
  text: string;
}

/** What a modal is opened from. */
type From = Pick<Interaction, 'handle' | 'channel'>;

interface Modal {
  /** At most 24 characters, as are `submit` and `close`. */
  title: string;
  submit: string;
  blocks: KnownBlock[];
}

function modal(name: ViewName, from: From, { title, submit, blocks }: Modal): ModalView {
  return {
    type: 'modal',
    callback_id: name,
    private_metadata: choiceValue(from.handle ?? '', from.channel ?? ''),
    title: plain(title),
    submit: plain(submit),
    close: plain('Back'),
    blocks,
  };
}

export const sayNo = (from: From, about: string): ModalView =>
  modal('say_no', from, {
    title: 'Say no',
    submit: 'Say no',
    blocks: [section(about), words('Why? The report shows it.', FIELD.reason, true)],
  });

export const askBack = (from: From, about: string): ModalView =>
  modal('question_back', from, {
    title: 'Ask a question',
    submit: 'Ask',
    blocks: [section(about), words('What do you want to know? It is asked in the thread.', FIELD.text, true)],
  });

/** `people`: who can answer, by name. */
export const handOver = (from: From, about: string, people: Choice[]): ModalView =>
  modal('hand_over', from, {
    title: 'Hand over',
    submit: 'Ask them',
    blocks: [section(about), menu('Who?', FIELD.person, people)],
  });

const HOLDS: Choice[] = [
  { value: 'resumed', text: 'Until somebody resumes' },
  { value: '10', text: '10 min' },
  { value: '30', text: '30 min' },
  { value: '60', text: '1 h' },
  { value: '240', text: '4 h' },
];

export const holdFor = (from: From, about: string): ModalView =>
  modal('hold_for', from, {
    title: 'Hold',
    submit: 'Hold',
    blocks: [section(about), menu('For how long?', FIELD.minutes, HOLDS, HOLDS[0])],
  });

/** `consequences`: what is brought back, and what is not. */
export const endAsFalseAlarm = (from: From, consequences: string): ModalView =>
  modal('end_as_false_alarm', from, {
    title: 'False alarm',
    submit: 'Bring it back',
    blocks: [section(consequences), words('What was it? (may stay empty)', FIELD.reason, false)],
  });

export const writeNote = (from: From, about: string): ModalView =>
  modal('note', from, { title: 'Note', submit: 'Write', blocks: [section(about), words('Note', FIELD.text, true)] });

export const retryStep = (from: From, steps: Choice[]): ModalView =>
  modal('retry', from, { title: 'Try again', submit: 'Try again', blocks: [menu('Which step?', FIELD.step, steps)] });

export const skipStep = (from: From, steps: Choice[]): ModalView =>
  modal('skip', from, {
    title: 'Leave out',
    submit: 'Leave it out',
    blocks: [menu('Which step?', FIELD.step, steps), words('Why? The report shows it.', FIELD.reason, true)],
  });

const plain = (text: string): PlainTextElement => ({ type: 'plain_text', text });
const option = ({ value, text }: Choice): PlainTextOption => ({ value, text: plain(text.slice(0, 75)) });

function words(label: string, block: string, needed: boolean): InputBlock {
  return {
    type: 'input',
    block_id: block,
    optional: !needed,
    label: plain(label),
    element: { type: 'plain_text_input', action_id: block, multiline: true, max_length: REASON_AT_MOST },
  };
}

function menu(label: string, block: string, options: Choice[], first?: Choice): InputBlock {
  return {
    type: 'input',
    block_id: block,
    label: plain(label),
    element: {
      type: 'static_select',
      action_id: block,
      options: options.slice(0, OPTIONS_AT_MOST).map(option),
      ...(first === undefined ? {} : { initial_option: option(first) }),
    },
  };
}
