import type { ModalView } from '@slack/types';
import type { Answer } from '../contract.js';
import { message } from '../starting/message.js';
import type { DecidingDoors } from './deciding-doors.js';

/** Slack opens a window for three seconds after the press; after that, or after a restart, the person reads a sentence. */
export async function openOrSay(
  { banner }: Pick<DecidingDoors, 'banner'>,
  answer: Answer,
  view: ModalView,
): Promise<string> {
  if (await answer.open(view)) return `opened ${view.callback_id}`;
  await answer.tell(
    message(banner, [
      'I could not open the window in the three seconds that Slack gives. Nothing happened; press again.',
    ]),
  );
  return 'window not opened';
}
