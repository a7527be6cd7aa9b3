/** From the word that is typed to the incident, through the real Bolt, the real client and both transports. */
import { expect, it } from 'vitest';
import type { SeenMessage } from '../../../../sandbox/slack/seen.js';
import { createDirectory } from '../../../../worker/people/directory.js';
import { startingHandlers } from '../../../../worker/slack/starting/starting-handlers.js';
import { eventually, type Mode, PEOPLE, type SlackSite, startSlack, TRANSPORTS } from '../start-slack.js';
import { openStarting, type Starting } from './open-starting.js';

async function openSite(mode: Mode): Promise<{ site: SlackSite; starting: Starting }> {
  const starting = await openStarting();
  const { house, settings } = starting;
  const site = await startSlack(mode, ({ records, sealer, log, clock }) =>
    startingHandlers({
      ...house.seams,
      records,
      sealer,
      log,
      clock,
      people: createDirectory(settings, { links: records.links, clock, log }),
      bySubject: house.seams.people.bySubject,
      wake: () => {},
      addressOf: () => undefined,
    }),
  );
  // signatures carry the machine's time
  starting.clock.now = () => Date.now();
  const link = { source: 'slack/', account: PEOPLE.sam, person: 'sam', at: 0, by: 'cli' };
  await site.records.links.put(link);
  return { site, starting };
}

/** What Firebreak said to that person in the channel, once it says something like it. */
const read = ({ twin, channel }: SlackSite, user: string, words: string | RegExp): Promise<SeenMessage> =>
  eventually(() => {
    const seen = twin
      .screenOf(user)
      .channels.filter(({ id }) => id === channel)
      .flatMap(({ messages }) => messages)
      .findLast(({ text }) => text.match(words));
    if (seen === undefined) throw new Error(`nothing like ${words} in ${JSON.stringify(twin.screenOf(user).channels)}`);
    return seen;
  });

it.each(TRANSPORTS)(
  'a command is answered, Freeze now opens one incident, and the offer is gone, over %s',
  async (mode) => {
    const { site, starting } = await openSite(mode);
    const { acts } = site.twin;
    const { id, secret } = starting.key('svc-payouts');
    const typed = await acts.type({ user: 'sam', channel: '#incidents', text: `/firebreak ${id} ${secret}` });
    expect(typed.outcome).toBe('acked');
    const offer = await read(site, 'sam', /Freeze now/);
    expect(offer.onlyForYou).toBe(true);
    expect(offer.controls.map(({ label }) => label)).toEqual(['Freeze now', 'Look only', 'Cancel']);
    const press = () => acts.press({ user: 'sam', channel: '#incidents', message: offer.ts, action: 'freeze_now' });
    expect((await press()).outcome).toBe('acked');
    const opened = await read(site, 'sam', /INC-1 opened by you/);
    expect(opened.ts).toBe(offer.ts);
    expect(opened.controls).toEqual([]);
    expect(await site.records.incidents.list({ state: 'all', limit: 10 })).toMatchObject([
      { id: 'INC-1', openedBy: 'person:sam', alerts: 1 },
    ]);
    expect(await site.records.sealed.names('INC-1', Date.now())).toEqual([`leaked:aws-access-key:${id}`]);
    expect(JSON.stringify([site.twin.screenOf('sam'), site.twin.screenOf('mia'), site.log])).not.toContain(secret);
  },
);

it('a modal that is filled in is answered where it was opened', async () => {
  const { site, starting } = await openSite('socket');
  const { acts } = site.twin;
  const { id } = starting.key('svc-payouts');
  await acts.type({ user: 'sam', channel: '#incidents', text: '/firebreak' });
  await eventually(() => expect(site.twin.screenOf('sam').modal?.title).toBe('What leaked?'));
  await acts.submit({ user: 'sam', values: { leaked: `seen in a gist: ${id}` } });
  const offer = await read(site, 'sam', /svc-payouts/);
  expect(offer.onlyForYou).toBe(true);
  expect(site.twin.screenOf('mia').channels.flatMap(({ messages }) => messages)).toEqual([]);
});

it('what another bot reports is read from its attachments by the shortcut on its message', async () => {
  const { site, starting } = await openSite('socket');
  const { acts } = site.twin;
  const { id } = starting.key('svc-payouts');
  const { ts = '' } = acts.alert({
    from: 'Monitoring',
    channel: '#incidents',
    text: 'Secret found',
    attachments: [{ fallback: `key ${id} in acme/payouts` }],
  });
  await acts.shortcut({ user: 'sam', callback: 'respond_to_message', channel: '#incidents', message: ts });
  expect((await read(site, 'sam', /svc-payouts/)).text).toContain('production');
});
