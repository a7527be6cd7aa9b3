import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyEffect } from '../../activities/apply-effect.js';
import type { Connector, Intent } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import { makeReplacement } from '../../activities/rotation.js';
import type { Seams } from '../../activities/seams.js';
import { Secret } from '../../activities/secrets/secret.js';
import { pinIncident } from './pinned-incident.js';

let site: Awaited<ReturnType<typeof pinIncident>>;
beforeEach(async () => {
  site = await pinIncident();
  site.provider.limit = 3;
});
afterEach(() => site.close());

const abandoned = async (): Promise<Intent> => {
  const { provider, records } = site;
  await records.receive(
    { source: 'api', key: '2', kind: 'alert', receivedAt: provider.now, body: {}, claims: ['key:L'] },
    { by: 'source:api', observe: false },
  );
  const theirs = provider.effect(provider.keys('svc'), 'replace', {}, { incident: 'INC-2' });
  provider.script.push('lost');
  await expect(applyEffect(theirs, provider.seams(records.effects))).rejects.toThrow(Later);
  provider.pass(provider.quietMs);
  return theirs.intent as Intent;
};

async function rotated(intent: Intent): Promise<string | undefined> {
  const { provider, plan } = site;
  let stored: string | undefined;
  const seams = {
    ...site.seams,
    sealer: { seal: (value: Secret) => value.reveal(), open: (box: string) => new Secret(box) },
    secrets: {
      path: () => 'svc',
      store: {
        title: 'memory',
        put: async (_: string, { id }: { id: string }) => {
          stored = id;
          return { result: 'stored', version: '1' };
        },
        get: async () => (stored === undefined ? undefined : { id: stored, secret: new Secret(`secret-of-${stored}`) }),
      },
    },
  } as unknown as Seams;
  const call = site.call({ step: 'recover.rotate' });
  for (let tries = 0; tries < 5 && stored === undefined; tries += 1) {
    await makeReplacement(seams, plan, call, site.seams.connectors.key as Connector, intent).catch((error: unknown) =>
      expect(error).toBeInstanceOf(Later),
    );
    provider.pass(provider.quietMs);
  }
  return stored;
}

it('ends what a closed incident has left open on the principal, and switches off what that may have made', async () => {
  const intent = await abandoned();
  await site.records.incidents.close('INC-2', 'cancelled', site.provider.now);
  expect(await rotated(intent)).toBe('K2');
  expect(site.provider.activeKeys('svc')).toEqual(['K2']);
});

it('waits for an incident that is at it still', async () => {
  expect(await rotated(await abandoned())).toBeUndefined();
});
