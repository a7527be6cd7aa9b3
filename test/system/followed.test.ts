/** A thief makes itself a way back while its key is going out; the way back is found, frozen, and waited for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACKER_ACCOUNT, startAttacker } from '../../sandbox/attacker.js';
import type { Use } from '../../sandbox/use-key.js';
import { eventually } from './eventually.js';
import { FAST, openSite, type Site } from './site.js';

describe('a key that the thief made', () => {
  let site: Site;
  let thief: { stop(): Promise<void> };
  let incident: string;
  let minted: string;
  let child: string;
  const uses: Use[] = [];

  beforeAll(async () => {
    // long enough for the thief to see its key off while AWS still lets it in
    site = await openSite({ ...FAST, sandbox: { ...FAST.sandbox, propagationSeconds: 4 } });
    await site.start();
    const { aws, leaked } = site.addresses;
    thief = startAttacker({
      awsUrl: aws.url,
      key: leaked.payouts,
      persists: { user: 'svc-backup', login: true, role: 'deploy' },
      everyMs: 100,
      onUse: (use) => uses.push(use),
    });
    await eventually('the thief is in', 20, async () => uses.some(({ status }) => status === 200));
    incident = (await site.fromGithub(leaked.payouts)).body.incident as string;
    minted = await eventually('the thief is in with its own key', 30, async () => {
      return uses.find(({ keyId, status }) => keyId !== leaked.payouts.id && status === 200)?.keyId;
    });
  }, 90_000);
  afterAll(async () => {
    await thief?.stop();
    await site?.close();
  });

  it('is found by listing and by the logs once containment is proven, and the rest that came with it', async () => {
    const step = await eventually('it has looked', 60, async () => {
      const found = await site.step(incident, 'find_created');
      return found?.state === 'done' && found;
    });

    expect(step.line).toContain(`${minted} of svc-backup (IAM ListAccessKeys, CloudTrail CreateAccessKey)`);
    // its user, that user's rights and password; and, by the logs alone, the role's trust and rights
    expect(step.results).toEqual({ credentials: 1, others: 5 });
    const { live } = await site.incident(incident);
    expect(live?.contained).toBeDefined();
    const trust = ((await site.aws.state()) as { roles: { name: string; trust: string[] }[] }).roles;
    expect(trust.find(({ name }) => name === 'deploy')?.trust).toEqual([`arn:aws:iam::${ATTACKER_ACCOUNT}:root`]);
  }, 90_000);

  it('is frozen by an incident of its own, which makes no replacement for it', async () => {
    child = await eventually('a child is open', 30, async () => {
      const list = (await site.api('sam', 'GET', '/incidents?state=all')).body.incidents as {
        incident: string;
        openedBy: string;
        credential: unknown;
      }[];
      return list.find(({ credential }) => JSON.stringify(credential)?.includes(minted))?.incident;
    });

    await eventually('AWS has it off', 30, async () => (await site.key(minted))?.status === 'Inactive');
    await eventually(
      'the thief is out',
      30,
      async () => uses.findLast(({ keyId }) => keyId === minted)?.status === 403,
    );
    await eventually('the child is contained', 40, async () => (await site.live(child)).contained);
    expect(await site.awsWrites('UpdateAccessKey', minted)).toBe(1);
    expect(await site.keysOf('svc-backup')).toEqual([minted]);
  }, 120_000);

  it('is waited for: people are asked to delete the leaked key only once the child is contained', async () => {
    const ask = await site.question(incident, 'revoke', 60);
    const { contained } = await site.live(child);
    const asked = (await site.incident(incident)).timeline?.find(
      ({ kind, step }) => kind === 'asked' && step === ask.id,
    ) as { at: number } | undefined;
    expect(contained?.at).toBeLessThan(asked?.at ?? 0);
    const task = await eventually('somebody is asked to look at the rest', 30, async () =>
      (await site.live(incident)).waiting.find(({ kind }) => kind === 'task'),
    );
    for (const person of ['leo', 'mia'] as const) await site.decide(person, incident, 'yes', { step: ask.id });
    const done = await site.api('leo', 'POST', `/incidents/${incident}/decisions`, { answer: 'done', step: task.id });
    expect(done.status).toBe(200);

    expect(await site.closed(incident)).toBe('dead');
    const report = await site.report(incident, 'json');
    expect(report).toContain(minted);
  }, 120_000);

  it('leaves no secret of the thief anywhere: neither its key nor its password', async () => {
    const secrets = (await site.aws.do('secrets')) as string[];
    expect(secrets.length).toBeGreaterThan(4);
    const said = await Promise.all([
      site.report(incident, 'json'),
      site.report(child, 'json'),
      JSON.stringify(await site.aws.do('records')),
      JSON.stringify(await site.mail.do('inbox')),
    ]);
    for (const secret of secrets) for (const text of said) expect(text.includes(secret)).toBe(false);
  });
});
