import { describe, expect, it, vi } from 'vitest';
import { ASK, buttonsOf, openPosterSite, PEOPLE, type PosterSite, textOf } from './poster-site.js';

const MINUTE = 60_000;
const QUESTION = `question/${ASK}/1`;

const cardOf = (site: PosterSite) => site.named('card').at(-1);

describe('when Slack does not answer', () => {
  it('catches up after two minutes without Slack and then under its limits: nothing lost, in order, the card right at the end', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.play(2_000);
    site.twin.setDown(true);
    for (let n = 1; n <= 60; n += 1) {
      await site.write(incident, 'note', `sam: note ${n}.`);
      await site.play(2_000);
    }
    await site.ask(incident);
    await site.write(incident, 'lead', 'mia takes the lead');
    site.twin.setDown(false);
    site.twin.rates.limits = 'hard';
    await site.play(3 * MINUTE);
    const card = cardOf(site)!;
    const told = [...site.thread(card).matchAll(/note (\d+)\./g)].map(([, n]) => Number(n));
    expect(told).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    expect(site.named('card')).toHaveLength(1);
    expect(site.named(QUESTION)).toHaveLength(1);
    expect(textOf(card)).toContain('asked Sam and Mia');
    const posts = await site.records.posts.ofIncident(incident);
    expect(posts.filter(({ message }) => message === '')).toEqual([]);
  });

  it.each(['lost-before', 'lost-after', 'error', 'error-after'] as const)(
    'posts each message once when the answer is %s',
    async (kind) => {
      const site = await openPosterSite();
      const incident = await site.open();
      site.twin.faults.add({ method: 'chat.postMessage', kind, times: 2 });
      await site.ask(incident);
      await site.play(2 * MINUTE);
      expect(site.named('card')).toHaveLength(1);
      expect(site.named(QUESTION)).toHaveLength(1);
      expect(site.named(`${QUESTION}/dm/sam`, PEOPLE.sam)).toHaveLength(1);
    },
  );

  it.each(['lost-before', 'lost-after'] as const)(
    'posts one message when it is killed between intent and post (%s)',
    async (kind) => {
      const site = await openPosterSite();
      const incident = await site.open();
      site.twin.faults.add({ method: 'chat.postMessage', kind });
      await site.play(250);
      expect(await site.records.posts.get(incident, 'card')).toMatchObject({ message: '' });
      site.restart();
      await site.play(MINUTE);
      expect(site.named('card')).toHaveLength(1);
      expect(await site.records.posts.get(incident, 'card')).toMatchObject({ message: cardOf(site)!.ts });
    },
  );

  it('waits as long as Slack asks', async () => {
    const site = await openPosterSite();
    await site.open();
    site.twin.faults.add({ method: 'chat.postMessage', kind: 'throttle', retryAfterSeconds: 20 });
    await site.play(19_000);
    expect(site.named('card')).toHaveLength(0);
    await site.play(3_000);
    expect(site.named('card')).toHaveLength(1);
    expect(site.twin.ledger.counts().requests['chat.postMessage']).toBeLessThanOrEqual(3);
  });

  it('says elsewhere what one place does not take', async () => {
    const site = await openPosterSite();
    await site.records.links.put({ source: 'slack/T0ACME', account: 'U0GONE', person: 'mia', at: 0, by: 'cli' });
    const incident = await site.open();
    await site.ask(incident);
    await site.play(10_000);
    expect(site.named(`${QUESTION}/dm/sam`, PEOPLE.sam)).toHaveLength(1);
    expect(site.named(QUESTION)).toHaveLength(1);
  });
});

