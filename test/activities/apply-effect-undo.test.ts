import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect, type Effect, undoKey } from '../../activities/apply-effect.js';
import { Later } from '../../activities/contract.js';
import { settle } from '../../activities/settle.js';
import { type EffectSite, openEffectSite } from './open-effects.js';
import { Died, dyingAt, unavailable } from './scripted-provider.js';

let { provider, seams, row, remove } = {} as EffectSite;
let disable: Effect;

beforeEach(async () => {
  ({ provider, seams, row, remove } = await openEffectSite());
  provider.set('K', 'Active');
  disable = provider.effect(provider.property('K'), 'contain', 'Inactive');
});
afterEach(() => remove());

describe('undo of contain', () => {
  it('brings back what was there before us', async () => {
    await applyEffect(disable, seams);
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    provider.pass(provider.lagMs);

    expect((await applyEffect(provider.undoing(disable), seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Active');
  });

  it('leaves a key disabled that was disabled before us', async () => {
    provider.set('K', 'Inactive');
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);

    expect((await applyEffect(provider.undoing(disable), seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Inactive');
    expect(provider.sent).toEqual(['K := Inactive']);
  });

  it('asks the connector how the old state is set again', async () => {
    disable = { ...disable, intent: { ...disable.intent, argsFor: (before) => `again ${String(before)}` } };
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(disable), seams);

    expect(provider.truth('K')).toBe('again Active');
  });

  it('wait_foreign: waits until our own change is visible instead of believing that nothing happened', async () => {
    provider.lagging = true;
    provider.script.push('dies');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    provider.pass(1000);
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect((await applyEffect(provider.undoing(disable), seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Active');
  });

  it('sole: no disable lands after the undo, however long it stalled', async () => {
    provider.script.push('stall');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);
    await applyEffect(provider.undoing(disable), seams);
    provider.land();

    expect(provider.truth('K')).toBe('Active');
  });

  it('unsure_blind: asks a person when we could not look before we acted', async () => {
    provider.unreadable = unavailable;
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    delete provider.unreadable;

    expect(await applyEffect(provider.undoing(disable), seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.truth('K')).toBe('Inactive');
  });

  it('unsure_live: asks a person when another effect was under way as we looked', async () => {
    provider.script.push('lost');
    const first = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });
    await expect(applyEffect(first, seams)).rejects.toThrow(Later);
    await applyEffect(disable, seams);
    provider.pass(provider.quietMs);
    await applyEffect(provider.undoing(first), seams).catch(() => undefined);
    provider.pass(provider.quietMs);

    expect(await applyEffect(provider.undoing(disable), seams)).toMatchObject({
      state: 'needs_human',
      line: expect.stringContaining('do not know for sure'),
    });
  });

  it('threeway: leaves alone what somebody else has changed since', async () => {
    await applyEffect(disable, seams);
    provider.set('K', 'Suspended');
    provider.pass(provider.lagMs);

    const outcome = await applyEffect(provider.undoing(disable), seams);
    expect(outcome).toMatchObject({ state: 'needs_human', line: expect.stringContaining('somebody changed it') });
    expect(provider.truth('K')).toBe('Suspended');
  });

  it('tombstone: an attempt that comes after the undo finds its key closed', async () => {
    expect((await applyEffect(provider.undoing(disable), seams)).state).toBe('nothing');

    expect((await applyEffect(disable, seams)).state).toBe('undone');
    expect(provider.sent).toEqual([]);
  });

  it('close_all: waits for a revoke that is under way, and does not believe that the key is back', async () => {
    const revoke = provider.effect(provider.existence('K'), 'destroy', null);
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    const undo = provider.undoing(disable, [revoke.key]);
    provider.script.push({
      pause: async () => {
        await expect(applyEffect(undo, seams)).rejects.toThrow(Later);
      },
    });
    await applyEffect(revoke, seams);
    await expect(applyEffect(undo, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect(await applyEffect(undo, seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.sent).not.toContain('K := Active');
  });

  it('close_all: waits for a burn too, and a little apart from others', async () => {
    const burn = provider.effect(provider.existence('K'), 'burn', null);
    await applyEffect(disable, seams);
    const quiet = provider.now + provider.quietMs;
    provider.script.push('stall');
    await expect(applyEffect(burn, seams)).rejects.toThrow(Later);

    const undo = applyEffect(provider.undoing(disable, [burn.key]), { ...seams, random: () => 0.999 });
    await expect(undo).rejects.toMatchObject({ until: quiet + 249 });
  });

  it('close_all: waits for nothing that cannot remove what it brings back', async () => {
    const other = provider.effect(provider.property('L'), 'contain', 'Inactive');
    provider.set('L', 'Active');
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('stall');
    await expect(applyEffect(other, seams)).rejects.toThrow(Later);

    expect((await applyEffect(provider.undoing(disable, [other.key]), seams)).state).toBe('done');
  });

  it('close_all: closes its own key, and that of the undo, only once', async () => {
    const revoke = provider.effect(provider.existence('K'), 'destroy', null);
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    const undo = provider.undoing(disable);
    await applyEffect({ ...undo, incidentKeys: [disable.key, undo.key, revoke.key] }, seams);

    expect(await row(undo)).toMatchObject({ state: 'done' });
    expect((await row(undo))?.undoneBy).toBeUndefined();
    expect(await row(revoke)).toMatchObject({
      class: 'closed',
      target: 'K/existence',
      undoneBy: undo.key,
    });
  });

  it('close_all: no late revoke destroys what the undo brought back', async () => {
    const revoke = provider.effect(provider.existence('K'), 'destroy', null);
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(disable, [revoke.key]), seams);

    expect((await applyEffect(revoke, seams)).state).toBe('undone');
    expect(provider.truth('K')).toBe('Active');
  });

  it('undone_said: a reset run hears "undone", never the old "done"', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(disable), seams);

    expect((await applyEffect(disable, seams)).state).toBe('undone');
    expect(provider.truth('K')).toBe('Active');
  });

  it('held: does not enable what another incident has contained since', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    const second = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });
    await applyEffect(second, seams);
    provider.pass(provider.quietMs);

    expect(await applyEffect(provider.undoing(disable), seams)).toMatchObject({
      state: 'held',
      line: expect.stringContaining('INC-2/a.step'),
    });
    expect(provider.truth('K')).toBe('Inactive');
  });

  it('serial: an undo and a new contain at once never end as done and enabled', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    const again = provider.effect(provider.property('K'), 'contain', 'Inactive', { generation: 2 });
    const [undone, contained] = await Promise.allSettled([
      applyEffect(provider.undoing(disable), seams),
      applyEffect(again, seams),
    ]);

    const saysContained = contained.status === 'fulfilled' && contained.value.state === 'done';
    if (saysContained) expect(provider.truth('K')).toBe('Inactive');
    expect(undone.status === 'fulfilled' && undone.value.state === 'done' && saysContained).toBe(false);
  });

  it('asks a person when the provider refuses to set it back', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('denied');

    expect(await applyEffect(provider.undoing(disable), seams)).toMatchObject({ state: 'needs_human' });
  });

  it('does not send twice when an answer was lost, but looks once it is quiet', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('lost');
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(/may still arrive/);
    provider.pass(provider.quietMs);

    expect((await applyEffect(provider.undoing(disable), seams)).state).toBe('done');
    expect(provider.sent).toEqual(['K := Inactive', 'K := Active']);
  });

  it('is finished by the next attempt wherever the process dies', async () => {
    for (let call = 1; call <= 3; call += 1) {
      provider.set('K', 'Active');
      const own = provider.effect(provider.property('K'), 'contain', 'Inactive', { generation: call });
      await applyEffect(own, seams);
      provider.pass(provider.lagMs);
      await expect(applyEffect(provider.undoing(own), dyingAt(seams, call))).rejects.toThrow(Died);
      provider.pass(provider.quietMs);
      expect((await applyEffect(provider.undoing(own), seams)).state).toBe('done');
      expect(provider.truth('K')).toBe('Active');
      provider.pass(provider.quietMs);
    }
  });
});

