import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import type { Gate, Office, Policy, PolicyRow } from '../../playbooks/language/policy.js';
import { channelsOf, pagerdutyOf, rolesOf, slackOf } from './contacts-of.js';
import { readCsv } from './csv.js';
import { given } from './given.js';
import type { SettingsProblem } from './problem.js';
import { Reference, type SecretRef, type TextRef } from './reference.js';
import type { AwsSettings, OwnerRow, OwnerRule, Settings } from './settings.js';
import type { Written } from './written.js';
import type { Path } from './yaml-file.js';

export interface Reading {
  file: string;
  /** Absolute; relative paths start here. */
  folder: string;
  references: (SecretRef | TextRef)[];
  where(...path: Path): string;
  tell(path: Path, message: string, fix: string, severity?: 'error' | 'warning'): void;
  /** Problems in other files than this one. */
  problems: SettingsProblem[];
}

const MONDAY_TO_FRIDAY = { days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60 };
const GITHUB = 'https://api.github.com';

/** What is written, in the house's own shape, with defaults; reads the CSV files that it names. */
export function settingsOf(written: Written, reading: Reading): Settings {
  const { file, references, where } = reading;
  const { temporal, mail, secrets, sources, logs, tickets } = written;
  const literal = (text: string): TextRef => new Reference(text, { env: {}, folder: reading.folder }, (value) => value);
  const absolute = (path: string) => (isAbsolute(path) ? path : join(reading.folder, path));
  const [repoOwner = '', repo = ''] = tickets?.github.repo.split('/') ?? [];
  const listen = /^(.*):(\d+)$/.exec(written.api?.listen ?? '127.0.0.1:8080');

  return {
    file,
    company: written.company,
    ...given('publicUrl', written.public_url?.replace(/\/+$/, '')),
    ...given(
      'temporal',
      temporal && {
        address: temporal.address,
        namespace: temporal.namespace ?? 'default',
        ...given('apiKey', temporal.api_key),
        ...given(
          'tls',
          temporal.tls && {
            ...given('ca', temporal.tls.ca),
            ...given('certificate', temporal.tls.certificate),
            ...given('key', temporal.tls.key),
            ...given('serverName', temporal.tls.server_name),
          },
        ),
      },
    ),
    ...given('recordsFile', written.records?.file && absolute(written.records.file)),
    encryptionKeys: written.encryption.keys,
    ...given('mail', mail),
    ...given('slack', slackOf(written, literal)),
    ...given('channels', channelsOf(written)),
    ...given('pagerduty', pagerdutyOf(written, literal)),
    people: Object.entries(written.people).map(([name, person]) => ({
      name,
      mail: person.mail,
      teams: person.teams ?? [],
      knownAs: person.known_as ?? [],
    })),
    roles: rolesOf(written, where),
    owners: ownersOf(written, reading, absolute),
    office: officeOf(written, reading, absolute),
    environments: environmentsOf(written, where),
    policy: policyOf(written),
    protected: (written.protected ?? []).map((pattern, index) => ({ pattern, where: where('protected', index) })),
    connectors: given('aws-access-key', awsOf(written)),
    secrets: {
      ...given(
        'vault',
        secrets?.vault && {
          address: secrets.vault.address,
          token: secrets.vault.token,
          mount: secrets.vault.mount ?? 'secret',
          ...given('namespace', secrets.vault.namespace),
        },
      ),
      ...given('file', secrets?.file && absolute(secrets.file)),
      path: secrets?.path ?? '<environment>/<owner>/<credential.kind>/<credential.name>',
    },
    sources: {
      ...given(
        'github',
        sources?.github && {
          secrets: sources.github.secret,
          ...given('token', sources.github.token),
          api: sources.github.api ?? literal(GITHUB),
        },
      ),
      ...given('standard', sources?.standard && { secrets: sources.standard.secret }),
    },
    intake: {
      storm: {
        alerts: written.intake?.storm?.alerts ?? 1_000,
        withinMs: (written.intake?.storm?.within ?? 60) * 1_000,
      },
    },
    logs: given(
      'cloudtrail',
      logs?.cloudtrail && {
        files: logs.cloudtrail.files,
        knows: logs.cloudtrail.knows,
        lagSeconds: logs.cloudtrail.lag ?? 15 * 60,
      },
    ),
    ...given(
      'tickets',
      tickets && {
        owner: repoOwner,
        repo,
        token: tickets.github.token,
        api: tickets.github.api ?? literal(GITHUB),
        labels: tickets.github.labels ?? [],
      },
    ),
    tell: Object.entries(written.tell ?? {}).map(([audience, rule]) => ({
      audience,
      ...given('mail', rule.mail),
      by: rule.by ?? ['mail' as const],
      at: rule.at ?? [],
      where: where('tell', audience),
    })),
    api: {
      host: (listen?.[1] ?? '').replace(/^\[|\]$/g, ''),
      port: Number(listen?.[2]),
      tokens: (written.api?.tokens ?? []).map(({ roles, ...token }) => ({ ...token, ...given('roles', roles) })),
    },
    ...given('playbooks', playbooksOf(written, reading, absolute)),
    references,
    where,
  };
}