describe('what stands there', () => {
  it('is the card, a message and a direct message per question, and what happened in the thread', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.play(1_000);
    await site.write(incident, 'done', 'Disable it: done', {
      step: 'contain.disable',
      data: { title: 'Disable AKIA…PLE', results: {} },
    });
    await site.ask(incident);
    await site.play(6_000);
    const card = cardOf(site)!;
    expect(card.text).toMatch(/^SANDBOX INC-1 · AWS key AKIA…PLE \(svc-payouts\) is public/);
    expect(site.thread(card)).toContain('Disable it: done');
    const [asked] = site.named(QUESTION);
    expect(asked!.text).toMatch(/^SANDBOX Leo asks: Delete AKIA…PLE for good\?/);
    expect(textOf(asked)).toContain(`<@${PEOPLE.sam}> <@${PEOPLE.mia}>`);
    expect(buttonsOf(asked)).toEqual(['yes', 'no', 'not_yet', 'hand_to', 'ask_back']);
    for (const account of [PEOPLE.sam, PEOPLE.mia]) {
      const told = site.twin.workspace.notifications.filter(
        ({ user, text }) => user === account && text.includes('for good'),
      );
      expect(told.length).toBeGreaterThan(0);
    }
    // a button knows an opaque id and nothing else
    const handle = /"action_id":"yes".*?"value":"([^"]+)"/.exec(textOf(asked))![1]!;
    expect(handle).toMatch(/^[\w-]{22}$/);
    expect(await site.records.handles.get(handle)).toMatchObject({
      body: { of: 'question', incident, step: ASK, generation: 1, kind: 'question' },
    });
    expect(await site.records.posts.at(card.channel, card.ts)).toMatchObject({ incident, part: 'card' });
  });

  it('asks nobody who started it: neither mentioned, nor by direct message, nor at home', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.ask(incident, ['leo', 'mia']);
    await site.poster.homeOpened(PEOPLE.leo);
    await site.play(6_000);
    const [asked] = site.named(QUESTION);
    expect(textOf(asked)).toContain(`<@${PEOPLE.mia}>`);
    expect(textOf(asked)).not.toContain(`<@${PEOPLE.leo}>`);
    expect(textOf(asked)).toContain('Asked: Mia, not Leo, who started it.');
    expect(textOf(cardOf(site))).toContain('asked Mia');
    expect(JSON.stringify(site.twin.workspace.notifications.filter(({ user }) => user === PEOPLE.leo))).not.toContain(
      'for good',
    );
    expect(JSON.stringify(site.twin.screenOf('leo').home)).toContain('Nothing waits for you');
  });

  it('loses its buttons and says who decided, wherever it stands', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.ask(incident);
    await site.play(3_000);
    await site.decide(incident, 'sam', 'security-on-call', 'yes');
    await site.play(3_000);
    expect(textOf(site.named(QUESTION)[0])).toContain('1 of 2: Sam as security-on-call');
    await site.decide(incident, 'mia', 'service-owner', 'no', 'check with <!channel> trading first');
    await site.play(3_000);
    for (const where of [site.channel, PEOPLE.sam, PEOPLE.mia]) {
      const asked = site.messages(where).find((one) => site.partOf(one).startsWith(QUESTION));
      expect(textOf(asked)).toContain('Mia said no');
      expect(textOf(asked)).toContain('check with &lt;!channel&gt; trading first');
      expect(buttonsOf(asked)).toEqual(['ask_again']);
    }
  });

  it('is posted again when somebody deleted it', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.play(2_000);
    const card = cardOf(site)!;
    site.twin.workspace.remove(card);
    await site.write(incident, 'lead', 'mia takes the lead');
    await site.decide(incident, 'mia', 'security-on-call', '', '', { control: 'take', step: '' });
    await site.play(3_000);
    expect(site.named('card')).toHaveLength(1);
    expect(textOf(cardOf(site))).toContain(`Lead: <@${PEOPLE.mia}>`);
    expect(cardOf(site)!.ts).not.toBe(card.ts);
  });

  it('changes at most once a second, and the last state always arrives', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.play(1_000);
    const people = ['mia', 'sam'];
    for (let n = 0; n < 40; n += 1) {
      await site.decide(incident, people[n % 2]!, 'security-on-call', '', '', { control: 'take', step: '' });
      await site.play(250);
    }
    await site.play(3_000);
    const writes = site.twin.ledger.writes();
    const updates = writes.filter(
      ({ method, target }) => method === 'chat.update' && target.endsWith(cardOf(site)!.ts),
    );
    expect(updates.length).toBeGreaterThan(5);
    for (const [n, { at }] of updates.entries())
      if (n > 0) expect(at - updates[n - 1]!.at).toBeGreaterThanOrEqual(1_000);
    expect(textOf(cardOf(site))).toContain(`Lead: <@${PEOPLE.sam}>`);
    const posts = writes.filter(({ method, target }) => method === 'chat.postMessage' && target === site.channel);
    for (const [n, { at }] of posts.entries()) if (n > 0) expect(at - posts[n - 1]!.at).toBeGreaterThanOrEqual(1_000);
  });

  it('says at the end how it ended, has no buttons, and is told to those who were in it, once', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.ask(incident);
    await site.play(3_000);
    await site.decide(incident, 'sam', 'security-on-call', 'yes');
    await site.close(incident);
    await site.play(5_000);
    site.restart();
    await site.play(10_000);
    expect(textOf(cardOf(site))).toContain('*Closed*');
    expect(buttonsOf(cardOf(site))).toEqual([]);
    expect(buttonsOf(site.named(QUESTION)[0])).toEqual([]);
    for (const account of [PEOPLE.leo, PEOPLE.sam]) {
      expect(site.messages(account).filter((one) => site.partOf(one).startsWith('report/'))).toHaveLength(1);
    }
    expect(site.messages(PEOPLE.mia).filter((one) => site.partOf(one).startsWith('report/'))).toHaveLength(0);
  });

  it('changes nothing after a restart when nothing has happened', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.ask(incident);
    await site.play(10_000);
    const before = site.twin.ledger.writes().length;
    site.restart();
    await site.play(10_000);
    expect(site.twin.ledger.writes().length).toBe(before);
  });

  it('stands in a channel of its own where the severity says so, with on-call invited', async () => {
    const site = await openPosterSite({ channels: { default: 'C0NONE', severity: { sev1: 'new-channel' } } });
    const incident = await site.open();
    await site.play(3_000);
    const card = await site.records.posts.get(incident, 'card');
    const channel = site.twin.workspace.channels.get(card!.channel)!;
    expect(channel.name).toBe('inc-1-svc-payouts');
    expect([...channel.members]).toEqual(expect.arrayContaining([PEOPLE.sam, PEOPLE.leo]));
  });

  it('leaves alone the channel of that name that somebody else has', async () => {
    const site = await openPosterSite({ channels: { default: 'C0NONE', severity: { sev1: 'new-channel' } } });
    site.twin.workspace.addChannel({ name: 'inc-1-svc-payouts' });
    const incident = await site.open();
    await site.play(3_000);
    const card = await site.records.posts.get(incident, 'card');
    expect(site.twin.workspace.channels.get(card!.channel)!.name).toBe('inc-1-svc-payouts-2');
  });

  it('joins a public channel that it is not in', async () => {
    const site = await openPosterSite();
    site.twin.workspace.channels.get(site.channel)!.members.delete(site.twin.workspace.app.botUser);
    await site.open();
    await site.play(3_000);
    expect(site.named('card')).toHaveLength(1);
  });

  it('tells of moments whom settings tell by Slack, each once', async () => {
    const site = await openPosterSite({
      tellRules: [
        { audience: 'owner', at: ['contained'], by: ['slack'] },
        { audience: 'security-on-call', at: ['contained'], by: ['mail'] },
      ],
    });
    const incident = await site.open();
    await site.write(incident, 'moment', 'the old one was refused 3 of 3 times', {
      data: { moment: 'contained' },
      key: 'moment/contained',
    });
    await site.play(5_000);
    site.restart();
    await site.play(5_000);
    expect(site.messages(PEOPLE.mia).map(({ text }) => text)).toEqual([
      'SANDBOX INC-1 contained: AWS key AKIA…PLE (svc-payouts)',
    ]);
    expect(site.messages(PEOPLE.sam)).toEqual([]);
  });
});

