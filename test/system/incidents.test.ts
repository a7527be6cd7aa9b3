/** Five incidents side by side on one site, each with something that is not as it should be. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { type Answer, FAST, openSite, type Site } from './site.js';

describe('a Firebreak at work', () => {
  let site: Site;
  /** A monitoring system names the key, GitHub an alert about it; two incidents. */
  let monitored: string;
  let found: string;
  let wrong: { incident: string; id: string };
  let observed: { incident: string; id: string };
  let guarded: { incident: string; id: string };
  let critical: { incident: string; id: string };

  beforeAll(async () => {
    site = await openSite({
      ...FAST,
      settings: [
        ...(FAST.settings ?? []),
        // the rest of the account is nobody's environment, so it is only observed
        ['aws_account: ["111122223333"] }', 'aws_account: ["111122223333"], names: ["svc-*", "break-glass-*"] }'],
      ],
    });
    await site.start();
    const { payouts, reports } = site.addresses.leaked;
    const named = async (id: string, secret?: string) => {
      const { status, body } = await site.fromMonitoring({ id, ...(secret === undefined ? {} : { secret }) });
      expect(status).toBe(202);
      return { incident: body.incident as string, id };
    };
    ({ incident: monitored } = await named(payouts.id));
    found = (await site.fromGithub(payouts)).body.incident as string;
    wrong = await named(reports.id, reports.secret);
    observed = await named((await site.keysOf('admin'))[0] as string);
    guarded = await named((await site.addKey('break-glass-1')).id);
    critical = await named((await site.keysOf('svc-hot-wallet'))[0] as string);
  });
  afterAll(() => site?.close());

  const line = ({ timeline }: Answer['body'], kind: string) => timeline?.find((entry) => entry.kind === kind)?.line;
  const refusedSteps = async (incident: string) =>
    (await site.live(incident)).steps.filter(({ code }) => code === 'protected').map(({ name }) => name);

  it('makes one incident of two that name the same key in different words', async () => {
    expect(found).not.toBe(monitored);
    expect(await site.closed(found)).toBe('joined');
    expect(await site.incident(found)).toMatchObject({ joinedTo: monitored });
    // GitHub's report went over, and with it the secret that GitHub found
    const { alerts, reports } = await site.incident(monitored);
    expect(alerts).toBe(2);
    expect((reports as { source: string }[]).map(({ source }) => source)).toEqual(['standard', 'github']);

    // what GitHub says of its alert from now on finds the incident that lives
    const again = await site.fromGithub(site.addresses.leaked.payouts);
    expect(again.body).toMatchObject({ incident: monitored, joined: true });
  });

  it('touches nothing that is protected, and says why it is open', async () => {
    await eventually('the freeze is refused', 30, async () =>
      (await refusedSteps(guarded.incident)).includes('disable'),
    );
    const { closedAs, timeline } = await site.incident(guarded.incident);
    expect(closedAs).toBeNull();
    const why = /break-glass-1 is protected \(firebreak\.yaml:\d+\)\. I won't touch it; a person has to\./;
    expect((await site.step(guarded.incident, 'disable'))?.line).toMatch(why);
    expect(timeline?.find(({ kind }) => kind === 'failed')?.line).toMatch(why);
    await eventually('the replacement is refused too', 60, async () =>
      (await refusedSteps(guarded.incident)).includes('rotate'),
    );
    expect(await site.key(guarded.id)).toEqual({ status: 'Active' });
    const writes = (await site.aws.writes()).filter(({ target }) => target.includes('break-glass-1'));
    expect(writes).toEqual([]);
  }, 100_000);

  it('changes nothing where it only observes', async () => {
    expect(await site.closed(observed.incident)).toBe('observed');
    expect(await site.key(observed.id)).toEqual({ status: 'Active' });
    expect(
      (await site.aws.writes()).filter(({ target }) => /\badmin\b/.test(target) || target.includes(observed.id)),
    ).toEqual([]);
    expect(line(await site.incident(observed.incident), 'moment')).toMatch(
      /Nothing is changed\. Would have done: Disable AKIA…\w{3}, /,
    );
    const report = await site.report(observed.incident, 'md');
    expect(report).toMatch(/^# OBSERVE INC-\d+ closed as observed/);
    const subjects = await eventually('people are told', 20, async () => {
      const mails = (await site.mail.do('inbox', { to: 'leo@acme.example' })) as { subject: string }[];
      const mine = mails.map(({ subject }) => subject).filter((subject) => subject.includes(`${observed.incident} `));
      return mine.length === 2 && mine;
    });
    expect(subjects.map((subject) => subject.split(':')[0])).toEqual([
      `OBSERVE ${observed.incident} opened`,
      `OBSERVE ${observed.incident} closed`,
    ]);
  });

  it('brings the wrong key back, and answers for the right one', async () => {
    await eventually('the wrong key is proven frozen', 30, async () => (await site.live(wrong.incident)).contained);
    expect(await site.key(wrong.id)).toEqual({ status: 'Inactive' });
    const [right] = (await site.keysOf('svc-legacy')) as [string];
    const said = await site.api('leo', 'POST', `/incidents/${wrong.incident}/controls`, {
      control: 'false_alarm',
      reason: 'the wrong key: it is the one of svc-legacy',
    });
    expect(said.status).toBe(200);
    const opened = await site.api('leo', 'POST', '/incidents', { id: right });
    expect(opened.status).toBe(202);

    expect(await site.closed(wrong.incident)).toBe('false_alarm');
    expect(await site.key(wrong.id)).toEqual({ status: 'Active' });
    // no source reported it, so nobody is said to have been told
    const { timeline } = await site.incident(wrong.incident);
    expect(timeline?.filter(({ line: text }) => text.includes('resolved as a false positive'))).toEqual([]);
    const { users } = (await site.aws.state()) as { users: { name: string; policies: object }[] };
    expect(users.find(({ name }) => name === 'svc-reports')?.policies).toEqual({});
    await eventually('the right key is frozen', 30, async () => (await site.key(right))?.status === 'Inactive');
  }, 90_000);

  it('stores an answer while Temporal is down, says so, and applies it when Temporal is back', async () => {
    const ask = await site.question(critical.incident, 'disable');
    const [server] = site.temporalServers() as [number];
    process.kill(server, 'SIGSTOP');
    try {
      const said = await site.decide('leo', critical.incident, 'yes', { step: ask.id });
      expect(said.status).toBe(202);
      expect(said.body.message).toBe(
        'I stored your answer and will apply it when Temporal is back; nothing has happened yet.',
      );
      expect(await site.key(critical.id)).toEqual({ status: 'Active' });
    } finally {
      process.kill(server, 'SIGCONT');
    }
    await eventually('the key is frozen', 40, async () => (await site.key(critical.id))?.status === 'Inactive');
    const { decisions } = await site.incident(critical.incident);
    expect(decisions).toMatchObject([{ person: 'leo', answer: 'yes', outcome: 'counted' }]);
  }, 90_000);

  it('tells GitHub that the key is dead although its report came to another incident', async () => {
    await site.question(monitored, 'revoke');
    for (const person of ['leo', 'mia'] as const) await site.decide(person, monitored, 'yes', { step: 'revoke' });
    expect(await site.closed(monitored)).toBe('dead');
    // the secret that came with GitHub's report was tried
    const looks = (await site.incident(monitored)).timeline?.filter(
      ({ kind, step }) => kind === 'observation' && step === 'close.dead',
    );
    expect(looks?.at(-1)?.line).toMatch(/^sts GetCallerIdentity: InvalidClientTokenId/);
    const { repository, alert } = site.addresses.leaked.payouts;
    type Alerts = { alerts: { number: number; resolved?: { as: string } }[] };
    const { alerts } = ((await site.github.state()) as Record<string, Alerts>)[repository] as Alerts;
    expect(alerts.find(({ number }) => number === alert)?.resolved).toMatchObject({ as: 'revoked' });
  }, 90_000);
});
