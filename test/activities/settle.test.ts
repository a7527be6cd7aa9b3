import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect, type Effect } from '../../activities/apply-effect.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import { Later, StepFailed } from '../../activities/contract.js';
import { settle } from '../../activities/settle.js';
import { type EffectSite, openEffectSite } from './open-effects.js';
import { Died, type Script, seeing } from './scripted-provider.js';

let { records, provider, seams, row, remove } = {} as EffectSite;

beforeEach(async () => {
  ({ records, provider, seams, row, remove } = await openEffectSite());
  provider.set('K', 'Active');
  provider.pass(3_600_000);
});
afterEach(() => remove());

const disabling = () => provider.effect(provider.property('K'), 'contain', 'Inactive');
const removing = (cls: 'destroy' | 'burn') => provider.effect(provider.existence('K'), cls, null);
const telling = () => provider.effect(provider.messages('owner'), 'tell', { text: 'hi' });

/** Begun, and given up in this way; quiet by now. */
async function givenUp(effect: Effect, how: Script): Promise<Effect> {
  provider.script.push(how);
  await expect(applyEffect(effect, seams)).rejects.toThrow();
  provider.pass(provider.quietMs);
  return effect;
}

describe('settle', () => {
  it('waits as long as a request may still arrive', async () => {
    const quiet = provider.now + provider.quietMs;
    provider.script.push('stall');
    await expect(applyEffect(disabling(), seams)).rejects.toThrow(Later);

    await expect(settle(disabling(), seams)).rejects.toMatchObject({ name: 'Later', until: quiet });
    expect((await row(disabling()))?.state).toBe('intent');
  });

  it('waits, with what another attempt has left, and looks again', async () => {
    const other = provider.effect(provider.property('K'), 'contain', 'Inactive', { incident: 'INC-2' });
    const effect = await givenUp(disabling(), 'dies before');
    provider.script.push('stall');
    await expect(applyEffect(other, seams)).rejects.toThrow(Later);

    await expect(settle(effect, seams)).rejects.toThrow(/may still arrive/);
  });

  it('closes what had not begun, so that it never will', async () => {
    expect(await settle(disabling(), seams)).toEqual({
      state: 'not_applied',
      line: 'it had not begun, and now it will not',
    });
    expect(await row(disabling())).toMatchObject({ class: 'contain', target: 'K', undoneBy: 'settle' });
    expect((await applyEffect(disabling(), seams)).state).toBe('undone');
  });

  it('repeats what an ended row says, and asks the provider nothing', async () => {
    await applyEffect(disabling(), seams);
    provider.unreadable = new ConnectorError('unavailable', 'no answer');

    expect(await settle(disabling(), seams)).toEqual({ state: 'done', line: 'done' });
  });

  it('says the state where an ended row has no line', async () => {
    await records.effects.close(disabling().key, 'INC-1', 'K', 'contain', 'undo', provider.now);

    expect(await settle(disabling(), seams)).toEqual({ state: 'not_applied', line: 'not_applied' });
  });

  it('sends nothing itself', async () => {
    const effect = await givenUp(disabling(), 'dies before');

    expect(await settle(effect, seams)).toEqual({
      state: 'needs_human',
      line: 'no answer came, and it is not as we wanted it',
    });
    expect(provider.sent).toHaveLength(1);
    expect(await row(effect)).toMatchObject({ state: 'needs_human', outcome: { code: 'unknown-outcome' } });
  });

  it('calls done what is as we wanted it', async () => {
    const effect = await givenUp(disabling(), 'lost');

    expect(await settle(effect, seams)).toEqual({
      state: 'done',
      line: 'no answer came, but it is as we wanted it',
    });
  });

  it('says that a containment was not applied to what is gone', async () => {
    const effect = await givenUp(disabling(), 'dies before');
    provider.set('K', null);

    expect(await settle(effect, seams)).toEqual({ state: 'not_applied', line: 'it is gone' });
  });

  it('asks a person about a cut of sessions whose policy is gone', async () => {
    const cut = await givenUp(provider.effect(provider.property('K'), 'interrupt', '10:00'), 'dies before');
    provider.set('K', null);

    expect(await settle(cut, seams)).toMatchObject({ state: 'needs_human' });
  });

  it('cannot be done by whoever may not look, and leaves the row open for one who may', async () => {
    const effect = await givenUp(disabling(), 'lost');
    provider.unreadable = new ConnectorError('permission-denied', 'cannot look: grant it');

    await expect(settle(effect, seams)).rejects.toThrow(StepFailed);
    expect((await row(effect))?.state).toBe('intent');
  });

  it.each(['destroy', 'burn'] as const)('%s: says gone only of what it sees gone', async (cls) => {
    const effect = await givenUp(removing(cls), 'dies before');
    expect(await settle(effect, seams)).toEqual({
      state: 'needs_human',
      line: 'no answer came, and it is still there',
    });
  });

  it.each(['destroy', 'burn'] as const)('%s: calls done what is gone, as we had asked', async (cls) => {
    expect(await settle(await givenUp(removing(cls), 'lost'), seams)).toEqual({ state: 'done', line: 'it is gone' });
  });

  it('claims nothing that was gone before us', async () => {
    provider.set('K', null);
    const { effects } = records;
    const change = provider.existence('K');
    const effect = removing('destroy');
    const [lookedAt, now] = [provider.now, provider.now];
    const before = { state: (await change.read()).state };
    const begin = { key: effect.key, incident: 'INC-1', target: change.target, class: 'destroy', planDigest: 'digest' };
    await effects.begin({ ...begin, args: null, before, mode: 'repeat', undoes: '', lookedAt, now, quietMs: 0 });

    expect(await settle(effect, seams)).toEqual({ state: 'not_applied', line: 'it was gone before us' });
  });

  it('burn: is not sure of what was there before us when the first look failed', async () => {
    provider.unreadable = new ConnectorError('unavailable', 'no answer');
    const effect = await givenUp(removing('burn'), 'lost');
    delete provider.unreadable;

    expect(await settle(effect, seams)).toEqual({ state: 'done', line: 'it is gone' });
  });

  it('tell: finds the message that is there', async () => {
    const effect = await givenUp(telling(), 'lost');

    expect(await settle(effect, seams)).toEqual({ state: 'done', line: 'it is there' });
    expect((await row(effect))?.outcome).toMatchObject({ after: { number: 1 } });
  });

  it('tell: sends none for the one that is not', async () => {
    const effect = await givenUp(telling(), 'dies before');

    expect(await settle(effect, seams)).toMatchObject({ state: 'needs_human' });
    expect(provider.messagesSent('owner')).toBe(0);
  });

  it('replace: says that nothing new is there', async () => {
    provider.addKey('svc', 'OLD');
    provider.pass(3_600_000);
    const effect = await givenUp(provider.effect(provider.keys('svc'), 'replace', {}), 'dies before');

    expect(await settle(effect, seams)).toEqual({
      state: 'needs_human',
      line: 'no answer came, and nothing new is there',
    });
    expect(provider.activeKeys('svc')).toEqual(['OLD']);
  });

  it('undo: says that it is as before us, and enables nothing', async () => {
    await applyEffect(disabling(), seams);
    provider.pass(provider.lagMs);
    const undo = await givenUp(provider.undoing(disabling()), 'lost');
    expect(await settle(undo, seams)).toEqual({ state: 'done', line: 'no answer came, but it is as we wanted it' });
    expect((await row(undo))?.class).toBe('undo');
  });

  it('undo of replace: switches off what was made, and leaves what it has done to a person', async () => {
    provider.limit = 3;
    const replace = provider.effect(provider.keys('svc'), 'replace', {});
    await applyEffect(replace, seams);
    provider.pass(provider.lagMs);
    const undo = await givenUp(provider.undoing(replace), 'dies before');

    expect(await settle(undo, seams)).toEqual({ state: 'needs_human', line: 'K1 may be ours and is switched off' });
    expect(provider.activeKeys('svc')).toEqual([]);
  });

  it('takes a row that was undone too: nobody else will', async () => {
    const effect = await givenUp(disabling(), 'dies before');
    await records.effects.close(effect.key, 'INC-1', 'K', 'contain', 'undo', provider.now);

    expect(await settle(effect, seams)).toMatchObject({ state: 'needs_human' });
    expect((await row(effect))?.state).toBe('needs_human');
  });

  it('lets two settle at once: the row ends once', async () => {
    const effect = await givenUp(disabling(), 'lost');
    const ends = await Promise.allSettled([settle(effect, seams), settle(effect, seams)]);

    expect(ends.some((end) => end.status === 'fulfilled' && end.value.state === 'done')).toBe(true);
    expect((await row(effect))?.state).toBe('done');
  });

  it('says what killed it as it is: a fault of ours is no answer of the provider', async () => {
    const effect = await givenUp(disabling(), 'dies before');
    const broken = seeing(effect, () => Promise.reject(new Died()));

    await expect(settle(broken, seams)).rejects.toThrow(Died);
  });
});
