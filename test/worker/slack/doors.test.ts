/** What people do in Slack, through the real Bolt and the real client, over both transports. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Libsql from 'libsql';
import { describe, expect, it } from 'vitest';
import { openRecords } from '../../../records/open-records.js';
import { createServer } from '../../../worker/api/server.js';
import { choiceValue } from '../../../worker/slack/choice.js';
import type { Handler, Interaction } from '../../../worker/slack/contract.js';
import { respondContext } from '../../../worker/slack/desk.js';
import { eventually, type Mode, PEOPLE, readBy, type SlackSite, startSlack, TRANSPORTS } from './start-slack.js';

const NOT_STORED = 'I could not store this; nothing happened. Press again.';

/** Notes what it was given; answers in one sentence. */
function noting() {
  const heard: { said: Interaction; key: string }[] = [];
  const handler: Handler = async (said, answer, key) => {
    heard.push({ said, key });
    await answer.tell({ text: `heard ${said.name || said.text}`, blocks: [] });
    return 'heard';
  };
  return { heard, handler };
}

const button = (action_id: string, value: string) => ({
  type: 'actions',
  block_id: `block-${action_id}`,
  elements: [
    { type: 'button', action_id, value, text: { type: 'plain_text', text: action_id } },
    {
      type: 'overflow',
      action_id: 'not_yet',
      options: [
        { value: choiceValue(value, '10'), text: { type: 'plain_text', text: '10 min' } },
        { value: choiceValue(value, '30'), text: { type: 'plain_text', text: '30 min' } },
      ],
    },
  ],
});

/** Posts a message with one button, as the poster does; answers its `ts`. */
async function post({ slack, channel }: SlackSite, action: string, value = 'h1'): Promise<string> {
  const { ts } = await slack.web.chat.postMessage({ channel, text: 'asked', blocks: [button(action, value) as never] });
  return ts as string;
}

const unsettled = ({ records, slack }: SlackSite) => records.said.unsettled(slack.source, 100);

