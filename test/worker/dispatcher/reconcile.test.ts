import { expect, it } from 'vitest';
import type { Firebreak } from '../api/start-firebreak.js';
import { startFirebreak } from '../api/start-firebreak.js';
import { fromSiem, leaked, post } from '../intake/deliveries.js';

const MINUTE = 60_000;

/** INC-1, started, whose workflow somebody has terminated since. */
async function terminated(): Promise<Firebreak> {
  const firebreak = await startFirebreak();
  await post(`${firebreak.url}/hooks/standard`, fromSiem(leaked(), { at: firebreak.clock.now() }));
  await firebreak.dispatcher.tick();
  firebreak.temporal.running.clear();
  firebreak.clock.at += MINUTE;
  return firebreak;
}

const lines = async ({ records }: Firebreak, kind: string) =>
  (await records.timeline.ofIncident('INC-1')).filter((entry) => entry.kind === kind).map(({ line }) => line);

const say = (firebreak: Firebreak, control: string, who: 'sam' | 'mia' = 'sam') =>
  firebreak.post(who, '/incidents/INC-1/controls', { control, reason: 'we looked at it' });

/** An intent whose process never came back. */
const leaveOpen = ({ records, clock }: Firebreak, effect: { verb?: string; class?: string; step?: string } = {}) => {
  const { verb = 'disable', class: kind = 'contain', step = 'contain.disable' } = effect;
  return records.effects.begin({
    key: `INC-1/${step}/${verb}/key/K/1`,
    incident: 'INC-1',
    target: 'key/K',
    class: kind,
    planDigest: 'd',
    args: 'Inactive',
    before: null,
    mode: 'repeat',
    undoes: '',
    lookedAt: clock.at,
    now: clock.at,
    quietMs: MINUTE,
  });
};

it('concludes nothing while Temporal is down', async () => {
  const firebreak = await terminated();
  firebreak.temporal.down = true;
  await firebreak.dispatcher.tick();
  expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({ held: '' });
});

it('leaves what runs alone, and its open effects too, even if the index of Temporal has lost it', async () => {
  const firebreak = await terminated();
  await leaveOpen(firebreak);
  firebreak.clock.at += 2 * MINUTE;
  firebreak.temporal.running.add('INC-1');
  firebreak.temporal.runningIds = async () => new Set();
  await firebreak.dispatcher.tick();
  expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({ held: '' });
  expect(firebreak.settled).toEqual([]);
});

it('holds an incident whose workflow was terminated, says so once, and waits for security-on-call', async () => {
  const firebreak = await terminated();
  for (let minute = 0; minute < 3; minute += 1) {
    await firebreak.dispatcher.tick();
    firebreak.clock.at += MINUTE;
  }
  expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({
    held: 'no workflow runs it: it was terminated in Temporal at 1970-01-01T00:00:00.000Z',
    waiting: 'security-on-call: resume or close it',
  });
  expect(await lines(firebreak, 'held')).toHaveLength(1);
  expect(await firebreak.records.timeline.untold(0, 10)).toMatchObject([
    { entry: { data: { moment: 'unfinished' }, line: expect.stringContaining('firebreak resume INC-1') } },
  ]);
});

it('tells of a second end too', async () => {
  const firebreak = await terminated();
  await firebreak.dispatcher.tick();
  await say(firebreak, 'resume');
  firebreak.temporal.running.clear();
  firebreak.temporal.ended = { ...firebreak.temporal.ended, at: 1, run: 'run-2' };
  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(await lines(firebreak, 'moment')).toHaveLength(2);
});

it('goes on where it was when a person resumes it', async () => {
  const firebreak = await terminated();
  await firebreak.dispatcher.tick();
  expect((await say(firebreak, 'resume')).status).toBe(200);
  expect(firebreak.temporal.revived).toEqual(['INC-1']);
});

it('says no longer that nothing runs it once it was resumed, but whom it waits for', async () => {
  const firebreak = await terminated();
  await firebreak.dispatcher.tick();
  firebreak.temporal.live = { stage: 'closing', waitingFor: 'close.revoke: 1 service-owner' };
  await say(firebreak, 'resume');
  expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({
    stage: 'closing',
    waiting: 'close.revoke: 1 service-owner',
    held: '',
  });
});

it('ends it when a person who may closes it, and frees its credential', async () => {
  const firebreak = await terminated();
  await firebreak.dispatcher.tick();
  expect((await say(firebreak, 'close', 'mia')).status).toBe(409);
  expect((await say(firebreak, 'close')).status).toBe(200);
  expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({ closedAs: 'cancelled' });
  expect(await lines(firebreak, 'closed')).toEqual(['closed as cancelled by sam: we looked at it; no workflow ran it']);
});

it('settles what nobody will end only when no request of it can still arrive, and tells a person what is unknown', async () => {
  const firebreak = await terminated();
  await leaveOpen(firebreak);
  await firebreak.dispatcher.tick();
  expect(firebreak.settled).toEqual([]);

  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled.map(({ key }) => key)).toEqual(['INC-1/contain.disable/disable/key/K/1']);
  expect(await lines(firebreak, 'moment')).toContain('key/K: no answer came, and it is not as we wanted it');
});

it('settles the mail of a question that its workflow asks no more, and leaves one alone that it still asks', async () => {
  const firebreak = await terminated();
  firebreak.temporal.running.add('INC-1');
  await leaveOpen(firebreak, { verb: 'ask_people', class: 'tell', step: 'contain.disable.ask' });
  firebreak.temporal.underWay.add('INC-1/ask_people');
  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled).toEqual([]);

  firebreak.temporal.underWay.clear();
  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled.map(({ key }) => key)).toEqual(['INC-1/contain.disable.ask/ask_people/key/K/1']);
});

it('settles what a closed incident left open', async () => {
  const firebreak = await terminated();
  await leaveOpen(firebreak);
  await firebreak.records.incidents.close('INC-1', 'cancelled', firebreak.clock.at);
  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled).toHaveLength(1);
});

it('wakes nobody for a message that may not have arrived, and leaves to the teller what the teller tells', async () => {
  const firebreak = await terminated();
  await leaveOpen(firebreak, { verb: 'note', class: 'tell' });
  await firebreak.records.incidents.close('INC-1', 'cancelled', firebreak.clock.at);
  firebreak.clock.at += MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled).toHaveLength(1);
  expect(await lines(firebreak, 'moment')).toEqual([]);

  await leaveOpen(firebreak, { verb: 'tell', class: 'tell', step: 'incident' });
  firebreak.clock.at += 2 * MINUTE;
  await firebreak.dispatcher.tick();
  expect(firebreak.settled.map(({ key }) => key)).not.toContain('INC-1/incident/tell/key/K/1');
});
