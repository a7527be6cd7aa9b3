import { describe, expect, it } from 'vitest';
import { handleOf, openStarting, SETTINGS } from './open-starting.js';

const UNKNOWN = 'AKIAZZZZZZZZZZZZZZZ2';

describe('whoever types an id', () => {
  it('is shown nothing, and told how to link, when nobody knows who they are', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    let asked = 0;
    const connector = starting.house.seams.connectors['aws-access-key']!;
    const identify = connector.identify.bind(connector);
    connector.identify = (...args) => {
      asked += 1;
      return identify(...args);
    };
    const heard = await starting.command(id, { user: 'U0NOBODY' });
    expect(heard.outcome).toBe('refused: not-linked');
    expect(heard.text).toBe("SANDBOX I don't know who you are yet. Link your account, then press again.");
    expect(heard.buttons).toEqual(['Link your account']);
    expect(await handleOf(starting, heard.value('link_account'))).toEqual({ of: 'link', user: 'U0NOBODY' });
    // no provider is asked for nobody
    expect(asked).toBe(0);
  });

  it('is shown nothing, and told who may, when they hold no role that starts incidents', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const heard = await starting.command(id, { user: 'U0MIA' });
    expect(heard.outcome).toBe('refused: role');
    expect(heard.text).toBe(
      'SANDBOX Starting an incident needs responder or security-on-call, and you hold neither.\nNow that is <@U0SAM> (responder), <@U0RAJ> (responder).',
    );
    expect(heard.text).not.toContain('svc-payouts');
  });

  it('is not let in, and told why, when nobody can say who is on call: unknown is no', async () => {
    const starting = await openStarting({
      settings: SETTINGS.replace(
        'security-on-call: { people: [raj] }',
        'security-on-call: { pagerduty_schedule: PSEC1 }',
      ).concat('pagerduty: { token: env:SMTP, api: env:NOWHERE }\n'),
    });
    const { id } = starting.key('svc-payouts');
    const heard = await starting.command(id, { user: 'U0MIA' });
    expect(heard.outcome).toBe('refused: role-unread');
    expect(heard.text).toBe(
      "SANDBOX Starting an incident needs responder or security-on-call. PagerDuty does not answer, so I could not ask who of security-on-call is on call, so I can't say whether you do. Press again in a minute.\nNow that is <@U0SAM> (responder), <@U0RAJ> (responder).",
    );
    // who holds the role that can be read is let in
    expect((await starting.command(id)).outcome).toBe('looked: known');
  });

  it('reads whose it is, where, how used and what would happen, and nothing is changed', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const heard = await starting.command(id);
    const label = `AKIA…${id.slice(-3)}`;
    expect(heard.outcome).toBe('looked: known');
    expect(heard.text.split('\n')).toEqual([
      `SANDBOX *AWS key ${label}* of *svc-payouts* (production, account 111122223333): it works.`,
      'Never used · made <!date^1795489860^{date_short_pretty} {time}|2026-11-24 03:11 UTC>',
      'Owner: payments (firebreak.yaml:13 aws_tag team)',
      `*Freeze now:* Disable ${label}, Cut the sessions issued from ${label}, Make a new key in place of ${label}, without asking anybody.`,
      `Asked first: Delete ${label} (1 of security-on-call and 1 of service-owner).`,
      '*Look only:* scans the logs and tells; nothing is changed.',
    ]);
    expect(heard.buttons).toEqual(['Freeze now', 'Look only', 'Cancel']);
    expect(await handleOf(starting, heard.value('freeze_now'))).toEqual({
      of: 'offer',
      by: 'U0SAM',
      credential: { kind: 'aws-access-key', id },
    });
    expect(starting.aws.writes()).toEqual([]);
    expect(await starting.house.records.incidents.list({ state: 'all', limit: 10 })).toEqual([]);
    expect(JSON.stringify(heard.told)).not.toContain(secret);
  });

  it('reads what others wrote at the provider as text: it calls nobody and links nowhere', async () => {
    const starting = await openStarting();
    const heard = await starting.command(starting.key('svc-payouts', { team: '<!channel> & co' }).id);
    expect(heard.text).toContain('Owner: &lt;!channel&gt; &amp; co (firebreak.yaml');
  });

  it('is told that people are asked first where policy says so: the button does not promise a freeze', async () => {
    const starting = await openStarting();
    const heard = await starting.command(starting.key('hot-wallet').id);
    expect(heard.buttons).toEqual(['Ask to freeze', 'Look only', 'Cancel']);
    expect(heard.text).toContain('(wallets, account 111122223333, critical)');
    expect(heard.text).toMatch(
      /Asked first: Disable AKIA….{3} \(1 of security-on-call; done after 3 min of silence\)\./,
    );
  });

  it('is offered no freeze of what is only looked at there', async () => {
    const starting = await openStarting();
    const heard = await starting.command(starting.key('old-thing').id);
    expect(heard.text).toMatch(/^SANDBOX OBSERVE \*AWS key/);
    expect(heard.text).toContain('watched is only looked at (firebreak.yaml:16 aws_account and names)');
    expect(heard.buttons).toEqual(['Look only', 'Cancel']);
  });

  it('is offered no freeze of what is protected, and reads the line that says so', async () => {
    const starting = await openStarting();
    const heard = await starting.command(starting.key('break-glass-1').id);
    expect(heard.text).toContain("break-glass-1 is protected (firebreak.yaml:22). I won't touch it; a person has to.");
    expect(heard.buttons).toEqual(['Look only', 'Cancel']);
    const forged = await starting.press('freeze_now', heard.value('look_only'));
    expect(forged.outcome).toBe('refused: protected');
    expect(await starting.house.records.incidents.list({ state: 'all', limit: 10 })).toEqual([]);
  });

  it('can freeze all the same when its provider is out of reach, and reads that nothing is known', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    starting.aws.faults.add({ method: '*', kind: 'error', times: 100 });
    const heard = await starting.command(id);
    expect(heard.outcome).toBe('looked: unsaid');
    expect(heard.text).toMatch(/^SANDBOX I can't say whose AKIA….{3} is: /);
    expect(heard.buttons).toEqual(['Freeze now', 'Look only', 'Look again', 'Cancel']);
    expect((await starting.press('freeze_now', heard.value('freeze_now'))).outcome).toBe('opened INC-1');
  });

  it('hears "still looking" from a slow provider, and what is found takes its place', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    starting.aws.faults.add({ method: 'GetUser', kind: 'slow-answer' });
    const hearing = starting.command(id);
    await starting.aws.faults.whenHeld(1);
    starting.pass(2_500);
    await new Promise((resolve) => setImmediate(resolve));
    starting.aws.faults.release();
    const heard = await hearing;
    expect(heard.told.map(({ text }) => text)).toEqual([
      `SANDBOX Still looking whose AKIA…${id.slice(-3)} is. Nothing is changed by looking.`,
    ]);
    expect(heard.replaced).toHaveLength(1);
    expect(heard.text).toContain('*svc-payouts*');
  });

  it('waits for no provider longer than ten seconds', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    starting.aws.faults.add({ method: 'GetUser', kind: 'slow-answer' });
    const hearing = starting.command(id);
    await starting.aws.faults.whenHeld(1);
    starting.pass(10_000);
    const heard = await hearing;
    starting.aws.faults.release();
    expect(heard.text).toContain('its provider did not answer within 10 s.');
    expect(starting.waits).toEqual([]);
  });

  it('is told that a dead key is dead, and can look again: a new one may not be listed yet', async () => {
    const starting = await openStarting();
    const other = starting.key('svc-payouts').id;
    const id = `${other.slice(0, -1)}${other.endsWith('A') ? 'B' : 'A'}`;
    const heard = await starting.command(id);
    expect(heard.outcome).toBe('looked: gone');
    expect(heard.text.split('\n')[0]).toBe(
      `SANDBOX AKIA…${id.slice(-3)} is dead already: account 111122223333 has no such key (any more). There is nothing to freeze.`,
    );
    expect(heard.buttons).toEqual(['Look again', 'Cancel']);
  });

  it('is told why a session is no key', async () => {
    const starting = await openStarting();
    const heard = await starting.command('ASIAZZZZZZZZZZZZZZZ2');
    expect(heard.text).toContain(
      'is a temporary session, not a key; open the incident for the AKIA… key or role that issued it.',
    );
    expect(heard.buttons).toEqual(['Give another id']);
  });
});

