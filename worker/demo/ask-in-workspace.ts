import type { WaitingStatus } from '../../workflows/core/message.js';
import type { Io } from '../cli/io.js';
import { byWhoeverSitsThere, heldFrozen, needed, theEnd } from './ask-about-deletion.js';
import { openQuestion, whyHeld } from './question.js';
import { type Screen, shorten } from './screen.js';
import { type Stage, until } from './stage.js';
import type { Workspace } from './workspace.js';

/**
 * The question before what cannot be undone, in a real workspace. What stands in Slack only its people see, so the demo
 * says where to look; `seen` is what Firebreak's API and AWS say.
 */
export async function askInWorkspace(
  screen: Screen,
  stage: Stage,
  io: Io,
  yes: boolean,
  { channel }: Workspace,
): Promise<void> {
  const { id } = stage.twins.addresses.leaked.payouts;
  screen.title('8  The ask, in Slack');
  const asked = await until(60, () => openQuestion(stage));
  screen.check(asked !== undefined, `a question waits: ${asked?.sentence}. Needed: ${needed(asked?.places)}`);
  screen.line(
    `look at the card of INC-1 and its question in Slack: channel ${channel}, and your messages of Firebreak`,
  );
  const exists = (await stage.twins.aws.do('key', { id })) as { status?: string } | null;
  screen.check(exists?.status === 'Inactive', 'until then nothing is deleted');
  if (asked === undefined) return;

  const act =
    io.isTTY && !yes
      ? await byWhoeverSitsThere(screen, stage, io, {
          question: `Delete ${shorten(id)} for good, as Leo and Mia who have not pressed? [y/N, or press in Slack] `,
          invite: [
            `Waiting for you in channel ${channel}: press "Delete for good" as Leo (security-on-call), and as Mia (payments)`,
            'from another account. Whoever is not linked is told how. Or answer here for whoever has not pressed:',
          ],
        })
      : 'press';
  if (act === 'no') {
    const no = await decide(stage, 'leo', asked, { answer: 'no', reason: 'not today' });
    screen.check(no === 200, 'Leo says no, by the API');
  }
  if (act === 'press') await sayYes(screen, stage, asked);

  const ended = await until(60, async () => ((await openQuestion(stage)) === undefined ? true : undefined));
  screen.check(ended === true, 'the question is answered; look at it and at the card in Slack');
  const held = await until(3, () => whyHeld(stage));
  if (held === undefined) await theEnd(screen, stage, undefined, id);
  else await heldFrozen(screen, stage, id);
}

/** For those of the two who have not pressed in Slack. */
async function sayYes(screen: Screen, stage: Stage, asked: WaitingStatus): Promise<void> {
  for (const [person, role] of [
    ['leo', 'security-on-call'],
    ['mia', 'service-owner'],
  ] as const) {
    const pressed = (await openQuestion(stage))?.filled.find((place) => place.role === role);
    if (pressed !== undefined) {
      screen.check(true, `${pressed.person} has said yes in Slack, as ${role}`);
      continue;
    }
    const status = await decide(stage, person, asked, { answer: 'yes' });
    screen.check(status === 200, `the demo says yes as ${person} (${role}), by the API: ${status}`);
  }
}

async function decide(stage: Stage, person: 'leo' | 'mia', { id }: WaitingStatus, said: object): Promise<number> {
  return (await stage.api(person, 'POST', '/incidents/INC-1/decisions', { ...said, step: id })).status;
}
