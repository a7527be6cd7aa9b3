import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fills, requireDecision } from '../../activities/covering-decision.js';
import type { ActStep, AskStep, Plan } from '../../playbooks/language/plan.js';
import type { Decision, Records } from '../../records/records.js';
import { openTemporaryRecords } from './temporary-records.js';

const digest = 'd'.repeat(64);

const ask: AskStep = {
  kind: 'ask',
  id: 'close.revoke.ask',
  name: 'revoke.ask',
  phase: 'close',
  title: 'Delete it?',
  needs: [],
  line: 1,
  covers: ['close.revoke'],
  places: { 'security-on-call': 1, 'service-owner': 1 },
  tiers: [['ciso']],
  withinSeconds: 900,
  ifSilent: 'hold',
  ifDenied: 'hold',
  hours: 'any',
  question: 'Delete it?',
  because: [],
};
const revoke: ActStep = {
  kind: 'act',
  id: 'close.revoke',
  name: 'revoke',
  phase: 'close',
  title: 'Delete it',
  needs: [ask.id],
  line: 1,
  verb: 'revoke',
  class: 'destroy',
  args: {},
  gate: ask.id,
  permissions: [],
  timeLimitSeconds: 900,
};
const plan = {
  incident: 'INC-1',
  digest,
  steps: [ask, revoke],
  facts: { subject: { value: 'mia', source: 'x' } },
} as unknown as Plan;

describe('requireDecision', () => {
  let records: Records;
  let close: () => Promise<void>;
  let count = 0;
  beforeEach(async () => {
    ({ records, close } = await openTemporaryRecords());
  });
  afterEach(() => close());

  const give = (person: string, roles: string[], over: Partial<Decision> = {}) =>
    records.decisions.give({
      id: `decision-${++count}`,
      incident: 'INC-1',
      at: count,
      person,
      roles: roles.map((role) => ({ role, source: 'test' })),
      channel: 'api',
      control: 'decide',
      step: ask.id,
      answer: 'yes',
      reason: '',
      generation: 1,
      planDigest: digest,
      ...over,
    });
  const required = (over: { plan?: Plan; step?: ActStep; generation?: number; requester?: string } = {}) =>
    requireDecision(records, over.plan ?? plan, over.step ?? revoke, over.generation ?? 1, async () => over.requester);

  it('refuses when nobody has decided, whatever the workflow believes', async () => {
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('refuses one yes where two roles must decide', async () => {
    await give('sam', ['security-on-call']);
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('refuses one person who fills both places', async () => {
    await give('sam', ['security-on-call', 'service-owner']);
    await give('sam', ['security-on-call', 'service-owner']);
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('does not count the requester', async () => {
    await give('sam', ['security-on-call']);
    await give('leo', ['service-owner']);
    await expect(required({ requester: 'leo' })).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('does not count the subject, whose own credential it is', async () => {
    await give('sam', ['security-on-call']);
    await give('mia', ['service-owner']);
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('does not count a yes to an earlier generation or to another plan', async () => {
    await give('sam', ['security-on-call'], { generation: 1 });
    await give('leo', ['service-owner'], { generation: 1 });
    await expect(required({ generation: 2 })).rejects.toMatchObject({ code: 'permission-denied' });
    await expect(required({ plan: { ...plan, digest: 'e'.repeat(64) } })).rejects.toMatchObject({
      code: 'permission-denied',
    });
  });
  it('does not count what the workflow refused', async () => {
    await give('sam', ['security-on-call']);
    await give('leo', ['service-owner'], { id: 'refused-one' });
    await records.decisions.settle('refused-one', 'refused', 'Late.', 99);
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('lets a no win over a full yes', async () => {
    await give('sam', ['security-on-call']);
    await give('leo', ['service-owner']);
    await give('ana', ['ciso'], { answer: 'no' });
    await expect(required()).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('lets nobody who is not asked stop it by a no that is not refused yet', async () => {
    await give('sam', ['security-on-call']);
    await give('leo', ['service-owner']);
    await give('eve', ['responder'], { answer: 'no' });
    await give('mia', ['service-owner'], { answer: 'no' });
    await expect(required()).resolves.toBeUndefined();
  });
  it('refuses a step whose question does not cover it', async () => {
    await give('sam', ['security-on-call']);
    await give('leo', ['service-owner']);
    const other = { ...revoke, id: 'close.other' };
    await expect(required({ step: other })).rejects.toMatchObject({ code: 'permission-denied' });
  });
  it('passes when two people in two roles said yes, and when a later tier filled an empty place', async () => {
    await give('sam', ['security-on-call']);
    await give('ana', ['ciso']);
    await expect(required()).resolves.toBeUndefined();
  });
  it('needs no answer where silence proceeds, but still obeys a no', async () => {
    const proceeding = { ...plan, steps: [{ ...ask, ifSilent: 'proceed' }, revoke] } as unknown as Plan;
    await expect(required({ plan: proceeding })).resolves.toBeUndefined();
    await give('sam', ['security-on-call'], { answer: 'no' });
    await expect(required({ plan: proceeding })).rejects.toMatchObject({ code: 'permission-denied' });
  });
});

describe('fills', () => {
  const roles = ['a', 'b', 'c'];
  const people = fc
    .array(fc.subarray(roles), { maxLength: 5 })
    .map((list) => list.map((held, index) => ({ person: `p${index}`, roles: held })));
  const places = fc.dictionary(fc.constantFrom(...roles), fc.integer({ min: 1, max: 2 }), { minKeys: 1 });

  /** By trying every way to seat people. */
  function bySearch(seats: string[], free: { roles: string[] }[]): boolean {
    const [seat, ...rest] = seats;
    return (
      seat === undefined ||
      free.some((person, index) => person.roles.includes(seat) && bySearch(rest, free.toSpliced(index, 1)))
    );
  }

  it('agrees with trying every way, in any order of answers', () => {
    fc.assert(
      fc.property(places, people, (needed, answered) => {
        const seats = Object.entries(needed).flatMap(([role, n]) => Array.from({ length: n }, () => role));
        expect(fills(needed, answered)).toBe(bySearch(seats, answered));
        expect(fills(needed, answered.toReversed())).toBe(fills(needed, answered));
      }),
    );
  });
});
