/**
 * The main job, seen from outside: a thief and a service use the same key, an alert comes, and everything that Firebreak
 * claims is looked up at the providers before the demo says `seen`. Nothing here reaches into Firebreak's code.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ATTACKER_ADDRESS, startAttacker } from '../../sandbox/attacker.js';
import { PEOPLE } from '../../sandbox/company.js';
import { keyFromVault, startService } from '../../sandbox/service.js';
import type { Leaked } from '../../sandbox/start-sandbox.js';
import type { Io } from '../cli/io.js';
import { askAboutDeletion } from './ask-about-deletion.js';
import { askInWorkspace } from './ask-in-workspace.js';
import { falseAlarm } from './false-alarm.js';
import { followed } from './followed.js';
import { linkPeople } from './link-people.js';
import { linkYourself, showMailedLinks } from './link-yourself.js';
import { Screen, shorten } from './screen.js';
import { searchForSecrets } from './search-for-secrets.js';
import { type Stage, setStage, until } from './stage.js';
import { WAY_BACK, Watch } from './watch.js';
import type { Workspace } from './workspace.js';
import { writeReports } from './write-reports.js';

export interface DemoOptions {
  /** Answer as two named people even where somebody sits at the terminal. */
  yes: boolean;
  keep: boolean;
  /** Instead of the twin of Slack; everything else stays in the sandbox. */
  workspace?: Workspace;
}

/** Resolves to the exit code: 0 only if every line was observed. */
export async function demo(io: Io, options: DemoOptions): Promise<number> {
  const screen = new Screen(io, Date.now());
  screen.title('Firebreak: a leaked AWS key goes in, a proven-dead key comes out');
  const { workspace } = options;
  const stage = await setStage(io, (line) => screen.line(line), { temporalUi: options.keep, workspace });
  const loops: { stop(): Promise<void> }[] = [];
  const interrupted = () => {
    io.err('Ending what runs; Ctrl-C again leaves it.');
    process.once('SIGINT', () => process.exit(130));
    void stage.strike().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted);
  try {
    introduce(screen, stage, workspace);
    if (workspace === undefined) await linkAll(screen, stage);
    else {
      loops.push(showMailedLinks(screen, stage));
      await linkYourself(screen, stage, io, workspace, io.isTTY && !options.yes);
    }
    const { attacker, service } = await attack(screen, stage, loops);
    const alertAt = await alert(screen, stage);
    await freeze(screen, stage, attacker, alertAt);
    await survive(screen, stage);
    await followed(screen, stage, attacker);
    await recover(screen, stage, service);
    if (workspace === undefined) await askAboutDeletion(screen, stage, io, options.yes);
    else await askInWorkspace(screen, stage, io, options.yes, workspace);
    await falseAlarm(screen, stage, loops);
    await conclude(screen, stage, ['INC-1', 'INC-2', 'INC-3'], workspace);
    return screen.failures === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupted);
    await Promise.all(loops.map((loop) => loop.stop()));
    if (options.keep) await leaveRunning(screen, stage, workspace);
    else await stage.strike();
  }
}

function introduce(screen: Screen, stage: Stage, workspace: Workspace | undefined): void {
  const { version } = versions();
  screen.title('1  What is real, what stands in');
  screen.line(
    `real      Temporal ${stage.ready.temporal.version} (CLI ${stage.temporalCli.version}, by ${stage.temporalCli.from}), AWS SDK ${version('@aws-sdk/client-iam')}, octokit ${version('octokit')},`,
  );
  screen.line(
    `          Slack's Bolt ${version('@slack/bolt')}, SMTP by nodemailer ${version('nodemailer')}, Vault's HTTP API, GitHub's webhook signatures, kill -9`,
  );
  screen.line(
    `stands in the servers of AWS (checks every signature), ${workspace === undefined ? 'Slack, ' : ''}PagerDuty, GitHub, Vault and mail: on this machine, behind`,
  );
  screen.line('          the real clients');
}

