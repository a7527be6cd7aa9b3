/** What another app, or anybody of the workspace, may do to what we say. */
import { expect, it } from 'vitest';
import { EVENT_TYPE } from '../../../../worker/slack/poster/outbox.js';
import { openPosterSite, PEOPLE } from './poster-site.js';

it('takes no message of another app for its own, whatever metadata it carries', async () => {
  const site = await openPosterSite();
  const incident = await site.open();
  await site.play(2_000);
  const card = site.named('card').at(-1)!;
  await site.write(incident, 'note', 'sam: call trading first.');
  site.twin.faults.add({ method: 'chat.postMessage', kind: 'lost-before' });
  await site.play(1_250);
  const waits = (await site.records.posts.ofIncident(incident)).find(({ message }) => message === '');
  expect(waits?.part).toBe('thread/1');
  const forger = site.twin.workspace.addUser({
    id: 'U0FORGER',
    name: 'forger',
    bot: { id: 'B0FORGER', app: 'A0FORGER' },
  });
  site.twin.workspace.post({
    channel: site.channel,
    user: forger.id,
    text: 'nothing to see',
    blocks: [],
    thread: card.ts,
    metadata: { event_type: EVENT_TYPE, event_payload: { incident, part: 'thread/1', digest: waits!.digest } },
  });
  await site.play(60_000);
  expect(site.thread(card)).toContain('call trading first');
});

it('opens its own channel where somebody made one of that name while it died', async () => {
  const site = await openPosterSite({ channels: { default: 'C0NONE', severity: { sev1: 'new-channel' } } });
  site.twin.faults.add({ method: 'conversations.create', kind: 'lost-before' });
  const incident = await site.open();
  await site.play(250);
  const name = 'inc-1-svc-payouts';
  const trap = site.twin.workspace.addChannel({ name, members: ['U0LEO', site.twin.workspace.app.botUser] });
  site.twin.workspace.channels.get(trap.id)!.creator = 'U0LEO';
  await site.play(60_000);
  const card = await site.records.posts.get(incident, 'card');
  expect(card?.message).not.toBe('');
  expect(card?.channel).not.toBe(trap.id);
});

it('shows the home of somebody whom nobody knows no incident', async () => {
  const site = await openPosterSite();
  await site.open();
  site.twin.workspace.addUser({ id: 'U0NEW', name: 'new' });
  await site.poster.homeOpened('U0NEW');
  await site.play(6_000);
  const shown = JSON.stringify(site.twin.screenOf('new').home ?? {});
  expect(shown).toContain('link_account');
  expect(shown).not.toContain('INC-1');
});

it('asks before it has published hundreds of homes, and publishes all of them in the end', async () => {
  const site = await openPosterSite();
  const many = Array.from({ length: 200 }, (_, n) => `U0X${n}`);
  for (const id of many) {
    site.twin.workspace.addUser({ id, name: id.toLowerCase() });
    await site.poster.homeOpened(id);
  }
  await site.poster.homeOpened(PEOPLE.sam);
  const incident = await site.open();
  await site.ask(incident);
  await site.poster.tick();
  // whoever looks now is first
  expect(JSON.stringify(site.twin.screenOf('sam').home ?? {})).toContain('Open incidents');
  expect(site.twin.ledger.counts().requests['views.publish']).toBeLessThanOrEqual(10);
  await site.play(10_000);
  for (const id of many) expect(site.twin.screenOf(id.toLowerCase()).home).toBeDefined();
});
