/** Every click that must not count: what that person reads, alone, and that nothing begins by it. */
import Libsql from 'libsql';
import { describe, expect, it } from 'vitest';
import type { Handle } from '../../../../worker/slack/contract.js';
import { eventually, readBy, TRANSPORTS } from '../start-slack.js';
import { CONTAIN, type DecidingSite, REVOKE, startDeciding, TASK } from './deciding-site.js';

interface Wrong {
  what: string;
  who: string;
  /** Presses; the incident is open and nothing was answered yet. */
  press(site: DecidingSite, incident: string): Promise<unknown>;
  reads: RegExp;
  /** Labels of the buttons beside the sentence. */
  buttons?: string[];
  /** Decisions that counted; 0 unless told. */
  counted?: number;
}

const channel = '#incidents';

const press =
  (who: string, step: string, action: string, of = {}) =>
  async (site: DecidingSite, incident: string) =>
    site.twin.acts.press({ user: who, channel, message: await site.post(incident, step, of), action });

/** A button with a handle of its own making. */
const forged =
  (who: string, action: string, value: (site: DecidingSite, incident: string) => Promise<string>) =>
  async (site: DecidingSite, incident: string) => {
    const { ts } = await site.slack.web.chat.postMessage({
      channel: site.channel,
      text: 'forged',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: action,
              value: await value(site, incident),
              text: { type: 'plain_text', text: action },
            },
          ],
        },
      ],
    });
    return site.twin.acts.press({ user: who, channel, message: ts as string, action });
  };

const handleOf = (handle: Handle | ((incident: string) => Handle)) => (site: DecidingSite, incident: string) => {
  const body = typeof handle === 'function' ? handle(incident) : handle;
  return site.records.handles.give(JSON.stringify(body), body, 1);
};