async function linkAll(screen: Screen, stage: Stage): Promise<void> {
  const { addresses, slack } = stage.twins;
  const linked = await linkPeople({ slack, url: stage.ready.url, tokens: addresses.people }, PEOPLE);
  screen.check(
    linked.length === PEOPLE.length,
    `${linked.length} people said in Slack who they are, and confirmed it with their own API tokens`,
  );
  screen.line(`Slack is at ${addresses.slack.page}: see there what each of them sees, and press it yourself`);
}

async function attack(screen: Screen, stage: Stage, loops: { stop(): Promise<void> }[]) {
  const { aws, vault, leaked } = stage.twins.addresses;
  screen.title(`2  Somebody has the key of ${leaked.payouts.user}, and so has ${leaked.payouts.user}`);
  screen.columns(`thief at ${ATTACKER_ADDRESS}`, leaked.payouts.user);
  const attacker = new Watch((use) => screen.used('attacker', use));
  const service = new Watch((use) => screen.used('service', use));
  loops.push(
    startAttacker({ awsUrl: aws.url, key: leaked.payouts, persists: WAY_BACK, onUse: attacker.add }),
    startService({
      awsUrl: aws.url,
      readKey: keyFromVault({ ...vault, token: vault.readerToken }),
      onUse: service.add,
    }),
  );
  const both = await until(
    10,
    async () => attacker.who().at(-1)?.status === 200 && service.who().at(-1)?.status === 200,
  );
  screen.check(both === true, 'both are let in: AWS cannot tell them apart');
  return { attacker, service };
}

/** Resolves to the moment at which the true alert was posted. */
async function alert(screen: Screen, stage: Stage): Promise<number> {
  const { twins, ready } = stage;
  const { repository, alert: number } = twins.addresses.leaked.payouts;
  screen.title('3  GitHub finds it in a commit and posts an alert');
  const deliver = async (spoil = false): Promise<{ status: number; incident?: string; joined?: boolean }> => {
    const delivery = (await twins.github.do('alert-delivery', { repository, alert: number })) as {
      headers: Record<string, string>;
      body: string;
    };
    const body = spoil ? delivery.body.replace('"created"', '"Created"') : delivery.body;
    const answer = await fetch(`${ready.url}/hooks/github`, { method: 'POST', headers: delivery.headers, body });
    return { status: answer.status, ...((await answer.json().catch(() => ({}))) as object) };
  };

  const spoiled = await deliver(true);
  const none = await stage.api('sam', 'GET', '/incidents?state=all');
  screen.check(
    spoiled.status === 401 && (none.body.incidents as unknown[]).length === 0,
    `one byte changed on the way: ${spoiled.status}, nothing started`,
  );
  // At the write into Vault the new key exists at AWS, and neither the secret store nor Temporal has heard of it.
  await twins.vault.fault({ method: 'write', kind: 'kill-before', pid: stage.firebreak.pid });

  const at = Date.now();
  const first = await deliver();
  screen.check(first.status === 202 && first.incident === 'INC-1', `the true one: ${first.status}, ${first.incident}`);
  const more = await Promise.all(Array.from({ length: 50 }, () => deliver()));
  const list = await stage.api('sam', 'GET', '/incidents?state=all');
  const joined = more.filter((one) => one.status === 202 && one.joined === true && one.incident === 'INC-1').length;
  const incidents = (list.body.incidents as unknown[]).length;
  screen.check(joined === 50 && incidents === 1, `fifty more about it: ${joined} joined, ${incidents} incident`);
  return at;
}

