/** Who could answer now, from the sources themselves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { main } from '../../../worker/cli/main.js';
import { openPeople, type PeopleSite, SETTINGS } from '../people/people-site.js';

async function run(site: PeopleSite, ...line: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(line, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    stdin: Readable.from(['']),
    isTTY: false,
    env: { ...site.env, HOME: site.folder, FIREBREAK_DATA: site.folder, FIREBREAK_URL: 'http://127.0.0.1:1' },
    cwd: site.folder,
    colour: false,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('who', () => {
  it('says who holds each role now, by which source, read when', async () => {
    const site = await openPeople();
    const { code, out } = await run(site, 'who', '--owner', 'payments');
    expect(code).toBe(0);
    expect(out).toMatch(/^responder +sam, leo \(firebreak\.yaml:\d+ Slack group S0SECURITY, read 20.*Z\)$/m);
    expect(out).toMatch(/^security-on-call +sam \(firebreak\.yaml:\d+ PagerDuty schedule PSEC1, read 20.*Z\)$/m);
    expect(out).toMatch(/^service-owner +mia \(firebreak\.yaml:\d+ of owner payments\)$/m);
  });

  it('ends as unreachable where nobody can say, and with 1 where nobody does', async () => {
    const site = await openPeople();
    site.pagerduty.faults.add({ method: 'oncalls', kind: 'error' });
    const unread = await run(site, 'who', 'security-on-call');
    expect(unread).toMatchObject({ code: 3, out: expect.stringContaining('PagerDuty fails (HTTP 500)') });
    site.pagerduty.onCall.hand('PSEC1', [], Date.now());
    expect(await run(site, 'who', 'security-on-call')).toMatchObject({
      code: 1,
      out: expect.stringContaining('nobody'),
    });
  });

  it('does not know a role, and says which was meant', async () => {
    const { code, err } = await run(await openPeople(), 'who', 'ciiso');
    expect(code).toBe(2);
    expect(err).toContain('Did you mean ciso?');
  });
});

describe('doctor', () => {
  it('names the gate that nobody could answer, and ends with 1', async () => {
    const site = await openPeople(SETTINGS.replace(', then: [ciso]', ''));
    site.pagerduty.onCall.hand('PSEC1', [], Date.now());
    const { code, out } = await run(site, 'doctor');
    expect(code).toBe(1);
    expect(out).toMatch(/NOBODY +production: destroy, of payments/);
    expect(out).toContain('1 of security-on-call is missing, and nobody else may answer');
  });

  it('counts a person once: who holds two roles fills one place', async () => {
    const site = await openPeople(
      SETTINGS.replace('service-owner: 1', 'ciso: 1')
        .replace(', then: [ciso]', '')
        .replace('people: [mia]', 'people: [sam]'),
    );
    const { code, out } = await run(site, 'doctor');
    expect(code).toBe(1);
    expect(out).toMatch(/is missing, and nobody else may answer/);
  });

  it('does not call a gate unanswerable while its source cannot be read', async () => {
    const site = await openPeople(SETTINGS.replace(', then: [ciso]', ''));
    site.pagerduty.faults.add({ method: 'oncalls', kind: 'error', times: 9 });
    const { code, out } = await run(site, 'doctor');
    expect(code).toBe(3);
    expect(out).not.toContain('NOBODY');
    expect(out).toMatch(/\? +production: destroy/);
  });

  it('looks at all that Firebreak talks to, changes nothing, and says what is wrong', async () => {
    const site = await openPeople();
    const { out } = await run(site, 'doctor');
    expect(out).toMatch(/ok +Slack: is workspace Acme Exchange, as firebreak/);
    expect(out).toMatch(/ok +Slack channel C0INCIDENTS: is #security-incidents, and the bot is in it/);
    expect(out).toMatch(/ok +PagerDuty schedule PSEC1: is "Security on call", for security-on-call/);
    expect(out).toMatch(/WRONG +mail: 127\.0\.0\.1 does not answer as a mail server does/);
    expect(out).toMatch(/ok +records: /);
    expect(out).toMatch(/- +Temporal: is the embedded one, and starts with/);
    expect(out).toMatch(/- +Firebreak: does not answer at http:\/\/127\.0\.0\.1:1/);
    expect(site.slack.ledger.writes()).toEqual([]);
    expect(site.pagerduty.pager.incidents).toEqual([]);
    for (const secret of [site.env.BOT, site.env.APP, site.env.PD, site.env.ROUTING]) expect(out).not.toContain(secret);
  });

  it('makes no file where Firebreak has not run yet', async () => {
    const site = await openPeople();
    const { out } = await run(site, 'doctor', '--data', join(site.folder, 'new'));
    expect(out).toMatch(/- +records: .* is not there yet; `firebreak start` makes it/);
    expect(existsSync(join(site.folder, 'new'))).toBe(false);
  });

  it('says that a token is of another workspace, and that a channel is not there', async () => {
    const other = await openPeople(SETTINGS.replace('workspace: T0ACME', 'workspace: T0OTHER'));
    expect((await run(other, 'doctor')).out).toContain(
      'slack.bot_token is of workspace T0ACME, and slack.workspace says T0OTHER',
    );
    const lost = await openPeople(SETTINGS.replace('C0INCIDENTS', 'C0NOWHERE'));
    expect((await run(lost, 'doctor')).out).toMatch(/WRONG +Slack channel C0NOWHERE: refuses: channel_not_found/);
  });

  it('answers scripts in JSON', async () => {
    const { out } = await run(await openPeople(), 'doctor', '--json');
    const said = JSON.parse(out);
    expect(said.ok).toBe(true);
    expect(said.roles).toContainEqual(expect.objectContaining({ role: 'security-on-call', people: ['sam'] }));
    expect(said.gates[0]).toMatchObject({ environment: 'production', answer: 'somebody' });
  });
});
