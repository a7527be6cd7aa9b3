/**
 * What no key can know alone: names that must exist elsewhere, keys that belong together. Reads the raw file, so that
 * its findings stand in the same report as those of the keys; whatever has the wrong shape is passed over here.
 */
import { nearest } from '../../playbooks/language/problem.js';
import { EFFECT_CLASSES } from '../../playbooks/language/words.js';
import type { Path } from './yaml-file.js';

type Raw = Record<string, unknown>;
export type Tell = (path: Path, message: string, fix: string, severity?: 'error' | 'warning') => void;

const RESERVED = ['any', 'critical', 'public', 'not_public'];
/** How a role says who holds it. */
const HOLDERS = ['people', 'of', 'slack_group', 'pagerduty_schedule'];
const SLUG = /^[a-z][a-z0-9-]{0,39}$/;
const MAIL = 'Write `mail: { smtp: env:SMTP_URL, from: firebreak@acme.example }`';
export const SECRET_PATH_WORDS = [
  'environment',
  'owner',
  'credential.kind',
  'credential.id',
  'credential.account',
  'credential.name',
];

const map = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const words = (value: unknown): string[] => list(value).filter((item) => typeof item === 'string');

export function crossCheck(raw: unknown, kinds: readonly string[], tell: Tell): void {
  const settings = map(raw);
  checkNames(settings, tell);
  checkRoles(settings, tell);
  checkSlack(settings, tell);
  checkOwners(settings, tell);
  checkEnvironments(settings, tell);
  checkPolicy(settings, tell);
  checkConnections(settings, kinds, tell);
  checkSecrets(settings, tell);
  checkTell(settings, tell);
  checkTokens(settings, tell);
}

/** Reports a name that is none of those known. */
function mustBe(name: unknown, known: string[], what: string, path: Path, tell: Tell): void {
  if (typeof name !== 'string' || known.includes(name)) return;
  const near = nearest(name, known);
  const there = known.length === 0 ? `there is no ${what} at all` : `there are ${known.join(', ')}`;
  tell(
    path,
    `names no ${what} of this file, "${name}"; ${there}`,
    near ? `Did you mean ${near}?` : `Correct it, or add it`,
  );
}

function checkNames(settings: Raw, tell: Tell): void {
  for (const section of ['people', 'roles', 'environments', 'tell']) {
    for (const name of Object.keys(map(settings[section]))) {
      if (!SLUG.test(name)) {
        tell(
          [section, name],
          'is no name here: small letters, digits and hyphens, a letter first',
          'Write another one',
        );
      }
    }
  }
}

function checkRoles(settings: Raw, tell: Tell): void {
  const people = Object.keys(map(settings.people));
  const roles = map(settings.roles);
  for (const [name, value] of Object.entries(roles)) {
    const role = map(value);
    if (HOLDERS.filter((key) => key in role).length !== 1) {
      tell(['roles', name], `takes one of ${HOLDERS.join(', ')}`, 'Write `{ people: [sam] }` or `{ of: owner }`');
    }
    for (const [key, section, example] of [
      ['slack_group', 'slack', '`slack: { app_token: env:SLACK_APP_TOKEN, bot_token: env:SLACK_BOT_TOKEN, … }`'],
      ['pagerduty_schedule', 'pagerduty', '`pagerduty: { token: env:PAGERDUTY_TOKEN }`'],
    ] as const) {
      if (key in role && !(section in settings))
        tell(['roles', name, key], `needs ${section}, which is not set up`, `Write ${example}`);
    }
    checkPage(settings, name, role, tell);
    for (const [index, person] of list(role.people).entries()) {
      mustBe(person, people, 'person', ['roles', name, 'people', index], tell);
    }
  }
  if ('roles' in settings && !('security-on-call' in roles)) {
    tell(
      ['roles'],
      'has no security-on-call, who are told of every failure',
      'Write `security-on-call: { people: [sam] }`',
    );
  }
}

function checkPage(settings: Raw, name: string, role: Raw, tell: Tell): void {
  if (!('page' in role)) return;
  const path = ['roles', name, 'page'];
  if (!('pagerduty_schedule' in role)) {
    tell(
      path,
      'needs pagerduty_schedule: PagerDuty decides who is on call, and nobody else is woken',
      'Write `{ pagerduty_schedule: PSEC1, page: true }`, or leave it out',
    );
  } else if (!('routing_key' in map(settings.pagerduty))) {
    tell(
      path,
      'needs pagerduty.routing_key, by which pages are sent',
      'Write `pagerduty: { routing_key: env:PAGERDUTY_ROUTING_KEY }`',
    );
  }
}