async function freeze(screen: Screen, stage: Stage, attacker: Watch, alertAt: number): Promise<void> {
  const { id } = stage.twins.addresses.leaked.payouts;
  const write = await until(15, async () =>
    (await stage.twins.aws.writes()).find(({ method, target }) => method === 'UpdateAccessKey' && target.includes(id)),
  );
  screen.title('4  Frozen');
  screen.check(
    write !== undefined,
    `AWS took the freeze ${write === undefined ? 'never' : `${write.at - alertAt} ms`} after the alert`,
  );
  const frozenAt = write?.at ?? Date.now();
  const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
  const stillIn = attacker.who(id).at(-1)?.status === 200;
  screen.check(
    stillIn && body.live !== undefined && body.live?.contained === undefined,
    'the thief is still let in, and so Firebreak claims nothing yet',
  );
  const refused = await until(15, async () =>
    attacker.who(id).find(({ at, status }) => at > frozenAt && status === 403),
  );
  const lastIn = attacker
    .who(id)
    .filter(({ status, at }) => status === 200 && at > frozenAt)
    .at(-1);
  screen.check(
    refused !== undefined,
    lastIn === undefined
      ? 'AWS refuses the thief'
      : `AWS went on saying yes for ${((lastIn.at - frozenAt) / 1_000).toFixed(1)} s, as it does; now it refuses the thief`,
  );
  const minted = attacker.uses.find(
    ({ action, status, at }) => action === 'CreateAccessKey' && status === 200 && at > frozenAt,
  );
  screen.check(
    minted !== undefined && attacker.who().some(({ keyId, status }) => keyId !== id && status === 200),
    `in that time it made a user ${WAY_BACK.user} with a key and every right, and opened role ${WAY_BACK.role} to its own account`,
  );
}

async function survive(screen: Screen, stage: Stage): Promise<void> {
  const { twins, firebreak } = stage;
  const { id, user } = twins.addresses.leaked.payouts;
  const ended = await Promise.race([
    firebreak.ended(),
    new Promise<string>((resolve) => setTimeout(resolve, 60_000, 'nobody')),
  ]);
  screen.title('5  kill -9, between the new key and the secret store');
  screen.check(
    ended === 'SIGKILL',
    `Firebreak ended by ${ended}, just after AWS made a key that nobody but its records knew of`,
  );
  stage.ready = await firebreak.start();
  screen.line(`${screen.time().trim()}: started again, Temporal ${stage.ready.temporal.version} was still there`);

  const status = await until(60, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
    return body.live?.replaced === undefined ? undefined : body.live;
  });
  const made = (await twins.aws.writes()).filter(
    ({ method, target }) => method === 'CreateAccessKey' && target.includes(user),
  ).length;
  screen.check(made === 1, `CreateAccessKey: ${made}`);
  const contained = status?.contained;
  const refusals = (await looksOf(stage, 'INC-1', 'contained')).filter((line) =>
    line.includes('InvalidClientTokenId'),
  ).length;
  screen.check(
    contained !== undefined && refusals >= 3,
    `contained was claimed only after AWS had refused the old secret of ${shorten(id)} ${refusals} times`,
  );
}

/** Lines of the observations of one proof, from the incident's timeline. */
async function looksOf(stage: Stage, incident: string, step: string): Promise<string[]> {
  const { body } = await stage.api('sam', 'GET', `/incidents/${incident}`);
  return (body.timeline as { kind: string; step: string; line: string }[])
    .filter((entry) => entry.kind === 'observation' && entry.step.endsWith(`.${step}`))
    .map(({ line }) => line);
}

