import { describe, expect, it } from 'vitest';
import { Alert, leakedName } from '../../../../activities/alert.js';
import { openStarting, type Starting } from './open-starting.js';

const all = ({ house }: Starting) => house.records.incidents.list({ state: 'all', limit: 50 });
const alertOf = async ({ house }: Starting, incident: string) =>
  Alert.parse((await house.records.inbox.ofIncident(incident))[0]?.body);

describe('an offer', () => {
  it('is nobody else’s: another person who has its button opens nothing', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    const heard = await starting.press('freeze_now', offer.value('freeze_now'), { user: 'U0RAJ' });
    expect(heard.outcome).toBe('refused: not-yours');
    expect(heard.text).toContain('<@U0SAM> looked at it, so only they can press here.');
    expect(await all(starting)).toEqual([]);
  });

  it('opens nothing when it is an hour old, and can be looked at again', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    starting.clock.at += 60 * 60_000 - 1;
    const early = await starting.press('leave_it', offer.value('leave_it'));
    expect(early.outcome).toBe('left');
    starting.clock.at += 1;
    const heard = await starting.press('freeze_now', offer.value('freeze_now'));
    expect(heard.outcome).toBe('refused: expired');
    expect(heard.text).toBe('SANDBOX That offer is more than an hour old, so nothing was done. Look again first.');
    expect(await all(starting)).toEqual([]);
    const again = await starting.press('look_again', heard.value('look_again'));
    expect((await starting.press('freeze_now', again.value('freeze_now'))).outcome).toBe('opened INC-1');
  });

  it('opens nothing when its button was made up, or stands for something else', async () => {
    const starting = await openStarting();
    const link = await starting.house.records.handles.give('link/U0SAM', { of: 'link', user: 'U0SAM' }, 0);
    for (const handle of ['made-up', link]) {
      for (const action of ['freeze_now', 'look_only', 'look_again', 'take_closest', 'leave_it', 'not_ours']) {
        expect((await starting.press(action, handle)).outcome).toBe('refused: no-offer');
      }
    }
    expect(await all(starting)).toEqual([]);
  });

  it('asks for the role again when it is pressed: who has lost it opens nothing', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    await starting.house.records.links.put({ source: 'slack/', account: 'U0SAM', person: 'mia', at: 0, by: 'cli' });
    const heard = await starting.press('freeze_now', offer.value('freeze_now'));
    expect(heard.outcome).toBe('refused: role');
    await starting.house.records.links.drop('slack/', 'mia', 'cli', 1);
    expect((await starting.press('freeze_now', offer.value('freeze_now'))).outcome).toBe('refused: not-linked');
    expect(await all(starting)).toEqual([]);
  });

  it('ends where somebody cancels, with nothing opened', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const offer = await starting.command(id);
    const heard = await starting.press('leave_it', offer.value('leave_it'));
    expect(heard.replaced).toHaveLength(1);
    expect(heard.text).toBe(
      `SANDBOX Nothing was started about AKIA…${id.slice(-3)}. If it leaked, it works for whoever has it.`,
    );
    expect(await all(starting)).toEqual([]);
  });
});

