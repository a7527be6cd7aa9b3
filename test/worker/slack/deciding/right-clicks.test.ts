/** What counts, and what people read of it; over the twin, real Bolt, and the real core. */
import { expect, it, vi } from 'vitest';
import { choiceValue } from '../../../../worker/slack/choice.js';
import { eventually, readBy } from '../start-slack.js';
import { accountOf, CONTAIN, type DecidingSite, REVOKE, startDeciding, TASK } from './deciding-site.js';

const channel = '#incidents';
const pressOn = async (site: DecidingSite, incident: string, who: string, what: string, action: string, more = {}) =>
  site.twin.acts.press({ user: who, channel, message: await site.post(incident, what), action, ...more });
const modalOf = (site: DecidingSite, who: string, callback: string) =>
  eventually(() => {
    const { modal } = site.twin.screenOf(who);
    expect(modal?.callback).toBe(callback);
    return modal;
  });
const decisionsOf = (site: DecidingSite, incident: string, count: number) =>
  eventually(async () => {
    const rows = await site.records.decisions.ofIncident(incident);
    expect(rows.filter(({ outcome }) => outcome !== 'given')).toHaveLength(count);
    return rows;
  });

it('freezes by one yes, with the roles read now and how they are known', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'sam', CONTAIN, 'yes');
  await eventually(() => expect(site.begun()).toContain('contain.disable/1'));
  const [row] = await decisionsOf(site, incident, 1);
  expect(row).toMatchObject({
    person: 'sam',
    channel: 'slack',
    control: 'decide',
    answer: 'yes',
    step: CONTAIN,
    generation: 1,
    outcome: 'counted',
    roles: [{ role: 'security-on-call', source: expect.stringContaining('firebreak.yaml:2') }],
  });
});

it('destroys only after two people said yes, each after a confirmation that repeats key and account', async () => {
  const site = await startDeciding('http');
  const incident = await site.open();
  const message = await site.post(incident, REVOKE);
  const yes = (user: string, more = {}) => site.twin.acts.press({ user, channel, message, action: 'yes', ...more });
  const seen = site.twin
    .screenOf('sam')
    .channels.flatMap(({ messages }) => messages)
    .find(({ ts }) => ts === message);
  expect(seen?.controls[0]?.confirm?.text).toMatch(/account 111122223333/);
  await yes('sam', { dismiss: true });
  await yes('sam');
  await decisionsOf(site, incident, 1);
  expect(site.begun()).toEqual([]);
  await yes('ana');
  await eventually(() => expect(site.begun()).toEqual(['close.revoke/1']));
});

it('says no with its reason, and asks again', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'sam', CONTAIN, 'no');
  await modalOf(site, 'sam', 'say_no');
  await site.twin.acts.submit({ user: 'sam', values: { reason: 'check with trading first' } });
  const [row] = await decisionsOf(site, incident, 1);
  expect(row).toMatchObject({ answer: 'no', reason: 'check with trading first', outcome: 'counted' });
  expect(site.story(incident).state(CONTAIN)).toBe('denied');
  expect(site.begun()).toEqual([]);
});

it.each([10, 30, 60])('puts a question off by %i minutes', async (minutes) => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  const until = site.story(incident).run.steps[CONTAIN]!.asking!.until;
  const message = await site.post(incident, CONTAIN);
  const seen = site.twin
    .screenOf('sam')
    .channels.flatMap(({ messages }) => messages)
    .find(({ ts }) => ts === message);
  const option = seen?.controls
    .find(({ action }) => action === 'not_yet')
    ?.options?.find(({ value }) => value.endsWith(`|${minutes}`));
  await site.twin.acts.press({ user: 'sam', channel, message, action: 'not_yet', option: option?.value });
  await eventually(() => expect(site.story(incident).run.steps[CONTAIN]!.asking!.until).toBe(until + minutes * 60_000));
});

it('takes a task as done by whoever has to do it', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'mia', TASK, 'done');
  await eventually(() => expect(site.story(incident).state(TASK)).toBe('done'));
});

