import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsTwin, startAwsTwin } from './aws/start-aws-twin.js';
import { PEOPLE, type SlackPlaces, seedPagerDuty, seedSlack } from './company.js';
import { type GithubTwin, startGithubTwin } from './github/start-github-twin.js';
import { type MailTwin, startMailTwin } from './mail/start-mail-twin.js';
import { type PagerDutyTwin, startPagerDutyTwin } from './pagerduty/start-pagerduty-twin.js';
import { SERVICE_ADDRESS, SERVICE_AGENT } from './service.js';
import { type SlackTwin, type SlackTwinOptions, startSlackTwin } from './slack/start-slack-twin.js';
import { type ControlAddress, startControl } from './twin/control.js';
import { startVaultTwin, type VaultTwin } from './vault/start-vault-twin.js';

export interface SandboxOptions {
  /** Where CloudTrail files go; a new temporary folder. */
  trailFolder?: string;
  /** From an event to its CloudTrail file; 5. */
  deliverySeconds?: number;
  /** How long AWS goes on as before after a change of a key; 4. */
  propagationSeconds?: number;
  /** AWS refuses requests that were signed longer ago; 15. */
  lateSeconds?: number;
  /** A canary that every error text of AWS, GitHub and Vault carries. */
  leakInErrors?: string;
  /** How fast Slack may be called, how long the app has to acknowledge, where requests go when not by Socket Mode. */
  slack?: Pick<SlackTwinOptions, 'limits' | 'ackMs' | 'retryMs' | 'requestUrl' | 'pagePort'>;
  /** Called when a control client asks the sandbox to stop. */
  onStop?: () => void;
}

/** A leaked key of the seeded world, and the alert about it. */
export interface Leaked {
  id: string;
  secret: string;
  user: string;
  repository: string;
  /** Number of the alert that names the key's id; the next one is about its secret. */
  alert: number;
}

/** All that another process needs; JSON. */
export interface SandboxAddresses {
  pid: number;
  control: ControlAddress;
  aws: {
    url: string;
    account: string;
    region: string;
    responder: { id: string; secret: string };
    admin: { id: string; secret: string };
    trailFolder: string;
  };
  github: { url: string; token: string; hookSecret: string; tickets: string };
  mail: { host: string; port: number; user: string; password: string };
  vault: {
    url: string;
    mount: string;
    token: string /** A service's own; reads only. */;
    readerToken: string;
    path: string;
  };
  slack: SlackPlaces & {
    url: string;
    /** What `slack.api` of the settings is. */
    api: string;
    team: string;
    botToken: string;
    appToken: string;
    signingSecret: string;
    botUser: string;
    /** Where people see and press. */
    page: string;
  };
  /** REST and events at one address. */
  pagerduty: { url: string; token: string; schedule: string; routingKey: string };
  leaked: { payouts: Leaked; reports: Leaked };
  /** API tokens of the people in `sandbox/firebreak.yaml`. */
  people: Record<(typeof PEOPLE)[number], string>;
  /** What `sandbox/firebreak.yaml` refers to as `env:FIREBREAK_SANDBOX_…`. */
  env: Record<string, string>;
}

export interface Sandbox {
  aws: AwsTwin;
  github: GithubTwin;
  mail: MailTwin;
  vault: VaultTwin;
  slack: SlackTwin;
  pagerduty: PagerDutyTwin;
  addresses: SandboxAddresses;
  close(): Promise<void>;
}

const DAY = 24 * 3_600_000;

/** What the responder may do: what the connectors declare, and nothing else. */
const RESPONDER = [
  'sts:GetAccessKeyInfo',
  'iam:GetAccessKeyLastUsed',
  'iam:GetUser',
  'iam:ListUserTags',
  'iam:ListAccessKeys',
  'iam:CreateAccessKey',
  'iam:UpdateAccessKey',
  'iam:DeleteAccessKey',
  'iam:GetUserPolicy',
  'iam:PutUserPolicy',
  'iam:DeleteUserPolicy',
  'iam:GetAccountAuthorizationDetails',
  'iam:GetLoginProfile',
];

/** What a service was given once for a migration, and kept: enough to make itself an administrator. */
const FAR_TOO_MUCH = [
  'iam:ListAccessKeys',
  'iam:CreateUser',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:AttachUserPolicy',
  'iam:AttachRolePolicy',
  'iam:UpdateAssumeRolePolicy',
];

/** What a service may do. */
const SERVICE = ['s3:*', 'ec2:Describe*'];

