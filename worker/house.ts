/**
 * Wires the activities to the world that settings describe: records, connectors, playbooks, stores, mail, tickets. Opens
 * files, no connections; a missing secret or a page with mistakes is said here, all at once, before anything starts.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALERT_STORM } from '../activities/alert.js';
import { awsAccessKey } from '../activities/connectors/aws-access-key/index.js';
import type { Connector } from '../activities/connectors/contract.js';
import { CONNECTORS } from '../activities/connectors/index.js';
import { StepFailed } from '../activities/contract.js';
import { createMailer } from '../activities/notify/mailer.js';
import { createPager, type Pager } from '../activities/notify/pager.js';
import type { Clock, ResolvedFacts, Seams } from '../activities/seams.js';
import { openStore } from '../activities/secrets/open-store.js';
import { createSealer, type SecretSealer } from '../activities/secrets/seal.js';
import type { Secret } from '../activities/secrets/secret.js';
import { openGithub } from '../activities/tickets/open-github.js';
import { BindError, bind } from '../playbooks/language/bind.js';
import type { Catalogue } from '../playbooks/language/kinds.js';
import { type Page, readPage } from '../playbooks/language/page.js';
import type { Plan } from '../playbooks/language/plan.js';
import { formatProblems, type Problem } from '../playbooks/language/problem.js';
import { catalogueOf } from '../playbooks/language/verbs.js';
import { openRecords } from '../records/open-records.js';
import type { Records } from '../records/records.js';
import type { Log } from './log.js';
import { createDirectory, type Directory } from './people/directory.js';
import { readOnCall } from './people/pagerduty.js';
import { pagedRoles, personBehind } from './people/people.js';
import { type GroupReader, readGroup } from './people/slack-group.js';
import { recordsFileOf } from './records-file.js';
import { criticalityOf, environmentOf, ownerOf, secretPath } from './settings/facts.js';
import type { AwsSettings, Settings, SlackSettings } from './settings/settings.js';

/** A folder of ours with pages, cases and the bundle beside it, built or not. */
const HERE = dirname(fileURLToPath(import.meta.url));
export const PACKAGED_PLAYBOOKS = join(HERE, '..', 'playbooks');

export interface House {
  seams: Seams;
  records: Records;
  sealer: SecretSealer;
  directory: Directory;
  /** By name. */
  pages: ReadonlyMap<string, Page>;
  close(): Promise<void>;
}

/** Settings, pages or secrets are not as they must be; the message is the whole report. */
export class HouseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HouseError';
  }
}

/** Of an incident about too many alerts: no environment of the company's is touched, and people are asked whatever it is. */
const OURSELVES: ResolvedFacts = {
  environment: { value: 'default', source: 'firebreak' },
  mode: 'act',
  criticality: { value: 'normal', source: 'firebreak' },
  owner: { value: 'security-on-call', source: 'firebreak' },
};

/** Every kind that this version knows, whether settings configure it or not. */
export const catalogue: Catalogue = catalogueOf(Object.values(CONNECTORS).map(({ spec }) => spec));

export async function openHouse(settings: Settings, data: string, clock: Clock, log: Log, banner = ''): Promise<House> {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new HouseError(`The data folder ${data} cannot be made (${code}). Name another with --data.`, {
      cause: error,
    });
  }
  const pages = readPages(settings);
  const sealer = createSealer({ keys: sealingKeys(settings) });
  const connectors = openConnectors(settings);
  const records = await openRecords({ file: recordsFileOf(settings, data) });
  const { tickets, sources, mail, logs } = settings;
  const directory = openDirectory(settings, records, clock, log);
  const pager = pagerOf(settings);
  const seams: Seams = {
    records,
    clock,
    sealer,
    connectors,
    catalogue,
    bind({ playbook, ...inputs }): Plan {
      const page = pageFor(pages, connectors, inputs.credential.kind, playbook);
      try {
        return bind(page, { ...inputs, policy: settings.policy, catalogue });
      } catch (error) {
        if (error instanceof BindError) throw new StepFailed('invalid', error.message, { cause: error });
        throw error;
      }
    },
    resolveFacts(identity, kind) {
      if (kind === ALERT_STORM) return OURSELVES;
      const { environment, fact } = environmentOf(settings, identity);
      return {
        environment: fact,
        mode: environment.mode,
        criticality: criticalityOf(environment, identity),
        owner: ownerOf(settings, identity),
      };
    },
    people: {
      ofRole: directory.holders,
      roles: () => settings.roles.map(({ name }) => name),
      ofAudience: directory.audience,
      bySubject: (subject) => personBehind(settings, subject)?.name,
    },
    protected: settings.protected,
    secrets: {
      store: openStore(
        {
          ...(settings.secrets.file === undefined ? {} : { file: settings.secrets.file }),
          ...(settings.secrets.vault === undefined ? {} : { vault: vaultOf(settings.secrets.vault) }),
        },
        { dataFolder: data, sealer },
      ),
      path: (plan) =>
        secretPath(settings.secrets.path, {
          environment: plan.facts.environment.value,
          owner: plan.facts.owner.value,
          credential: plan.credential,
        }),
    },
    banner,
    office: settings.office,
    publicUrl: settings.publicUrl ?? `http://${settings.api.host}:${settings.api.port}`,
    tellRules: settings.tell.map(({ audience, at, by }) => ({ audience, at, by })),
    ...(logs.cloudtrail === undefined
      ? {}
      : {
          logs: {
            cloudtrail: {
              folder: logs.cloudtrail.files.resolve(),
              lagSeconds: logs.cloudtrail.lagSeconds,
              knows: logs.cloudtrail.knows,
            },
          },
        }),
    ...(tickets === undefined
      ? {}
      : {
          tickets: {
            octokit: openGithub({ token: tickets.token.resolve(), api: tickets.api.resolve() }),
            owner: tickets.owner,
            repo: tickets.repo,
            labels: tickets.labels,
          },
        }),
    ...(sources.github?.token === undefined
      ? {}
      : {
          github: { octokit: openGithub({ token: sources.github.token.resolve(), api: sources.github.api.resolve() }) },
        }),
    ...(mail === undefined
      ? {}
      : { mailer: createMailer({ smtpUrl: mail.smtp.resolve(), from: mail.from }), from: mail.from }),
    ...(pager === undefined ? {} : { pager }),
  };
  return { seams, records, sealer, directory, pages, close: () => records.close() };
}

