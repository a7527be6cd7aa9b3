import type { Connector, Identity } from '../../activities/connectors/contract.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import { StepFailed } from '../../activities/contract.js';
import { refuseProtected } from '../../activities/protected.js';
import { BindError, bind } from '../../playbooks/language/bind.js';
import { describePlan } from '../../playbooks/language/describe-plan.js';
import { type Page, readPage } from '../../playbooks/language/page.js';
import type { Facts, Plan } from '../../playbooks/language/plan.js';
import { formatProblems, nearest } from '../../playbooks/language/problem.js';
import { oneLine } from '../../playbooks/language/sentence.js';
import type { Mode } from '../../playbooks/language/words.js';
import { PageFileError, pageFiles } from '../cases/page-files.js';
import { settingsIfThere } from '../cases/settings-if-there.js';
import { catalogue, openConnectors, PACKAGED_PLAYBOOKS, wordsOf } from '../house.js';
import { looksSecret } from '../intake/looks-secret.js';
import { personBehind } from '../people/people.js';
import { criticalityOf, environmentOf, ownerOf } from '../settings/facts.js';
import { SettingsError } from '../settings/problem.js';
import type { Settings } from '../settings/settings.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import type { Run, VerbContext } from './verbs.js';

/** What a preview is numbered: no incident ever has this number. */
const PREVIEW = 'INC-0';

/** Shows what would be done to a credential and who would be asked. Reads at the provider, changes and records nothing. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  const [name = '', id = ''] = args;
  const secret = looksSecret(id);
  if (secret !== undefined) {
    throw new CliError(
      EXIT_CODES.usage,
      `The credential looks like ${secret}. Nothing was sent. A command line stays in the shell's history, so treat it as leaked and clear it there. Give the key's id.`,
    );
  }
  const { settings, problems } = settingsIfThere(context);
  if (problems.some(({ severity }) => severity === 'error')) throw new SettingsError(problems);
  const page = await pageNamed(context, name, settings);
  const identity = await identityOf(context, page, id, settings);
  const plan = planOf(context, page, id, identity, settings);
  const remarks = [...identity.lines.map(oneLine), ...protection(settings, plan)];
  if (options.json) {
    io.out(JSON.stringify({ plan, state: identity.state, remarks }));
    return EXIT_CODES.ok;
  }
  io.out(describePlan(plan, catalogue[page.kind]).replace(`${PREVIEW} · `, 'Preview · ').trimEnd());
  if (remarks.length > 0) io.out(['', ...remarks].join('\n'));
  io.out('\nNothing was changed, and no incident was opened.');
  return EXIT_CODES.ok;
};

async function pageNamed({ io }: VerbContext, name: string, settings: Settings | undefined): Promise<Page> {
  const isFile = /\.ya?ml$/.test(name);
  const named = isFile ? name : (settings?.playbooks ?? PACKAGED_PLAYBOOKS);
  const files = await pageFiles([named], { cwd: io.cwd, stdin: () => io.stdin }).catch((error: unknown) => {
    if (error instanceof PageFileError) throw new CliError(EXIT_CODES.usage, error.message);
    throw error;
  });
  const nameOf = (file: string) => file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/, '');
  const file = isFile ? files[0] : files.find((one) => nameOf(one.name) === name);
  if (file === undefined) {
    const known = files.map((one) => nameOf(one.name));
    const near = nearest(name, known);
    const hint = near === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${near}?`;
    throw new CliError(EXIT_CODES.usage, `There is no playbook ${name}. ${hint}`);
  }
  const { page, problems } = readPage(file.text, file.name, catalogue, wordsOf(settings));
  if (page === undefined) throw new CliError(EXIT_CODES.failed, formatProblems(problems));
  return page;
}

async function identityOf(
  { options }: VerbContext,
  page: Page,
  id: string,
  settings: Settings | undefined,
): Promise<Identity> {
  const account = textOf(options.account);
  const unidentified: Identity = {
    known: true,
    account: account ?? 'unknown',
    name: 'unknown',
    principal: 'unknown',
    state: 'unknown',
    tags: {},
    siblings: [],
    lines: [],
  };
  if (options.offline === true) {
    return {
      ...unidentified,
      lines: ['Offline: its provider was not asked, so what it would say is bound as unknown.'],
    };
  }
  const connector = connectorFor(page, settings);
  if (connector === undefined) return { ...unidentified, name: id, principal: id };
  const identity = await ask(connector, id, account);
  if (!identity.known) {
    throw new CliError(
      EXIT_CODES.failed,
      `${id}: ${identity.lines[0] ?? 'no account of ours knows it'}. An incident about it would close as benign.`,
    );
  }
  if (identity.state === 'gone') {
    throw new CliError(
      EXIT_CODES.failed,
      `${id} is dead already: its provider has it no more. An incident about it would close as benign.`,
    );
  }
  return identity;
}

/** Undefined for a kind that only people can reach. */
function connectorFor(page: Page, settings: Settings | undefined): Connector | undefined {
  if (catalogue[page.kind]?.byHand === true) return undefined;
  const connector = settings === undefined ? undefined : openConnectors(settings)[page.kind];
  if (connector !== undefined) return connector;
  const lacks = settings === undefined ? 'There are no settings' : `${settings.file} has no connectors.${page.kind}`;
  throw new CliError(
    EXIT_CODES.usage,
    `${lacks}, so its provider cannot be asked. Name settings with --settings, or bind with what is not known: --offline.`,
  );
}

