import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, resolveAll } from '../../../worker/settings/load-settings.js';
import { formatSettingsProblems, SettingsError } from '../../../worker/settings/problem.js';

/** The least that loads, without a warning. */
const LEAST = `version: 1
company: Acme
encryption: { keys: [{ id: one, from: env:KEY }] }
mail: { smtp: env:SMTP_URL, from: firebreak@acme.example }
people:
  sam: { mail: sam@acme.example, teams: [payments] }
roles:
  security-on-call: { people: [sam] }
environments:
  production: { match: { aws_account: ["111122223333"] }, mode: act }
connectors:
  aws-access-key: { accounts: { "111122223333": { role: "arn:aws:iam::111122223333:role/firebreak" } } }
`;

const CHANNELS = 'channels: { default: C0SEC, severity: { sev1: new-channel, sev3: C0LOW } }';
const SLACK = `slack: { app_token: env:APP, bot_token: env:BOT, workspace: T0ACME }\n${CHANNELS}\n`;
const PAGERDUTY = 'pagerduty: { token: env:PD }\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, env: Record<string, string> = {}) {
  const file = join(folder, 'firebreak.yaml');
  writeFileSync(file, text);
  const { settings, problems } = loadSettings(file, env);
  return { settings, report: formatSettingsProblems(problems).replaceAll(`${folder}/`, '') };
}

/** The report on the least settings with more at the end, or with a piece of them replaced. */
function report(more: string, replace?: string | RegExp): string {
  return load(replace === undefined ? LEAST + more : LEAST.replace(replace, more)).report;
}

