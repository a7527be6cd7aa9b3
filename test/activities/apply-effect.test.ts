import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect, type Effect, type EffectSeams } from '../../activities/apply-effect.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import { type EffectSite, openEffectSite } from './open-effects.js';
import { Died, dyingAt, unavailable } from './scripted-provider.js';

let { records, provider, seams, row, remove } = {} as EffectSite;
let disable: Effect;

beforeEach(async () => {
  ({ records, provider, seams, row, remove } = await openEffectSite());
  provider.set('K', 'Active');
  disable = provider.effect(provider.property('K'), 'contain', 'Inactive');
});
afterEach(() => remove());

const later = (until: number) => expect.objectContaining({ name: 'Later', until });

describe('contain', () => {
  it('intent: leaves a trace of what it was about to do when it dies after the provider did it', async () => {
    provider.script.push('dies');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);

    expect(await row(disable)).toMatchObject({ state: 'intent', before: { state: 'Active' }, args: 'Inactive' });
  });

  it('preimage, first_wins: keeps the state before the first attempt when a retry looks at our own change', async () => {
    provider.script.push('dies');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    const outcome = await applyEffect(disable, seams);

    expect(outcome).toMatchObject({ state: 'done', row: { before: { state: 'Active' }, sure: true, attempts: 2 } });
  });

  it('key_no_run: changes nothing when Temporal is reset and asks again', async () => {
    await applyEffect(disable, seams);
    const again = await applyEffect(disable, seams);

    expect(again.state).toBe('done');
    expect(provider.sent).toEqual(['K := Inactive']);
  });

  it('key_incident: contains for a second incident although the first was undone', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(disable), seams);
    provider.pass(provider.lagMs);
    const second = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });

    expect((await applyEffect(second, seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Inactive');
  });

  it('set_anyway: sends even if it looks contained already', async () => {
    provider.set('K', 'Inactive');
    provider.pass(provider.lagMs);
    provider.lagging = true;
    provider.set('K', 'Active');

    expect((await applyEffect(disable, seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Inactive');
  });

  it('acts at once when the look fails, and calls the pre-image unsure', async () => {
    provider.unreadable = unavailable;
    const outcome = await applyEffect(disable, seams);

    expect(outcome).toMatchObject({ state: 'done', row: { sure: false, before: null } });
  });

  it('unknown: takes a 500 for nothing that is known, and sends again', async () => {
    provider.script.push('500');
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + 250));
    expect((await row(disable))?.quietAt).toBe(provider.now + provider.quietMs);

    expect((await applyEffect(disable, seams)).state).toBe('done');
  });

  it('doubles the pause between tries up to five seconds', async () => {
    for (const wait of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
      provider.script.push('500');
      await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + wait));
    }
  });

  it('sole: keeps the lease of a stalled attempt when a later one is answered', async () => {
    provider.script.push('stall');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    const stalled = (await row(disable))?.quietAt;
    provider.pass(1000);
    const outcome = await applyEffect(disable, seams);

    expect(outcome.row?.quietAt).toBeGreaterThan(stalled ?? 0);
  });

  it('release_now: gives a lease back as now + lag after a 429, never earlier', async () => {
    provider.script.push('throttled');
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + 1000));

    expect(await row(disable)).toMatchObject({ state: 'intent', quietAt: provider.now + provider.lagMs });
  });

  it('signed_at_begin: a request that wakes up late is refused, and says so', async () => {
    provider.script.push({
      pause: async () => provider.pass(provider.lateMs),
    });
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);

    expect(provider.truth('K')).toBe('Active');
  });

  it('signed_at_begin: a process that stalls between its begin and its send signs with its begin', async () => {
    const { begin } = seams.effects;
    const stalling: EffectSeams['effects'] = {
      ...seams.effects,
      async begin(effect) {
        const begun = await begin(effect);
        provider.pass(provider.lateMs + 1);
        return begun;
      },
    };
    await expect(applyEffect(disable, { ...seams, effects: stalling })).rejects.toThrow(Later);

    expect(provider.truth('K')).toBe('Active');
  });

  it('comeback: sets it again once an older undo of ours can no longer arrive', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('stall');
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    const again = provider.effect(provider.property('K'), 'contain', 'Inactive', { generation: 2 });
    const quiet = provider.now + provider.quietMs;

    await expect(applyEffect(again, seams)).rejects.toThrow(later(quiet));
    provider.land();
    expect(provider.truth('K')).toBe('Active');

    provider.now = quiet;
    expect((await applyEffect(again, seams)).state).toBe('done');
    expect(provider.truth('K')).toBe('Inactive');
  });

  it('unsure_live: calls a pre-image unsure that was seen while another effect was under way', async () => {
    provider.script.push('stall');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    const second = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });
    await applyEffect(second, seams);

    expect((await row(second))?.sure).toBe(false);
  });

  it('is done at once though another that contains the same is under way: neither would end if each waited', async () => {
    provider.script.push('stall');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    const second = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });

    expect((await applyEffect(second, seams)).state).toBe('done');
    expect((await applyEffect(disable, seams)).state).toBe('done');
  });

  it('denied_sole: does not say "not applied" of what it may neither see nor set, when it may have been done before', async () => {
    provider.script.push('dies', 'denied', 'denied');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    provider.unreadable = unavailable;
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + 500));
    delete provider.unreadable;
    provider.pass(provider.quietMs);

    expect(await applyEffect(disable, seams)).toMatchObject({ state: 'done' });
  });

  it('denied_sole: does not say "not applied" while an earlier attempt may have done it', async () => {
    provider.script.push('dies', 'denied');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Died);
    provider.lagging = true;
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    expect((await row(disable))?.state).toBe('intent');

    provider.pass(provider.quietMs);
    provider.script.push('denied');
    expect((await applyEffect(disable, seams)).state).toBe('done');
  });

  it('fails with the permission to grant when the provider says no for good, and again when asked again', async () => {
    provider.script.push('denied');
    const failure = { name: 'StepFailed', code: 'permission-denied', message: 'cannot K := Inactive: grant it' };

    await expect(applyEffect(disable, seams)).rejects.toMatchObject(failure);
    await expect(applyEffect(disable, seams)).rejects.toMatchObject(failure);
    expect(provider.sent).toHaveLength(1);
  });

  it('says that it was gone before us instead of failing', async () => {
    provider.set('K', null);

    expect(await applyEffect(disable, seams)).toMatchObject({ state: 'not_applied', line: 'it was gone before us' });
  });

  it('finish_cas, lost_returns_row: an attempt that lost its row says what the row says', async () => {
    let second: Promise<unknown> = Promise.resolve();
    provider.script.push({
      pause: async () => {
        provider.script.unshift('denied');
        second = applyEffect(disable, seams).catch((error: unknown) => error);
        await second;
      },
    });
    await expect(applyEffect(disable, seams)).rejects.toThrow(/a later attempt has taken over/);

    expect(await second).toBeInstanceOf(Later);
    expect((await row(disable))?.state).toBe('intent');
  });

  it('is finished by the next attempt wherever the process dies', async () => {
    for (let call = 1; call <= 3; call += 1) {
      const own = provider.effect(provider.property('K'), 'contain', 'Inactive', { generation: call });
      await expect(applyEffect(own, dyingAt(seams, call))).rejects.toThrow(Died);
      expect((await applyEffect(own, seams)).state).toBe('done');
      provider.pass(provider.quietMs);
    }
    await expect(applyEffect(disable, dyingAt(seams, 4))).resolves.toMatchObject({ state: 'done' });
  });
});

