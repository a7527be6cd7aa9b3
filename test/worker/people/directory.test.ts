import { describe, expect, it } from 'vitest';
import { UnknownName } from '../../../worker/people/people.js';
import { openPeople } from './people-site.js';

const names = (holders: object) =>
  (holders as { people?: { name: string }[] }).people?.map(({ name }) => name) ?? 'unreachable';

describe('a source that cannot be read', () => {
  it('is never taken for nobody: PagerDuty fails, refuses, limits', async () => {
    const { directory, pagerduty, clock } = await openPeople();
    for (const [kind, says] of [
      ['error', 'PagerDuty fails (HTTP 500)'],
      ['deny', 'PagerDuty does not let our token read who is on call (pagerduty.token)'],
      ['throttle', 'PagerDuty limits our questions'],
      ['lost-before', 'PagerDuty does not answer'],
    ] as const) {
      pagerduty.faults.add({ method: 'oncalls', kind });
      expect(await directory.holders('security-on-call', 'payments')).toMatchObject({
        unreachable: `${says}, so I could not ask who of security-on-call is on call`,
      });
      clock.at += 5_000;
    }
    expect(names(await directory.holders('security-on-call', 'payments'))).toEqual(['sam']);
  });

  it('is never taken for nobody: Slack is away, its token revoked, the scope missing', async () => {
    const { directory, slack, clock } = await openPeople();
    for (const [break_, says] of [
      [() => slack.setDown(true), 'Slack does not answer'],
      [
        () => slack.faults.add({ method: 'usergroups.users.list', kind: 'deny' }),
        'Slack refuses our token (slack.bot_token)',
      ],
      [() => slack.faults.add({ method: 'usergroups.users.list', kind: 'throttle' }), 'Slack limits our questions'],
      [() => slack.workspace.groups.clear(), 'Slack does not know the user group'],
    ] as const) {
      break_();
      expect(await directory.holders('responder', 'payments')).toMatchObject({
        unreachable: `${says}, so I could not ask who is in responder`,
      });
      slack.setDown(false);
      clock.at += 5_000;
    }
  });

  it('is never taken for nobody: PagerDuty names nobody of a schedule that it does not know', async () => {
    const { directory, pagerduty } = await openPeople();
    pagerduty.onCall.hand('PSEC1', [], Date.now());
    expect(names(await directory.holders('security-on-call', 'payments'))).toEqual([]);
    const other = await openPeople();
    other.pagerduty.onCall.schedules.clear();
    expect(await other.directory.holders('security-on-call', 'payments')).toMatchObject({
      unreachable: expect.stringContaining('PagerDuty does not know the schedule'),
    });
  });

  it('is asked once by all who ask while it fails, and again after five seconds', async () => {
    const { directory, pagerduty, clock } = await openPeople();
    pagerduty.faults.add({ method: 'oncalls', kind: 'error', times: 2 });
    const ask = () => directory.holders('security-on-call', 'payments');
    await Promise.all(Array.from({ length: 100 }, ask));
    clock.at += 4_999;
    await ask();
    // one of two failures is left: it was asked once
    expect(pagerduty.faults.pending()).toMatchObject([{ times: 1 }]);
    clock.at += 1;
    expect(await ask()).toHaveProperty('unreachable');
    clock.at += 5_000;
    expect(names(await ask())).toEqual(['sam']);
  });

  it('leaves the roles that could be read, and names those that could not', async () => {
    const { directory, pagerduty } = await openPeople();
    pagerduty.faults.add({ method: 'oncalls', kind: 'error' });
    expect(await directory.rolesOf('sam', 'unknown')).toEqual({
      roles: [{ role: 'responder', source: expect.stringContaining('Slack group S0SECURITY, read ') }],
      unread: ['security-on-call', 'service-owner'].map((role) => ({
        role,
        why: 'PagerDuty fails (HTTP 500), so I could not ask who of security-on-call is on call',
      })),
    });
  });

  it('says nothing of what it was asked or answered into the log', async () => {
    const { directory, pagerduty, env, log } = await openPeople();
    pagerduty.faults.add({ method: 'oncalls', kind: 'error' });
    await directory.holders('security-on-call', 'payments');
    expect(log.join()).toContain('nobody can say who holds a role');
    expect(log.join()).not.toContain(env.PD);
  });
});