describe('settings that do not load', () => {
  it('says that there is no file', () => {
    const { settings, problems } = loadSettings('/nowhere/firebreak.yaml', {});
    expect(settings).toBeUndefined();
    expect(formatSettingsProblems(problems)).toBe(
      '/nowhere/firebreak.yaml:1:1 There is no settings file here. Write one, or name it with `--settings <file>`.',
    );
  });

  it('tells every mistake of every kind in one report, in the order of the file', () => {
    const { settings, report } = load(`version: 2
company: ""
publik_url: https://x
encryption: { keys: [{ id: one, from: hunter2 }] }
people:
  sam: { mail: sam, team: [payments] }
roles:
  ciso: { people: [samm] }
environments:
  critical: { mode: ackt }
policy: { contian: { any: now } }
connectors: { aws-access-key: { accounts: { "123": {} } } }
slack: { mode: socket }
`);
    expect(settings).toBeUndefined();
    expect(report.split('\n')).toEqual([
      'firebreak.yaml:1:1 version is not one that this Firebreak reads. Write `version: 1`.',
      'firebreak.yaml:1:1 warning: There is no mail, so people are told by Slack alone, and confirm their Slack account with their own API token alone. Write `mail: { smtp: env:SMTP_URL, from: firebreak@acme.example }`.',
      'firebreak.yaml:2:1 company takes one line of text, not this text. Write `company: Acme Exchange`.',
      expect.stringMatching(
        /^firebreak.yaml:3:1 publik_url is no key here; there are version, .* Did you mean public_url\?$/,
      ),
      'firebreak.yaml:4:33 encryption.keys[1].from holds a literal value where only a reference to a secret may stand. Put the secret into a variable or a file, write `env:NAME` or `file:/path` here, and replace the secret: this file has seen it.',
      'firebreak.yaml:6:10 people.sam.mail takes a mail address, not this text. Write `sam@acme.example`.',
      'firebreak.yaml:6:21 people.sam.team is no key here; there are mail, teams, known_as. Did you mean teams?',
      'firebreak.yaml:7:1 roles has no security-on-call, who are told of every failure. Write `security-on-call: { people: [sam] }`.',
      'firebreak.yaml:8:20 roles.ciso.people[1] names no person of this file, "samm"; there are sam. Did you mean sam?',
      'firebreak.yaml:10:3 environments.critical is a word of policy (any, critical, public, not_public). Choose another name.',
      'firebreak.yaml:10:15 environments.critical.mode takes act, ask or observe, not "ackt". Did you mean act?',
      'firebreak.yaml:11:11 policy.contian is no class of changes; there are contain, burn, interrupt, replace, destroy. Did you mean contain?',
      'firebreak.yaml:12:45 connectors.aws-access-key.accounts.123 is not the 12 digits of an AWS account. Write `"111122223333"`, in quotes.',
      'firebreak.yaml:12:45 connectors.aws-access-key.accounts.123 does not say how to enter the account. Write `role`, or `access_key_id` and `secret_access_key`.',
      'firebreak.yaml:13:1 slack.bot_token is missing. Write `env:SLACK_BOT_TOKEN`.',
      'firebreak.yaml:13:1 slack.workspace is missing. Write `workspace: T0ACME`.',
      'firebreak.yaml:13:1 slack needs channels, where incidents are posted. Write `channels: { default: C0SECINC }`.',
      'firebreak.yaml:13:1 slack needs app_token, by which its sockets are opened. Write `app_token: env:SLACK_APP_TOKEN`.',
    ]);
  });

  it.each([
    ['the key', LEAST.replace('env:KEY', 's3cret-c4nary')],
    ['a password in an address', LEAST.replace('env:SMTP_URL', 'smtps://sam:s3cret-c4nary@mail.acme.example')],
    ['a token', `${LEAST}tickets: { github: { repo: a/b, token: s3cret-c4nary } }`],
    ['a hook secret', `${LEAST}sources: { standard: { secret: [s3cret-c4nary] } }`],
    ['a secret where a number is', `${LEAST}office: { zone: s3cret-c4nary, hours: s3cret-c4nary }`],
  ])('never repeats a secret that stands where none may: %s', (_, text) => {
    const { settings, report } = load(text);
    expect(settings).toBeUndefined();
    expect(report).not.toBe('');
    expect(report).not.toContain('s3cret-c4nary');
  });

  it('shows how to begin each section that must be there, and how to make a key', () => {
    const { report } = load('version: 1\ncompany: Acme\n');
    for (const section of ['encryption', 'people', 'roles', 'environments', 'connectors']) {
      expect(report).toMatch(new RegExp(`${section} is missing. Write .${section}: `));
    }
    expect(report).toContain('openssl rand -base64 32');
  });

  it('warns of a folder of pages without the one that alerts of other kinds run', () => {
    mkdirSync(join(folder, 'pages'));
    const { settings, report } = load(`${LEAST}playbooks: ./pages\n`);
    expect(settings?.playbooks).toBe(join(folder, 'pages'));
    expect(report).toContain('warning: playbooks has no manual.yaml');
    writeFileSync(join(folder, 'pages', 'manual.yaml'), '');
    expect(load(`${LEAST}playbooks: ./pages\n`).report).toBe('');
  });

  it.each([
    ['limits: {}', 'limits is not implemented yet: it arrives with the budget of changes an hour'],
    ['records: { url: env:X }', 'records.url is not implemented yet: it arrives with records in PostgreSQL'],
    [
      'sources: { github: { secret: env:A, token: env:B, backlog: list } }',
      'sources.github.backlog is not implemented yet',
    ],
    [
      'sources: { github: { secret: vault:kv/x, token: env:B } }',
      'cannot read secrets from Vault yet (vault:). Use `env:NAME` or `file:/path`.',
    ],
    [
      'sources: { github: { secret: aws-sm:x, token: env:B } }',
      'cannot read secrets from AWS Secrets Manager yet (aws-sm:)',
    ],
    [
      'secrets: { vault: { address: https://v, token: env:T, role: firebreak } }',
      'secrets.vault.role is not implemented yet',
    ],
  ])('refuses by name what nothing implements yet: %s', (more, sentence) => {
    expect(report(more)).toContain(sentence);
  });

  it.each([
    ['delegates: [sam]', 'people.sam.delegates is not implemented yet'],
    [
      'slack: U1',
      'people.sam.slack is never written: each person confirms once which Slack account is theirs. Leave it out',
    ],
  ])('refuses by name what a person may have later: %s', (key, sentence) => {
    expect(report(`teams: [payments], ${key}`, 'teams: [payments]')).toContain(sentence);
  });

  it.each([
    ['slack_group: S0SEC', '', 'slack_group needs slack, which is not set up. Write `slack:'],
    ['pagerduty_schedule: PSEC1', '', 'pagerduty_schedule needs pagerduty, which is not set up. Write `pagerduty:'],
    ['people: [sam], slack_group: S0SEC', SLACK, 'takes one of people, of, slack_group, pagerduty_schedule. Write'],
    ['people: [sam], page: true', '', 'page needs pagerduty_schedule: PagerDuty decides who is on call'],
    ['slack_group: S0SEC, page: true', SLACK, 'page needs pagerduty_schedule'],
    ['pagerduty_schedule: PSEC1, page: true', PAGERDUTY, 'page needs pagerduty.routing_key, by which pages are sent'],
    ['pagerduty_schedule: PSEC1, page: no', PAGERDUTY, 'page takes true, not "no". Write `true`, or leave it out'],
    ['slack_group: security', SLACK, 'slack_group takes the id of a user group, not this text'],
    ['pagerduty_schedule: primary', PAGERDUTY, 'pagerduty_schedule takes the id of a schedule, not this text'],
  ])('says what a role still needs: %s', (role, more, sentence) => {
    expect(load(LEAST.replace('people: [sam]', role) + more).report).toContain(`roles.security-on-call`);
    expect(load(LEAST.replace('people: [sam]', role) + more).report).toContain(sentence);
  });

  it.each([
    ['channels: { default: C0SEC }', 'channels needs slack, which is not set up'],
    ['slack: { app_token: env:A, bot_token: env:B, workspace: T0ACME }', 'slack needs channels, where incidents are'],
    [`slack: { bot_token: env:B, workspace: T0ACME }\n${CHANNELS}`, 'slack needs app_token, by which its sockets'],
    [`slack: { mode: http, bot_token: env:B, workspace: T0ACME }\n${CHANNELS}`, 'slack.mode http needs signing_secret'],
    [
      `slack: { mode: http, bot_token: env:B, signing_secret: env:S, workspace: T0ACME }\n${CHANNELS}`,
      'slack.mode http needs public_url, where Slack reaches Firebreak',
    ],
    [`slack: { app_token: env:A, bot_token: env:B, workspace: acme }\n${CHANNELS}`, 'takes the id of a workspace'],
    [
      `slack: { app_token: xapp-1-x, bot_token: env:B, workspace: T0ACME }\n${CHANNELS}`,
      'slack.app_token holds a literal',
    ],
    ['channels: { default: "#security" }', 'takes the id of a channel'],
    [
      'channels: { default: security }',
      'takes the id of a channel, not its name. Write `C0SECINC`; Slack shows the id',
    ],
    ['channels: { default: new-channel }', 'takes the id of a channel, not its name'],
    [
      'channels: { default: C0SEC, severity: { sev9: C0 } }',
      'channels.severity.sev9 is no key here; there are sev1, sev2',
    ],
    ['pagerduty: { token: u+secret }', 'pagerduty.token holds a literal value'],
    ['tell: { owner: { by: [slack], at: [opened] } }', 'tell.owner.by needs slack, which is not set up'],
    ['tell: { legal: { mail: l@a.example, by: [slack], at: [opened] } }', 'leaves mail out, though an address stands'],
    ['tell: { owner: { by: [fax], at: [opened] } }', 'tell.owner.by[1] takes slack or mail, not "fax"'],
  ])('says what Slack and PagerDuty still need: %s', (more, sentence) => {
    expect(report(more)).toContain(sentence);
  });

  it('warns of a company that is told by Slack alone', () => {
    const { settings, report } = load(LEAST.replace(/^mail.*\n/m, '') + SLACK);
    expect(settings?.mail).toBeUndefined();
    expect(report).toContain('There is no mail, so people are told by Slack alone');
  });

  it.each([
    ['company: a\ncompany: b', 'This is not YAML that Firebreak reads: Map keys must be unique. Keep one of them.'],
    ['x: &a 1', 'An anchor stands here'],
    ['x: !!set {}', 'A tag stands here'],
    ['---\nversion: 1', 'A second document begins here'],
    ['x: [', 'This is not YAML that Firebreak reads'],
  ])('refuses YAML that hides what it says: %j', (more, sentence) => {
    expect(report(more)).toContain(sentence);
  });

  it.each([
    ['policy: { read: { any: now } }', 'policy.read changes nothing, so it is never asked about'],
    ['policy: { destroy: { prodcution: now } }', 'names no environment of this file, "prodcution"'],
    ['policy: { destroy: { any: { from: { securty-on-call: 1 } } } }', 'Did you mean security-on-call?'],
    ['policy: { destroy: { any: { from: { security-on-call: 9 } } } }', 'takes a whole number from 1 to 5'],
    ['policy: { destroy: { any: { then: [boss] } } }', 'policy.destroy.any.then[1] names no role of this file, "boss"'],
    ['policy: { destroy: { any: { if_silent: proceed } } }', 'cannot let silence destroy'],
    ['policy: { contain: { any: { hours: office } } }', 'contain does not wait for the morning'],
    [
      'policy: { contain: { any: { within: 12 } } }',
      'policy.contain.any.within takes a time of at most 90d, not a number. Write `15m`.',
    ],
    ['policy: { contain: { any: never } }', 'policy.contain.any takes a map, not text'],
    ['policy: { contain: { any: { form: {} } } }', 'policy.contain.any.form is no key here'],
    [
      'office: { zone: Mars/Olympus, hours: mon-fri 09:00-17:00 }',
      'office.zone is no time zone that this system knows',
    ],
    ['office: { zone: UTC, hours: 9 to 5 }', 'office.hours takes days and times. Write `mon-fri 09:00-17:00`.'],
    ['office: { zone: UTC, hours: mon-fri 17:00-09:00 }', 'office.hours ends before it begins'],
    ['owners: [{ default: payments }, { aws_tag: team }]', 'owners[1] answers always, so what follows is never asked'],
    [
      'owners: [{ default: paymnets }]',
      'names no team or role of this file, "paymnets"; there are payments, security-on-call',
    ],
    ['owners: [{ aws_tag: team, csv: x.csv }]', 'owners[1] takes one of aws_tag, csv, default'],
    ['owners: [{ csv: ./none.csv }]', 'none.csv, which cannot be read (ENOENT)'],
    ['secrets: { path: <environment>/<team> }', 'secrets.path has no <team>; it has <environment>, <owner>'],
    [
      'secrets: { file: x, vault: { address: https://v, token: env:T } }',
      'secrets.file stands beside vault, but there is one store',
    ],
    ['tell: { legal: { at: [misuse] } }', 'tell.legal is neither owner nor a role, so it needs an address'],
    [
      'tell: { owner: { at: [open] } }',
      'tell.owner.at[1] takes opened, contained, replaced, closed, misuse or unfinished, not "open"',
    ],
    ['api: { listen: "8080" }', 'api.listen takes host:port'],
    [
      'api: { tokens: [{ id: a, person: smm, sha256: env:A }] }',
      'api.tokens[1].person names no person of this file, "smm"',
    ],
    ['api: { tokens: [{ id: a, person: sam, sha256: abc }] }', 'the SHA-256 of the token, 64 hex digits'],
    ['playbooks: ./none', 'none, which is no folder'],
    ['logs: { cloudtrail: { files: /x, knows: [aws-acces-key] } }', 'Did you mean aws-access-key?'],
    ['intake: { storm: { alerts: 0, within: 1m } }', 'intake.storm.alerts takes a whole number from 1 to 100000'],
    ['intake: { storm: { alerts: 10 } }', 'intake.storm.within'],
    ['temporal: { address: cluster, namespace: x }', 'temporal.address takes host:port'],
  ])('refuses %s', (more, sentence) => {
    expect(report(more)).toContain(sentence);
  });

  it('asks for quotes around the digits of an account', () => {
    expect(report('[111122223333]', '["111122223333"]')).toBe(
      'firebreak.yaml:10:27 environments.production.match.aws_account[1] is a number here. Put it in quotes.'.replace(
        ':27 ',
        ':40 ',
      ),
    );
  });

  it('tells mistakes of the CSV files at their own lines', () => {
    writeFileSync(join(folder, 'owners.csv'), 'account,name,owner\n111122223333,svc-*,payments\nsvc-x,payments\n');
    writeFileSync(join(folder, 'holidays.csv'), '2026-12-25,Christmas\n26.12.2026\n');
    expect(
      report(
        'owners: [{ csv: owners.csv }]\noffice: { zone: UTC, hours: mon-fri 09:00-17:00, except: holidays.csv }',
      ).split('\n'),
    ).toEqual([
      'holidays.csv:2:1 This row does not begin with a date. Write `2026-12-25,Christmas`.',
      'owners.csv:3:1 This row is not account,name,owner. Write `111122223333,svc-*,payments`.',
    ]);
  });
});

