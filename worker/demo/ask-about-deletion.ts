import { createInterface } from 'node:readline/promises';
import type { Io } from '../cli/io.js';
import type { Screen } from './screen.js';
import { shorten } from './screen.js';
import { type Stage, until } from './stage.js';

/** The question before what cannot be undone: wrong people are refused, two people in two roles decide. */
export async function askAboutDeletion(screen: Screen, stage: Stage, io: Io, yes: boolean): Promise<void> {
  const { id } = stage.twins.addresses.leaked.payouts;
  screen.title('8  The ask');
  const question = await until(60, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
    return body.live?.waiting.find(({ kind }) => kind === 'question');
  });
  screen.check(question !== undefined, `asked: ${question?.sentence} Needed: ${needed(question?.places)}`);
  const exists = (await stage.twins.aws.do('key', { id })) as { status?: string } | null;
  screen.check(exists?.status === 'Inactive', 'until then nothing is deleted');

  const decide = (person: 'sam' | 'leo' | 'mia' | 'ana', answer: 'yes' | 'no', reason?: string) =>
    stage.api(person, 'POST', '/incidents/INC-1/decisions', {
      answer,
      step: question?.id,
      ...(reason === undefined ? {} : { reason }),
    });

  const outsider = await decide('ana', 'yes');
  screen.check(outsider.status >= 400, `Ana (ciso) says yes: refused. ${outsider.body.error?.message}`);

  if (io.isTTY && !yes) {
    const terminal = createInterface({ input: io.stdin, output: process.stdout });
    screen.quiet = true;
    const said = await terminal.question(
      `\n  You are Leo (security-on-call) and Mia (payments). Delete ${shorten(id)} for good? [y/N] `,
    );
    terminal.close();
    screen.quiet = false;
    if (!/^y(es)?$/i.test(said.trim())) {
      const no = await decide('leo', 'no', 'not today');
      const after = await until(10, async () =>
        (await stage.api('sam', 'GET', '/incidents/INC-1')).body.live?.held.find((why) => why !== ''),
      );
      screen.check(
        no.status === 200 && after !== undefined,
        `You said no. ${after}. The key stays frozen, nothing is deleted.`,
      );
      return;
    }
  } else {
    screen.line(
      'nobody is asked at a terminal: the demo answers as Leo (security-on-call) and Mia (service-owner, payments)',
    );
  }
  const leo = await decide('leo', 'yes');
  screen.check(leo.status === 200, 'Leo says yes: 1 of 2');
  const again = await decide('leo', 'yes');
  screen.check(again.status === 409, `Leo says yes again: refused. ${again.body.error?.message}`);
  const mia = await decide('mia', 'yes');
  screen.check(mia.status === 200, 'Mia says yes: 2 of 2');

  const closed = await until(60, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
    return body.closedAs === null ? undefined : String(body.closedAs);
  });
  const deleted = (await stage.twins.aws.writes()).filter(
    ({ method, target }) => method === 'DeleteAccessKey' && target.includes(id),
  ).length;
  screen.check(deleted === 1, `AWS has the key no more; DeleteAccessKey: ${deleted}`);
  screen.check(closed === 'dead', `INC-1 closed as ${closed}: AWS refuses the old secret`);
}

function needed(places: Record<string, number> | undefined): string {
  return Object.entries(places ?? {})
    .map(([role, count]) => `${count} ${role}`)
    .join(' and ');
}