function checkSlack(settings: Raw, tell: Tell): void {
  if ('channels' in settings && !('slack' in settings)) {
    tell(['channels'], 'needs slack, which is not set up', 'Write `slack`, or leave `channels` out');
  }
  if (!('slack' in settings)) return;
  const slack = map(settings.slack);
  if (!('channels' in settings)) {
    tell(['slack'], 'needs channels, where incidents are posted', 'Write `channels: { default: C0SECINC }`');
  }
  if (slack.mode === 'http' && !('signing_secret' in slack)) {
    tell(
      ['slack', 'mode'],
      'http needs signing_secret, by which Slack is known',
      'Write `signing_secret: env:SLACK_SIGNING_SECRET`',
    );
  } else if ((slack.mode ?? 'socket') === 'socket' && !('app_token' in slack)) {
    tell(['slack'], 'needs app_token, by which its sockets are opened', 'Write `app_token: env:SLACK_APP_TOKEN`');
  }
  if (slack.mode === 'http' && !('public_url' in settings)) {
    tell(['slack', 'mode'], 'http needs public_url, where Slack reaches Firebreak', 'Write `public_url`');
  }
}

function checkOwners(settings: Raw, tell: Tell): void {
  const owners = list(settings.owners);
  const teams = Object.values(map(settings.people)).flatMap((person) => words(map(person).teams));
  const known = [...new Set([...teams, ...Object.keys(map(settings.roles))])];
  for (const [index, value] of owners.entries()) {
    const rule = map(value);
    const keys = ['aws_tag', 'csv', 'default'].filter((key) => key in rule);
    if (keys.length !== 1) tell(['owners', index], 'takes one of aws_tag, csv, default', 'Make each a line of its own');
    if ('default' in rule) {
      if (index < owners.length - 1)
        tell(['owners', index], 'answers always, so what follows is never asked', 'Move it to the end');
      mustBe(rule.default, known, 'team or role', ['owners', index, 'default'], tell);
    }
  }
}

function checkEnvironments(settings: Raw, tell: Tell): void {
  for (const [name, value] of Object.entries(map(settings.environments))) {
    const match = map(map(value).match);
    const matches = 'aws_account' in match || 'names' in match;
    if (RESERVED.includes(name))
      tell(['environments', name], `is a word of policy (${RESERVED.join(', ')})`, 'Choose another name');
    else if (name === 'default' && matches)
      tell(['environments', name, 'match'], 'cannot be: default is what nothing else matches', 'Leave it out');
    else if (name !== 'default' && !matches)
      tell(['environments', name], 'matches nothing', 'Write `match: { aws_account: ["111122223333"] }`');
  }
}

function checkPolicy(settings: Raw, tell: Tell): void {
  const roles = [...Object.keys(map(settings.roles)), 'service-owner'];
  const columns = [...RESERVED, ...Object.keys(map(settings.environments)), 'default'];
  const classes: readonly string[] = EFFECT_CLASSES;
  for (const [name, rows] of Object.entries(map(settings.policy))) {
    if (name === 'read' || name === 'tell') {
      tell(['policy', name], 'changes nothing, so it is never asked about', 'Leave it out');
    } else if (!classes.includes(name)) {
      const gated = classes.filter((word) => word !== 'read' && word !== 'tell');
      const near = nearest(name, gated);
      tell(
        ['policy', name],
        `is no class of changes; there are ${gated.join(', ')}`,
        near ? `Did you mean ${near}?` : 'Leave it out',
      );
    }
    for (const [column, row] of Object.entries(map(rows))) {
      const path = ['policy', name, column];
      mustBe(column, columns, 'environment', path, tell);
      const gate = map(row);
      for (const role of Object.keys(map(gate.from))) mustBe(role, roles, 'role', [...path, 'from', role], tell);
      for (const [index, role] of list(gate.then).entries())
        mustBe(role, roles, 'role', [...path, 'then', index], tell);
      if (gate.if_silent === 'proceed' && name !== 'contain' && name !== 'interrupt') {
        tell(
          [...path, 'if_silent'],
          `cannot let silence ${name}: that cannot be taken back`,
          'Write `if_silent: hold`',
        );
      }
      if (gate.hours === 'office' && name !== 'replace' && name !== 'destroy') {
        tell([...path, 'hours'], `cannot be office: ${name} does not wait for the morning`, 'Leave it out');
      }
    }
  }
}

