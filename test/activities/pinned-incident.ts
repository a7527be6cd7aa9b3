import type { Connector } from '../../activities/connectors/contract.js';
import type { StepCall } from '../../activities/contract.js';
import type { Seams } from '../../activities/seams.js';
import type { ActStep, Plan, Step } from '../../playbooks/language/plan.js';
import type { Decision } from '../../records/records.js';
import { ScriptedProvider } from './scripted-provider.js';
import { openTemporaryRecords } from './temporary-records.js';

const digest = 'd'.repeat(64);

export const disable: ActStep = {
  kind: 'act',
  id: 'contain.disable',
  name: 'disable',
  phase: 'contain',
  title: 'Disable it',
  needs: [],
  line: 1,
  verb: 'disable',
  class: 'contain',
  args: {},
  undo: 'pre-image',
  permissions: [],
  timeLimitSeconds: 600,
};

/** INC-1 about an active key `K`, with a plan of these steps, real records and a provider in memory. */
export async function pinIncident({ steps = [disable], subject = 'none' }: { steps?: Step[]; subject?: string } = {}) {
  const { records, close } = await openTemporaryRecords();
  const provider = new ScriptedProvider();
  provider.set('K', 'Active');
  const { incident } = await records.receive(
    { source: 'api', key: '1', kind: 'alert', receivedAt: provider.now, body: {}, claims: ['key:K'] },
    { by: 'source:api', observe: false },
  );
  const plan = {
    incident,
    digest,
    steps,
    credential: { kind: 'key', id: 'K', account: '1', name: 'svc', principal: 'user/svc' },
    playbook: { summary: 'Freeze it.' },
    facts: {
      subject: { value: subject, source: 'x' },
      owner: { value: 'payments', source: 'x' },
      environment: { value: 'production', source: 'x' },
      criticality: { value: 'normal', source: 'x' },
      exposure: { value: 'public', source: 'x' },
      secret: { value: 'not_held', source: 'x' },
      exposed_since: { value: '2026-11-24T03:11:00.000Z', source: 'x' },
    },
  } as unknown as Plan;
  await records.incidents.pin(incident, plan, digest, 'key:K');
  const connector: Partial<Connector> = {
    fence: provider.fence,
    intend: () => [{ class: 'contain', change: provider.property('K'), args: 'Inactive' }],
  };
  const seams = {
    records,
    clock: provider.clock,
    connectors: { key: connector },
    protected: [],
  } as unknown as Seams;
  let count = 0;
  const decide = (over: Partial<Decision>): Promise<void> =>
    records.decisions.give({
      id: `decision-${++count}`,
      incident,
      at: provider.now,
      person: 'leo',
      roles: [{ role: 'security-on-call', source: 'test' }],
      channel: 'api',
      control: 'decide',
      step: '',
      answer: '',
      reason: '',
      generation: 1,
      planDigest: digest,
      ...over,
    });
  const call = (over: Partial<StepCall> = {}): StepCall => ({
    incident,
    digest,
    step: disable.id,
    generation: 1,
    view: { stage: 'containing', waiting: '', held: '', at: provider.now },
    ...over,
  });
  return { records, provider, seams, decide, call, plan, close };
}

export const attempt = { signal: new AbortController().signal, heartbeat: () => {} };
