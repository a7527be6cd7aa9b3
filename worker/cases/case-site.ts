/** Everything that one case is played on: records in a file, twins in process, the real activities over them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StepFailed } from '../../activities/contract.js';
import { type Activity, createActivities } from '../../activities/create-activities.js';
import type { Seams } from '../../activities/seams.js';
import { openStore } from '../../activities/secrets/open-store.js';
import { createSealer, type SecretSealer } from '../../activities/secrets/seal.js';
import { Secret } from '../../activities/secrets/secret.js';
import { openGithub } from '../../activities/tickets/open-github.js';
import { BindError, bind } from '../../playbooks/language/bind.js';
import type { Case, ProviderFault } from '../../playbooks/language/cases.js';
import type { Catalogue } from '../../playbooks/language/kinds.js';
import type { Page } from '../../playbooks/language/page.js';
import type { Plan, Step } from '../../playbooks/language/plan.js';
import { openRecords } from '../../records/open-records.js';
import type { Receipt, Records } from '../../records/records.js';
import { type GithubTwin, startGithubTwin } from '../../sandbox/github/start-github-twin.js';
import { takeAlert } from '../intake/take-alert.js';
import type { Agenda } from './agenda.js';
import { awsProvider } from './aws-provider.js';
import { byHandProvider } from './by-hand-provider.js';
import type { CaseProvider, Leak } from './case-provider.js';
import type { CaseTeam } from './case-team.js';
import { type Mailbox, openMailbox } from './mailbox.js';
import { ALWAYS, TWIN_FAULT } from './twin-fault.js';

export interface CaseSite {
  agenda: Agenda;
  team: CaseTeam;
  owner: string;
  records: Records;
  provider: CaseProvider;
  activities: Record<string, Activity>;
  github: GithubTwin;
  mail: Mailbox;
  /** Reports a leak: opens an incident, or joins the live one of that credential. */
  alert(leak: Leak): Promise<Receipt>;
  misbehave(step: Step, fault: ProviderFault): boolean;
  behave(): void;
  /** Values that must be found nowhere. */
  secrets(): string[];
  /** Every file of the case, once the records are closed. */
  files(): { name: string; content: Buffer }[];
  closeRecords(): Promise<void>;
  close(): Promise<void>;
}

/** Lets a test break what is bound, to see it caught. */
export type Spoil = {
  plan?(plan: Plan): Plan;
  activities?(given: Record<string, Activity>, site: CaseSite): Record<string, Activity>;
};

export interface SiteOptions {
  page: Page;
  one: Case;
  team: CaseTeam;
  catalogue: Catalogue;
  agenda: Agenda;
  spoil?: Spoil;
}

const TICKETS = 'acme/incidents';
const LEAKY = 'acme/tools';
const FROM = 'firebreak@acme.example';

