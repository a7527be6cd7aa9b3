import type { Io } from '../cli/io.js';
import type { Screen } from './screen.js';
import type { Stage } from './stage.js';
import { typedOrSeen } from './typed-or-seen.js';
import type { Workspace } from './workspace.js';

/**
 * In a real workspace nobody's account is known: says what to do, and waits until one is linked or somebody presses
 * Enter. Goes on at once where nobody sits at the terminal.
 */
export async function linkYourself(
  screen: Screen,
  stage: Stage,
  io: Io,
  workspace: Workspace,
  waits: boolean,
): Promise<void> {
  screen.line(`Slack is your workspace ${workspace.id}, by Socket Mode; incidents are told in ${workspace.channel}`);
  screen.line('You are Leo (security-on-call) there, or Mia (service-owner, payments):');
  screen.line('  1  in Slack type  /firebreak list  and press "Link your account"; choose leo, or mia');
  screen.line('  2  open the link of the mail, which is shown here as soon as it comes, and confirm it; or,');
  screen.line('     with the "firebreak link CODE" that Slack shows you:');
  for (const person of ['leo', 'mia'] as const) {
    const token = stage.twins.addresses.people[person];
    screen.line(
      `     ${person}  FIREBREAK_URL=${stage.ready.url} FIREBREAK_TOKEN=${token} node dist/worker/cli/main.js link CODE`,
    );
  }
  screen.line(
    'One account is one person. With one account be Leo, and answer for Mia here; a second account may be Mia',
  );
  if (!waits) return;
  const found = async () => {
    const linked = await linkedPeople(stage);
    return linked.length > 0 && linked;
  };
  const prompt = '\n  Waiting for an account to be linked; Enter goes on without.\n';
  const linked = (await typedOrSeen<string[]>(io, prompt, () => [], found)) ?? [];
  if (linked.length > 0) screen.check(true, `linked: ${linked.join(', ')}`);
  else screen.line('nobody is linked yet; you can do it at any time until the question comes');
}

/** Persons whose account of Slack is known now. */
async function linkedPeople(stage: Stage): Promise<string[]> {
  const { body } = await stage.api('sam', 'GET', '/links');
  const links = (body.links ?? []) as { person: string; endedAt?: number | null }[];
  return links.filter(({ endedAt }) => endedAt === undefined || endedAt === null).map(({ person }) => person);
}

/** Shows each link that is mailed to one of the sandbox's people, once, as nobody can look into their mailboxes. */
export function showMailedLinks(screen: Screen, stage: Stage): { stop(): Promise<void> } {
  const shown = new Set<string>();
  let stopped = false;
  const watched = (async () => {
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const inbox = (await stage.twins.mail.do('inbox').catch(() => [])) as { to: string[]; text: string }[];
      for (const { to, text } of inbox) {
        const link = /https?:\/\/\S+\/link\/\S+/.exec(text)?.[0];
        if (link === undefined || shown.has(link)) continue;
        shown.add(link);
        screen.line(`mail to ${to.join(', ')}: is that Slack account yours?  ${link}`);
      }
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watched;
    },
  };
}