it('looks at once when it is woken, and once for all that wake it right after', async () => {
  const site = await openPosterSite();
  const { records, poster, clock } = site;
  const changed = records.changed.bind(records);
  let looks = 0;
  let looked = () => {};
  records.changed = (since, limit) => {
    looks += 1;
    looked();
    return changed(since, limit);
  };
  const look = () =>
    new Promise<void>((resolve) => {
      looked = resolve;
    });
  // nobody looks because time has passed
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const first = look();
    const running = poster.run();
    await first;
    clock.at += 250;
    const second = look();
    poster.wake();
    await second;
    await poster.tick();
    const before = looks;
    const third = look();
    for (let n = 0; n < 100; n += 1) poster.wake();
    await records.waiting();
    expect(looks).toBe(before);
    vi.advanceTimersByTime(250);
    await third;
    await poster.stop();
    await running;
    expect(looks).toBe(before + 1);
  } finally {
    vi.useRealTimers();
  }
});

describe('the home tab', () => {
  it('shows what waits for whoever opened it, and follows', async () => {
    const site = await openPosterSite();
    const incident = await site.open();
    await site.ask(incident);
    await site.poster.homeOpened(PEOPLE.sam);
    await site.play(6_000);
    const shown = () => JSON.stringify(site.twin.screenOf('sam').home ?? {});
    expect(shown()).toContain('Waiting for you');
    expect(shown()).toContain('Delete AKIA…PLE for good?');
    // no button deletes from here: it links to where everything about it stands
    const asked = site.messages().find(({ text }) => text.includes('Delete AKIA…PLE for good?'))!;
    expect(shown()).toContain(`/p${asked.ts.replace('.', '')}|all about it>`);
    await site.decide(incident, 'sam', 'security-on-call', 'yes');
    await site.play(12_000);
    expect(shown()).toContain('Nothing waits for you');
    expect(shown()).toMatch(/ · Delete [^·]*AKIA…PLE[^·]* · \*yes\*/);
    expect(shown()).not.toContain('close.revoke.ask');
  });

  it('asks whoever nobody knows to link their account', async () => {
    const site = await openPosterSite();
    site.twin.workspace.addUser({ id: 'U0NEW', name: 'new' });
    await site.poster.homeOpened('U0NEW');
    await site.play(1_000);
    expect(JSON.stringify(site.twin.screenOf('new').home ?? {})).toContain('link_account');
  });
});
