import { startService } from '../../sandbox/service.js';
import type { Screen } from './screen.js';
import { shorten } from './screen.js';
import { type Stage, until } from './stage.js';

/** A second key is frozen and replaced; then it was a false alarm, and what was there before us is there again. */
export async function falseAlarm(screen: Screen, stage: Stage, loops: { stop(): Promise<void> }[]): Promise<void> {
  const { aws, leaked } = stage.twins.addresses;
  const key = leaked.reports;
  screen.title(`9  A second key, ${shorten(key.id)} of ${key.user}, opened by Sam: a false alarm`);
  const uses: { at: number; status: number }[] = [];
  // This service has the key in its own configuration, so nobody but us ever uses the replacement.
  loops.push(
    startService({
      awsUrl: aws.url,
      address: '10.20.0.15',
      readKey: async () => key,
      onUse: ({ at, status }) => uses.push({ at, status }),
    }),
  );
  const opened = await stage.api('sam', 'POST', '/incidents', {
    id: key.id,
    secret: key.secret,
    exposure: 'internal',
    summary: 'seen in a screenshot',
  });
  screen.check(opened.status === 202 && opened.body.incident === 'INC-3', `${String(opened.body.incident)} is open`);
  const frozen = await until(30, async () => uses.at(-1)?.status === 403);
  screen.check(frozen === true, `frozen: ${key.user} is refused`);

  const question = await until(90, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-3');
    return body.live?.waiting.find(({ kind }) => kind === 'question');
  });
  const own = await stage.api('sam', 'POST', '/incidents/INC-3/decisions', { answer: 'yes', step: question?.id });
  screen.check(
    own.status === 409 && own.body.error?.code === 'self',
    `Sam, who opened it, says yes: refused. ${own.body.error?.message}`,
  );

  const said = await stage.api('leo', 'POST', '/incidents/INC-3/controls', {
    control: 'false_alarm',
    reason: 'the screenshot shows a test key',
  });
  screen.check(said.status === 200, 'Leo: false alarm');
  const works = await until(60, async () => uses.at(-1)?.status === 200);
  screen.check(works === true, `${shorten(key.id)} works again`);
  const closed = await until(60, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-3');
    return body.closedAs === null ? undefined : String(body.closedAs);
  });
  type User = { name: string; keys: { id: string; status: string }[]; policies: unknown };
  const user = ((await stage.twins.aws.state()) as { users: User[] }).users.find(({ name }) => name === key.user);
  const active = user?.keys.filter(({ status }) => status === 'Active').map(({ id }) => id) ?? [];
  screen.check(
    closed === 'false_alarm' &&
      active.length === 1 &&
      active[0] === key.id &&
      Object.keys(user?.policies ?? {}).length === 0,
    `INC-3 closed as ${closed}: the old key is on, the replacement off, our policy removed`,
  );
}
