/** The modal with one box. */
import type { ModalView } from '@slack/types';
import { choiceValue } from '../choice.js';
import type { Message, ViewName } from '../contract.js';
import { button } from '../mrkdwn.js';
import { message } from './message.js';

/** Block id of the box, by which what was filled in is found. */
export const BOX = 'leaked';

/** `handle`: of secrets that wait for their id. `channel`: where it was opened, so that the answer comes there. */
export function whatLeaked({
  handle = '',
  channel,
}: {
  handle?: string;
  channel?: string | undefined;
} = {}): ModalView {
  const callback: ViewName = 'what_leaked';
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: channel === undefined ? handle : choiceValue(handle, channel),
    title: { type: 'plain_text', text: 'What leaked?' },
    submit: { type: 'plain_text', text: 'Look' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'input',
        block_id: BOX,
        label: { type: 'plain_text', text: handle === '' ? 'What leaked?' : 'Whose secret is it? Its id' },
        element: {
          type: 'plain_text_input',
          action_id: BOX,
          multiline: true,
          placeholder: { type: 'plain_text', text: 'AKIA…, or paste the whole alert' },
        },
        hint: {
          type: 'plain_text',
          text: 'The id is enough. A secret that you paste is sealed for the proof and never shown. Nothing is changed before you press again.',
        },
      },
    ],
  };
}

/** Where no modal can be opened: a thread, or a trigger that is too old. */
export const whatLeakedMessage = (banner: string, ...lines: string[]): Message =>
  message(banner, [...lines, 'What leaked?'], [button('start', 'Tell me', { style: 'primary' })]);
