import type { Io } from '../cli/io.js';
import { InSlack, plainWords } from './in-slack.js';
import { openQuestion, whyHeld } from './question.js';
import { type Screen, shorten } from './screen.js';
import { type Stage, until } from './stage.js';
import { typedOrSeen } from './typed-or-seen.js';

/** The question before what cannot be undone, in Slack: a wrong person is refused, two people in two roles decide. */
export async function askAboutDeletion(screen: Screen, stage: Stage, io: Io, yes: boolean): Promise<void> {
  const { id } = stage.twins.addresses.leaked.payouts;
  const slack = new InSlack(stage.twins.slack);
  screen.title('8  The ask, in Slack');
  const asked = await until(60, () => openQuestion(stage));
  const sentence = asked?.sentence ?? 'Delete';
  const shown = async () => (await slack.messages('leo')).find(({ ts }) => ts === question?.ts);
  const question = await until(20, async () => {
    const message = await slack.message('leo', [sentence, 'INC-1']);
    return message?.controls.some(({ action }) => action === 'yes') ? message : undefined;
  });
  screen.check(question !== undefined, `in #security-incidents: ${question && plainWords(question.text)}`);
  const told = await until(20, async () => {
    const direct = await Promise.all(
      (['leo', 'mia'] as const).map((person) => slack.message(person, [sentence], 'firebreak')),
    );
    return direct.every((message) => message?.controls.some(({ action }) => action === 'yes'));
  });
  screen.check(told === true, `and to Leo and Mia by themselves. Needed: ${needed(asked?.places)}`);
  const exists = (await stage.twins.aws.do('key', { id })) as { status?: string } | null;
  screen.check(exists?.status === 'Inactive', 'until then nothing is deleted');
  if (question === undefined) return;

  await slack.press('ana', question, 'yes');
  const refused = await until(10, () => slack.whisper('ana'));
  screen.check(refused !== undefined, `Ana (ciso) presses it. Only she sees: ${refused && plainWords(refused.says)}`);

  const act =
    io.isTTY && !yes
      ? await byWhoeverSitsThere(screen, stage, io, {
          question: `Delete ${shorten(id)} for good? [y/N, or press in Slack] `,
          invite: [
            `You are Leo (security-on-call) and Mia (payments). Open  ${stage.twins.addresses.slack.page}#leo/C0INCIDENTS`,
            'press "Delete for good" as Leo, change to Mia at the left, press it as Mia. Or answer here for both:',
          ],
        })
      : 'press';
  if (act === 'no') {
    await slack.press('leo', question, 'no');
    await until(10, async () => (await slack.screen('leo')).modal);
    await slack.submit('leo', { reason: 'not today' });
  }
  if (act === 'press') await twoPress(screen, slack, question.ts);

  const ended = await until(60, async () => {
    const now = await shown();
    return now !== undefined && !now.controls.some(({ action }) => action === 'yes') ? now : undefined;
  });
  screen.check(ended !== undefined, `the question now: ${ended && plainWords(ended.text)}`);
  if (ended === undefined || !/ (?:said no|left it out)/.test(ended.text)) {
    await theEnd(screen, stage, slack, id);
    return;
  }
  await heldFrozen(screen, stage, id);
}

/** After a no. */
export async function heldFrozen(screen: Screen, stage: Stage, id: string): Promise<void> {
  const held = await until(10, () => whyHeld(stage));
  const still = (await stage.twins.aws.do('key', { id })) as { status?: string } | null;
  screen.check(
    held !== undefined && still?.status === 'Inactive',
    `${held}. The key stays frozen, nothing is deleted.`,
  );
}

/** Leo and Mia, each on their own screen. */
async function twoPress(screen: Screen, slack: InSlack, ts: string): Promise<void> {
  screen.line('the demo presses as Leo (security-on-call) and as Mia (service-owner, payments)');
  const leoSees = (words: string[]) =>
    until(15, async () => {
      const message = (await slack.messages('leo')).find((one) => one.ts === ts);
      return words.every((word) => message?.says.includes(word)) ? message : undefined;
    });
  const before = await slack.whisper('leo');
  await slack.press('leo', { ts }, 'yes');
  const first = await leoSees(['1 of 2', 'Leo as security-on-call']);
  screen.check(first !== undefined, 'Leo presses "Delete for good" and confirms: 1 of 2');
  await slack.press('leo', { ts }, 'yes');
  const again = await until(10, async () => {
    const whisper = await slack.whisper('leo');
    return whisper?.ts === before?.ts ? undefined : whisper;
  });
  screen.check(again !== undefined, `Leo presses it again. Only he sees: ${again && plainWords(again.says)}`);
  const own = (await slack.messages('mia', 'firebreak')).findLast(({ controls }) =>
    controls.some(({ action }) => action === 'yes'),
  );
  if (own !== undefined) await slack.press('mia', own, 'yes', 'firebreak');
  const both = await leoSees(['2 of 2', 'Leo', 'Mia']);
  screen.check(both !== undefined, 'Mia presses it in her direct messages: 2 of 2');
}

/** Presses in Slack and the answer at the terminal count alike; whichever comes first. Each press is told. */
export async function byWhoeverSitsThere(
  screen: Screen,
  stage: Stage,
  io: Io,
  { question, invite }: { question: string; invite: string[] },
): Promise<'press' | 'no' | 'pressed'> {
  screen.quiet = true;
  screen.line('');
  for (const line of invite) screen.line(line);
  const typed = (said: string | undefined) => {
    if (said === undefined) return 'pressed';
    return /^y(es)?$/i.test(said.trim()) ? 'press' : 'no';
  };
  let told = 0;
  const pressed = async () => {
    const asked = await openQuestion(stage);
    if (asked === undefined) return 'pressed';
    for (const { person, role } of asked.filled.slice(told)) screen.line(`\n  pressed: ${person}, as ${role}`);
    told = Math.max(told, asked.filled.length);
    return undefined;
  };
  const act = (await typedOrSeen(io, `\n  ${question}`, typed, pressed)) ?? 'no';
  screen.quiet = false;
  if (act === 'pressed') screen.line('\n  pressed in Slack');
  return act;
}

/** The key is gone, the incident closed, and the card, where it can be seen, says so and offers nothing more. */
export async function theEnd(screen: Screen, stage: Stage, slack: InSlack | undefined, id: string): Promise<void> {
  const closed = await until(60, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
    return body.closedAs === null ? undefined : String(body.closedAs);
  });
  const deleted = (await stage.twins.aws.writes()).filter(
    ({ method, target }) => method === 'DeleteAccessKey' && target.includes(id),
  ).length;
  screen.check(deleted === 1, `AWS has the key no more; DeleteAccessKey: ${deleted}`);
  screen.check(closed === 'dead', `INC-1 closed as ${closed}: AWS refuses the old secret`);
  if (slack === undefined) return screen.line('look at the card in Slack: it says so, and offers nothing more');
  const card = await until(20, async () => {
    const first = (await slack.messages('sam')).find(({ text }) => text.startsWith('SANDBOX INC-1 · '));
    return first?.says.includes('*Closed*') && first.controls.length === 0 ? first : undefined;
  });
  screen.check(
    card !== undefined,
    `its card, updated in place, at last: ${card && plainWords(card.says).split('\n')[1]?.replaceAll('*', '')}`,
  );
}

export function needed(places: Record<string, number> | undefined): string {
  return Object.entries(places ?? {})
    .map(([role, count]) => `${count} ${role}`)
    .join(' and ');
}
