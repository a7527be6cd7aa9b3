import type { Person } from '../../sandbox/company.js';
import type { Screen as SlackScreen } from '../../sandbox/slack/seen.js';
import type { RemoteTwin } from '../../sandbox/twin/control.js';
import type { SaysToBe } from '../people/says-to-be.js';
import { until } from './stage.js';

/** Where people say who they are, and where they confirm it. */
export interface LinkDoors {
  slack: RemoteTwin;
  /** Firebreak's. */
  url: string;
  /** API tokens, by person. */
  tokens: Record<Person, string>;
}

/**
 * Does what each person does once: opens Firebreak's home in Slack, presses "Link your account", says who they are, and
 * confirms it with their own API token. Resolves to those who are linked; nobody is by anything else.
 */
export async function linkPeople(doors: LinkDoors, people: readonly Person[]): Promise<Person[]> {
  const linked = await Promise.all(people.map((person) => linkOne(doors, person).catch(() => false)));
  return people.filter((_, nth) => linked[nth]);
}

async function linkOne({ slack, url, tokens }: LinkDoors, person: Person): Promise<boolean> {
  const screen = async () => (await slack.do('screen', { user: person })) as SlackScreen;
  const asksWho = await until(15, async () => {
    await slack.do('home', { user: person });
    return until(2, async () => (await screen()).home?.controls.some(({ action }) => action === 'link_account'));
  });
  if (!asksWho) return false;
  await slack.do('press', { user: person, action: 'link_account' });
  await until(10, async () => (await screen()).modal?.callback === 'link');
  await slack.do('submit', { user: person, values: { who: person } });
  const code = await until(10, async () => {
    const said = (await screen()).channels.flatMap(({ messages }) => messages.map(({ says }) => says));
    return said.findLast((words) => words.includes('`firebreak link '))?.match(/`firebreak link (\S+)`/)?.[1];
  });
  if (code === undefined) return false;
  const headers = { authorization: `Bearer ${tokens[person]}`, 'content-type': 'application/json' };
  const seen = await fetch(`${url}/api/v1/links/${encodeURIComponent(code)}`, { headers });
  if (!seen.ok) return false;
  const { account } = (await seen.json()) as SaysToBe;
  const answer = await fetch(`${url}/api/v1/links`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ code, account }),
  });
  return answer.ok;
}
