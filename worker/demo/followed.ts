import type { Screen } from './screen.js';
import { shorten } from './screen.js';
import { type Stage, until } from './stage.js';
import { WAY_BACK, type Watch } from './watch.js';

/** What the thief made while its key was going out: found in two ways, frozen by an incident of its own, waited for. */
export async function followed(screen: Screen, stage: Stage, attacker: Watch): Promise<void> {
  const { aws, addresses } = stage.twins;
  const { id } = addresses.leaked.payouts;
  const minted = attacker.who().find(({ keyId, status }) => keyId !== id && status === 200)?.keyId ?? 'nothing';
  screen.title('6  What the thief made');
  const live = async (incident: string) => (await stage.api('sam', 'GET', `/incidents/${incident}`)).body;

  const find = await until(60, async () =>
    (await live('INC-1')).live?.steps.find(({ name, state }) => name === 'find_created' && state === 'done'),
  );
  const ways = ['IAM ListAccessKeys', 'CloudTrail CreateAccessKey'];
  screen.check(
    [minted, ...ways].every((part) => find?.line?.includes(part)),
    `${shorten(minted)} of ${WAY_BACK.user} was found by listing and by the logs (${ways.join(', ')})`,
  );
  screen.check(
    Number(find?.results?.credentials) === 1 && Number(find?.results?.others) >= 4,
    `with ${find?.results?.others} other things; the trust of role ${WAY_BACK.role} by the logs alone, for IAM does not date it`,
  );

  const child = await until(30, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents?state=all');
    const list = body.incidents as { incident: string; credential: { id?: string } | null }[];
    return list.find(({ incident, credential }) => incident === 'INC-2' && JSON.stringify(credential).includes(minted));
  });
  screen.check(child !== undefined, 'INC-1 opened INC-2 for it');
  const freezes = await until(60, async () => {
    const all = (await aws.writes()).filter(({ method, target }) => method === 'UpdateAccessKey' && target === minted);
    return all.length > 0 ? all.length : undefined;
  });
  const refused = await until(30, async () => attacker.who(minted).at(-1)?.status === 403);
  screen.check(freezes === 1 && refused === true, `frozen by INC-2: AWS refuses ${shorten(minted)}`);
  const contained = await until(90, async () => (await live('INC-2')).live?.contained);
  screen.check(contained !== undefined, `INC-2 claims contained (${contained?.grade}); INC-1 does not close before`);

  type User = { name: string; keys: { id: string }[] };
  const user = ((await aws.state()) as { users: User[] }).users.find(({ name }) => name === WAY_BACK.user);
  screen.check(user?.keys.length === 1, `and nothing is made in its place: ${WAY_BACK.user} has no other key`);
  const task = await until(30, async () => (await live('INC-1')).live?.waiting.find(({ kind }) => kind === 'task'));
  screen.line(`a task for ${Object.keys(task?.places ?? {}).join(', ')}: ${task?.sentence}`);
  const done = await stage.api('leo', 'POST', '/incidents/INC-1/decisions', { answer: 'done', step: task?.id });
  screen.check(done.status === 200, 'Leo has looked at the rest');
}