describe('an id that no account of ours knows', () => {
  it('is compared with what incidents know, and a person picks: nothing is guessed', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const { incident } = await opened(starting, id);
    const typo = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    await pinned(starting, incident, id);
    const heard = await starting.command(typo);
    expect(heard.text.split('\n')[0]).toBe(
      `SANDBOX No account of ours knows AKIA…${typo.slice(-3)}: account 111122223333 has no such key (any more).`,
    );
    expect(heard.text).toContain(`Closest: AKIA…${id.slice(-3)} (${incident} answers for it)`);
    expect(heard.buttons).toEqual(['That one', 'Look again', 'Not ours']);
    const picked = await starting.press('take_closest', heard.value('take_closest'));
    expect(picked.outcome).toBe('looked: live');
    const over = await starting.press('not_ours', heard.value('not_ours'));
    expect(over.text).toBe(`SANDBOX AKIA…${typo.slice(-3)} is not ours, so nothing was started.`);
  });

  it('says so where nothing is near it', async () => {
    const starting = await openStarting();
    const heard = await starting.command(UNKNOWN);
    expect(heard.text).toContain('I know none that is nearly the same.');
    expect(heard.buttons).toEqual(['Look again', 'Not ours']);
  });

  it('may be a part of one, as cards show it', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const { incident } = await opened(starting, id);
    await pinned(starting, incident, id);
    await starting.house.records.incidents.close(incident, 'contained', starting.clock.now());
    const heard = await starting.command(`AKIA…${id.slice(-3)}`);
    expect(heard.text).toBe(
      `SANDBOX AKIA…${id.slice(-3)} is not a whole id.\nClosest: AKIA…${id.slice(-3)} (svc-payouts, production)`,
    );
    const picked = await starting.press('take_closest', heard.value('take_closest'));
    expect(picked.outcome).toBe('looked: known');
    expect(picked.replaced).toHaveLength(1);
  });

  it('may be half typed, and is never said back whole', async () => {
    const starting = await openStarting();
    const heard = await starting.command('AKIA12');
    expect(heard.text).toBe(
      'SANDBOX AKIA12 is not a whole id.\nI know none that begins or ends like it. The whole id has 20 letters and digits.',
    );
    expect((await starting.command('AKIA1secretthatisgluedtoit')).text).not.toContain('secretthatisglued');
  });
});

