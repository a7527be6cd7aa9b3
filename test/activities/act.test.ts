import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../activities/act.js';
import type { AskStep } from '../../playbooks/language/plan.js';
import { attempt, disable, pinIncident } from './pinned-incident.js';

const question = {
  kind: 'ask',
  id: 'q',
  covers: [disable.id],
  ifSilent: 'hold',
  places: { 'security-on-call': 1 },
  tiers: [],
} as unknown as AskStep;

let site: Awaited<ReturnType<typeof pinIncident>>;
afterEach(() => site.close());

describe('act, asked by a workflow that lies', () => {
  beforeEach(async () => {
    site = await pinIncident();
  });
  const forged = (over: Parameters<typeof site.call>[0], verb = 'disable') =>
    act(site.seams, verb, site.call(over), attempt);

  it.each([
    ['another plan', { digest: 'e'.repeat(64) }],
    ['a step that is not in the plan', { step: 'close.revoke' }],
    ['another incident', { incident: 'INC-2' }],
  ])('changes nothing for %s', async (_, over) => {
    await expect(forged(over)).rejects.toMatchObject({ code: 'invalid' });
    expect(site.provider.sent).toEqual([]);
  });

  it('changes nothing by another verb', async () => {
    await expect(forged({}, 'revoke')).rejects.toMatchObject({ code: 'invalid' });
    expect(site.provider.sent).toEqual([]);
  });

  it('touches nobody who is protected, though a person said yes', async () => {
    await site.close();
    site = await pinIncident({ steps: [question, { ...disable, gate: 'q' }] });
    site.seams.protected.push({ pattern: 'user/svc', where: 'firebreak.yaml:9' });
    await site.decide({ step: 'q', answer: 'yes' });
    await expect(forged({})).rejects.toMatchObject({ code: 'protected' });
    expect(site.provider.sent).toEqual([]);
  });

  it('destroys nothing that people were not asked about', async () => {
    await site.close();
    const destroy = { ...disable, class: 'destroy' as const, gate: 'q' };
    site = await pinIncident({ steps: [question, destroy] });
    await expect(forged({})).rejects.toMatchObject({ code: 'permission-denied' });
    await site.decide({ step: 'q', answer: 'yes', planDigest: 'e'.repeat(64) });
    await expect(forged({})).rejects.toMatchObject({ code: 'permission-denied' });
    expect(site.provider.sent).toEqual([]);

    await site.decide({ step: 'q', answer: 'yes' });
    await forged({});
    expect(site.provider.sent).toHaveLength(1);
  });

  it('makes no change anew that no person had tried again', async () => {
    await forged({});
    site.provider.pass(site.provider.lagMs);
    await expect(forged({ generation: 2 })).rejects.toMatchObject({ code: 'permission-denied' });
    await site.decide({ id: 'refused', control: 'retry', step: disable.id });
    await site.records.decisions.settle('refused', 'refused', 'It is done.', 1);
    await expect(forged({ generation: 2 })).rejects.toMatchObject({ code: 'permission-denied' });
    expect(site.provider.sent).toHaveLength(1);

    await site.decide({ control: 'retry', step: disable.id });
    await forged({ generation: 2 });
    await expect(forged({ generation: 3 })).rejects.toMatchObject({ code: 'permission-denied' });
    expect(site.provider.sent).toHaveLength(2);
  });
});

it('does nothing that the plan leaves out, such as a change in mode observe', async () => {
  site = await pinIncident({ steps: [{ ...disable, skip: 'observe: only looks' }] });
  await expect(act(site.seams, 'disable', site.call(), attempt)).rejects.toMatchObject({ code: 'invalid' });
  expect(site.provider.truth('K')).toBe('Active');
});

it('never says that nothing was done when a no comes after a request whose answer was lost', async () => {
  const ask = {
    kind: 'ask',
    id: 'q',
    covers: [disable.id],
    ifSilent: 'proceed',
    places: { 'security-on-call': 1 },
    tiers: [],
  };
  site = await pinIncident({ steps: [ask as unknown as AskStep, { ...disable, gate: 'q' }] });
  site.provider.script.push('lost');
  await expect(act(site.seams, 'disable', site.call(), attempt)).rejects.toMatchObject({ name: 'Later' });
  await site.decide({ step: 'q', answer: 'no' });
  await expect(act(site.seams, 'disable', site.call(), attempt)).rejects.toMatchObject({ code: 'unknown-outcome' });
  expect(site.provider.truth('K')).toBe('Inactive');
});