describe('Freeze now', () => {
  it('opens an incident by that person, says so in place of the offer, and wakes who starts it', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const offer = await starting.command(id);
    const heard = await starting.press('freeze_now', offer.value('freeze_now'));
    expect(heard.outcome).toBe('opened INC-1');
    expect(heard.told).toEqual([]);
    expect(heard.text.split('\n')).toEqual([
      `SANDBOX INC-1 opened by you <!date^1795489920^{time}|2026-11-24 03:12 UTC> about AKIA…${id.slice(-3)}.`,
      'It goes on by the playbook; what needs people is asked.',
      'Its card comes in <#C0SECINC>.',
    ]);
    expect(heard.buttons).toEqual([]);
    expect(starting.woken).toBe(1);
    expect(await all(starting)).toMatchObject([
      { id: 'INC-1', openedBy: 'person:sam', observe: false, stage: 'opening' },
    ]);
    expect(await alertOf(starting, 'INC-1')).toEqual({
      v: 1,
      source: 'slack',
      event: 'opened',
      credential: { kind: 'aws-access-key', id },
      exposure: 'unknown',
      person: 'sam',
      secret: 'not_held',
    });
  });

  it('opens nothing twice, however often it is pressed, and answers the same', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    const [first, second] = await Promise.all([
      starting.press('freeze_now', offer.value('freeze_now')),
      starting.press('freeze_now', offer.value('freeze_now')),
    ]);
    const third = await starting.press('freeze_now', offer.value('freeze_now'));
    expect([first.outcome, second.outcome, third.outcome]).toEqual(['opened INC-1', 'opened INC-1', 'opened INC-1']);
    expect(third.text).toBe(first.text);
    expect(await all(starting)).toMatchObject([{ id: 'INC-1', alerts: 1 }]);
    // the incident has ended: the same button is no second alert
    await starting.house.records.incidents.close('INC-1', 'dead', starting.clock.now());
    expect((await starting.press('freeze_now', offer.value('freeze_now'))).outcome).toBe('opened INC-1');
    expect(await all(starting)).toHaveLength(1);
  });

  it('is done once where the process dies between the click and its answer', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    const said = { kind: 'action', name: 'freeze_now', handle: offer.value('freeze_now') } as const;
    await starting.hear(said, 'action/one');
    expect((await starting.hear(said, 'action/one')).outcome).toBe('opened INC-1');
    expect(await all(starting)).toMatchObject([{ alerts: 1 }]);
  });

  it('keeps what was said beside the id, and where more stands', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const offer = await starting.hear({
      kind: 'shortcut',
      name: 'respond_to_message',
      text: `Secret found in acme/payouts: ${id}\nhttps://github.com/acme/payouts/security/3`,
      message: '1795489860.000100',
    });
    await starting.press('freeze_now', offer.value('freeze_now'));
    expect(await alertOf(starting, 'INC-1')).toMatchObject({
      url: 'https://github.com/acme/payouts/security/3',
      summary: `Secret found in acme/payouts: ${id} https://github.com/acme/payouts/security/3`,
    });
    const plain = await starting.hear({
      kind: 'shortcut',
      name: 'respond_to_message',
      text: `leak! ${starting.key('svc-two').id}`,
      message: '1795489860.000200',
    });
    await starting.press('freeze_now', plain.value('freeze_now'));
    expect((await alertOf(starting, 'INC-2')).url).toBe('https://acme.slack.com/archives/C0SECINC/p1795489860000200');
  });
});

it('does not make a file that somebody pasted the title of the incident', async () => {
  const starting = await openStarting();
  const { id } = starting.key('svc-payouts');
  const offer = await starting.command(`AWS_ACCESS_KEY_ID=${id} DB_HOST=db.acme.example`);
  await starting.press('freeze_now', offer.value('freeze_now'));
  expect(await alertOf(starting, 'INC-1')).not.toHaveProperty('summary');
});

describe('Look only', () => {
  it('opens an incident that changes nothing', async () => {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('svc-payouts').id);
    const heard = await starting.press('look_only', offer.value('look_only'));
    expect(heard.text).toMatch(/^SANDBOX OBSERVE INC-1 opened by you/);
    expect(heard.text).toContain('It looks and tells; nothing is changed.');
    expect(await all(starting)).toMatchObject([{ id: 'INC-1', observe: true }]);
  });
});