describe('settle', () => {
  it('reconciler: says done when nobody came back but the goal is seen', async () => {
    provider.script.push('dies');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    await expect(settle(disable, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect(await settle(disable, seams)).toMatchObject({ state: 'done' });
    expect(provider.sent).toHaveLength(1);
  });

  it('asks a person when the goal is not seen, and sends nothing', async () => {
    provider.script.push('dies before');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await settle(disable, seams)).toMatchObject({ state: 'needs_human' });
    expect(await settle(disable, seams)).toMatchObject({ state: 'needs_human' });
    await expect(applyEffect(disable, seams)).rejects.toMatchObject({ code: 'unknown-outcome' });
  });

  it('closes what never began, so that a late attempt does nothing', async () => {
    expect(await settle(disable, seams)).toMatchObject({ state: 'not_applied' });
    expect((await applyEffect(disable, seams)).state).toBe('undone');
  });

  it('takes a row whose undo died between close and begin', async () => {
    provider.script.push('dies');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    await expect(applyEffect(provider.undoing(disable), dyingAt(seams, 2))).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await settle(disable, seams)).toMatchObject({ state: 'done' });
    expect((await row(disable))?.undoneBy).toBe(undoKey(disable.key));
  });

  it('ends an undo that nobody finished', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('lost');
    const undo = provider.undoing(disable);
    await expect(applyEffect(undo, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect(await settle(undo, seams)).toMatchObject({ state: 'done' });
  });

  it('does not claim what was gone before we asked', async () => {
    const revoke = provider.effect(provider.existence('K'), 'destroy', null);
    provider.script.push('lost');
    await expect(applyEffect(revoke, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);
    expect(await settle(revoke, seams)).toMatchObject({ state: 'done' });

    const again = provider.effect(provider.existence('K'), 'destroy', null, { generation: 2 });
    await expect(applyEffect(again, dyingAt(seams, 2))).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    expect(await settle(again, seams)).toMatchObject({ state: 'not_applied' });
  });
});
