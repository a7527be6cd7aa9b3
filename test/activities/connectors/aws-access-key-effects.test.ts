import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEffect, type Effect, type EffectSeams, effectKey, undoKey } from '../../../activities/apply-effect.js';
import { awsAccessKey } from '../../../activities/connectors/aws-access-key/index.js';
import type { Connector, ConnectorCall } from '../../../activities/connectors/contract.js';
import { Later } from '../../../activities/contract.js';
import type { ActingClass } from '../../../activities/effect-rules.js';
import { type RotateSeams, type Rotation, rotate, undoRotate } from '../../../activities/rotate.js';
import { openEncryptedFile } from '../../../activities/secrets/encrypted-file.js';
import { createSealer } from '../../../activities/secrets/seal.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { openRecords } from '../../../records/open-records.js';
import type { Records } from '../../../records/records.js';
import { type AwsTwin, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';

const ACCOUNT = '111122223333';
const PATH = 'production/payments/aws-access-key/svc-payouts';

/** The real connector, the real protocol, real records and store; only AWS is a twin, and time is ours. */
describe('aws-access-key through apply-effect', () => {
  let ahead: number;
  let folder: string;
  let twin: AwsTwin;
  let records: Records;
  let connector: Connector;
  let call: ConnectorCall;
  let leaked: { id: string; secret: string };
  let seams: EffectSeams & RotateSeams;

  beforeEach(async () => {
    ahead = 0;
    const clock = { now: () => Date.now() + ahead };
    folder = await mkdtemp(join(tmpdir(), 'firebreak-aws-'));
    twin = await startAwsTwin({ clock });
    twin.addUser({ name: 'firebreak-ir', allow: ['iam:*', 'sts:*'] });
    twin.addUser({ name: 'svc-payouts', allow: ['s3:*'] });
    const responder = twin.addKey('firebreak-ir');
    leaked = twin.addKey('svc-payouts');
    connector = awsAccessKey.open(
      awsAccessKey.settings.parse({
        endpoint: twin.url,
        accounts: { [ACCOUNT]: { credentials: { access_key_id: responder.id, secret_access_key: responder.secret } } },
      }),
    );
    const { principal, name } = await connector.identify(leaked.id);
    const credential = { kind: 'aws-access-key', id: leaked.id, account: ACCOUNT, name, principal };
    call = { credential, incident: 'INC-142', args: {}, now: clock.now };
    records = await openRecords({ file: join(folder, 'records.db') });
    const sealer = createSealer({ keys: [{ id: 'test', key: Buffer.alloc(32, 7) }] });
    const store = openEncryptedFile({ file: join(folder, 'secrets.json'), sealer });
    seams = { effects: records.effects, clock, seal: sealer.seal, open: sealer.open, store, random: () => 0 };
  });
  afterEach(async () => {
    await records.close();
    await twin.close();
    await rm(folder, { recursive: true });
  });

  const effect = (step: string, verb: string): Effect => {
    const [intent] = connector.intend(verb, call);
    if (intent === undefined) throw new Error(`no intent for ${verb}`);
    const key = effectKey({ incident: call.incident, step, verb, target: intent.change.target, generation: 1 });
    const acting = { ...intent, class: intent.class as ActingClass };
    return { key, incident: call.incident, planDigest: 'd'.repeat(64), intent: acting, fence: connector.fence };
  };
  const undoing = (forward: Effect): Effect => ({ ...forward, key: undoKey(forward.key), undoes: forward.key });
  const rotation = (): Rotation => ({
    intent: connector.intend('rotate', call)[0] as Rotation['intent'],
    fence: connector.fence,
    incident: call.incident,
    planDigest: 'd'.repeat(64),
    step: 'recover.rotate',
    generation: 1,
    storePath: PATH,
    replaces: leaked.id,
  });
  /** Lets the provider forget every request that may still be under way. */
  const untilQuiet = () => {
    const { lateSeconds, lagSeconds, skewSeconds } = connector.fence;
    ahead += (lateSeconds + lagSeconds + skewSeconds + 1) * 1_000;
  };
  const counted = (operation: string) => twin.writes().filter(({ method }) => method === operation).length;

  it('disables again after a lost answer and still knows what was there before', async () => {
    twin.faults.add({ method: 'UpdateAccessKey', kind: 'lost-after' });
    const disable = effect('contain.disable', 'disable');
    await expect(applyEffect(disable, seams)).rejects.toBeInstanceOf(Later);

    expect((await applyEffect(disable, seams)).state).toBe('done');

    expect(twin.key(leaked.id)?.status).toBe('Inactive');
    expect((await records.effects.read(disable.key))?.before).toMatchObject({ state: 'Active' });
  });

  it('brings key and sessions back after a false alarm, in reverse order', async () => {
    const disable = effect('contain.disable', 'disable');
    const cut = effect('contain.cut_sessions', 'cut_sessions');
    await applyEffect(disable, seams);
    await applyEffect(cut, seams);
    untilQuiet();

    const outcomes = [await applyEffect(undoing(cut), seams), await applyEffect(undoing(disable), seams)];

    expect(outcomes.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(twin.key(leaked.id)?.status).toBe('Active');
    expect(twin.policiesOf('svc-payouts')).toEqual({});
  });

  it('leaves a key alone that somebody else has deleted or a cut that somebody else has changed', async () => {
    const disable = effect('contain.disable', 'disable');
    const cut = effect('contain.cut_sessions', 'cut_sessions');
    await applyEffect(disable, seams);
    await applyEffect(cut, seams);
    twin.setKeyStatus(leaked.id, 'gone');
    const theirs = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
    twin.putPolicy('svc-payouts', 'firebreak-INC-142-cut', theirs);
    untilQuiet();
    const writes = twin.writes().length;

    const outcomes = [await applyEffect(undoing(cut), seams), await applyEffect(undoing(disable), seams)];

    expect(outcomes.map(({ state }) => state)).toEqual(['needs_human', 'needs_human']);
    expect(twin.writes()).toHaveLength(writes);
  });

  it('never makes a second key before the first request is quiet, and then switches the stray off', async () => {
    twin.faults.add({ method: 'CreateAccessKey', kind: 'lost-after' });
    await expect(rotate(rotation(), seams)).rejects.toBeInstanceOf(Later);
    await expect(rotate(rotation(), seams)).rejects.toBeInstanceOf(Later);
    expect(counted('CreateAccessKey')).toBe(1);
    const stray = twin.keysOf('svc-payouts').find(({ id }) => id !== leaked.id);
    untilQuiet();

    await expect(rotate(rotation(), seams)).rejects.toMatchObject({
      code: 'unknown-outcome',
      message: expect.stringContaining(stray?.id as string),
    });

    expect(counted('CreateAccessKey')).toBe(1);
    expect(twin.key(stray?.id as string)?.status).toBe('Inactive');
    expect(twin.key(leaked.id)?.status).toBe('Active');
  });

  it('makes one key, hands it to the store, and proves it with what the store gives back', async () => {
    const made = await rotate(rotation(), seams);
    const again = await rotate(rotation(), seams);

    expect(again.id).toBe(made.id);
    expect(counted('CreateAccessKey')).toBe(1);
    const back = await seams.store.get(PATH);
    const replacement = { id: back?.id as string, secret: back?.secret as Secret };
    expect(await connector.prove('replacement_works', call, { replacement })).toMatchObject({ seen: 'yes' });
    expect((await connector.prove('restored', call, { leaked: new Secret(leaked.secret) })).seen).toBe('yes');
  });

  it('switches its own replacement off again after a false alarm, and only that', async () => {
    const { id } = await rotate(rotation(), seams);
    untilQuiet();

    const outcome = await undoRotate(rotation(), seams);

    expect(outcome.state).toBe('done');
    expect(twin.key(id)?.status).toBe('Inactive');
    expect(twin.key(leaked.id)?.status).toBe('Active');
    expect(await seams.store.get(PATH)).toBeUndefined();
  });

  it('deletes once, and calls a deletion by somebody else what it is', async () => {
    const revoke = effect('close.revoke', 'revoke');
    expect((await applyEffect(revoke, seams)).state).toBe('done');
    expect((await applyEffect(revoke, seams)).state).toBe('done');
    expect(counted('DeleteAccessKey')).toBe(1);

    const second = twin.addKey('svc-payouts');
    call = { ...call, incident: 'INC-143', credential: { ...call.credential, id: second.id } };
    twin.setKeyStatus(second.id, 'gone');

    expect((await applyEffect(effect('close.revoke', 'revoke'), seams)).state).toBe('not_applied');
  });
});