function ownersOf(written: Written, reading: Reading, absolute: (path: string) => string): OwnerRule[] {
  return (written.owners ?? []).map((rule, index): OwnerRule => {
    const where = reading.where('owners', index);
    if (rule.aws_tag !== undefined) return { where, by: 'aws_tag', tag: rule.aws_tag };
    if (rule.csv === undefined) return { where, by: 'default', owner: rule.default ?? 'unknown' };
    const path = absolute(rule.csv);
    return { where, by: 'csv', rows: ownerRows(path, ['owners', index, 'csv'], reading) };
  });
}

/** Rows `account,name,owner`; an empty account is any, a name may hold `*`. */
function ownerRows(path: string, key: Path, reading: Reading): OwnerRow[] {
  const rows = rowsOf(path, key, reading);
  return rows.flatMap(({ line, cells }, index) => {
    const [account = '', name = '', owner = ''] = cells;
    if (index === 0 && account === 'account' && name === 'name' && owner === 'owner') return [];
    if (cells.length !== 3 || owner === '' || name === '' || !/^(\d{12})?$/.test(account)) {
      const message = 'This row is not account,name,owner';
      reading.problems.push({
        file: path,
        line,
        column: 1,
        severity: 'error',
        message,
        fix: 'Write `111122223333,svc-*,payments`',
      });
      return [];
    }
    return [{ account, name, owner, where: `${basename(path)}:${line}` }];
  });
}

function officeOf(written: Written, reading: Reading, absolute: (path: string) => string): Office {
  const { office } = written;
  const path = office?.except && absolute(office.except);
  const rows = path ? rowsOf(path, ['office', 'except'], reading) : [];
  const except = rows.flatMap(({ line, cells: [date = ''] }, index) => {
    if (index === 0 && date === 'date') return [];
    if (/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date))) return [date];
    const message = 'This row does not begin with a date';
    reading.problems.push({
      file: path ?? '',
      line,
      column: 1,
      severity: 'error',
      message,
      fix: 'Write `2026-12-25,Christmas`',
    });
    return [];
  });
  return { zone: office?.zone ?? 'UTC', ...(office?.hours ?? MONDAY_TO_FRIDAY), except };
}

function rowsOf(path: string, key: Path, reading: Reading): ReturnType<typeof readCsv> {
  try {
    return readCsv(readFileSync(path, 'utf8'));
  } catch (error) {
    reading.tell(
      key,
      `names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'Create it, or correct the path',
    );
    return [];
  }
}

function environmentsOf(written: Written, where: Reading['where']): Settings['environments'] {
  const { default: rest, ...named } = written.environments;
  const rules = Object.entries(named).map(([name, rule]) => ({
    name,
    mode: rule.mode,
    critical: rule.critical ?? [],
    match: { ...given('awsAccounts', rule.match?.aws_account), ...given('names', rule.match?.names) },
    where: where('environments', name),
  }));
  const fallback = {
    name: 'default',
    mode: rest?.mode ?? ('observe' as const),
    critical: rest?.critical ?? [],
    match: {},
  };
  return [...rules, { ...fallback, where: where('environments', 'default') }];
}

function policyOf(written: Written): Policy {
  return Object.fromEntries(
    Object.entries(written.policy ?? {}).map(([name, rows]) => [
      name,
      Object.fromEntries(
        Object.entries(rows).map(([column, row]): [string, PolicyRow] => [column, row === 'now' ? row : gateOf(row)]),
      ),
    ]),
  );
}

type WrittenGate = Exclude<NonNullable<Written['policy']>[string][string], 'now'>;
function gateOf(row: WrittenGate): Gate {
  return {
    ...given('from', row.from),
    ...given('withinSeconds', row.within),
    ...given(
      'then',
      row.then?.map((role) => [role]),
    ),
    ...given('ifSilent', row.if_silent),
    ...given('ifDenied', row.if_denied),
    ...given('hours', row.hours),
  };
}

function awsOf(written: Written): AwsSettings | undefined {
  const aws = written.connectors['aws-access-key'];
  if (!aws) return undefined;
  const accounts = Object.entries(aws.accounts).map(([account, access]) => {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey } = access;
    const key = accessKeyId && secretAccessKey && { accessKeyId, secretAccessKey };
    return [account, { ...given('role', access.role), ...given('key', key) }] as const;
  });
  return {
    region: aws.region ?? 'us-east-1',
    ...given('endpoint', aws.endpoint),
    accounts: Object.fromEntries(accounts),
    fence: {
      ...given('lateSeconds', aws.fence?.late),
      ...given('lagSeconds', aws.fence?.lag),
      ...given('skewSeconds', aws.fence?.skew),
    },
    propagation: {
      ...given('looks', aws.propagation?.looks),
      ...given('spreadSeconds', aws.propagation?.spread),
      ...given('windowSeconds', aws.propagation?.window),
    },
  };
}

function playbooksOf(written: Written, reading: Reading, absolute: (path: string) => string): string | undefined {
  const path = written.playbooks && absolute(written.playbooks);
  if (path && !(existsSync(path) && statSync(path).isDirectory())) {
    reading.tell(
      ['playbooks'],
      `names ${path}, which is no folder`,
      'Create it, correct the path, or leave it out for the pages that come with Firebreak',
    );
  } else if (path && !['manual.yaml', 'manual.yml'].some((name) => existsSync(join(path, name)))) {
    reading.tell(
      ['playbooks'],
      'has no manual.yaml, so an alert about a kind without a connector is held',
      'Copy `playbooks/manual.yaml` of Firebreak there',
      'warning',
    );
  }
  return path;
}