it('tells who comes late who froze it and when, and does nothing twice', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  const message = await site.post(incident, CONTAIN);
  await site.twin.acts.press({ user: 'sam', channel, message, action: 'yes' });
  await eventually(() => expect(site.begun()).toContain('contain.disable/1'));
  await site.records.timeline.append({
    incident,
    at: Date.now(),
    kind: 'done',
    step: 'contain.disable',
    generation: 1,
    line: 'disabled',
    key: 'done/contain.disable/1',
    data: { results: {} },
  });
  const begun = site.begun();
  await site.twin.acts.press({ user: 'ana', channel, message, action: 'yes' });
  await eventually(() =>
    expect(readBy(site, 'ana').at(-1)).toMatch(/^Sam already froze it at .*\. Nothing was done twice\.$/),
  );
  expect(site.begun()).toEqual(begun);
});

it('applies what was pressed while Temporal was down once it is back, and once', async () => {
  const site = await startDeciding('http');
  const incident = await site.open();
  site.temporal.down = true;
  await pressOn(site, incident, 'sam', CONTAIN, 'yes');
  await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^I stored your answer and will apply it/));
  expect(site.begun()).toEqual([]);
  site.temporal.down = false;
  await site.decisions.applyStored();
  expect(site.begun()).toContain('contain.disable/1');
  expect(await site.records.decisions.ofIncident(incident)).toHaveLength(1);
});

it('tells whoever pressed while Temporal was down, once, when it is refused after all', async () => {
  const site = await startDeciding('http');
  const incident = await site.open();
  site.temporal.down = true;
  await pressOn(site, incident, 'leo', CONTAIN, 'yes');
  await eventually(() => expect(readBy(site, 'leo').at(-1)).toMatch(/^I stored your answer and will apply it/));
  site.temporal.down = false;
  await site.decisions.applyStored();
  await vi.waitFor(() => expect(readBy(site, 'leo').at(-1)).toMatch(/so someone else has to decide/), 10_000);
  expect(readBy(site, 'leo').filter((text) => text.startsWith('I stored your answer'))).toHaveLength(1);
  expect(site.begun()).toEqual([]);
}, 20_000);

it('hands a question to who holds its role now, and to nobody else', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'sam', CONTAIN, 'hand_to');
  const modal = await modalOf(site, 'sam', 'hand_over');
  const offered = modal?.controls[0]?.options?.map(({ value }) => value);
  // not who presses, not the requester, not the person whose key it is; the next tier may be asked early
  expect(offered).toEqual(['ana', 'raj']);
  await site.twin.acts.submit({ user: 'sam', values: { person: 'ana' } });
  await eventually(() => expect(readBy(site, 'ana').at(-1)).toMatch(/^Sam hands you a question of .*INC-1/));
  await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^I asked Ana\./));
  const [row] = await decisionsOf(site, incident, 1);
  expect(row).toMatchObject({
    control: 'note',
    outcome: 'counted',
    reason: expect.stringContaining('handed the question to Ana'),
  });
  expect(site.begun()).toEqual([]);
});

it('hands no question to somebody who does not hold its role, whatever the window said', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'sam', CONTAIN, 'hand_to');
  await modalOf(site, 'sam', 'hand_over');
  const view = site.twin.views.top(accountOf('sam'));
  const values = { person: { person: { type: 'static_select', selected_option: { value: 'mia' } } } };
  const spoiled = {
    view: { id: 'V1', hash: 'h', callback_id: 'hand_over', private_metadata: view?.privateMetadata, state: { values } },
  };
  await site.twin.acts.submit({ user: 'sam', values: { person: 'ana' }, spoiled });
  await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^Mia can't answer it/));
  expect(readBy(site, 'mia').join()).not.toContain('hands you');
  expect(await site.records.decisions.ofIncident(incident)).toEqual([]);
});

it('asks something back in the thread, and calls who had it opened', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  const card = await site.post(incident, 'card');
  await pressOn(site, incident, 'sam', CONTAIN, 'ask_back');
  await modalOf(site, 'sam', 'question_back');
  await site.twin.acts.submit({ user: 'sam', values: { text: 'is it <!channel> that we use?' } });
  await eventually(() => {
    const thread = [...(site.twin.workspace.channels.get(site.channel)?.messages.values() ?? [])].filter(
      (message) => message.thread === card,
    );
    expect(thread.at(-1)?.text).toBe(`<@${accountOf('leo')}>, Sam asks: is it &lt;!channel&gt; that we use?`);
  });
  await decisionsOf(site, incident, 1);
  expect(site.begun()).toEqual([]);
});