const WRONG: Wrong[] = [
  {
    what: 'without the role',
    who: 'mia',
    press: press('mia', CONTAIN, 'yes'),
    reads: /^This needs security-on-call, and that is Sam and Ana\.$/,
    buttons: ['Ask Sam', 'Ask Ana'],
  },
  {
    what: 'without any role',
    who: 'eve',
    press: press('eve', CONTAIN, 'yes'),
    reads: /^This needs security-on-call, and that is Sam and Ana\.$/,
  },
  {
    what: 'about an incident of their own',
    who: 'leo',
    press: press('leo', CONTAIN, 'yes'),
    reads: /^You started INC-1, so someone else has to decide\. Asked: Sam and Ana, then ciso\.$/,
  },
  {
    what: 'about a key of their own',
    who: 'zoe',
    press: press('zoe', CONTAIN, 'yes'),
    reads: /^This key belongs to you, so you can't decide about it\.$/,
  },
  {
    what: 'not knowing who they are',
    who: 'nik',
    press: press('nik', CONTAIN, 'yes'),
    reads: /^I don't know who you are yet\. Link your account, then press again\.$/,
    buttons: ['Link your account'],
  },
  {
    what: 'of another company',
    who: 'eva',
    press: async (site, incident) => {
      site.twin.workspace.addUser({ id: 'U0EVA', name: 'eva', team: 'T0OTHER' });
      site.twin.workspace.channels.get(site.channel)?.members.add('U0EVA');
      await site.records.links.put({ source: site.slack.source, account: 'U0EVA', person: 'rob', at: 1, by: 'cli' });
      await press('eva', CONTAIN, 'yes')(site, incident);
    },
    reads: /^Only people of Acme can decide here\.$/,
  },
  {
    what: 'in the name of another workspace',
    who: 'sam',
    press: async (site, incident) =>
      site.twin.acts.press({
        user: 'sam',
        channel,
        message: await site.post(incident, CONTAIN),
        action: 'yes',
        spoiled: { team: { id: 'T0OTHER', domain: 'other' } },
      }),
    reads: /^Only people of Acme can decide here\.$/,
  },
  {
    what: 'in the name of somebody whom settings no longer know',
    who: 'tom',
    press: async (site, incident) => {
      site.twin.workspace.addUser({ id: 'U0TOM', name: 'tom' });
      site.twin.workspace.channels.get(site.channel)?.members.add('U0TOM');
      await site.records.links.put({ source: site.slack.source, account: 'U0TOM', person: 'thomas', at: 1, by: 'cli' });
      await press('tom', CONTAIN, 'yes')(site, incident);
    },
    reads: /^I don't know who you are yet\./,
  },
  {
    what: 'a second time, where two must say yes',
    who: 'sam',
    press: async (site, incident) => {
      await press('sam', REVOKE, 'yes')(site, incident);
      await eventually(async () => expect(await countedOf(site, incident)).toBe(1));
      await press('sam', REVOKE, 'yes')(site, incident);
    },
    reads: /^You already said yes \(1 of 2\)\. A second person has to\.$/,
    counted: 1,
  },
  {
    what: 'to a plan that is none any more',
    who: 'sam',
    press: press('sam', CONTAIN, 'yes', { digest: 'e'.repeat(64) }),
    reads: /^The plan changed since you saw it, so your answer did not count\./,
    buttons: ['See what changed'],
  },
  {
    what: 'to a question that was asked again since',
    who: 'sam',
    press: async (site, incident) => {
      site.story(incident).run.steps[CONTAIN]!.generation = 2;
      await press('sam', CONTAIN, 'yes')(site, incident);
    },
    reads: /^It was asked again since you saw it \(asked 2 times now\), so your answer did not count\./,
  },
  {
    what: 'after its time is over',
    who: 'sam',
    press: async (site, incident) => {
      const story = site.story(incident);
      story.pass(60 * 60_000);
      await press('sam', CONTAIN, 'yes')(site, incident);
    },
    reads: /^Closed at .* without an answer; Sam and Ana were asked\.$/,
    buttons: ['Ask again'],
  },
  {
    what: 'on a button that nobody was given',
    who: 'sam',
    press: forged('sam', 'yes', async (_, incident) => incident),
    reads: /^That button is no longer active\. The card shows what can be done now\.$/,
  },
  {
    what: 'yes with the handle of a card',
    who: 'sam',
    press: forged(
      'sam',
      'yes',
      handleOf((incident) => ({ of: 'incident', incident })),
    ),
    reads: /^That button is no longer active\./,
  },
  {
    what: 'yes with the handle of an incident that there is not',
    who: 'sam',
    press: forged(
      'sam',
      'yes',
      handleOf({ of: 'question', incident: 'INC-99', step: CONTAIN, generation: 1, digest: '', kind: 'question' }),
    ),
    reads: /^That button is no longer active\./,
  },
  {
    what: 'yes to what this incident does not ask',
    who: 'sam',
    press: forged(
      'sam',
      'yes',
      handleOf((incident) => ({
        of: 'question',
        incident,
        step: 'close.everything.ask',
        generation: 1,
        digest: 'd'.repeat(64),
        kind: 'question',
      })),
    ),
    reads: /^INC-1 has no step close\.everything\.ask; it has .*\.$/,
  },
  {
    what: 'when it is closed',
    who: 'sam',
    press: async (site, incident) => {
      const message = await site.post(incident, CONTAIN);
      await site.records.incidents.close(incident, 'dead', Date.now());
      site.temporal.stories.delete(incident);
      await site.twin.acts.press({ user: 'sam', channel, message, action: 'yes' });
    },
    reads: /^INC-1 is closed, so there is nothing to decide\.$/,
  },
  {
    what: 'done for what somebody else has to do by hand',
    who: 'sam',
    press: press('sam', TASK, 'done'),
    reads: /^This needs service-owner, and that is Mia\.$/,
    buttons: ['Ask Mia'],
  },
  {
    what: 'a false alarm without the permission',
    who: 'mia',
    press: async (site, incident) => {
      await press('mia', 'card', 'false_alarm')(site, incident);
      await eventually(() => expect(site.twin.screenOf('mia').modal?.callback).toBe('end_as_false_alarm'));
      await site.twin.acts.submit({ user: 'mia', values: {} });
    },
    reads: /^A false alarm needs security-on-call or responder, and that is Sam, Ana, Leo and Rob\.$/,
  },
  {
    what: 'a hold without any role',
    who: 'eve',
    press: async (site, incident) => {
      await press('eve', 'card', 'hold')(site, incident);
      await eventually(() => expect(site.twin.screenOf('eve').modal?.callback).toBe('hold_for'));
      await site.twin.acts.submit({ user: 'eve' });
    },
    reads: /^A hold needs anybody with a role here, and you hold no role\. Ask one of them\.$/,
  },
  {
    what: 'when Temporal is down: stored, and nothing happens',
    who: 'sam',
    press: async (site, incident) => {
      site.temporal.down = true;
      await press('sam', CONTAIN, 'yes')(site, incident);
    },
    reads: /^I stored your answer and will apply it when Temporal is back; nothing has happened yet\.$/,
  },
];

