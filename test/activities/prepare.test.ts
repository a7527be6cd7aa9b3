import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert } from '../../activities/alert.js';
import { prepare } from '../../activities/prepare.js';
import type { BindInputs, Seams } from '../../activities/seams.js';
import type { Records } from '../../records/records.js';
import { openTemporaryRecords } from './temporary-records.js';

const OPENED = Date.UTC(2026, 10, 24, 9);
let records: Records;
let close: () => Promise<void>;
let bound: BindInputs[];
let seams: Seams;

beforeEach(async () => {
  ({ records, close } = await openTemporaryRecords());
  bound = [];
  const fact = { value: 'production', source: 'x' };
  seams = {
    records,
    clock: { now: () => OPENED + 1 },
    connectors: {},
    people: { roles: () => [], bySubject: () => undefined },
    resolveFacts: () => ({ environment: fact, mode: 'act', criticality: fact, owner: fact }),
    bind: (inputs: BindInputs) => {
      bound.push(inputs);
      return { ...inputs, playbook: { summary: '' }, steps: [], digest: 'd'.repeat(64) };
    },
  } as unknown as Seams;
});
afterEach(() => close());

const alert = async (more: Partial<Alert>, open: { observe: boolean; key: string }): Promise<string> => {
  const body: Alert = {
    v: 1,
    source: 'standard',
    event: 'credential.leaked',
    credential: { kind: 'key', id: 'K' },
    exposure: 'public',
    secret: 'not_held',
    ...more,
  };
  const { incident } = await records.receive(
    { source: 'standard', key: open.key, kind: 'alert', receivedAt: OPENED, body, claims: ['key:K'] },
    { by: 'source:standard', observe: open.observe },
  );
  return incident;
};

it('lets no sender whose clock is ahead make the scan begin after the misuse', async () => {
  await prepare(seams, await alert({ exposedSince: '2099-01-01T00:00:00Z' }, { observe: false, key: '1' }));
  expect(bound[0]?.facts.exposed_since.value).toBe(new Date(OPENED).toISOString());
});

it('waits a second at most for a source of people, and calls no role empty that it could not read', async () => {
  const holders: Record<string, Promise<object>> = {
    responder: Promise.resolve({ people: [{ name: 'sam' }] }),
    'service-owner': Promise.resolve({ people: [] }),
    ciso: Promise.resolve({ unreachable: 'Slack does not answer' }),
    'security-on-call': new Promise(() => {}),
  };
  const people = { ...seams.people, roles: () => Object.keys(holders), ofRole: (role: string) => holders[role] };
  const slow = { ...seams, people } as unknown as Seams;
  const prepared = await prepare(slow, await alert({}, { observe: false, key: '1' }));
  expect(prepared).toMatchObject({ result: 'planned', emptyRoles: ['service-owner'] });
});

it('calls a credential dead only when it is too old to be merely not listed yet', async () => {
  let now = OPENED + 1;
  const identity = {
    known: true,
    account: '1',
    name: 'n',
    principal: 'p',
    state: 'gone',
    tags: {},
    siblings: [],
    lines: [],
  };
  const connector = {
    identify: async () => identity,
    fence: { kind: 'none', lateSeconds: 0, lagSeconds: 5, skewSeconds: 0 },
  };
  Object.assign(seams, { clock: { now: () => now }, connectors: { key: connector } });
  const incident = await alert({}, { observe: false, key: '1' });
  await expect(prepare(seams, incident)).rejects.toMatchObject({ until: OPENED + 1_001 });
  now = OPENED + 5_000;
  expect(await prepare(seams, incident)).toMatchObject({ result: 'benign' });
});