it('asks the person whose button stood beside a refusal', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'mia', CONTAIN, 'yes');
  await eventually(() => expect(readBy(site, 'mia').at(-1)).toMatch(/^This needs security-on-call/));
  await site.twin.acts.press({ user: 'mia', channel, label: 'Ask Sam' });
  await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^Mia asks you to look at .*INC-1/));
  expect(site.begun()).toEqual([]);
});

it('says that nobody can say who holds a role while its source is away', async () => {
  const site = await startDeciding('socket', { groupDown: true });
  const incident = await site.open();
  await pressOn(site, incident, 'raj', CONTAIN, 'yes');
  await eventually(() => expect(readBy(site, 'raj').at(-1)).toMatch(/^This needs security-on-call/));
  expect(site.begun()).toEqual([]);
});

it('holds, says so, and resumes', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'mia', 'card', 'hold');
  await modalOf(site, 'mia', 'hold_for');
  await site.twin.acts.submit({ user: 'mia', values: { minutes: '30' } });
  await eventually(() => expect(site.story(incident).run.hold?.until).toBeGreaterThan(Date.now() + 29 * 60_000));
  const handle = { of: 'incident', incident };
  const value = await site.records.handles.give(JSON.stringify(handle), handle, 1);
  const { ts } = await site.slack.web.chat.postMessage({
    channel: site.channel,
    text: 'card',
    blocks: [
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'resume', value, text: { type: 'plain_text', text: 'Resume' } }],
      },
    ],
  });
  await site.twin.acts.press({ user: 'mia', channel, message: ts as string, action: 'resume' });
  await eventually(() => expect(site.story(incident).run.hold).toBeUndefined());
});

it('says what a false alarm brings back before it is one', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  await pressOn(site, incident, 'rob', 'card', 'false_alarm');
  const modal = await modalOf(site, 'rob', 'end_as_false_alarm');
  expect(modal?.says).toContain('it works again for whoever has it.\nNothing of ours stands in its way.');
  await site.twin.acts.submit({ user: 'rob', values: { reason: 'a test key' } });
  await eventually(() =>
    expect(site.story(incident).run.ending?.as ?? site.story(incident).run.closed?.as).toBe('false_alarm'),
  );
});

it('takes the lead, notes, skips with a reason, and tries again', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  const card = await site.post(incident, 'card');
  const more = async (user: string, word: string) => {
    const seen = site.twin
      .screenOf(user)
      .channels.flatMap(({ messages }) => messages)
      .find(({ ts }) => ts === card);
    const option = seen?.controls
      .find(({ action }) => action === 'more')
      ?.options?.find(({ value }) => value.endsWith(choiceValue('', word)));
    await site.twin.acts.press({ user, channel, message: card, action: 'more', option: option?.value });
  };
  await site.twin.acts.press({ user: 'mia', channel, message: card, action: 'take_lead' });
  await eventually(() => expect(site.story(incident).run.lead).toBe('mia'));

  await more('mia', 'note');
  await modalOf(site, 'mia', 'note');
  await site.twin.acts.submit({ user: 'mia', values: { text: 'trading knows' } });
  await eventually(() => expect(readBy(site, 'mia').at(-1)).toBe('Noted in INC-1.'));

  await more('rob', 'skip');
  const modal = await modalOf(site, 'rob', 'skip');
  expect(modal?.controls[0]?.options?.map(({ value }) => value)).toContain(TASK);
  await site.twin.acts.submit({ user: 'rob', values: { step: TASK, reason: 'nobody uses it' } });
  await eventually(() => expect(site.story(incident).state(TASK)).toBe('skipped'));

  await more('rob', 'retry');
  await modalOf(site, 'rob', 'retry');
  await site.twin.acts.submit({ user: 'rob', values: { step: TASK } });
  await eventually(() => expect(site.story(incident).state(TASK)).toBe('waiting'));
  expect(site.begun()).toEqual([]);
});

it('says a sentence where Slack no longer opens a window', async () => {
  const site = await startDeciding('socket');
  const incident = await site.open();
  site.twin.faults.add({ method: 'views.open', kind: 'error' });
  await pressOn(site, incident, 'sam', CONTAIN, 'no');
  await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^I could not open the window .* press again\.$/));
});