async function countedOf({ records }: DecidingSite, incident: string): Promise<number> {
  return (await records.decisions.ofIncident(incident)).filter(({ outcome }) => outcome === 'counted').length;
}

/** Nothing begins by it. A plan that has begun nothing shows it clearly. */
describe.each(TRANSPORTS)('over %s, a wrong click', (mode) => {
  it.each(WRONG.map((row) => [row.what, row] as const))('counts for nothing: %s', async (_, row) => {
    const site = await startDeciding(mode);
    const incident = await site.open();
    await row.press(site, incident);
    await eventually(() => expect(readBy(site, row.who).at(-1)).toMatch(row.reads));
    const others = ['sam', 'ana', 'raj'].filter((name) => name !== row.who);
    for (const other of others) expect(readBy(site, other).join('\n')).not.toMatch(new RegExp(row.reads.source, 'm'));
    if (row.buttons !== undefined) expect(buttonsRead(site, row.who)).toEqual(row.buttons);
    expect(site.begun()).toEqual([]);
    expect(await countedOf(site, incident)).toBe(row.counted ?? 0);
  });

  it('counts for nothing: twice, replayed by Slack or by a thief', async () => {
    const site = await startDeciding(mode);
    const incident = await site.open();
    await press('sam', REVOKE, 'yes')(site, incident);
    for (let turn = 0; turn < 5; turn += 1) await site.twin.replay();
    await eventually(async () => expect(await countedOf(site, incident)).toBe(1));
    await site.slack.stop();
    expect(await site.records.decisions.ofIncident(incident)).toHaveLength(1);
    expect(site.begun()).toEqual([]);
  });

  it('counts for nothing while the records are locked, and says so', async () => {
    const site = await startDeciding(mode, { patienceMs: 100 });
    const incident = await site.open();
    const message = await site.post(incident, CONTAIN);
    const other = new Libsql(site.file);
    other.exec('begin immediate');
    await site.twin.acts.press({ user: 'sam', channel, message, action: 'yes' });
    await eventually(() =>
      expect(readBy(site, 'sam')).toContain('I could not store this; nothing happened. Press again.'),
    );
    other.exec('rollback');
    other.close();
    expect(site.begun()).toEqual([]);
    await site.twin.acts.press({ user: 'sam', channel, message, action: 'yes' });
    await eventually(() => expect(site.begun()).toContain('contain.disable/1'));
  });
});

/** Labels beside the newest sentence that this person reads. */
function buttonsRead({ twin }: DecidingSite, who: string): string[] {
  const messages = twin
    .screenOf(who)
    .channels.flatMap(({ messages: all }) => all.flatMap((one) => [one, ...one.replies]))
    .filter(({ from }) => from === 'firebreak');
  return (messages.at(-1)?.controls ?? []).map(({ label }) => label);
}
