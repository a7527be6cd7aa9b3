import type { Alert } from '../activities/alert.js';
import type { Connector } from '../activities/connectors/contract.js';
import type { Seams } from '../activities/seams.js';
import type { ActStep, AskStep, Plan, Step } from '../playbooks/language/plan.js';
import { catalogueOf } from '../playbooks/language/verbs.js';
import type { Records } from '../records/records.js';
import { callProvider } from './provider-client.js';

/** How many acts the longest plan of a bench has. */
export const MOST_ACTS = 10;
const KIND = 'bench-switch';
const DIGEST = 'b'.repeat(64);

const kinds = {
  kind: KIND,
  title: 'A switch of the stub provider',
  verbs: Object.fromEntries(
    Array.from({ length: MOST_ACTS }, (_, n) => [
      `act_${n + 1}`,
      { class: 'contain' as const, title: `Turn switch ${n + 1} off`, undo: 'pre-image' },
    ]),
  ),
  proofs: ['contained', 'dead'] as const,
};

/**
 * The activities' world with the stub as its only provider: real records, real effects, a connector that makes one cheap
 * call to look and one to change. The plan of an incident follows from its credential's id: `<name>.<acts>` is so many
 * acts one after the other, `<name>.ask` a question and the one act that it covers.
 */
export function benchSeams(records: Records, provider: string): Seams {
  const connector: Connector = {
    spec: kinds,
    fence: { kind: 'condition', lateSeconds: 30, lagSeconds: 0, skewSeconds: 5 },
    propagation: { looks: 1, spreadSeconds: 0, windowSeconds: 1 },
    async identify(id) {
      await callProvider(provider, 'GET', id);
      return {
        known: true,
        account: '1',
        name: id,
        principal: id,
        state: 'active',
        tags: {},
        siblings: [],
        lines: [],
      };
    },
    intend: (verb, { credential }) => {
      const name = `${credential.id}/${verb}`;
      return [
        {
          class: 'contain',
          args: 'off',
          change: {
            target: `${KIND}/${name}`,
            read: async () => ({ state: await callProvider(provider, 'GET', name) }),
            apply: async (args) => {
              await callProvider(provider, 'PUT', name, String(args));
              return { kind: 'applied', evidence: {} };
            },
          },
        },
      ];
    },
    prove: async () => ({ seen: 'yes', grade: 'provider-state', line: 'off' }),
  };
  return {
    records,
    clock: { now: () => Date.now() },
    sealer: {
      seal: () => 'nothing is sealed here',
      open: () => {
        throw new Error('nothing is sealed here');
      },
    },
    connectors: { [KIND]: connector },
    catalogue: catalogueOf([kinds]),
    bind: ({ incident, credential, facts, mode }): Plan => ({
      ir: 1,
      incident,
      playbook: { name: 'bench', summary: 'Turn switches off.', sha256: DIGEST },
      mode,
      credential,
      facts,
      steps: stepsOf(credential.id),
      digest: DIGEST,
    }),
    resolveFacts: () => ({
      environment: { value: 'production', source: 'bench' },
      mode: 'act',
      criticality: { value: 'normal', source: 'bench' },
      owner: { value: 'payments', source: 'bench' },
    }),
    people: {
      ofRole: async () => ({ people: [] }),
      roles: () => ['security-on-call'],
      ofAudience: async () => ({ people: [] }),
      bySubject: () => undefined,
    },
    protected: [],
    banner: '',
    tellRules: [],
    office: { zone: 'UTC', days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1_440, except: [] },
    publicUrl: 'http://127.0.0.1',
  };
}

/** What an incident with so many acts, or a question, is about. */
export const benchSwitch = (name: string, plan: number | 'ask') => ({ kind: KIND, id: `${name}.${plan}` });

/** Opens an incident about a credential, as intake would have done; its name. */
export async function receiveAlert(records: Records, credential: { kind: string; id: string }): Promise<string> {
  const body: Alert = { v: 1, source: 'api', event: 'opened', exposure: 'public', secret: 'not_held', credential };
  const { kind, id } = credential;
  const { incident } = await records.receive(
    { source: 'api', key: id, kind: 'alert', receivedAt: Date.now(), body, claims: [`${kind}:${id}`] },
    { by: 'source:bench', observe: false },
  );
  return incident;
}

function stepsOf(id: string): Step[] {
  const plan = id.slice(id.lastIndexOf('.') + 1);
  const acts = Array.from({ length: plan === 'ask' ? 1 : Number(plan) }, (_, n) => act(n + 1));
  if (plan !== 'ask') return acts;
  const [first] = acts as [ActStep];
  return [question, { ...first, needs: [question.id], gate: question.id }];
}

function act(n: number): ActStep {
  const verb = `act_${n}`;
  return {
    kind: 'act',
    id: `contain.${verb}`,
    name: verb,
    phase: 'contain',
    title: `Turn switch ${n} off`,
    needs: n === 1 ? [] : [`contain.act_${n - 1}`],
    line: n,
    verb,
    class: 'contain',
    args: {},
    undo: 'pre-image',
    permissions: [],
    timeLimitSeconds: 600,
  };
}

const question: AskStep = {
  kind: 'ask',
  id: 'contain.act_1.ask',
  name: 'act_1.ask',
  phase: 'contain',
  title: 'Turn switch 1 off?',
  needs: [],
  line: 1,
  covers: ['contain.act_1'],
  places: { 'security-on-call': 1 },
  tiers: [],
  withinSeconds: 4 * 3_600,
  ifSilent: 'hold',
  ifDenied: 'hold',
  hours: 'any',
  question: 'Turn switch 1 off?',
  because: [{ source: 'page', row: 'bench' }],
};
