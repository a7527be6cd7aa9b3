/** Linking an account of Slack to a person: "Link your account" asks who one is; the person confirms elsewhere. */
import type { ModalView, PlainTextOption } from '@slack/types';
import { oneLine } from '../../../activities/alert.js';
import type { Clock } from '../../../activities/seams.js';
import type { Records } from '../../../records/records.js';
import type { Begun, Linking } from '../../people/linking.js';
import type { Person } from '../../settings/settings.js';
import type { Answer, Handle, Handler, Interaction, ViewName } from '../contract.js';
import { clockTime, data } from '../mrkdwn.js';
import { message } from '../starting/message.js';

export interface LinkDoors {
  linking: Pick<Linking, 'begin'>;
  people: readonly Pick<Person, 'name'>[];
  records: Pick<Records, 'handles'>;
  clock: Clock;
  /** How Slack shows an account, for the person to recognise; undefined while Slack does not say. */
  nameOf(account: string): Promise<string | undefined>;
  /** First word of all that people read. */
  banner: string;
}

/** Block id of the menu. */
export const WHO = 'who';
/** So many options a menu takes, and so many groups of them. */
const MOST_OPTIONS = 100;

export function linkHandlers(doors: LinkDoors): Record<string, Handler> {
  const { linking, people, records, clock, nameOf, banner } = doors;

  const tell = (answer: Answer, line: string) => answer.tell(message(banner, [line]));

  /** The button was made for this account; anybody else's press says nothing of who that is. */
  async function isOwn({ handle = '', user }: Interaction): Promise<boolean> {
    const body = (await records.handles.get(handle))?.body as Handle | undefined;
    return body?.of === 'link' && body.user === user;
  }

  const open: Handler = async (said, answer) => {
    // pressed on somebody else's message, it links the one who pressed
    const own: Handle = { of: 'link', user: said.user };
    const handle = await records.handles.give(`link/${said.user}`, own, clock.now());
    if (said.trigger !== undefined && (await answer.open(linkView(handle, people)))) return 'asked who they are';
    await tell(answer, 'That took too long for Slack, so no box opened. Press again.');
    return 'no trigger';
  };

  const chosen: Handler = async (said, answer, key) => {
    const { user } = said;
    if (!(await isOwn(said))) {
      await tell(answer, 'That box is not yours. Press "Link your account" yourself.');
      return 'refused: not theirs';
    }
    const person = said.fields[WHO] ?? '';
    // whatever somebody calls themselves stands in a mail to the person: a short line, and no address of theirs
    const shown = oneLine(((await nameOf(user)) ?? user).replaceAll(/[:/()<>@]/g, ' '), 40) || user;
    const begun = await linking.begin({ account: user, shown, person, key });
    await tell(answer, wordsOf(begun, person));
    return begun.begun ? `asked ${person} to confirm` : `refused: ${begun.reason}`;
  };

  return { 'action link_account': open, 'view link': chosen };
}

function wordsOf(begun: Begun, person: string): string {
  if (!begun.begun) {
    return begun.reason === 'too many'
      ? 'You asked three times within 15 minutes. Look into the mailbox, or ask again later.'
      : `I don't know ${data(person, 40)} any more. Ask whoever keeps firebreak.yaml.`;
  }
  const { code, until, mailed } = begun;
  const byMail = mailed
    ? `I mailed ${data(person, 40)} a link. Open it and confirm until ${clockTime(until)}, then press again here.`
    : `I could not mail ${data(person, 40)}, so confirm it with your own API token until ${clockTime(until)}.`;
  return `${byMail}\nOr, with your own API token: \`firebreak link ${data(code, 60)}\`\nCheck that it names your account, and never run such a line that somebody else sent you.`;
}

/** More people than a menu takes stand in groups by their first letter. */
export function linkView(handle: string, people: readonly Pick<Person, 'name'>[]): ModalView {
  const names = people.map(({ name }) => name).toSorted();
  const option = (name: string): PlainTextOption => ({ text: { type: 'plain_text', text: name }, value: name });
  const callback: ViewName = 'link';
  const letters = [...new Set(names.map((name) => name.charAt(0)))];
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: handle,
    title: { type: 'plain_text', text: 'Link your account' },
    submit: { type: 'plain_text', text: 'That is me' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'input',
        block_id: WHO,
        label: { type: 'plain_text', text: 'Who are you?' },
        element: {
          type: 'static_select',
          action_id: WHO,
          placeholder: { type: 'plain_text', text: 'Your name in firebreak.yaml' },
          ...(names.length <= MOST_OPTIONS
            ? { options: names.map(option) }
            : {
                option_groups: letters.map((letter) => ({
                  label: { type: 'plain_text' as const, text: letter.toUpperCase() },
                  options: names
                    .filter((name) => name.startsWith(letter))
                    .slice(0, MOST_OPTIONS)
                    .map(option),
                })),
              }),
        },
        hint: {
          type: 'plain_text',
          text: 'I mail that person a link to confirm it. Until then this account can decide nothing.',
        },
      },
    ],
  };
}
