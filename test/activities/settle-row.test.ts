import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../activities/act.js';
import { applyEffect } from '../../activities/apply-effect.js';
import type { Connector } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import type { Seams } from '../../activities/seams.js';
import { Secret } from '../../activities/secrets/secret.js';
import { settleRow } from '../../activities/settle-row.js';
import { undo } from '../../activities/undo.js';
import type { ActStep } from '../../playbooks/language/plan.js';
import type { EffectRow, IncidentRow } from '../../records/records.js';
import { attempt, disable, pinIncident } from './pinned-incident.js';

const noStore = { title: 'none', get: async () => undefined };
let site: Awaited<ReturnType<typeof pinIncident>>;
beforeEach(async () => {
  site = await pinIncident();
});
afterEach(() => site.close());

/** The one row that is open once nothing of it can still arrive. */
async function open(): Promise<EffectRow> {
  site.provider.pass(site.provider.quietMs);
  const [row, ...others] = await site.records.effects.open(site.provider.now);
  expect(others).toEqual([]);
  return row as EffectRow;
}

const died = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should not have ended'),
    () => {},
  );

it('asks to come back while a request may still arrive', async () => {
  site.provider.script.push('stall');
  await died(act(site.seams, 'disable', site.call(), attempt));
  const [row] = await site.records.effects.ofIncident('INC-1');
  await expect(settleRow(site.seams, row as EffectRow)).rejects.toThrow(Later);
});

it('finds a change done whose answer was lost, and sends nothing', async () => {
  site.provider.script.push('dies');
  await died(act(site.seams, 'disable', site.call(), attempt));
  const sent = site.provider.sent.length;

  expect(await settleRow(site.seams, await open())).toMatchObject({ state: 'done' });
  expect(site.provider.sent).toHaveLength(sent);
});

it('leaves to a person what is not as we wanted it, and sends nothing', async () => {
  site.provider.script.push('dies before');
  await died(act(site.seams, 'disable', site.call(), attempt));

  expect(await settleRow(site.seams, await open())).toMatchObject({ state: 'needs_human' });
  expect(site.provider.truth('K')).toBe('Active');
});

it('tells of what needs a person in the commit that ends it: a death right after it leaves nobody untold', async () => {
  site.provider.script.push('dies before');
  await died(act(site.seams, 'disable', site.call(), attempt));
  const row = await open();
  const { effects } = site.records;
  const finish: typeof effects.finish = async (end) => {
    await effects.finish(end);
    throw new Error('killed');
  };
  const dying = { ...site.seams, records: { ...site.records, effects: { ...effects, finish } } };
  await expect(settleRow(dying, row)).rejects.toThrow('killed');
  expect(await site.records.timeline.untold(0, 10)).toMatchObject([
    { entry: { data: { moment: 'unfinished' }, line: expect.stringContaining('it is not as we wanted it') } },
  ]);
});

it('ends the undo of an incident that nobody runs, without enabling anything', async () => {
  await act(site.seams, 'disable', site.call(), attempt);
  site.provider.pass(site.provider.quietMs);
  await site.decide({ control: 'false_alarm' });
  site.provider.script.push('dies before');
  await died(undo(site.seams, { ...site.call(), because: 'false_alarm' }));

  expect(await settleRow(site.seams, await open())).toMatchObject({ state: 'needs_human' });
  expect(site.provider.truth('K')).toBe('Inactive');
});

describe('a replacement that nobody runs', () => {
  beforeEach(() => {
    const { provider } = site;
    provider.limit = 4;
    provider.addKey('svc', 'OLD', 'Inactive');
    provider.pass(3_600_000);
    const rotate = { ...disable, id: 'recover.rotate', name: 'rotate', verb: 'rotate', class: 'replace' } as ActStep;
    site.plan.steps.push(rotate);
    const { intent } = provider.effect(provider.keys('svc'), 'replace', {});
    site.seams.connectors.key = { fence: provider.fence, intend: () => [intent] } as unknown as Connector;
    site.seams.records.incidents.get = async () =>
      ({ id: 'INC-1', plan: site.plan, planDigest: site.plan.digest }) as unknown as IncidentRow;
    site.seams.secrets = { store: noStore, path: () => 'payouts/aws' } as unknown as NonNullable<Seams['secrets']>;
    site.seams.sealer = { seal: () => 'box', open: () => new Secret('x') };
  });
  const rotating = () =>
    applyEffect(
      {
        key: `INC-1/recover.rotate/rotate/${site.provider.keys('svc').target}/1`,
        incident: 'INC-1',
        planDigest: site.plan.digest,
        intent: { ...site.provider.effect(site.provider.keys('svc'), 'replace', {}).intent, class: 'replace' },
        fence: site.provider.fence,
      },
      site.provider.seams(site.records.effects),
    );

  it('is switched off if it was made, and a person is told its id', async () => {
    site.provider.script.push('dies');
    await died(rotating());
    const settled = await settleRow(site.seams, await open());
    expect(settled).toEqual({ state: 'needs_human', line: 'K1 may be ours and is switched off' });
    expect(site.provider.activeKeys('svc')).toEqual([]);
  });

  it('has its stray switched off even if the process died while it did so', async () => {
    site.provider.script.push('dies');
    await died(rotating());
    site.provider.pass(site.provider.quietMs);
    site.provider.script.push('dies before');
    await died(rotating());
    site.provider.pass(site.provider.quietMs);
    const stray = (await site.records.effects.open(site.provider.now)).find(({ key }) => key.includes('disable_stray'));
    expect(await settleRow(site.seams, stray as EffectRow)).toMatchObject({ state: 'done' });
    // As the reconciler does: what asks to come back later is met again.
    for (let round = 0; round < 5; round += 1) {
      site.provider.pass(site.provider.quietMs);
      for (const row of await site.records.effects.open(site.provider.now)) {
        await settleRow(site.seams, row).catch((error: unknown) => expect(error).toBeInstanceOf(Later));
      }
    }
    expect(site.provider.activeKeys('svc')).toEqual([]);
    expect(await site.records.effects.open(site.provider.now + site.provider.quietMs)).toEqual([]);
  });
});

it('says of a message only that somebody should look', async () => {
  await site.records.effects.begin({
    key: 'INC-1/alongside.open_ticket/open_ticket/github-issue/acme/x/1',
    incident: 'INC-1',
    target: 'github-issue/acme/x',
    class: 'tell',
    planDigest: site.plan.digest,
    args: null,
    before: null,
    mode: 'once',
    undoes: '',
    lookedAt: site.provider.now,
    now: site.provider.now,
    quietMs: site.provider.quietMs,
  });
  expect(await settleRow(site.seams, await open())).toEqual({
    state: 'needs_human',
    line: 'no answer came; look whether it was told',
  });
});