describe.each(TRANSPORTS)('over %s', (mode: Mode) => {
  it('stores a command before Slack is answered, does it, and settles it', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'command status': handler }));
    const did = await site.twin.acts.type({ user: 'sam', channel: '#incidents', text: '/firebreak status INC-7' });
    expect(did.outcome).toBe('acked');
    const read = await eventually(() => {
      expect(readBy(site, 'sam')).toEqual(['heard status']);
      return heard[0];
    });
    expect(read?.said).toMatchObject({ kind: 'command', name: 'status', text: 'INC-7', user: PEOPLE.sam });
    expect(readBy(site, 'mia')).toEqual([]);
    await eventually(async () => expect(await unsettled(site)).toEqual([]));
    expect(await site.records.said.get(site.slack.source, read?.key ?? '')).toMatchObject({ outcome: 'heard' });
  });

  it('hands buttons, menus, shortcuts, mentions and the home tab to their handlers', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({
      'action yes': handler,
      'action not_yet': handler,
      'shortcut respond_to_message': handler,
      'mention status': handler,
      'home home': handler,
    }));
    const { acts } = site.twin;
    const ts = await post(site, 'yes');
    await acts.press({ user: 'sam', channel: '#incidents', message: ts, action: 'yes' });
    await acts.press({
      user: 'sam',
      channel: '#incidents',
      message: ts,
      action: 'not_yet',
      option: choiceValue('h1', '30'),
    });
    const alert = acts.alert({
      from: 'Monitoring',
      channel: '#incidents',
      text: 'a key leaked',
      attachments: [{ fallback: 'AKIAIOSFODNN7EXAMPLE', color: 'danger' }],
    });
    await acts.shortcut({
      user: 'mia',
      callback: 'respond_to_message',
      channel: '#incidents',
      message: alert.ts ?? '',
    });
    await acts.mention({ user: 'sam', channel: '#incidents', text: 'status', thread: ts });
    await acts.home({ user: 'raj' });
    const said = await eventually(() => {
      expect(heard.map(({ said: one }) => `${one.kind} ${one.name}`).sort()).toEqual([
        'action not_yet',
        'action yes',
        'home home',
        'mention status',
        'shortcut respond_to_message',
      ]);
      return new Map(heard.map(({ said: one }) => [one.name, one]));
    });
    expect(said.get('yes')).toMatchObject({ handle: 'h1', message: ts, channel: site.channel });
    expect(said.get('not_yet')).toMatchObject({ handle: 'h1', fields: { not_yet: '30' } });
    expect(said.get('respond_to_message')?.text).toContain('AKIAIOSFODNN7EXAMPLE');
    expect(said.get('status')).toMatchObject({ thread: ts, channel: site.channel });
    expect(said.get('home')).toMatchObject({ user: PEOPLE.raj });
  });

  it('opens a modal and hears what was filled in, with the channel it was opened in', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({
      'action no': async (said, answer) => {
        const opened = await answer.open({
          type: 'modal',
          callback_id: 'say_no',
          private_metadata: choiceValue(said.handle ?? '', said.channel ?? ''),
          title: { type: 'plain_text', text: 'Why not?' },
          submit: { type: 'plain_text', text: 'Say no' },
          blocks: [
            {
              type: 'input',
              block_id: 'reason',
              label: { type: 'plain_text', text: 'Why' },
              element: { type: 'plain_text_input', action_id: 'text' },
            },
          ],
        });
        return opened ? 'opened' : 'too late';
      },
      'view say_no': handler,
    }));
    await site.twin.acts.press({ user: 'mia', channel: '#incidents', message: await post(site, 'no'), action: 'no' });
    await eventually(() => expect(site.twin.screenOf('mia').modal?.title).toBe('Why not?'));
    await site.twin.acts.submit({ user: 'mia', values: { reason: 'check with trading first' } });
    await eventually(() => expect(heard).toHaveLength(1));
    expect(heard[0]?.said).toMatchObject({
      kind: 'view',
      name: 'say_no',
      handle: 'h1',
      channel: site.channel,
      fields: { reason: 'check with trading first' },
    });
    // a modal brings no response_url: where it was opened, only this person sees the answer
    await eventually(() => expect(readBy(site, 'mia')).toContain('heard say_no'));
    expect(readBy(site, 'sam')).not.toContain('heard say_no');
  });

  it('does a replay once, and acknowledges it', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'action yes': handler }));
    await site.twin.acts.press({ user: 'sam', channel: '#incidents', message: await post(site, 'yes'), action: 'yes' });
    const replayed = await Promise.all([1, 2, 3].map(() => site.twin.replay()));
    expect(replayed.map(({ outcome }) => outcome)).toEqual(['acked', 'acked', 'acked']);
    await eventually(() => expect(heard).toHaveLength(1));
    await site.slack.stop();
    expect(heard).toHaveLength(1);
  });

  it.each([
    ['of another company, in a channel that both have', { user: 'oscar' }],
    ['of another workspace', { user: 'sam', spoiled: { team: { id: 'T0OTHER', domain: 'other' } } }],
    ['of no workspace at all', { user: 'sam', spoiled: { team: null, user: { id: PEOPLE.sam } } }],
    ['who is a guest', { user: 'gus' }],
  ])('lets nobody decide %s', async (_, act) => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'action yes': handler }));
    const did = await site.twin.acts.press({
      ...act,
      channel: '#incidents',
      message: await post(site, 'yes'),
      action: 'yes',
    });
    expect(did.outcome).toBe('acked');
    await eventually(() => expect(readBy(site, act.user)).toContain('Only people of Acme can decide here.'));
    expect(heard).toEqual([]);
    expect(await unsettled(site)).toEqual([]);
  });

  it('says so when a button, or a command, is none that this version knows', async () => {
    const site = await startSlack(mode, () => ({}), { twin: { commands: ['/firebreak', '/fire'] } });
    const message = await post(site, 'launch');
    expect(
      (await site.twin.acts.press({ user: 'sam', channel: '#incidents', message, action: 'launch' })).outcome,
    ).toBe('acked');
    expect((await site.twin.acts.type({ user: 'mia', channel: '#incidents', text: '/fire AKIA' })).outcome).toBe(
      'acked',
    );
    await eventually(() => {
      expect(readBy(site, 'sam')).toContain('That button is no longer active. The card shows what can be done now.');
      expect(readBy(site, 'mia')).toContain(`I don't know that command. "/firebreak help" says what I can do.`);
    });
  });

  it.each([
    [
      'an old kind of button',
      { type: 'interactive_message', callback_id: 'x', actions: [{ name: 'x', type: 'button' }] },
    ],
    ['a window that was closed', { type: 'view_closed', view: { id: 'V1', callback_id: 'say_no' } }],
    ['a kind that Slack invents tomorrow', { type: 'something_new' }],
  ])('acknowledges what nobody here listens to: %s', async (_, payload) => {
    const site = await startSlack(mode, () => ({}));
    const common = { team: { id: 'T0ACME' }, user: { id: PEOPLE.sam, team_id: 'T0ACME' }, trigger_id: 't' };
    const sent = await site.twin.dispatch.send(
      { kind: 'interactive', payload: { ...common, ...payload } },
      'x',
      PEOPLE.sam,
    );
    expect(sent.outcome).toBe('acked');
    expect(await unsettled(site)).toEqual([]);
  });

  it('acknowledges, tells the person and settles it when a handler fails', async () => {
    const site = await startSlack(mode, () => ({
      'action yes': async () => {
        throw new Error('a mistake of ours');
      },
    }));
    const did = await site.twin.acts.press({
      user: 'sam',
      channel: '#incidents',
      message: await post(site, 'yes'),
      action: 'yes',
    });
    expect(did.outcome).toBe('acked');
    await eventually(() => expect(readBy(site, 'sam').at(-1)).toMatch(/^Something failed here/));
    await eventually(async () => expect(await unsettled(site)).toEqual([]));
    expect(site.log.join('')).not.toContain('a mistake of ours');
  });

  it('says that nothing happened when a click cannot be stored, and takes it when it is pressed again', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'action yes': handler }), { patienceMs: 50 });
    const message = await post(site, 'yes');
    const press = () => site.twin.acts.press({ user: 'sam', channel: '#incidents', message, action: 'yes' });
    const other = new Libsql(site.file);
    other.exec('begin immediate');
    expect((await press()).outcome).toBe('acked');
    await eventually(() => expect(readBy(site, 'sam')).toContain(NOT_STORED));
    other.exec('rollback');
    other.close();
    expect(heard).toEqual([]);
    await press();
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it('answers Slack in time while the records are slow, and says what becomes of the click', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'action yes': handler }));
    const message = await post(site, 'yes');
    const other = new Libsql(site.file);
    other.exec('begin immediate');
    const did = await site.twin.acts.press({ user: 'sam', channel: '#incidents', message, action: 'yes' });
    expect(did.outcome).toBe('acked');
    await eventually(() => expect(readBy(site, 'sam').join()).toContain('I could not store this yet'));
    expect(heard).toEqual([]);
    other.exec('rollback');
    other.close();
    await eventually(() => expect(heard).toHaveLength(1));
    expect(readBy(site, 'sam').join()).toContain('It is stored now');
  });

  it('leaves an event that cannot be stored to Slack, which tells it again', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'mention status': handler }), {
      patienceMs: 50,
      twin: { retryMs: [1_500], ackMs: 1_000 },
    });
    const other = new Libsql(site.file);
    other.exec('begin immediate');
    const said = await site.twin.acts.mention({ user: 'sam', channel: '#incidents', text: 'status' });
    expect(said.outcome).not.toBe('acked');
    other.exec('rollback');
    other.close();
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it('takes up what a process left between answering Slack and doing it: once', async () => {
    const { heard, handler } = noting();
    let arrived = 0;
    const site = await startSlack(mode, () => ({
      'action yes': () => {
        arrived += 1;
        // as a process that is killed here: it never comes back
        return new Promise<string>(() => {});
      },
    }));
    site.slack.stop = async () => {};
    await site.twin.acts.press({ user: 'sam', channel: '#incidents', message: await post(site, 'yes'), action: 'yes' });
    await eventually(() => expect(arrived).toBe(1));
    const records = await openRecords({ file: site.file });
    expect(await records.said.unsettled(site.slack.source, 10)).toHaveLength(1);
    await records.close();
    const second = site.again({ 'action yes': handler });
    await second.start();
    await eventually(() => expect(heard).toHaveLength(1));
    await eventually(() => expect(readBy(site, 'sam')).toContain('heard yes'));
    await eventually(async () => expect(await unsettled(site)).toEqual([]));
  });

  it('keeps a secret that was typed nowhere but sealed', async () => {
    const { heard, handler } = noting();
    const site = await startSlack(mode, () => ({ 'command ': handler }));
    const secret = `wJalr${randomUUID().replaceAll('-', '')}Xa9+x`.slice(0, 40).padEnd(40, 'Z');
    await site.twin.acts.type({
      user: 'sam',
      channel: '#incidents',
      text: `/firebreak AKIAIOSFODNN7EXAMPLE ${secret}`,
    });
    const { said, key } = await eventually(() => {
      expect(heard).toHaveLength(1);
      return heard[0] as (typeof heard)[0];
    });
    expect(said.text).toBe('AKIAIOSFODNN7EXAMPLE [secret]');
    const row = JSON.stringify(await site.records.said.get(site.slack.source, key));
    expect(row).not.toContain(secret);
    expect(row).not.toContain(new URL(site.twin.apiUrl).host);
    expect(site.log.join('')).not.toContain(secret);
    const [first] = said.sealed;
    expect(site.sealer.open(first?.box ?? '', first?.context ?? '').reveal()).toBe(secret);
    expect(site.sealer.open(said.respond ?? '', respondContext(key)).reveal()).toContain(
      new URL(site.twin.apiUrl).host,
    );
    const settled = await eventually(async () => {
      const there = await site.records.said.get(site.slack.source, key);
      expect(there?.settledAt).toBeDefined();
      return there?.body as Interaction;
    });
    expect(settled).toMatchObject({ text: 'AKIAIOSFODNN7EXAMPLE [secret]', sealed: [] });
    expect(settled).not.toHaveProperty('respond');
  });
});

