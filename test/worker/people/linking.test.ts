import { beforeEach, describe, expect, it } from 'vitest';
import type { Linking, LinkingDoors } from '../../../worker/people/linking.js';
import { openLinking, type Post, tokenIn } from './open-linking.js';
import { openPeople, type PeopleSite } from './people-site.js';

let site: PeopleSite;
let linking: Linking;
let post: Post;
let mails: Post['mails'];
let told: Post['told'];

const log = { info() {}, warn() {}, error() {}, debug() {}, child: () => undefined as never };
const open = (more: Partial<LinkingDoors> = {}): Linking =>
  openLinking({ settings: site.settings, records: site.records, clock: site.clock, log, ...more }, post);

beforeEach(async () => {
  site = await openPeople();
  post = { mails: [], told: [] };
  ({ mails, told } = post);
  linking = open();
});

const begin = (person = 'mia', account = 'U0MIA', key = `${account}/${person}`) =>
  linking.begin({ account, shown: 'Mia Rossi', person, key });
const codeOf = async (begun: ReturnType<typeof begin>): Promise<string> => {
  const said = await begun;
  return said.begun ? said.code : '';
};

describe('an account is linked to nobody', () => {
  it('by a name: what it says is confirmed by the person, or is nothing', async () => {
    expect(await begin()).toMatchObject({ begun: true, mailed: true });
    expect(mails).toMatchObject([{ to: ['mia@acme.example'] }]);
    expect(await site.directory.linkedTo('U0MIA')).toBeUndefined();
  });

  it('by looking at the link, as whoever scans mails does', async () => {
    await begin();
    expect(await linking.look(tokenIn(mails[0]))).toMatchObject({ account: 'U0MIA', person: 'mia' });
    expect(await site.directory.linkedTo('U0MIA')).toBeUndefined();
  });

  it('by a link that we did not sign, and the code alone is none', async () => {
    const code = await codeOf(begin());
    for (const forged of [code, `${code}.`, `${code}.${'A'.repeat(43)}`, 'x.y', '']) {
      expect(await linking.confirmByMail(forged)).toEqual({ linked: false, reason: 'unknown' });
    }
  });

  it('by the token of somebody else', async () => {
    const code = await codeOf(begin());
    expect(await linking.confirmByToken(code, 'sam', 'U0MIA')).toEqual({ linked: false, reason: 'not yours' });
    expect(await site.directory.linkedTo('U0MIA')).toBeUndefined();
  });

  it('by a code that somebody else sent: the account must be named, and the code is not used up', async () => {
    const code = await codeOf(begin('mia', 'U0EVE'));
    const pending = { account: 'U0EVE', shown: 'Mia Rossi', person: 'mia', workspace: expect.any(String) };
    for (const account of [undefined, 'U0MIA']) {
      expect(await linking.confirmByToken(code, 'mia', account)).toEqual({
        linked: false,
        reason: 'another account',
        pending,
      });
    }
    expect(await site.directory.linkedTo('U0EVE')).toBeUndefined();
    expect(await linking.lookByToken(code, 'sam')).toEqual({ linked: false, reason: 'not yours' });
    expect(await linking.lookByToken(code, 'mia')).toEqual(pending);
    expect(await linking.confirmByToken(code, 'mia', 'U0EVE')).toMatchObject({ linked: true });
  });

  it('after 15 minutes, or a second time', async () => {
    await begin();
    site.clock.at += 15 * 60_000;
    expect(await linking.confirmByMail(tokenIn(mails[0]))).toEqual({ linked: false, reason: 'expired' });
    await begin('mia', 'U0MIA', 'again');
    expect(await linking.confirmByMail(tokenIn(mails[1]))).toMatchObject({ linked: true });
    await linking.end('mia', 'person:mia');
    expect(await linking.look(tokenIn(mails[1]))).toEqual({ linked: false, reason: 'used' });
    expect(await linking.confirmByMail(tokenIn(mails[1]))).toEqual({ linked: false, reason: 'used' });
    expect(await site.directory.linkedTo('U0MIA')).toBeUndefined();
  });

  it('whom settings do not know, or with a handle that is something else', async () => {
    expect(await begin('eve')).toEqual({ begun: false, reason: 'unknown person' });
    const other = await site.records.handles.give('x', { of: 'incident', incident: 'INC-1' }, site.clock.at);
    expect(await linking.confirmByToken(other, 'mia', 'U0MIA')).toEqual({ linked: false, reason: 'unknown' });
  });

  it('by asking again and again: three mails in 15 minutes are the most', async () => {
    for (const n of [1, 2, 3]) await begin('mia', 'U0MIA', `${n}`);
    expect(await begin('sam', 'U0MIA', '4')).toEqual({ begun: false, reason: 'too many' });
    expect(mails).toHaveLength(3);
  });
});

describe('a link', () => {
  it('is confirmed by mail or by the own token, and both sides are told', async () => {
    await begin();
    await linking.confirmByMail(tokenIn(mails[0]));
    expect((await site.directory.linkedTo('U0MIA'))?.name).toBe('mia');
    expect(told).toMatchObject([{ account: 'U0MIA', text: expect.stringContaining('firebreak link --remove mia') }]);
    expect(mails[1]).toMatchObject({ to: ['mia@acme.example'], text: expect.stringContaining('U0MIA') });
    const code = await codeOf(begin('leo', 'U0ANA'));
    expect(await linking.confirmByToken(code, 'leo', 'U0ANA')).toMatchObject({ linked: true, account: 'U0ANA' });
  });

  it('ends the one before it, and whoever that was is told', async () => {
    const code = await codeOf(begin('sam', 'U0OTHER'));
    await linking.confirmByToken(code, 'sam', 'U0OTHER');
    expect(await site.directory.linkedTo('U0SAM')).toBeUndefined();
    expect(told.map(({ account }) => account)).toEqual(['U0OTHER', 'U0SAM']);
  });

  it('is the same link and the same mail when it is begun again after a crash', async () => {
    const first = await codeOf(begin());
    linking = open();
    expect(await codeOf(begin())).toBe(first);
    expect(mails[0]?.messageId).toBe(mails[1]?.messageId);
    expect(tokenIn(mails[0])).toBe(tokenIn(mails[1]));
  });

  it('is finished by the next press when a process died over it', async () => {
    const code = await codeOf(begin());
    await site.records.said.take({ source: 'slack/T0ACME/links', key: code, receivedAt: 1, body: {} });
    expect(await linking.confirmByToken(code, 'mia', 'U0MIA')).toMatchObject({ linked: true });
  });

  it('stays readable for auditors after its end: who, which account, how and when', async () => {
    await linking.end('leo', 'person:sam');
    expect(await linking.end('leo', 'person:sam')).toBe(false);
    expect(await linking.all()).toMatchObject([
      { account: 'U0LEO', person: 'leo', by: 'cli', endedBy: 'person:sam', endedAt: site.clock.at },
      { account: 'U0SAM', person: 'sam', by: 'cli' },
    ]);
  });

  it('holds although nobody could be told', async () => {
    linking = open({
      tellAccount: async () => {
        throw new Error('Slack is away');
      },
    });
    const code = await codeOf(begin());
    expect(await linking.confirmByToken(code, 'mia', 'U0MIA')).toMatchObject({ linked: true });
  });
});
