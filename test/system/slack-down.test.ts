/**
 * Slack goes away in the middle of an incident, and limits us when it is back. Seconds here; the two minutes are the
 * poster's own test (test/worker/slack/poster/poster.test.ts), on a clock that can be turned.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/seen.js';
import { eventually } from './eventually.js';
import { InSlack } from './in-slack.js';
import { FAST, openSite, type Site } from './site.js';

const NOTES = 12;

describe('an incident during which Slack is away', { timeout: 120_000 }, () => {
  let site: Site;
  let slack: InSlack;
  let incident: string;

  beforeAll(async () => {
    site = await openSite({ ...FAST, sandbox: { ...FAST.sandbox, slack: { limits: 'real' } } });
    slack = new InSlack(site);
    await site.start();
    await slack.connected();
    await slack.link('leo', 'mia');
  }, 120_000);
  afterAll(() => site?.close());

  const posted = async (): Promise<SeenMessage[]> =>
    (await slack.read('ana')).filter(({ says, thread }) => thread === undefined && says.includes(incident));

  it('goes on to its end without it', async () => {
    const { id } = site.addresses.leaked.payouts;
    // what Slack took, and could not say so any more, is not said twice
    await site.slack.fault({ method: 'chat.postMessage', kind: 'lost-after' });
    const { body } = await site.fromMonitoring({ id });
    incident = body.incident as string;
    await eventually('something of it stands in Slack', 30, async () => (await posted()).length > 0);
    await eventually('it has a plan', 30, async () => (await site.step(incident, 'disable'))?.state === 'done');
    await site.slack.do('down', { down: true });

    for (let n = 1; n <= NOTES; n += 1) {
      const noted = await site.api('leo', 'POST', `/incidents/${incident}/controls`, {
        control: 'note',
        reason: `look at host ${n} of ${NOTES}`,
      });
      expect(noted.status, JSON.stringify(noted.body)).toBe(200);
    }
    await site.question(incident, 'revoke', 60);
    for (const person of ['leo', 'mia'] as const) {
      expect((await site.decide(person, incident, 'yes', { step: 'revoke' })).status).toBe(200);
    }
    expect(await site.closed(incident, 60)).toBe('dead');
    expect(await site.key(id)).toEqual({ status: 'gone' });
    expect((await posted()).map(({ says }) => says).join()).not.toMatch(/dead/i);
  });

  it('is told there in full when it is back and limits us: one card, right at the end, everything once and in order', async () => {
    await site.slack.do('limits', { limits: 'hard' });
    await site.slack.do('down', { down: false });
    await slack.connected();
    const card = await eventually('the card says how it ended', 60, async () =>
      (await posted()).find(({ says }) => /is dead|closed/i.test(says)),
    );
    const thread = await eventually('the thread is whole', 60, async () => {
      const now = (await posted()).find(({ ts }) => ts === card.ts)?.replies ?? [];
      const text = now.map(({ text: words }) => words).join('\n');
      return text.includes(`host ${NOTES} of`) && text.includes('Mia said yes') && now;
    });
    const lines = thread.map(({ text }) => text).join('\n');
    expect([...lines.matchAll(/look at host (\d+) of/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: NOTES }, (_, n) => n + 1),
    );
    expect(lines.match(/Leo said yes/g)).toHaveLength(1);
    expect(lines.match(/Mia said yes/g)).toHaveLength(1);
    expect(lines.indexOf('Leo said yes')).toBeLessThan(lines.indexOf('Mia said yes'));
    const cards = (await posted()).filter(
      ({ ts, says }) => ts === card.ts || says.split('\n')[0] === card.says.split('\n')[0],
    );
    expect(cards).toHaveLength(1);
    // nobody is asked what has been answered, and nothing can be pressed that has ended
    expect((await posted()).flatMap(({ controls }) => controls.map(({ action }) => action))).not.toContain('yes');
    expect(await site.said()).not.toMatch(/unhandled|TypeError/i);
  });

  it('hears people again', async () => {
    await site.slack.do('limits', { limits: 'off' });
    await slack.type('leo', `/firebreak status ${incident}`);
    await slack.reads('leo', new RegExp(`${incident}.*(dead|closed)`, 'i'));
  });
});