async function recover(screen: Screen, stage: Stage, service: Watch): Promise<void> {
  const { twins } = stage;
  const { id } = twins.addresses.leaked.payouts;
  screen.title('7  The service is back, people know');
  const back = await until(30, async () => service.who().find(({ keyId, status }) => keyId !== id && status === 200));
  screen.check(
    back !== undefined,
    `the service works with ${back === undefined ? 'nothing' : shorten(back.keyId)}, read from Vault`,
  );

  type Repository = { issues: { title: string; number: number }[] };
  const ticket = await until(
    20,
    async () => ((await twins.github.state()) as Record<string, Repository>)['acme/incidents']?.issues[0],
  );
  screen.check(ticket !== undefined, `ticket #${ticket?.number} by octokit: ${ticket?.title}`);
  type Mail = { to: string[]; subject: string };
  const mails = await until(20, async () => {
    const inbox = ((await twins.mail.do('inbox')) as Mail[]).filter(({ subject }) => subject.includes('INC-1'));
    return inbox.length > 0 ? inbox : undefined;
  });
  screen.check(
    mails !== undefined,
    `${mails?.length ?? 0} mails about it delivered, e.g. to ${mails?.[0]?.to}: ${mails?.[0]?.subject}`,
  );
  const scan = await until(30, async () => {
    const { body } = await stage.api('sam', 'GET', '/incidents/INC-1');
    return body.live?.steps.find(({ name, state }) => name === 'scan_logs' && state === 'done');
  });
  screen.check(
    ['GetCallerIdentity', ATTACKER_ADDRESS, 'Could not read: 1 file'].every((part) => scan?.line?.includes(part)),
    `log scan (${scan?.results?.verdict}): ${scan?.line}`,
  );
}

async function conclude(
  screen: Screen,
  stage: Stage,
  incidents: string[],
  workspace: Workspace | undefined,
): Promise<void> {
  screen.title('10  What is left behind');
  const reports = await writeReports(stage, incidents);
  const { payouts, reports: second } = stage.twins.addresses.leaked;
  const made = (await stage.twins.aws.do('secrets')) as string[];
  const secrets = [payouts, second].map(({ secret }: Leaked) => secret);
  // what stands in a real workspace nobody has read here
  const { mail, github, slack } = stage.twins;
  const twins = { mail, github, slack: workspace === undefined ? slack : undefined };
  const search = await searchForSecrets({ ...stage, twins }, [...new Set([...secrets, ...made])], incidents);
  screen.check(
    search.hits.length === 0,
    `search of history, logs, mails, tickets${workspace === undefined ? ', Slack' : ''} and records for the secrets: ${search.hits.length} hits in ${search.places} files${search.hits.length === 0 ? '' : `: ${search.hits.join(', ')}`}`,
  );
  for (const path of reports) screen.line(path);
  screen.title('Not proved here');
  screen.line(
    `real AWS, ${workspace === undefined ? 'Slack, ' : ''}GitHub and Vault (their servers were twins), high availability (one process, one embedded server)`,
  );
  screen.title(
    screen.failures === 0 ? 'Everything was observed.' : `${screen.failures} lines were not observed; see ${stage.log}`,
  );
}

async function leaveRunning(screen: Screen, stage: Stage, workspace: Workspace | undefined): Promise<void> {
  screen.title('Left running (--keep)');
  screen.line(
    `Slack     ${workspace === undefined ? stage.twins.addresses.slack.page : `workspace ${workspace.id}, channel ${workspace.channel}`}`,
  );
  screen.line(`API       ${stage.ready.url}`);
  if (stage.ready.temporal.ui !== undefined) screen.line(`Temporal  ${stage.ready.temporal.ui}`);
  screen.line(`data      ${stage.data}`);
  screen.line(
    `as Sam    export FIREBREAK_URL=${stage.ready.url} FIREBREAK_TOKEN=${stage.twins.addresses.people.sam} FIREBREAK_DATA=${stage.data}/data`,
  );
  screen.line('          node dist/worker/cli/main.js list --all');
  screen.line(`end it    kill ${stage.firebreak.pid} ${stage.twins.addresses.pid}`);
}

function versions(): { version(name: string): string } {
  const require = createRequire(import.meta.url);
  return {
    version(name) {
      // A package may not export its package.json; its main file is always below it.
      const main = require.resolve(name);
      const folder = main.slice(0, main.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
      return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string }).version;
    },
  };
}
