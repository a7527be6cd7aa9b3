import { ConnectorError, type Identity } from '../../../activities/connectors/contract.js';
import { StepFailed } from '../../../activities/contract.js';
import { refuseProtected } from '../../../activities/protected.js';
import type { ResolvedFacts } from '../../../activities/seams.js';
import type { Credential, Plan } from '../../../playbooks/language/plan.js';
import type { IncidentRow } from '../../../records/records.js';
import type { NamedCredential } from '../../intake/credential-ids.js';
import { type StartDoors, waitFor } from './start-doors.js';

export type LookDoors = Pick<
  StartDoors,
  'records' | 'clock' | 'connectors' | 'bind' | 'resolveFacts' | 'protected' | 'bySubject' | 'wait'
>;

/** What is known of a credential before anybody answers for it. */
export type Look =
  /** An incident that acts holds it already. */
  | { is: 'live'; incident: IncidentRow }
  | {
      is: 'known';
      identity: Identity;
      facts: ResolvedFacts;
      credential: Credential;
      /** What would be done and asked; absent where no page fits, which `problem` says. */
      plan?: Plan;
      problem?: string;
      /** It is protected: the sentence that says by what line. */
      untouchable?: string;
      /** An incident that only looks holds it. */
      watchedBy?: string;
    }
  /** Its provider has it no more. */
  | { is: 'gone'; line: string }
  | { is: 'unknown'; line: string }
  /** It can be no credential that an incident could be about. */
  | { is: 'invalid'; why: string }
  /** Its provider did not say: it may be anything. */
  | { is: 'unsaid'; why: string }
  /** No connector reads this kind: people act. */
  | { is: 'by-hand' };

/** A provider that says nothing for so long is out of reach; an incident asks it again, and longer. */
const PATIENCE_MS = 10_000;
/** What a preview is numbered: no incident ever has this number. */
const PREVIEW = 'INC-0';

/** Whose it is, where, how used, and what would happen. Reads only, in the records and at the provider. Throws RecordsError. */
export async function lookAt(doors: LookDoors, named: NamedCredential & { account?: string }): Promise<Look> {
  const { records, connectors } = doors;
  const holder = await records.incidents.holder(`${named.kind}:${named.id}`);
  const incident = holder === undefined ? undefined : await records.incidents.get(holder);
  if (incident !== undefined && !incident.observe) return { is: 'live', incident };
  const connector = connectors[named.kind];
  if (connector === undefined) return { is: 'by-hand' };

  let identity: Identity;
  try {
    identity = await withPatience(doors, connector.identify(named.id, named.account));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.code === 'invalid' ? { is: 'invalid', why: error.message } : { is: 'unsaid', why: error.message };
  }
  if (!identity.known) return { is: 'unknown', line: identity.lines[0] ?? 'no account of ours knows it' };
  if (identity.state === 'gone') return { is: 'gone', line: identity.lines[0] ?? 'its provider has it no more' };
  return known(doors, named, identity, incident);
}

function known(
  doors: LookDoors,
  { kind, id }: NamedCredential,
  identity: Identity,
  watching: IncidentRow | undefined,
): Look {
  const { account, name, principal, subject } = identity;
  const credential: Credential = { kind, id, account, name, principal };
  const facts = doors.resolveFacts(identity, kind);
  const person = subject === undefined ? undefined : doors.bySubject(subject);
  const look = {
    is: 'known' as const,
    identity,
    facts,
    credential,
    ...said('untouchable', () => refuseProtected(doors.protected, credential)),
    ...(watching === undefined ? {} : { watchedBy: watching.id }),
  };
  const { mode, environment, criticality, owner } = facts;
  let plan: Plan | undefined;
  const problem = said('problem', () => {
    plan = doors.bind({
      incident: PREVIEW,
      credential,
      mode,
      facts: {
        environment,
        criticality,
        owner,
        // as an incident that is opened here begins
        exposure: { value: 'unknown', source: 'nobody said' },
        secret: { value: 'not_held', source: 'preview' },
        subject: { value: person ?? 'none', source: 'identify' },
        exposed_since: { value: new Date(doors.clock.now()).toISOString(), source: 'preview' },
      },
    });
  });
  return { ...look, ...problem, ...(plan === undefined ? {} : { plan }) };
}

/** The sentence of a refusal, if there is one. */
function said<Name extends string>(name: Name, work: () => void): { [name in Name]?: string } {
  try {
    work();
    return {};
  } catch (error) {
    if (error instanceof StepFailed) return { [name]: error.message } as { [name in Name]?: string };
    throw error;
  }
}

async function withPatience<T>({ wait = waitFor }: LookDoors, work: Promise<T>): Promise<T> {
  const patience = wait(PATIENCE_MS);
  const late = patience.over.then((): never => {
    throw new ConnectorError('unavailable', `its provider did not answer within ${PATIENCE_MS / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    work.catch(() => undefined);
    patience.cancel();
  }
}