describe('interrupt', () => {
  it('keeps the cut time of the first attempt, whatever a retry would compute', async () => {
    provider.set('policy', 'none');
    provider.script.push('lost');
    const cut = (at: number) => provider.effect(provider.property('policy'), 'interrupt', `before ${at}`);
    await expect(applyEffect(cut(10), seams)).rejects.toThrow(Later);
    await applyEffect(cut(20), seams);

    expect(provider.truth('policy')).toBe('before 10');
  });

  it('fails with the code of the look when nobody lets us look', async () => {
    provider.unreadable = new ConnectorError('permission-denied', 'cannot look: grant it');
    const cut = provider.effect(provider.property('K'), 'interrupt', 'before 10');

    await expect(applyEffect(cut, seams)).rejects.toMatchObject({ name: 'StepFailed', code: 'permission-denied' });
    expect(await row(cut)).toBeUndefined();
  });
});

describe('destroy', () => {
  const destroy = () => provider.effect(provider.existence('K'), 'destroy', null);

  it('gone_before: does not claim what was gone at the first look, on a retry either', async () => {
    provider.set('K', null);
    await expect(applyEffect(destroy(), dyingAt(seams, 2))).rejects.toThrow(Died);

    expect(await applyEffect(destroy(), seams)).toMatchObject({ state: 'not_applied' });
    expect(provider.sent).toEqual([]);
  });

  it('gone_first: does not claim what its only attempt found gone', async () => {
    provider.script.push('gone');

    expect(await applyEffect(destroy(), seams)).toMatchObject({ state: 'not_applied' });
  });

  it('claims what it had asked for before, when the answer was lost', async () => {
    provider.script.push('lost');
    await expect(applyEffect(destroy(), seams)).rejects.toThrow(Later);

    expect(await applyEffect(destroy(), seams)).toMatchObject({ state: 'done' });
  });

  it('claims what it had asked for before, when it may ask no more and sees that it is gone', async () => {
    provider.script.push('dies', 'denied');
    await expect(applyEffect(destroy(), seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await applyEffect(destroy(), seams)).toMatchObject({
      state: 'done',
      line: 'gone; an earlier answer was lost',
    });
  });

  it('waits a second when nobody lets it look before it destroys', async () => {
    provider.unreadable = unavailable;

    await expect(applyEffect(destroy(), seams)).rejects.toThrow(later(provider.now + 1000));
    expect(provider.sent).toEqual([]);
  });
});

describe('a process that was held up between its look and its request', () => {
  /** Its seams: this long passes after its begin. */
  const heldUp = (ms: number): EffectSeams => {
    const effects = new Proxy(records.effects, {
      get: (target, name: 'begin') =>
        name !== 'begin'
          ? target[name]
          : async (asked: Parameters<typeof target.begin>[0]) => {
              const begun = await target.begin(asked);
              provider.pass(ms);
              return begun;
            },
    });
    return { ...seams, effects, random: () => 0.999 };
  };
  const unfenced = (): Effect => ({ ...disable, fence: { ...provider.fence, kind: 'none' } });

  it('sends nothing where no signature would refuse it, and gives its lease back', async () => {
    const until = provider.now + provider.lateMs + 249;
    await expect(applyEffect(unfenced(), heldUp(provider.lateMs))).rejects.toMatchObject({
      until,
      message: expect.stringContaining('too late to send'),
    });
    expect(provider.sent).toEqual([]);
    expect((await row(disable))?.quietAt).toBe(provider.now + provider.lagMs);
    expect((await applyEffect(unfenced(), seams)).state).toBe('done');
  });

  it('sends as long as it may', async () => {
    expect((await applyEffect(unfenced(), heldUp(provider.lateMs - 1))).state).toBe('done');
  });

  it('leaves it to the signature where there is one: the provider says no', async () => {
    await expect(applyEffect(disable, heldUp(provider.lateMs))).rejects.toThrow(/asks to wait/);
    expect(provider.sent).toHaveLength(1);
  });
});

describe('two that wait', () => {
  beforeEach(() => {
    seams = { ...seams, random: () => 0.999 };
  });

  it('do not keep step after a 429', async () => {
    provider.script.push('throttled');
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + 1000 + 249));
  });

  it('do not keep step after a lost answer', async () => {
    provider.script.push('lost');
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + 250 + 249));
  });

  it('do not keep step when they may not set what an earlier attempt may have set', async () => {
    provider.script.push('stall', 'denied');
    await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
    provider.pass(1000);
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + provider.quietMs + 249));
  });

  it('do not keep step when a later attempt has taken over', async () => {
    provider.script.push({
      pause: async () => {
        provider.script.push('stall');
        await expect(applyEffect(disable, seams)).rejects.toThrow(Later);
      },
    });
    await expect(applyEffect(disable, seams)).rejects.toThrow(later(provider.now + provider.quietMs + 249));
  });

  it('do not keep step when an undo may still change back what they set', async () => {
    await applyEffect(disable, seams);
    provider.pass(provider.lagMs);
    provider.script.push('stall');
    await expect(applyEffect(provider.undoing(disable), seams)).rejects.toThrow(Later);
    const quiet = provider.now + provider.quietMs;
    const again = provider.effect(provider.property('K'), 'contain', 'Inactive', { generation: 2 });

    await expect(applyEffect(again, seams)).rejects.toThrow(later(quiet + 249));
  });

  it('come back soon when a provider says that somebody else is at it, and nothing was done', async () => {
    const { target, read } = provider.property('K');
    const apply = async () => ({ kind: 'conflict' as const, reason: 'HTTP 409' });
    const contested = provider.effect({ target, read, apply }, 'contain', 'Inactive');

    await expect(applyEffect(contested, seams)).rejects.toThrow(later(provider.now + 250 + 249));
    expect((await row(contested))?.quietAt).toBe(provider.now + provider.lagMs);
  });
});