export async function openSite({ page, one, team, catalogue, agenda, spoil = {} }: SiteOptions): Promise<CaseSite> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-case-'));
  const clock = { now: agenda.now };
  const canary = `canary-${randomBytes(12).toString('hex')}`;
  const sealingKey = randomBytes(32);
  const sealer = createSealer({ keys: [{ id: 'case', key: sealingKey }] });
  const records = await openRecords({ file: join(folder, 'records.db'), durable: false });
  const store = openStore({}, { dataFolder: folder, sealer });
  const pathOf = (name: string) => `cases/${name}`;
  const { facts } = one.given;
  const owner = facts.owner === 'known' ? team.owner : facts.owner;
  const provider =
    page.kind === 'aws-access-key'
      ? await awsProvider({ clock, folder, store, pathOf, given: one.given, owner, canary })
      : byHandProvider(page.kind);
  const github = await startGithubTwin({ clock, leakInErrors: canary });
  const mail = openMailbox();
  for (const repository of [TICKETS, LEAKY]) github.addRepository(repository);
  const token = github.addToken({
    login: 'firebreak-acme',
    repositories: ['acme/*'],
    permissions: { secret_scanning_alerts: 'write', issues: 'write', contents: 'read' },
  });
  const octokit = openGithub({ token, api: github.url });
  const from = (value: string) => ({ value, source: 'case' });
  const seams: Seams = {
    records,
    clock,
    sealer,
    connectors: provider.connector === undefined ? {} : { [provider.kind]: provider.connector },
    catalogue,
    bind({ playbook: _, ...inputs }) {
      try {
        const plan = bind(page, { ...inputs, policy: team.policy, catalogue });
        return spoil.plan?.(plan) ?? plan;
      } catch (error) {
        throw error instanceof BindError ? new StepFailed('invalid', error.message, { cause: error }) : error;
      }
    },
    resolveFacts: () => ({
      environment: from(facts.environment),
      mode: 'act',
      criticality: from(facts.criticality) as Plan['facts']['criticality'],
      owner: from(owner),
    }),
    people: {
      ofRole: async (role, holder) => ({ people: team.ofRole(role, holder) }),
      roles: team.roles,
      ofAudience: async (audience, holder) => ({ people: team.ofAudience(audience, holder) }),
      bySubject: () => (facts.subject === 'none' ? undefined : facts.subject),
    },
    protected: [],
    secrets: { store, path: (plan) => pathOf(plan.credential.name) },
    banner: 'CASE',
    office: team.office,
    publicUrl: 'https://firebreak.acme.example',
    tellRules: [],
    ...(provider.logs === undefined ? {} : { logs: { cloudtrail: logsOf(provider) } }),
    tickets: { octokit, owner: 'acme', repo: 'incidents', labels: ['incident'] },
    github: { octokit },
    mailer: mail.mailer,
    from: FROM,
  };
  const site: CaseSite = {
    agenda,
    team,
    owner,
    records,
    provider,
    activities: createActivities(seams),
    github,
    mail,
    alert: (leak) => report({ records, sealer, clock, github, kind: provider.kind, facts }, leak),
    misbehave(step, fault) {
      const tells = step.kind === 'act' && step.class === 'tell';
      const kind = TWIN_FAULT[fault];
      if (!tells) return provider.misbehave(step, fault);
      if (kind === undefined || kind === 'slow') return false;
      if (step.verb === 'notify') mail.fail(kind === 'deny' || kind === 'throttle' ? kind : 'unknown');
      else github.faults.add({ method: '*', kind, times: ALWAYS });
      return true;
    },
    behave() {
      provider.behave();
      mail.fail(undefined);
      github.faults.clear();
    },
    secrets: () => [...provider.secrets(), canary, token, sealingKey.toString('base64')],
    files: () => filesIn(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) })),
    closeRecords: () => records.close(),
    async close() {
      await Promise.all([provider.close(), github.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (spoil.activities !== undefined) site.activities = spoil.activities(site.activities, site);
  agenda.onMove = () => provider.tick();
  return site;
}

function logsOf({ logs }: CaseProvider) {
  return {
    get folder() {
      return logs?.folder ?? '';
    },
    lagSeconds: 60,
    knows: ['aws-access-key'],
  };
}

interface Intake {
  records: Records;
  sealer: SecretSealer;
  clock: { now(): number };
  github: GithubTwin;
  kind: string;
  facts: Case['given']['facts'];
}

/** Through the real door, as GitHub's alert that names the credential's id. */
function report({ records, sealer, clock, github, kind, facts }: Intake, { id, secret }: Leak): Promise<Receipt> {
  const commit = github.addCommit(LEAKY, { path: '.env', content: `KEY=${id}\n`, message: 'try it' });
  const number = github.addAlert(LEAKY, { secretType: 'access_key_id', secret: id, commits: [commit] });
  const claim = `${kind}:${id}`;
  return takeAlert(
    { records, sealer, clock },
    {
      key: randomUUID(),
      alert: {
        v: 1,
        source: 'github',
        event: 'created',
        credential: { kind, id },
        github: {
          owner: 'acme',
          repo: 'tools',
          number,
          secretType: 'access_key_id',
          validity: 'active',
          delivery: randomUUID(),
        },
        exposure: facts.exposure,
        exposedSince: new Date(clock.now()).toISOString(),
        summary: `${id} in a commit`,
        secret: facts.secret,
      },
      claims: [claim],
      ...(facts.secret === 'held' ? { secret: new Secret(secret) } : {}),
    },
    { by: 'source:github', observe: false },
  );
}

function filesIn(folder: string, under = ''): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const name = join(under, entry.name);
    return entry.isDirectory() ? filesIn(folder, name) : entry.isFile() ? [name] : [];
  });
}