/** Opens no connection. Throws SettingsError for a reference that gives nothing. */
export function openDirectory(
  settings: Settings,
  { links }: { links: Pick<Records['links'], 'get' | 'ofPerson'> },
  clock: Clock,
  log: Log,
): Directory {
  const { slack, pagerduty } = settings;
  return createDirectory(settings, {
    ...(slack === undefined ? {} : { slack: readGroup(() => webOf(slack, log)) }),
    ...(pagerduty === undefined
      ? {}
      : { pagerduty: readOnCall({ token: pagerduty.token.resolve(), api: pagerduty.api.resolve() }) }),
    links,
    clock,
    log,
  });
}

/** Loads Slack's packages only for whoever reads something there. */
async function webOf(slack: SlackSettings, log: Log): Promise<GroupReader> {
  const { createWeb } = await import('./slack/web.js');
  return createWeb(slack.botToken.resolve().reveal(), log, slack.api.resolve());
}

/** For roles that say `page: true`. */
function pagerOf(settings: Settings): Pager | undefined {
  const { pagerduty } = settings;
  const roles = pagedRoles(settings);
  if (pagerduty?.routingKey === undefined || roles.length === 0) return undefined;
  return createPager({
    routingKey: pagerduty.routingKey.resolve(),
    events: pagerduty.events.resolve(),
    roles,
  });
}

/** Reads every page of the folder; throws HouseError with the whole lint report if one of them has a mistake. */
export function readPages(settings?: Settings): ReadonlyMap<string, Page> {
  const folder = settings?.playbooks ?? PACKAGED_PLAYBOOKS;
  const pages = new Map<string, Page>();
  const problems: Problem[] = [];
  for (const file of readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))) {
    const path = join(folder, file);
    const read = readPage(readFileSync(path), path, catalogue, wordsOf(settings));
    problems.push(...read.problems.filter(({ severity }) => severity === 'error'));
    if (read.page !== undefined) pages.set(basename(file, extname(file)), read.page);
  }
  if (problems.length > 0) throw new HouseError(formatProblems(problems));
  return pages;
}

/** What a page may name of the settings. */
export function wordsOf(settings?: Settings) {
  if (settings === undefined) return {};
  return {
    roles: settings.roles.map(({ name }) => name),
    audiences: [...settings.tell.map(({ audience }) => audience), ...settings.roles.map(({ name }) => name), 'owner'],
    environments: settings.environments.map(({ name }) => name),
  };
}

/** The page asked for; else the page of the kind, where a connector serves it; else people do it all. */
function pageFor(
  pages: ReadonlyMap<string, Page>,
  connectors: Record<string, Connector>,
  kind: string,
  asked: string | undefined,
): Page {
  // A folder of pages of somebody's own may have none for storms.
  const wanted = asked === ALERT_STORM && !pages.has(asked) ? undefined : asked;
  const name = wanted ?? (connectors[kind] !== undefined && pages.has(kind) ? kind : 'manual');
  const page = pages.get(name);
  if (page === undefined) {
    throw new StepFailed('invalid', `there is no playbook ${name}; there are ${[...pages.keys()].join(', ')}`);
  }
  return page;
}

/** The first writes, all read. */
function sealingKeys(settings: Settings): { id: string; key: Buffer }[] {
  return settings.encryptionKeys.map(({ id, from }) => {
    const key = Buffer.from(from.resolve().reveal(), 'base64');
    if (key.length !== 32) {
      throw new HouseError(
        `encryption key ${id} (${from.source}) has ${key.length} bytes; it needs 32, in base64: openssl rand -base64 32`,
      );
    }
    return { id, key };
  });
}

/** Opens no connection. Throws SettingsError for a reference that gives nothing. */
export function openConnectors(settings: Settings): Record<string, Connector> {
  const aws = settings.connectors['aws-access-key'];
  return aws === undefined ? {} : { 'aws-access-key': awsAccessKey.open(awsAccessKey.settings.parse(awsOf(aws))) };
}

function awsOf(aws: AwsSettings) {
  const { lateSeconds, lagSeconds, skewSeconds } = aws.fence;
  const { looks, spreadSeconds, windowSeconds } = aws.propagation;
  return {
    region: aws.region,
    endpoint: aws.endpoint?.resolve(),
    accounts: Object.fromEntries(
      Object.entries(aws.accounts).map(([id, { role, key }]) => [
        id,
        {
          role,
          credentials: key && {
            access_key_id: key.accessKeyId.resolve(),
            secret_access_key: key.secretAccessKey.resolve(),
          },
        },
      ]),
    ),
    fence: { late_seconds: lateSeconds, lag_seconds: lagSeconds, skew_seconds: skewSeconds },
    propagation: { looks, spread_seconds: spreadSeconds, window_seconds: windowSeconds },
  };
}

function vaultOf(vault: NonNullable<Settings['secrets']['vault']>) {
  const token: Secret = vault.token.resolve();
  return {
    address: vault.address.resolve(),
    token,
    mount: vault.mount,
    ...(vault.namespace === undefined ? {} : { namespace: vault.namespace }),
  };
}