describe('what may not be done', () => {
  it('destroy: is not called gone while it is there, whoever was at it before', async () => {
    const destroy = provider.effect(provider.existence('K'), 'destroy', null);
    provider.script.push('dies before', 'denied');
    await expect(applyEffect(destroy, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    await expect(applyEffect(destroy, seams)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await row(destroy)).toMatchObject({ state: 'not_applied' });
  });

  it('destroy: fails the step when its only attempt is refused', async () => {
    provider.script.push('denied');
    const destroy = provider.effect(provider.existence('K'), 'destroy', null);

    await expect(applyEffect(destroy, seams)).rejects.toMatchObject({ code: 'permission-denied' });
  });

  it('tell: is not called told', async () => {
    provider.script.push('denied');
    const tell = provider.effect(provider.messages('owner'), 'tell', {});

    await expect(applyEffect(tell, seams)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await row(tell)).toMatchObject({ state: 'not_applied' });
  });

  it('tell: says that the place is not there', async () => {
    provider.script.push('gone');
    const tell = provider.effect(provider.messages('owner'), 'tell', {});

    await expect(applyEffect(tell, seams)).rejects.toMatchObject({
      code: 'not-found',
      message: 'it is not there (any more)',
    });
  });
});

describe('a refusal of the only attempt', () => {
  it('is the end, though nobody could look', async () => {
    provider.unreadable = unavailable;
    provider.script.push('denied');

    await expect(applyEffect(disable, seams)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await row(disable)).toMatchObject({ state: 'not_applied' });
  });

  it('records no id, no stray and no secret that is not there', async () => {
    provider.script.push('denied');
    await expect(applyEffect(disable, seams)).rejects.toMatchObject({ code: 'permission-denied' });

    expect(Object.keys((await row(disable))?.outcome ?? {}).sort()).toEqual(['code', 'line']);
  });
});

describe('burn', () => {
  const burn = () => provider.effect(provider.existence('K'), 'burn', null);

  it('does not claim what was gone at the first look', async () => {
    provider.set('K', null);

    expect(await applyEffect(burn(), seams)).toMatchObject({ state: 'not_applied', line: 'it was gone before us' });
    expect(provider.sent).toEqual([]);
  });

  it('burns at once when the look fails', async () => {
    provider.unreadable = unavailable;

    expect(await applyEffect(burn(), seams)).toMatchObject({ state: 'done' });
  });
});

describe('tell', () => {
  it('tells the id of a message that it found, as if it had sent it', async () => {
    const { target, apply } = provider.messages('owner');
    const read = async () => ({ state: 'there', items: [{ id: 'm-1', active: true }] });
    const tell = provider.effect({ target, apply, read }, 'tell', { text: 'hi' });

    expect(await applyEffect(tell, seams)).toMatchObject({ state: 'done', id: 'm-1', after: 'there' });
    expect(provider.messagesSent('owner')).toBe(0);
  });

  it('sends where a search finds none, and has no id of one', async () => {
    const { target, apply } = provider.messages('owner');
    const read = async () => ({ state: 'none', items: [] });
    const told = await applyEffect(provider.effect({ target, apply, read }, 'tell', { text: 'hi' }), seams);

    expect(told).toMatchObject({ state: 'done', line: 'done' });
    expect(provider.messagesSent('owner')).toBe(1);
  });

  it('tell_search: finds the message whose answer was lost and sends no second one', async () => {
    const tell = provider.effect(provider.messages('owner'), 'tell', { text: 'hi' });
    provider.script.push('lost');
    const quiet = provider.now + provider.quietMs;
    await expect(applyEffect(tell, seams)).rejects.toThrow(later(quiet));
    await expect(applyEffect(tell, seams)).rejects.toThrow(later(quiet));
    provider.now = quiet;

    expect(await applyEffect(tell, seams)).toMatchObject({ state: 'done', after: { number: 1 } });
    expect(provider.messagesSent('owner')).toBe(1);
  });
});