function checkConnections(settings: Raw, kinds: readonly string[], tell: Tell): void {
  const aws = map(map(settings.connectors)['aws-access-key']);
  for (const [account, value] of Object.entries(map(aws.accounts))) {
    const path = ['connectors', 'aws-access-key', 'accounts', account];
    const given = map(value);
    if (!/^\d{12}$/.test(account))
      tell(path, 'is not the 12 digits of an AWS account', 'Write `"111122223333"`, in quotes');
    const [id, key] = ['access_key_id' in given, 'secret_access_key' in given];
    if (id !== key) tell(path, 'needs access_key_id and secret_access_key together', 'Write both, or only `role`');
    else if (!id && !('role' in given))
      tell(path, 'does not say how to enter the account', 'Write `role`, or `access_key_id` and `secret_access_key`');
  }
  for (const [index, kind] of words(map(map(settings.logs).cloudtrail).knows).entries()) {
    mustBe(kind, [...kinds], 'kind', ['logs', 'cloudtrail', 'knows', index], tell);
  }
  const github = map(map(settings.sources).github);
  if ('github' in map(settings.sources) && !('token' in github)) {
    tell(
      ['sources', 'github'],
      'has no token, so the leaked secret cannot be read there and no alert resolved',
      'Write `token: env:GITHUB_TOKEN`',
      'warning',
    );
  }
  const tls = map(map(settings.temporal).tls);
  if ('certificate' in tls !== 'key' in tls) {
    tell(['temporal', 'tls'], 'needs certificate and key together', 'Write both, or neither');
  }
}

function checkSecrets(settings: Raw, tell: Tell): void {
  const secrets = map(settings.secrets);
  if ('vault' in secrets && 'file' in secrets)
    tell(['secrets', 'file'], 'stands beside vault, but there is one store', 'Keep one of them');
  for (const [, name = ''] of typeof secrets.path === 'string' ? secrets.path.matchAll(/<([^<>]*)>/g) : []) {
    mustBe(name, SECRET_PATH_WORDS, 'fact', ['secrets', 'path'], (path, _, fix) =>
      tell(path, `has no <${name}>; it has ${SECRET_PATH_WORDS.map((word) => `<${word}>`).join(', ')}`, fix),
    );
  }
  const ids = list(map(settings.encryption).keys).map((key) => map(key).id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) !== index)
      tell(['encryption', 'keys', index, 'id'], `is there twice, "${id}"`, 'Give each key its own');
  }
}

function checkTell(settings: Raw, tell: Tell): void {
  const roles = Object.keys(map(settings.roles));
  for (const [audience, value] of Object.entries(map(settings.tell))) {
    if (audience !== 'owner' && !roles.includes(audience) && !('mail' in map(value))) {
      tell(
        ['tell', audience],
        'is neither owner nor a role, so it needs an address',
        'Write `mail: legal@acme.example`',
      );
    }
  }
  const rules = Object.entries(map(settings.tell)).map(([audience, value]) => ({ audience, rule: map(value) }));
  for (const { audience, rule } of rules) {
    const by = words(rule.by);
    if (by.includes('slack') && !('slack' in settings))
      tell(['tell', audience, 'by'], 'needs slack, which is not set up', 'Write `by: [mail]`');
    if (by.includes('slack') && !by.includes('mail') && 'mail' in rule)
      tell(
        ['tell', audience, 'by'],
        'leaves mail out, though an address stands beside it',
        'Write `by: [slack, mail]`',
      );
  }
  if ('mail' in settings) return;
  if (rules.some(({ rule }) => !('by' in rule) || words(rule.by).includes('mail'))) {
    tell(['tell'], 'needs mail, which is not set up', MAIL, 'error');
  } else {
    const so =
      'slack' in settings
        ? 'people are told by Slack alone, and confirm their Slack account with their own API token alone'
        : 'nobody is told of a question that waits';
    tell([], `There is no mail, so ${so}`, MAIL, 'warning');
  }
}

function checkTokens(settings: Raw, tell: Tell): void {
  const people = Object.keys(map(settings.people));
  const roles = [...Object.keys(map(settings.roles)), 'service-owner'];
  const tokens = list(map(settings.api).tokens).map(map);
  for (const [index, token] of tokens.entries()) {
    mustBe(token.person, people, 'person', ['api', 'tokens', index, 'person'], tell);
    for (const role of words(token.roles)) mustBe(role, roles, 'role', ['api', 'tokens', index, 'roles'], tell);
    if (tokens.findIndex((other) => other.id === token.id) !== index) {
      tell(['api', 'tokens', index, 'id'], `is there twice, "${token.id}"`, 'Give each token its own');
    }
  }
}