describe('the directory', () => {
  it('does not know a role or a person that settings do not have', async () => {
    const { directory } = await openPeople();
    await expect(directory.holders('boss', 'payments')).rejects.toThrow(UnknownName);
    await expect(directory.rolesOf('samm', 'payments')).rejects.toThrow('Did you mean sam?');
  });

  it('names who is on call now, by mail whatever its letters, and since when it knows', async () => {
    const { directory, clock } = await openPeople();
    expect(await directory.holders('security-on-call', 'payments')).toEqual({
      people: [expect.objectContaining({ name: 'sam' })],
      notes: [],
      readAt: clock.at,
      source: `firebreak.yaml:15 PagerDuty schedule PSEC1, read ${new Date(clock.at).toISOString()}`,
    });
  });

  it('believes a schedule for a minute and no longer', async () => {
    const { directory, pagerduty, clock } = await openPeople();
    const ask = async () => names(await directory.holders('security-on-call', 'payments'));
    await ask();
    pagerduty.onCall.hand('PSEC1', ['PLEO'], Date.now());
    clock.at += 59_999;
    expect(await ask()).toEqual(['sam']);
    clock.at += 1;
    expect(await ask()).toEqual(['leo']);
  });

  it('says who is on call whom settings do not know', async () => {
    const { directory, pagerduty } = await openPeople();
    pagerduty.onCall.hand('PSEC1', ['PANA', 'PSAM'], Date.now());
    expect(await directory.holders('security-on-call', 'payments')).toMatchObject({
      people: [{ name: 'sam' }],
      notes: ['ana@acme.example is on call, whom firebreak.yaml does not know'],
    });
  });

  it('counts of a user group only who confirmed the account, never who is called alike', async () => {
    const { directory, records } = await openPeople();
    await records.links.drop('slack/T0ACME', 'leo', 'cli', 1);
    expect(await directory.holders('responder', 'payments')).toMatchObject({
      people: [{ name: 'sam' }],
      notes: ['Slack account U0LEO is linked to nobody, so it cannot be asked'],
    });
  });

  it('forgets the link of a person whom settings no longer know', async () => {
    const { directory, link } = await openPeople();
    await link('U0LEO', 'raj');
    expect(await directory.linkedTo('U0LEO')).toBeUndefined();
    expect(names(await directory.holders('responder', 'payments'))).toEqual(['sam']);
  });

  it('lets whoever is on call stand in for an owner whom nobody knows, and says so', async () => {
    const { directory } = await openPeople();
    const { roles } = await directory.rolesOf('sam', 'unknown');
    expect(roles.find(({ role }) => role === 'service-owner')?.source).toMatch(
      /^firebreak\.yaml:16 of owner unknown, firebreak\.yaml:15 PagerDuty schedule PSEC1, read /,
    );
    expect(names(await directory.holders('service-owner', 'payments'))).toEqual(['mia']);
  });

  it('finds whom an audience means, and an address of its own', async () => {
    const { directory } = await openPeople();
    expect(names(await directory.audience('owner', 'payments'))).toEqual(['mia']);
    expect(names(await directory.audience('owner', 'unknown'))).toEqual(['sam']);
    expect(names(await directory.audience('responder', 'payments'))).toEqual(['sam', 'leo']);
    expect(names(await directory.audience('customer', 'payments'))).toEqual([]);
  });

  it('knows which account a person confirmed, and whose an account is', async () => {
    const { directory } = await openPeople();
    expect(await directory.accountOf('sam')).toBe('U0SAM');
    expect(await directory.accountOf('mia')).toBeUndefined();
    expect((await directory.linkedTo('U0SAM'))?.name).toBe('sam');
  });
});
