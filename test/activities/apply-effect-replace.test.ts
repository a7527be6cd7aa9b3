import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect, type Effect, type EffectSeams } from '../../activities/apply-effect.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import { settle } from '../../activities/settle.js';
import { RecordsError } from '../../records/records-error.js';
import { type EffectSite, openEffectSite } from './open-effects.js';
import { Died, dyingAt, seeing } from './scripted-provider.js';

let { records, provider, seams, row, remove } = {} as EffectSite;
let replace: Effect;

beforeEach(async () => {
  ({ records, provider, seams, row, remove } = await openEffectSite());
  provider.addKey('svc', 'OLD', 'Inactive');
  provider.pass(3_600_000);
  replace = provider.effect(provider.keys('svc'), 'replace', {});
});
afterEach(() => remove());

const replaceFor = (incident: string) => provider.effect(provider.keys('svc'), 'replace', {}, { incident });

describe('replace', () => {
  it('seal: id and sealed secret are one commit, bound to the effect', async () => {
    const outcome = await applyEffect(replace, seams);

    expect(outcome).toMatchObject({ state: 'done', id: 'K1' });
    expect(await row(replace)).toMatchObject({
      outcome: { id: 'K1' },
      sealed: `sealed(secret-of-K1)for(${replace.key})`,
    });
  });

  it('makes no key that it could not keep: sealing is tried before the provider is asked', async () => {
    const broken: EffectSeams = {
      ...seams,
      seal: () => {
        throw new Error('no sealing key');
      },
    };

    await expect(applyEffect(replace, broken)).rejects.toThrow('no sealing key');
    expect(provider.sent).toEqual([]);
  });

  it('claims no clear failure when it may not look any more after a lost answer: a key may be alive', async () => {
    provider.script.push('lost');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Later);
    provider.unreadable = new ConnectorError('permission-denied', 'cannot list keys: grant it');
    await expect(applyEffect(replace, seams)).rejects.toMatchObject({ code: 'unknown-outcome' });
    expect(provider.activeKeys('svc')).toEqual(['K1']);
  });

  it('tries the commit of a new key again while records are locked', async () => {
    let tries = 0;
    const effects = new Proxy(records.effects, {
      get: (target, name: 'finish') =>
        name !== 'finish'
          ? target[name]
          : (finish: Parameters<typeof target.finish>[0]) => {
              tries += 1;
              return tries < 4 ? Promise.reject(new RecordsError('locked', 'busy')) : target.finish(finish);
            },
    });

    expect(await applyEffect(replace, { ...seams, effects })).toMatchObject({ state: 'done', id: 'K1' });
    expect(tries).toBe(4);
  });

  it('wait_own: makes no second key while the first request may still arrive', async () => {
    provider.script.push('stall');
    const quiet = provider.now + provider.quietMs;
    await expect(applyEffect(replace, seams)).rejects.toMatchObject({ name: 'Later', until: quiet });
    provider.pass(60_000);
    await expect(applyEffect(replace, seams)).rejects.toThrow(/may still arrive/);
    provider.land();
    provider.now = quiet;
    provider.limit = 3;

    expect(await applyEffect(replace, seams)).toMatchObject({ state: 'done', id: 'K2' });
    expect(provider.activeKeys('svc')).toEqual(['K2']);
  });

  it('looked_after: a list that was taken before it was quiet does not count', async () => {
    provider.script.push('stall');
    const quiet = provider.now + provider.quietMs;
    await expect(applyEffect(replace, seams)).rejects.toThrow(Later);
    provider.now = quiet - 1;
    const slow = provider.keys('svc');
    const read = async () => {
      const seen = await slow.read();
      provider.now = quiet + 1;
      return seen;
    };
    const late = { ...replace, intent: { ...replace.intent, change: { ...slow, read } } };

    await expect(applyEffect(late, seams)).rejects.toThrow(/may still arrive/);
    expect(provider.sent).toHaveLength(1);
  });

  it('strays, strays_off: switches off the key whose answer was lost before it makes another, and deletes nothing', async () => {
    provider.limit = 3;
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    expect(provider.activeKeys('svc')).toEqual(['K1']);
    provider.pass(provider.quietMs);
    const outcome = await applyEffect(replace, seams);

    expect(outcome).toMatchObject({ state: 'done', id: 'K2', row: { outcome: { strays: ['K1'] } } });
    expect(provider.sent).toEqual(['create for svc', 'key/K1 := Inactive', 'create for svc']);
    const off = (await records.effects.ofIncident('INC-1')).find(({ class: cls }) => cls === 'contain');
    expect(off).toMatchObject({ target: 'key/K1', state: 'done', before: { state: 'Active' } });
  });

  it('says which key is probably ours when its answer was lost and the limit is reached', async () => {
    provider.script.push('lost');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    await expect(applyEffect(replace, seams)).rejects.toMatchObject({
      code: 'unknown-outcome',
      message: expect.stringMatching(/K1, made 20.*Z, is probably ours and is switched off. Delete it, then retry/),
    });
    expect(await row(replace)).toMatchObject({ state: 'needs_human', outcome: { strays: ['K1'] } });
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('fails with what to do at the two-key limit, and touches neither key', async () => {
    provider.addKey('svc', 'SIBLING');

    await expect(applyEffect(replace, seams)).rejects.toMatchObject({
      code: 'invalid',
      message: 'svc has two keys; free one, then retry',
    });
    expect(provider.activeKeys('svc')).toEqual(['SIBLING']);
  });

  it('strays_before: never takes a healthy sibling for a stray', async () => {
    provider.limit = 4;
    provider.undated = true;
    provider.addKey('svc', 'SIBLING');
    provider.script.push('dies before');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    await applyEffect(replace, seams);

    expect(provider.activeKeys('svc')).toEqual(['SIBLING', 'K1']);
  });

  it("strays_dated: nor an operator's key that was made just before us and not listed yet", async () => {
    provider.limit = 4;
    provider.lagging = true;
    provider.addKey('svc', 'OPERATOR');
    provider.pass(2000);
    provider.script.push('dies before');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    expect((await row(replace))?.before).toMatchObject({ ids: ['OLD'] });
    provider.pass(provider.quietMs);
    await applyEffect(replace, seams);

    expect(provider.activeKeys('svc')).toContain('OPERATOR');
  });

  it('finds its stray although the provider dates keys in whole seconds', async () => {
    provider.limit = 3;
    provider.now += 700;
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    await applyEffect(replace, seams);

    expect(provider.activeKeys('svc')).toEqual(['K2']);
  });

  it('principal, open_blocks: a second incident of the same user waits until the first is closed', async () => {
    provider.limit = 4;
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    await expect(applyEffect(replaceFor('INC-2'), seams)).rejects.toThrow(`${replace.key} is still open`);
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    await applyEffect(replaceFor('INC-2'), seams);

    expect(provider.activeKeys('svc')).toEqual(['K2', 'K3']);
  });

  it('reconciler: settle switches off what a dead process made, and asks a person', async () => {
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    await expect(settle(replace, seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect(await settle(replace, seams)).toEqual({ state: 'needs_human', line: 'K1 may be ours and is switched off' });
    expect(provider.activeKeys('svc')).toEqual([]);
    expect(provider.sent).toHaveLength(2);
  });

  it('is finished by the next attempt wherever the process dies, with one live key', async () => {
    provider.limit = 99;
    for (let call = 1; call <= 2; call += 1) {
      const own = provider.effect(provider.keys('svc'), 'replace', {}, { generation: call });
      const known = provider.activeKeys('svc');
      await expect(applyEffect(own, dyingAt(seams, call))).rejects.toThrow();
      provider.pass(provider.quietMs);
      const { id } = await applyEffect(own, seams);
      expect(provider.activeKeys('svc')).toEqual([...known, id]);
      provider.pass(provider.quietMs);
    }
  });
});

describe('replace that is being undone', () => {
  /** An attempt died after its key was made; the next one began to switch it off and is still at it. */
  async function twoAttempts(): Promise<{ keys(): Promise<string[]> }> {
    provider.limit = 4;
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    return { keys: async () => (await records.effects.ofIncident('INC-1')).map(({ key }) => key) };
  }

  it('makes no further key once its stray was closed by the undo', async () => {
    const { keys } = await twoAttempts();
    provider.script.push({
      pause: async () => {
        await applyEffect(provider.undoing(replace, await keys()), seams).catch(() => undefined);
      },
    });

    await expect(applyEffect(replace, seams)).rejects.toThrow(/is being undone/);
    expect(provider.sent.filter((sent) => sent.startsWith('create'))).toHaveLength(1);
  });

  it('is settled though the undo closed the key under which its stray was switched off', async () => {
    const { keys } = await twoAttempts();
    provider.script.push('dies before');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    for (const key of await keys()) await records.effects.close(key, 'INC-1', 'T', 'contain', 'undo', provider.now);
    provider.pass(provider.quietMs);

    expect(await settle(replace, seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.activeKeys('svc')).toEqual([]);
  });
});

describe('the key that was recorded', () => {
  it('is switched off by the undo though the provider lists nothing at all', async () => {
    const blind = seeing(replace, async () => ({ state: null }));
    await applyEffect(blind, seams);
    provider.pass(provider.lagMs);
    const outcome = await applyEffect(provider.undoing(blind), seams);

    expect(outcome).toMatchObject({ state: 'done', row: { outcome: { strays: ['K1'] } } });
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('is switched off by the undo though the provider dates it before our first look', async () => {
    const { read } = replace.intent.change;
    const misdated = seeing(replace, async () => {
      const seen = await read();
      return { ...seen, items: (seen.items ?? []).map((item) => ({ ...item, createdAt: 0 })) };
    });
    await applyEffect(misdated, seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(misdated), seams);

    expect(provider.activeKeys('svc')).toEqual([]);
    expect(provider.sent).toEqual(['create for svc', 'key/K1 := Inactive']);
  });

  it('is asked for once only, and left alone when it is off or deleted already', async () => {
    await applyEffect(replace, seams);
    provider.set('key/K1', null);
    provider.pass(provider.lagMs);

    expect((await applyEffect(provider.undoing(replace), seams)).state).toBe('done');
    expect(provider.sent).toEqual(['create for svc']);
  });

  it('cannot be switched off where the connector does not say how: the step fails, and a person has to', async () => {
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    const { disableStray: _, ...intent } = replace.intent;

    await expect(applyEffect(provider.undoing({ ...replace, intent }), seams)).rejects.toMatchObject({
      code: 'invalid',
      message: 'K1 is probably ours, and we cannot switch it off; a person has to',
    });
  });
});

describe('a key that nobody may switch off', () => {
  it('is told to a person by settle, which comes to an end', async () => {
    provider.script.push('dies', 'denied');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    expect(await settle(replace, seams)).toEqual({
      state: 'needs_human',
      line: expect.stringMatching(/^made by us, and not to be switched off by us: K1 \(.*grant it\). Switch it off$/),
    });
    expect(await row(replace)).toMatchObject({ state: 'needs_human', outcome: { strays: ['K1'] } });
    expect(provider.activeKeys('svc')).toEqual(['K1']);
  });

  it('is told to a person by the undo, which does not say that all is as before', async () => {
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    provider.script.push('denied');

    expect(await applyEffect(provider.undoing(replace), seams)).toMatchObject({
      state: 'needs_human',
      line: expect.stringContaining('K1 ('),
    });
  });

  it('keeps a resumed replacement from making another', async () => {
    provider.limit = 3;
    provider.script.push('dies', 'denied');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);

    await expect(applyEffect(replace, seams)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(provider.activeKeys('svc')).toEqual(['K1']);
  });
});

describe('an effect that switches a stray off and that nobody finishes', () => {
  const nested = async () => {
    const key = (await records.effects.ofIncident('INC-1')).map((one) => one.key).find((one) => one.includes('stray'));
    return { ...provider.effect(provider.property('key/K1'), 'contain', 'Inactive'), key: String(key) };
  };
  beforeEach(async () => {
    provider.script.push('dies', 'dies before');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
  });

  it('is gone on with by settle: given up, it would leave the key alive', async () => {
    expect(await settle(await nested(), seams)).toEqual({ state: 'done', line: 'done' });
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('asks a person when it may not be switched off', async () => {
    provider.script.push('denied');

    expect(await settle(await nested(), seams)).toEqual({
      state: 'needs_human',
      line: expect.stringContaining('grant it'),
    });
    expect((await row(await nested()))?.state).toBe('not_applied');
  });

  it('is only looked at when its incident was undone: the undo switches it off under a name of its own', async () => {
    const off = await nested();
    await records.effects.close(off.key, 'INC-1', 'key/K1', 'contain', 'undo', provider.now);

    expect(await settle(off, seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.activeKeys('svc')).toEqual(['K1']);
  });
});

describe('undo of replace', () => {
  it('switches off the key that it made, and no other', async () => {
    provider.limit = 4;
    provider.addKey('svc', 'SIBLING');
    provider.pass(1000);
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    const outcome = await applyEffect(provider.undoing(replace), seams);

    expect(outcome.state).toBe('done');
    expect(provider.activeKeys('svc')).toEqual(['SIBLING']);
  });

  it('known: leaves the live replacement of another incident alone', async () => {
    provider.limit = 4;
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    await applyEffect(replaceFor('INC-2'), seams);
    provider.pass(provider.lagMs);
    await applyEffect(provider.undoing(replace), seams);

    expect(provider.activeKeys('svc')).toEqual(['K2']);
  });

  it('finds the key of an attempt that died, though no record names it', async () => {
    provider.script.push('dies');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    await expect(applyEffect(provider.undoing(replace), seams)).rejects.toThrow(Later);
    provider.pass(provider.quietMs);

    expect((await applyEffect(provider.undoing(replace), seams)).state).toBe('done');
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('switches off a stray even when the attempt that began to do so was closed by the undo itself', async () => {
    provider.limit = 3;
    provider.script.push('dies', 'dies before');
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    await expect(applyEffect(replace, seams)).rejects.toThrow(Died);
    const keys = (await records.effects.ofIncident('INC-1')).map(({ key }) => key);
    expect(keys).toHaveLength(2);
    provider.pass(provider.quietMs);

    expect((await applyEffect(provider.undoing(replace, keys), seams)).state).toBe('done');
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('is finished by the next attempt when it died while switching off', async () => {
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    provider.script.push('dies before');
    await expect(applyEffect(provider.undoing(replace), seams)).rejects.toThrow(Died);
    provider.pass(provider.quietMs);
    const keys = (await records.effects.ofIncident('INC-1')).map(({ key }) => key);

    expect((await applyEffect(provider.undoing(replace, keys), seams)).state).toBe('done');
    expect(provider.activeKeys('svc')).toEqual([]);
  });
});