describe('over http', () => {
  const mention = { user: 'sam', channel: '#incidents', text: '/firebreak status' };

  it.each([
    ['a year ahead', 365 * 24 * 3_600, 401],
    ['301 s ahead', 301, 401],
    ['400 s old', -400, 401],
    ['4 minutes ahead', 240, 200],
  ])('takes no request that was signed for %s', async (_, seconds, status) => {
    const { heard, handler } = noting();
    const site = await startSlack('http', () => ({ 'command status': handler }));
    const signed = site.twin.http()?.signed(
      {
        kind: 'slash_commands',
        payload: {
          command: '/firebreak',
          text: 'status',
          team_id: 'T0ACME',
          user_id: PEOPLE.sam,
          channel_id: site.channel,
          trigger_id: randomUUID(),
        },
      },
      undefined,
      Math.floor(Date.now() / 1_000) + seconds,
    );
    const answer = await fetch(signed?.url ?? '', {
      method: 'POST',
      headers: signed?.headers ?? {},
      body: signed?.body ?? '',
    });
    expect(answer.status).toBe(status);
    if (status === 200) await eventually(() => expect(heard).toHaveLength(1));
    else expect(await unsettled(site)).toEqual([]);
  });

  it('takes nothing that Slack did not sign, nothing large, and only POST', async () => {
    const { heard, handler } = noting();
    const site = await startSlack('http', () => ({ 'command status': handler }));
    await site.twin.acts.type(mention);
    const sent = site.twin.dispatch.sent.at(-1)?.signed;
    const send = (headers: object, body: string) =>
      fetch(sent?.url ?? '', { method: 'POST', headers: { ...sent?.headers, ...headers }, body });
    expect((await send({}, `${sent?.body}&x=1`)).status).toBe(401);
    expect((await send({ 'x-slack-signature': 'v0=00' }, sent?.body ?? '')).status).toBe(401);
    expect((await send({ 'x-slack-request-timestamp': '' }, sent?.body ?? '')).status).toBe(401);
    expect((await send({}, 'x'.repeat(2 << 20))).status).toBe(413);
    expect((await fetch(sent?.url ?? '')).status).toBe(405);
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it('stands beside the API on one port, and takes no other path from it', async () => {
    const seen: string[] = [];
    const server = createServer({
      beside: {
        path: '/slack/events',
        listener: (request: IncomingMessage, response: ServerResponse) => {
          seen.push(request.url ?? '');
          response.end('beside');
        },
      },
      metrics: { intakeAnswered() {} },
      settings: { publicUrl: '', tokens: [], sources: {}, playbooks: [] },
    } as unknown as Parameters<typeof createServer>[0]);
    const { url } = await server.listen(0, '127.0.0.1');
    const status = async (path: string) => (await fetch(url + path, { method: 'POST' })).status;
    expect(await status('/slack/events')).toBe(200);
    expect(await Promise.all(['/slack/events/', '/slack', '/api/v1/incidents', '//slack/events'].map(status))).toEqual([
      401, 401, 401, 401,
    ]);
    expect(seen).toEqual(['/slack/events']);
    await server.close();
  });
});

describe('over socket', () => {
  it('loses nothing when Slack takes one connection away, and makes it anew at once', async () => {
    const { heard, handler } = noting();
    const site = await startSlack('socket', () => ({ 'command status': handler }));
    for (let turn = 0; turn < 6; turn += 1) {
      if (turn % 2 === 0) site.twin.sockets.askToReconnect('refresh_requested', 'oldest');
      const did = await site.twin.acts.type({ user: 'sam', channel: '#incidents', text: '/firebreak status' });
      expect(did.outcome).toBe('acked');
      await site.twin.sockets.whenConnected(2);
    }
    await eventually(() => expect(heard).toHaveLength(6));
    await eventually(() => expect(site.slack.connected()).toBe(2));
  });

  it('starts without Slack, and listens when Slack is there', async () => {
    const { heard, handler } = noting();
    const site = await startSlack('socket', () => ({ 'command status': handler }), { start: false });
    site.twin.setDown(true);
    await site.slack.start();
    await eventually(() => expect(site.log.join('')).toContain('Slack is not reached yet'));
    expect(site.slack.connected()).toBe(0);
    site.twin.setDown(false);
    await site.twin.sockets.whenConnected(2);
    await site.twin.acts.type({ user: 'sam', channel: '#incidents', text: '/firebreak status' });
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it('comes back after Slack was away in the middle', async () => {
    const { heard, handler } = noting();
    const site = await startSlack('socket', () => ({ 'command status': handler }));
    site.twin.setDown(true);
    await eventually(() => expect(site.slack.connected()).toBe(0));
    site.twin.setDown(false);
    await site.twin.sockets.whenConnected(2);
    await site.twin.acts.type({ user: 'sam', channel: '#incidents', text: '/firebreak status' });
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it('ends at once, whatever Slack does', async () => {
    const site = await startSlack('socket', () => ({}), { start: false });
    site.twin.setDown(true);
    await site.slack.start();
    await site.slack.stop();
    expect(site.slack.connected()).toBe(0);
  });
});