describe('what is live already', () => {
  it('is shown instead, with its card, and a report can join it', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const { incident } = await opened(starting, id);
    await starting.house.records.posts.put({
      incident,
      part: 'card',
      channel: 'C0SECINC',
      message: '1795489860.000100',
      digest: 'd',
      at: starting.clock.now(),
    });
    const heard = await starting.command(id, { user: 'U0RAJ' });
    expect(heard.outcome).toBe('looked: live');
    expect(heard.text).toContain(
      `<https://acme.slack.com/archives/C0SECINC/p1795489860000100|${incident}> answers for AKIA…${id.slice(-3)} already.`,
    );
    expect(heard.buttons).toEqual([`Join ${incident}`, 'Cancel']);
    const joined = await starting.press('freeze_now', heard.value('freeze_now'), { user: 'U0RAJ' });
    expect(joined.outcome).toBe(`joined ${incident}`);
    expect((await starting.house.records.incidents.get(incident))?.alerts).toBe(2);
  });

  it('is offered to be frozen where an incident only looks at it', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const looked = await starting.command(id);
    expect((await starting.press('look_only', looked.value('look_only'))).outcome).toBe('opened INC-1');
    const heard = await starting.command(id, { user: 'U0RAJ' });
    expect(heard.text).toContain('INC-1 only looks at it; an incident that acts goes before it.');
    expect((await starting.press('freeze_now', heard.value('freeze_now'), { user: 'U0RAJ' })).outcome).toBe(
      'opened INC-2',
    );
  });
});

describe('several ids in one text', () => {
  it('get a button each', async () => {
    const starting = await openStarting();
    const [one, two] = [starting.key('svc-one'), starting.key('svc-two')];
    const heard = await starting.command(`${one.id} and ${two.id}`);
    expect(heard.text.split('\n')[0]).toBe('SANDBOX There are 2 ids in it. I look at one at a time:');
    expect(heard.buttons).toEqual(['Look at it', 'Look at it']);
    const picked = await starting.press('take_closest', heard.value('take_closest'));
    expect(picked.text).toContain('*svc-one*');
  });

  it('are as many as anybody reads, and the rest is counted', async () => {
    const starting = await openStarting();
    const ids = Array.from({ length: 13 }, (_, nth) => `AKIAZZZZZZZZZZZZZZ${'ABCDEFGHIJKLM'[nth]}2`);
    const heard = await starting.command(ids.join(' '));
    expect(heard.buttons).toHaveLength(10);
    expect(heard.text).toContain('and 3 more: send them by themselves.');
    expect(heard.told[0]?.blocks.length).toBeLessThanOrEqual(50);
  });
});

type Starting = Awaited<ReturnType<typeof openStarting>>;

async function opened(starting: Starting, id: string): Promise<{ incident: string }> {
  const offer = await starting.command(id);
  const pressed = await starting.press('freeze_now', offer.value('freeze_now'));
  expect(pressed.outcome).toMatch(/^opened INC-/);
  return { incident: pressed.outcome.slice('opened '.length) };
}

/** What prepare does first. */
const pinned = ({ house }: Starting, incident: string, id: string) =>
  house.records.incidents.pin(incident, undefined, 'd'.repeat(64), `aws-access-key:${id}`);