/** Starts all twins with a small company in them: Acme Exchange, account 111122223333, two keys just leaked. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const trailFolder = options.trailFolder ?? mkdtempSync(join(tmpdir(), 'firebreak-cloudtrail-'));
  const leaks = options.leakInErrors === undefined ? {} : { leakInErrors: options.leakInErrors };
  const aws = await startAwsTwin({
    ...leaks,
    lateSeconds: options.lateSeconds ?? 15,
    propagationSeconds: options.propagationSeconds ?? 4,
    newKeySeconds: 1,
    lagSeconds: 1,
    trailFolder,
    deliverySeconds: options.deliverySeconds ?? 5,
  });
  const github = await startGithubTwin({ ...leaks, searchLagSeconds: 1 });
  const mail = await startMailTwin({ password: randomBytes(18).toString('base64url') });
  const vault = await startVaultTwin(leaks);
  const slack = await startSlackTwin(options.slack);
  const places = seedSlack(slack);
  const pagerduty = await startPagerDutyTwin();
  const paging = seedPagerDuty(pagerduty);
  // the page reaches both: a deletion takes somebody else than whoever opened the incident
  pagerduty.onCall.addShift(paging.schedule, { user: 'PLEO', from: Date.now() - DAY, level: 2 });

  const { responder, admin } = seedAccount(aws);
  const leaked = {
    payouts: leak(aws, github, 'svc-payouts', 'acme/payouts-tools'),
    reports: leak(aws, github, 'svc-reports', 'acme/reports'),
  };
  github.addRepository('acme/incidents');
  const token = github.addToken({
    login: 'firebreak-acme',
    repositories: ['acme/*'],
    permissions: { secret_scanning_alerts: 'write', issues: 'write', contents: 'read' },
  });
  const path = 'production/payments/aws-access-key/svc-payouts';
  vault.put(path, { id: leaked.payouts.id, secret: leaked.payouts.secret });
  vault.put('production/payments/aws-access-key/svc-reports', { id: leaked.reports.id, secret: leaked.reports.secret });
  const vaultToken = vault.addToken({ prefix: '', write: true });
  const readerToken = vault.addToken({ prefix: 'production/', write: false });

  const leakUser = ({ user }: Record<string, unknown>): Leaked => {
    const name = String(user);
    aws.addUser({ name, createdAt: Date.now() - 400 * DAY, tags: { team: 'payments' }, allow: SERVICE });
    const one = leak(aws, github, name, `acme/${name}`);
    vault.put(`production/payments/aws-access-key/${name}`, { id: one.id, secret: one.secret });
    return one;
  };
  const commands = { ...aws.controls.commands, 'leak-user': leakUser };
  const twins = {
    aws: { ...aws.controls, commands },
    github: github.controls,
    mail: mail.controls,
    vault: vault.controls,
    slack: slack.controls,
    pagerduty: pagerduty.controls,
  };
  const control = await startControl(twins, options.onStop === undefined ? {} : { onStop: options.onStop });
  const people = Object.fromEntries(PEOPLE.map((name) => [name, `fbt_${randomBytes(32).toString('base64url')}`]));
  const addresses: SandboxAddresses = {
    pid: process.pid,
    control: { url: control.url, token: control.token },
    aws: { url: aws.url, account: aws.account, region: aws.region, responder, admin, trailFolder },
    github: { url: github.url, token, hookSecret: github.hookSecret, tickets: 'acme/incidents' },
    mail: { host: mail.host, port: mail.port, user: mail.user, password: mail.password },
    vault: { url: vault.url, mount: vault.mount, token: vaultToken, readerToken, path },
    slack: {
      ...places,
      url: slack.url,
      api: slack.apiUrl,
      team: slack.workspace.team.id,
      botToken: slack.botToken,
      appToken: slack.appToken,
      signingSecret: slack.signingSecret,
      botUser: slack.workspace.app.botUser,
      page: slack.pageUrl,
    },
    pagerduty: { url: pagerduty.url, token: pagerduty.token, ...paging },
    leaked,
    people: people as SandboxAddresses['people'],
    env: {},
  };
  addresses.env = envOf(addresses);
  return {
    aws,
    github,
    mail,
    vault,
    slack,
    pagerduty,
    addresses,
    async close() {
      const all = [control, aws, github, mail, vault, slack, pagerduty];
      await Promise.all(all.map((one) => one.close()));
      if (options.trailFolder === undefined) rmSync(trailFolder, { recursive: true, force: true });
    },
  };
}

function seedAccount(aws: AwsTwin): Pick<SandboxAddresses['aws'], 'responder' | 'admin'> {
  const since = { createdAt: Date.now() - 400 * DAY };
  aws.addUser({ ...since, name: 'admin', allow: ['*'], login: true });
  aws.addUser({ ...since, name: 'firebreak', tags: { team: 'security' }, allow: RESPONDER });
  aws.addUser({ ...since, name: 'break-glass-1', allow: ['*'], login: true });
  aws.addUser({ ...since, name: 'svc-payouts', tags: { team: 'payments' }, allow: [...SERVICE, ...FAR_TOO_MUCH] });
  aws.addUser({ ...since, name: 'svc-reports', tags: { team: 'payments' }, allow: SERVICE });
  aws.addUser({ ...since, name: 'svc-hot-wallet', tags: { team: 'payments' }, allow: SERVICE });
  aws.addKey('svc-hot-wallet', { createdAt: Date.now() - 30 * DAY });
  // two keys in use: there is no room for a third
  aws.addUser({ ...since, name: 'svc-legacy', allow: SERVICE });
  aws.addKey('svc-legacy', { createdAt: Date.now() - 300 * DAY });
  aws.addKey('svc-legacy', { createdAt: Date.now() - 200 * DAY });
  aws.addRole('deploy', ['s3:*'], [`arn:aws:iam::${aws.account}:user/admin`]);
  for (const name of ['acme-payouts', 'acme-reports', 'acme-backups']) aws.addBucket(name, ['2026/11/ledger.csv']);
  return {
    responder: aws.addKey('firebreak', { createdAt: Date.now() - 20 * DAY }),
    admin: aws.addKey('admin', { createdAt: Date.now() - 20 * DAY }),
  };
}

/** A key in an ordinary life, then in a commit, then in two alerts: its id and its secret. */
function leak(aws: AwsTwin, github: GithubTwin, user: string, repository: string): Leaked {
  const key = aws.addKey(user, { createdAt: Date.now() - 90 * DAY });
  for (let ago = 30; ago >= 1; ago--) {
    const at = Date.now() - ago * DAY;
    const agent = SERVICE_AGENT.replace('svc-payouts', user);
    aws.addUse(key.id, { at, service: 's3', name: 'ListBuckets', address: SERVICE_ADDRESS, agent });
  }
  aws.trail.flush();
  github.addRepository(repository, { private: false });
  const commit = github.addCommit(repository, {
    path: 'deploy/.env.production',
    content: [
      `# ${user}`,
      'AWS_REGION=eu-west-1',
      `AWS_ACCESS_KEY_ID=${key.id}`,
      `AWS_SECRET_ACCESS_KEY=${key.secret}`,
      '',
    ].join('\n'),
    message: 'Try the payout job on my machine',
  });
  const both = { commits: [commit], validity: 'active' as const, publiclyLeaked: true };
  const alert = github.addAlert(repository, {
    ...both,
    secretType: 'aws_access_key_id',
    secretTypeName: 'Amazon AWS Access Key ID',
    secret: key.id,
  });
  github.addAlert(repository, {
    ...both,
    secretType: 'aws_secret_access_key',
    secretTypeName: 'Amazon AWS Secret Access Key',
    secret: key.secret,
  });
  return { ...key, user, repository, alert };
}

function envOf({ aws, github, mail, vault, slack, pagerduty, people }: SandboxAddresses): Record<string, string> {
  const named = {
    KEY: randomBytes(32).toString('base64'),
    AWS: aws.url,
    AWS_KEY_ID: aws.responder.id,
    AWS_SECRET: aws.responder.secret,
    CLOUDTRAIL: aws.trailFolder,
    GITHUB: github.url,
    GITHUB_TOKEN: github.token,
    GITHUB_HOOK: github.hookSecret,
    SIEM_HOOK: `whsec_${randomBytes(24).toString('base64')}`,
    VAULT: vault.url,
    VAULT_TOKEN: vault.token,
    SMTP: `smtp://${mail.user}:${encodeURIComponent(mail.password)}@${mail.host}:${mail.port}`,
    SLACK: slack.api,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    PAGERDUTY: pagerduty.url,
    PAGERDUTY_TOKEN: pagerduty.token,
    PAGERDUTY_ROUTING_KEY: pagerduty.routingKey,
    ...Object.fromEntries(
      Object.entries(people).map(([name, token]) => [
        name.toUpperCase(),
        createHash('sha256').update(token).digest('hex'),
      ]),
    ),
  };
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [`FIREBREAK_SANDBOX_${name}`, value]));
}