async function ask(connector: Connector, id: string, account: string | undefined): Promise<Identity> {
  try {
    return await connector.identify(id, account);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const away = ['unavailable', 'rate-limited', 'unknown-outcome'].includes(error.code);
    const code = error.code === 'invalid' ? EXIT_CODES.usage : away ? EXIT_CODES.unreachable : EXIT_CODES.failed;
    throw new CliError(code, `${error.message}.`, { cause: error });
  }
}

function planOf(
  { options }: VerbContext,
  page: Page,
  id: string,
  identity: Identity,
  settings: Settings | undefined,
): Plan {
  const { account, name, principal } = identity;
  const { mode, ...known } = settings === undefined ? withoutSettings() : fromSettings(settings, identity);
  const facts: Facts = {
    ...known,
    exposure: { value: options.exposure as Facts['exposure']['value'], source: '--exposure' },
    secret: { value: 'not_held', source: 'a preview holds none' },
    exposed_since: { value: new Date().toISOString(), source: 'now' },
  };
  try {
    return bind(page, {
      incident: PREVIEW,
      credential: { kind: page.kind, id, account, name, principal },
      facts,
      mode,
      policy: settings?.policy ?? {},
      catalogue,
    });
  } catch (error) {
    if (error instanceof BindError) throw new CliError(EXIT_CODES.failed, `${error.message}.`);
    throw error;
  }
}

type Resolved = Pick<Facts, 'environment' | 'criticality' | 'owner' | 'subject'> & { mode: Mode };

function fromSettings(settings: Settings, identity: Identity): Resolved {
  const { environment, fact } = environmentOf(settings, identity);
  const person = identity.subject === undefined ? undefined : personBehind(settings, identity.subject);
  return {
    mode: environment.mode,
    environment: fact,
    criticality: criticalityOf(environment, identity),
    owner: ownerOf(settings, identity),
    subject: { value: person?.name ?? 'none', source: 'identify' },
  };
}

function withoutSettings(): Resolved {
  const source = 'no settings';
  return {
    mode: 'act',
    environment: { value: 'default', source },
    criticality: { value: 'unknown', source },
    owner: { value: 'unknown', source },
    subject: { value: 'none', source },
  };
}

function protection(settings: Settings | undefined, { credential }: Plan): string[] {
  try {
    refuseProtected(settings?.protected ?? [], credential);
    return [];
  } catch (error) {
    if (error instanceof StepFailed) return [error.message];
    throw error;
  }
}
