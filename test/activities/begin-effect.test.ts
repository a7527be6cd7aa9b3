import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect } from '../../activities/apply-effect.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import { type EffectSite, openEffectSite } from './open-effects.js';
import { Died, seeing } from './scripted-provider.js';

let { provider, seams, row, remove } = {} as EffectSite;

beforeEach(async () => {
  ({ provider, seams, row, remove } = await openEffectSite());
  seams = { ...seams, random: () => 0.999 };
  provider.set('K', 'Active');
  provider.addKey('svc', 'OLD');
  provider.pass(3_600_000);
});
afterEach(() => remove());

/** What `random` adds to every pause here, ms. */
const SPREAD = 249;
const removing = () => provider.effect(provider.existence('K'), 'destroy', null);
const replacing = () => provider.effect(provider.keys('svc'), 'replace', {});

describe('a look that fails', () => {
  it.each([
    ['unavailable', undefined, 1000],
    ['unknown-outcome', undefined, 1000],
    ['rate-limited', 7, 7000],
  ] as const)(
    '%s: is tried again, as late as the provider says, and a little apart from others',
    async (code, after, ms) => {
      const error = new ConnectorError(code, 'cannot look', after === undefined ? {} : { retryAfterSeconds: after });
      provider.unreadable = error;

      await expect(applyEffect(removing(), seams)).rejects.toMatchObject({
        name: 'Later',
        until: provider.now + ms + SPREAD,
        message: 'cannot look',
      });
      expect(await row(removing())).toBeUndefined();
    },
  );

  it('fails the step where it will never be answered, and says why', async () => {
    const denied = new ConnectorError('permission-denied', 'cannot look: grant it');
    provider.unreadable = denied;

    await expect(applyEffect(removing(), seams)).rejects.toMatchObject({
      name: 'StepFailed',
      code: 'permission-denied',
      message: 'cannot look: grant it',
      cause: denied,
    });
  });

  it('is no clear failure once something was sent', async () => {
    provider.script.push('dies before');
    await expect(applyEffect(removing(), seams)).rejects.toThrow(Died);
    const denied = new ConnectorError('permission-denied', 'cannot look: grant it');
    provider.unreadable = denied;

    await expect(applyEffect(removing(), seams)).rejects.toMatchObject({
      code: 'unknown-outcome',
      message: 'cannot look: grant it; an earlier request may have been carried out',
      cause: denied,
    });
  });

  it('by a fault of ours is no answer of the provider, even for a containment', async () => {
    const contain = provider.effect(provider.property('K'), 'contain', 'Inactive');
    const broken = seeing(contain, () => Promise.reject(new TypeError('a fault of ours')));

    await expect(applyEffect(broken, seams)).rejects.toThrow(TypeError);
    expect(provider.sent).toEqual([]);
  });
});

describe('what is recorded before anything is sent', () => {
  it('the list that was there, and when, in whole seconds of the provider', async () => {
    provider.now += 700;
    const at = provider.now - 700;
    await applyEffect(replacing(), seams);

    expect((await row(replacing()))?.before).toEqual({ state: ['OLD'], ids: ['OLD'], at });
  });

  it('a moment earlier where the provider does not say its time, as clocks may differ', async () => {
    const at = provider.now - provider.fence.skewSeconds * 1000;
    await applyEffect(
      seeing(replacing(), async () => ({ state: null, items: [] })),
      seams,
    );

    expect((await row(replacing()))?.before).toEqual({ state: null, ids: [], at });
  });

  it('for an undo its class, and what it sets again', async () => {
    const contain = provider.effect(provider.property('K'), 'contain', 'Inactive');
    await applyEffect(contain, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(contain), seams);

    expect(await row(provider.undoing(contain))).toMatchObject({ class: 'undo', args: 'Active' });
  });

  it('for the undo of a replacement nothing to set again', async () => {
    await applyEffect(replacing(), seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(replacing()), seams);

    expect(await row(provider.undoing(replacing()))).toMatchObject({ class: 'undo', args: null });
  });
});

describe('a begin that is not granted', () => {
  it('says until when an earlier request may arrive, and a little apart from others', async () => {
    const quiet = provider.now + provider.quietMs;
    provider.script.push('stall');
    await expect(applyEffect(replacing(), seams)).rejects.toMatchObject({ until: quiet + SPREAD });

    await expect(applyEffect(replacing(), seams)).rejects.toMatchObject({
      until: quiet + SPREAD,
      message: expect.stringContaining('an earlier request may still arrive'),
    });
  });

  it('is not held up by its own undone row: an undo that nobody undoes waits for every other', async () => {
    const contain = provider.effect(provider.property('K'), 'contain', 'Inactive');
    provider.script.push('stall');
    await expect(applyEffect(contain, seams)).rejects.toThrow(Later);

    await expect(applyEffect(provider.undoing(contain), seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);
    expect((await applyEffect(provider.undoing(contain), seams)).state).toBe('done');
  });
});

describe('what is told of an ended effect', () => {
  it('is told again, evidence and id included, whoever asks', async () => {
    const change = provider.keys('svc');
    const apply = async () => ({ kind: 'applied' as const, evidence: { request: 'r-1' }, id: 'K9', after: 'there' });
    const replace = provider.effect({ ...change, apply }, 'replace', {});
    const first = await applyEffect(replace, seams);
    const again = await applyEffect(replace, seams);

    for (const told of [first, again]) {
      expect(told).toMatchObject({ state: 'done', id: 'K9', after: 'there', evidence: { request: 'r-1' } });
    }
  });

  it('has no id and nothing that it is now where the provider said none', async () => {
    const told = await applyEffect(removing(), seams);

    expect(told.evidence).toEqual({});
    expect(told).not.toHaveProperty('id');
    expect(told).not.toHaveProperty('after');
  });
});