describe('settings that load', () => {
  it('need nothing of the environment until a secret is wanted', () => {
    const { settings, report } = load(LEAST);
    expect(report).toBe('');
    expect(settings).toMatchObject({
      company: 'Acme',
      office: { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1020, except: [] },
      environments: [
        { name: 'production', mode: 'act' },
        { name: 'default', mode: 'observe' },
      ],
      api: { host: '127.0.0.1', port: 8080, tokens: [] },
      secrets: { path: '<environment>/<owner>/<credential.kind>/<credential.name>' },
      connectors: { 'aws-access-key': { region: 'us-east-1' } },
    });
    expect(settings?.temporal).toBeUndefined();
    expect(settings?.roles.map(({ name }) => name)).toEqual(['security-on-call', 'service-owner']);
  });

  it('name every reference that gives nothing, in one error', () => {
    const { settings } = load(LEAST.replace('env:KEY', 'file:none.key'), { SMTP_URL: '' });
    expect(() => resolveAll(settings!)).toThrow(SettingsError);
    expect(() => resolveAll(settings!)).toThrow(
      `${folder}/firebreak.yaml:3:33 encryption.keys[1].from: ${folder}/none.key cannot be read (ENOENT). Create it, or correct the path.\n` +
        `${folder}/firebreak.yaml:4:9 mail.smtp: SMTP_URL is not set in the environment. Export SMTP_URL.`,
    );
  });

  it('give secrets that do not print, from variables and from files beside the settings', () => {
    writeFileSync(join(folder, 'key'), 's3cret-c4nary\n', { mode: 0o600 });
    const { settings } = load(LEAST.replace('env:KEY', 'file:./key'), { SMTP_URL: 'smtp://localhost:25' });
    const secret = settings?.encryptionKeys[0]?.from.resolve();
    expect(secret?.reveal()).toBe('s3cret-c4nary');
    expect(`${secret} ${JSON.stringify(settings)} ${inspect(settings, { depth: 9 })}`).not.toContain('s3cret-c4nary');
    expect(settings?.mail?.smtp.resolve()).toBe('smtp://localhost:25');
  });

  it('warn of a secret that everybody on the machine may read', () => {
    writeFileSync(join(folder, 'key'), 'x');
    chmodSync(join(folder, 'key'), 0o644);
    const { settings, report } = load(LEAST.replace('env:KEY', 'file:key'));
    expect(settings).toBeDefined();
    expect(report).toBe(
      'firebreak.yaml:3:33 warning: encryption.keys[1].from: everybody on this machine may read key. Run `chmod 600 key`.',
    );
  });

  it('warn where GitHub has no token', () => {
    const { settings, report } = load(`${LEAST}sources: { github: { secret: env:HOOK } }`);
    expect(settings?.sources.github?.secrets).toHaveLength(1);
    expect(report).toContain('warning: sources.github has no token');
  });

  it('say where Slack and PagerDuty are, and who is asked there', () => {
    const role = 'pagerduty_schedule: PSEC1, page: true';
    const { settings, report } = load(
      `${LEAST.replace('people: [sam]', role)}${SLACK}pagerduty: { token: env:PD, routing_key: env:KEY }`,
      { PD: 'u+1', APP: 'xapp-1', BOT: 'xoxb-1' },
    );
    expect(report).toBe('');
    expect(settings?.slack).toMatchObject({ mode: 'socket', workspace: 'T0ACME' });
    expect(settings?.slack?.api.resolve()).toBe('https://slack.com/api/');
    expect(settings?.slack?.botToken.resolve().reveal()).toBe('xoxb-1');
    expect(settings?.channels).toEqual({ default: 'C0SEC', severity: { sev1: 'new-channel', sev3: 'C0LOW' } });
    expect(settings?.pagerduty?.api.resolve()).toBe('https://api.pagerduty.com');
    expect(settings?.pagerduty?.events.resolve()).toBe('https://events.pagerduty.com');
    expect(settings?.roles).toMatchObject([{ pagerdutySchedule: 'PSEC1', page: true }, { of: 'owner' }]);
    expect(inspect(settings, { depth: 9 })).not.toContain('xoxb-1');
  });

  it('turn rows of policy into gates', () => {
    const { settings } = load(`${LEAST}policy:
  contain: { any: now, critical: { from: { security-on-call: 1 }, within: 3m, if_silent: proceed } }
  destroy: { production: { from: { security-on-call: 1, service-owner: 1 }, within: 4h, then: [security-on-call], hours: office, if_denied: skip } }
`);
    expect(settings?.policy).toEqual({
      contain: { any: 'now', critical: { from: { 'security-on-call': 1 }, withinSeconds: 180, ifSilent: 'proceed' } },
      destroy: {
        production: {
          from: { 'security-on-call': 1, 'service-owner': 1 },
          withinSeconds: 14_400,
          // biome-ignore lint/suspicious/noThenProperty: the language's word
          then: [['security-on-call']],
          hours: 'office',
          ifDenied: 'skip',
        },
      },
    });
  });

  it('read office hours in every way that they may be written', () => {
    writeFileSync(join(folder, 'holidays.csv'), 'date,name\n# none in summer\n2026-12-25,"Christmas, of course"\n');
    const { settings } = load(
      `${LEAST}office: { zone: Asia/Tokyo, hours: "mon,wed-fri 08:30-24:00", except: holidays.csv }`,
    );
    expect(settings?.office).toEqual({
      zone: 'Asia/Tokyo',
      days: [1, 3, 4, 5],
      fromMinute: 510,
      toMinute: 1440,
      except: ['2026-12-25'],
    });
  });

  it('are those of docs/settings.md, without a complaint', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8');
    for (const name of ['owners.csv', 'holidays.csv']) writeFileSync(join(folder, name), '');
    const [all, least] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => load(text ?? ''));
    expect(all?.report).toBe('');
    expect(least?.settings).toBeDefined();
    expect(least?.report).toMatch(/^firebreak\.yaml:1:1 warning: There is no mail[^\n]*$/);
  });

  it('are those of the sandbox, without a complaint', () => {
    const { settings, problems } = loadSettings(join(import.meta.dirname, '../../../sandbox/firebreak.yaml'), {});
    expect(formatSettingsProblems(problems)).toBe('');
    expect(settings?.people.map(({ name }) => name)).toEqual(['sam', 'leo', 'mia', 'ana']);
    expect(
      settings?.references.every(
        ({ source }) => source.startsWith('env:FIREBREAK_SANDBOX_') || source.startsWith('https:'),
      ),
    ).toBe(true);
  });
});