describe('a secret that is pasted', () => {
  const sealedIn = async ({ house, clock }: Starting, incident: string, id: string) => {
    const name = leakedName(`aws-access-key:${id}`);
    const box = await house.records.sealed.get(incident, name, clock.now());
    return box === undefined ? undefined : house.sealer.open(box, name).reveal();
  };

  it('goes sealed from the message to the incident and is shown, logged and stored nowhere', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const offer = await starting.command(`${id} ${secret}`);
    expect(offer.text.split('\n')[0]).toBe(
      `SANDBOX That is the secret itself. I sealed it for the proof and won't show it. Slack has seen it: treat it as leaked (it is). Going on with AKIA…${id.slice(-3)}.`,
    );
    expect(offer.buttons).toEqual(['Freeze now', 'Look only', 'Cancel']);
    const heard = await starting.press('freeze_now', offer.value('freeze_now'));
    expect(heard.outcome).toBe('opened INC-1');
    expect(await sealedIn(starting, 'INC-1', id)).toBe(secret);
    expect(await alertOf(starting, 'INC-1')).toMatchObject({ secret: 'held' });
    expect(JSON.stringify([offer, heard]) + (await starting.written())).not.toContain(secret);
  });

  it('waits for its id where none came along: the button asks for it', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const alone = await starting.command(secret);
    expect(alone.outcome).toBe('secret without an id');
    expect(alone.text).toContain("That is the secret itself. I sealed it for the proof and won't show it.");
    expect(alone.text).toContain('To go on I need its id');
    const asked = await starting.press('start', alone.value('start'));
    const [view] = asked.opened;
    expect(view?.type === 'modal' && view.private_metadata).toBe(`${alone.value('start')}|C0SECINC`);
    starting.clock.at += 20 * 60_000;
    const offer = await starting.hear({
      kind: 'view',
      name: 'what_leaked',
      handle: alone.value('start'),
      fields: { leaked: id },
    });
    expect(offer.text).toMatch(/^SANDBOX The secret that you pasted before is sealed with it for the proof\./);
    await starting.press('freeze_now', offer.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-1', id)).toBe(secret);
    expect(await starting.written()).not.toContain(secret);
  });

  it('waits for the id that the same person types next, and for nobody else’s', async () => {
    const starting = await openStarting();
    const [one, two] = [starting.key('svc-one'), starting.key('svc-two')];
    await starting.command(one.secret);
    const others = await starting.command(two.id, { user: 'U0RAJ' });
    await starting.press('freeze_now', others.value('freeze_now'), { user: 'U0RAJ' });
    const own = await starting.command(one.id);
    await starting.press('freeze_now', own.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-1', two.id)).toBeUndefined();
    expect(await sealedIn(starting, 'INC-2', one.id)).toBe(one.secret);
  });

  it('is not had by somebody else who has the handle under which it waits', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const alone = await starting.command(secret);
    const view = { kind: 'view', name: 'what_leaked', fields: { leaked: id }, user: 'U0RAJ' } as const;
    const offer = await starting.hear({ ...view, handle: alone.value('start') });
    await starting.press('freeze_now', offer.value('freeze_now'), { user: 'U0RAJ' });
    expect(await sealedIn(starting, 'INC-1', id)).toBeUndefined();
  });

  it('is kept for an hour where nobody presses: what is looked at again has none, and says so', async () => {
    const starting = await openStarting();
    const { records } = starting.house;
    const { id, secret } = starting.key('svc-payouts');
    const offer = await starting.command(`${id} ${secret}`);
    const handle = offer.value('freeze_now');
    expect(await records.sealed.names(handle, starting.clock.now())).toEqual([leakedName(`aws-access-key:${id}`)]);
    starting.clock.at += 60 * 60_000;
    expect(await records.sealed.expire(starting.clock.now())).toBe(1);
    expect(await records.sealed.names(handle, 0)).toEqual([]);
    const again = await starting.press('look_again', handle);
    expect(again.text).toContain('I kept the secret that came with it for an hour, and it is gone.');
    await starting.press('freeze_now', again.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-1', id)).toBeUndefined();
  });

  it('without an id is kept for an hour', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const alone = await starting.command(secret);
    starting.clock.at += 60 * 60_000;
    expect(await starting.house.records.sealed.expire(starting.clock.now())).toBe(1);
    const view = { kind: 'view', name: 'what_leaked', fields: { leaked: id } } as const;
    const offer = await starting.hear({ ...view, handle: alone.value('start') });
    expect(offer.text).not.toContain('The secret that you pasted before');
    await starting.press('freeze_now', offer.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-1', id)).toBeUndefined();
  });

  it('of another system is sealed for no key, and that is said', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const github = `ghp_${'aB3'.repeat(12)}`;
    const offer = await starting.command(`${id} ${github}`);
    expect(offer.text).toContain('That holds a GitHub token itself.');
    expect(offer.text).toContain('so no proof uses it');
    await starting.press('freeze_now', offer.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-1', id)).toBeUndefined();
  });

  it('goes on with the id that was meant, where the id was mistyped', async () => {
    const starting = await openStarting();
    const { id, secret } = starting.key('svc-payouts');
    const first = await starting.command(id);
    await starting.press('freeze_now', first.value('freeze_now'));
    await starting.house.records.incidents.pin('INC-1', undefined, 'd'.repeat(64), `aws-access-key:${id}`);
    await starting.house.records.incidents.close('INC-1', 'contained', starting.clock.now());
    const typo = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    const heard = await starting.command(`${typo} ${secret}`);
    const picked = await starting.press('take_closest', heard.value('take_closest'));
    await starting.press('freeze_now', picked.value('freeze_now'));
    expect(await sealedIn(starting, 'INC-2', id)).toBe(secret);
  });
});
