import { describe, expect, it } from 'vitest';
import { askPeople } from '../../../../activities/people.js';
import { prepare } from '../../../../activities/prepare.js';
import { ACTIONS, VERBS } from '../../../../worker/slack/contract.js';
import { ACTION_LINES } from '../../../../worker/slack/starting/help-message.js';
import { openStarting, type Starting } from './open-starting.js';

/** Opens so many incidents by Sam. */
async function opened(starting: Starting, count: number): Promise<void> {
  for (let nth = 1; nth <= count; nth += 1) {
    const offer = await starting.command(starting.key(`svc-${nth}`).id);
    await starting.press('freeze_now', offer.value('freeze_now'));
  }
}

describe('status and list', () => {
  it('tell somebody whom nobody knows nothing', async () => {
    const starting = await openStarting();
    await opened(starting, 1);
    for (const text of ['status INC-1', 'list', 'status', 'INC-1']) {
      const heard = await starting.command(text, { user: 'U0NOBODY' });
      expect(heard.outcome).toBe('refused: not-linked');
      expect(heard.text).not.toContain('AKIA');
    }
  });

  it('say that there is no such incident', async () => {
    const starting = await openStarting();
    expect((await starting.command('status INC-9')).text).toBe('SANDBOX There is no INC-9.');
  });

  it('say that nothing is open', async () => {
    const starting = await openStarting();
    expect((await starting.command('list')).text).toBe('SANDBOX No incident is open.');
  });

  it('show an incident however its number is written, with the words of its card and without its buttons', async () => {
    const starting = await openStarting();
    await opened(starting, 1);
    for (const [name, text] of [
      ['status', 'INC-1'],
      ['status', 'inc 1'],
      ['', 'status INC-1'],
      ['', 'inc-1'],
    ] as const) {
      const heard = await starting.hear({ kind: 'command', name, text });
      expect(heard.outcome, text).toBe('status INC-1');
      expect(heard.text).toContain('INC-1 · AWS key AKIA…');
      expect(heard.buttons).toEqual([]);
    }
  });

  it('know the incident of the thread they are asked in', async () => {
    const starting = await openStarting();
    await opened(starting, 2);
    const post = { part: 'card', channel: 'C0SECINC', digest: 'd', at: 0 };
    await starting.house.records.posts.put({ ...post, incident: 'INC-2', message: '1.5' });
    const here = await starting.hear({ kind: 'mention', name: 'status', text: '', channel: 'C0SECINC', thread: '1.5' });
    expect(here.outcome).toBe('status INC-2');
    expect(here.text).toContain('<https://acme.slack.com/archives/C0SECINC/p15|Its card>');
    const elsewhere = await starting.hear({
      kind: 'mention',
      name: 'status',
      text: '',
      channel: 'C0OTHER',
      thread: '1.5',
    });
    expect(elsewhere.outcome).toBe('list');
  });

  it('list the open ones, newest first, ten at a time, and say how to go on', async () => {
    const starting = await openStarting();
    await opened(starting, 12);
    await starting.house.records.incidents.close('INC-11', 'dead', 1);
    const heard = await starting.command('list');
    const shown = [...heard.text.matchAll(/\*(INC-\d+)\*/g)].map(([, id]) => id);
    expect(shown).toEqual(['INC-12', 'INC-10', 'INC-9', 'INC-8', 'INC-7', 'INC-6', 'INC-5', 'INC-4', 'INC-3', 'INC-2']);
    expect(heard.text).toContain('Older ones: `/firebreak list INC-2`');
    const older = await starting.command('list INC-2');
    expect([...older.text.matchAll(/\*(INC-\d+)\*/g)].map(([, id]) => id)).toEqual(['INC-1']);
    expect(older.text).not.toContain('Older ones');
  });
});

describe('what waits for a person', () => {
  /** INC-1 about a critical key asks on-call, which is Raj. INC-2 is newer. */
  async function asking(by = 'U0SAM'): Promise<Starting> {
    const starting = await openStarting();
    const offer = await starting.command(starting.key('hot-wallet').id, { user: by });
    await starting.press('freeze_now', offer.value('freeze_now'), { user: by });
    const { mailer: _, ...seams } = starting.house.seams;
    const prepared = await prepare(seams, 'INC-1');
    if (prepared.result !== 'planned') throw new Error(prepared.result);
    const view = { stage: 'containing' as const, waiting: 'raj', held: '', at: starting.clock.now() };
    await askPeople(seams, {
      incident: 'INC-1',
      digest: prepared.plan.digest,
      step: 'contain.disable.ask',
      generation: 1,
      view,
      tier: 0,
      until: starting.clock.now() + 180_000,
      sentence: 'Freeze it?',
      filled: [],
    });
    await starting.house.records.incidents.show('INC-1', view);
    const next = await starting.command(starting.key('svc-next').id);
    await starting.press('freeze_now', next.value('freeze_now'));
    return starting;
  }
  const order = (text: string) => [...text.matchAll(/\*(INC-\d+)\*/g)].map(([, id]) => id);

  it('leads the list, before what is newer', async () => {
    const starting = await asking();
    const heard = await starting.command('list', { user: 'U0RAJ' });
    expect(heard.text.split('\n')[0]).toBe('SANDBOX Waits for you: one incident.');
    expect(order(heard.text)).toEqual(['INC-1', 'INC-2']);
  });

  it.each([
    ['holds no role that is asked', 'U0MIA', 'U0SAM'],
    ['had it opened, whatever they hold', 'U0RAJ', 'U0RAJ'],
  ])('is nothing for whoever %s', async (_, user, by) => {
    const starting = await asking(by);
    const heard = await starting.command('list', { user });
    expect(heard.text.split('\n')[0]).toBe('SANDBOX Nothing waits for you. Open:');
    expect(order(heard.text)).toEqual(['INC-2', 'INC-1']);
  });

  it('stands in the status, with its time', async () => {
    const starting = await asking();
    const heard = await starting.command('status INC-1');
    expect(heard.text).toContain('until <!date^1795490100^');
    expect(heard.text).toContain('(hot-wallet)');
  });
});

describe('words that are no verb', () => {
  it('are compared with the verbs', async () => {
    const starting = await openStarting();
    const heard = await starting.command('stauts');
    expect(heard.text).toBe('SANDBOX I don\'t know "stauts". Did you mean status?');
    expect((await starting.command('hel')).text).toBe('SANDBOX I don\'t know "hel". Did you mean help?');
  });

  it('are never said back where they are nothing like one', async () => {
    const starting = await openStarting();
    for (const text of ['hunter2', 'correcthorsebatterystaple', 'please look at the thing that mia said']) {
      const heard = await starting.command(text);
      expect(heard.outcome).toBe('nothing found');
      for (const word of text.split(' ').filter((one) => one.length > 5)) expect(heard.text).not.toContain(word);
      expect(heard.buttons).toEqual(['Tell me what leaked']);
    }
  });

  it('of an alert are no verbs: a message that begins with one is read for ids alone', async () => {
    const starting = await openStarting();
    const heard = await starting.hear({ kind: 'shortcut', name: 'respond_to_message', text: 'List of things' });
    expect(heard.outcome).toBe('nothing found');
  });
});

describe('the modal', () => {
  it.each([
    ['command', ''],
    ['shortcut', 'respond'],
    ['action', 'start'],
  ] as const)('with one box opens at once: %s %s', async (kind, name) => {
    const starting = await openStarting();
    const heard = await starting.hear({ kind, name, text: '' });
    const [view] = heard.opened;
    expect(view).toMatchObject({ type: 'modal', callback_id: 'what_leaked', private_metadata: '|C0SECINC' });
    expect(view?.blocks).toHaveLength(1);
    expect(heard.told).toEqual([]);
  });

  it('is asked for by a button where none can be opened', async () => {
    const starting = await openStarting();
    const mention = await starting.hear({ kind: 'mention', name: '', text: '<@U0BOT>', trigger: 'old' });
    expect(mention.buttons).toEqual(['Tell me']);
    const late = await starting.command('', { trigger: 'old' });
    expect(late.text).toBe('SANDBOX What leaked?');
    expect(late.buttons).toEqual(['Tell me']);
  });

  it('takes an id, an alert with one, and a part of one', async () => {
    const starting = await openStarting();
    const { id } = starting.key('svc-payouts');
    const view = (leaked: string) => starting.hear({ kind: 'view', name: 'what_leaked', fields: { leaked } });
    expect((await view(id)).outcome).toBe('looked: known');
    expect((await view(`found in a gist:\n${id.toLowerCase()}`)).outcome).toBe('looked: known');
    expect((await view('AKIA12')).outcome).toBe('part: 0');
    expect((await view('status')).outcome).toBe('nothing found');
  });
});

describe('help', () => {
  it('names every verb and every button, to whoever asks', async () => {
    const starting = await openStarting();
    const heard = await starting.command('help', { user: 'U0NOBODY' });
    for (const verb of VERBS) expect(heard.text).toContain(`/firebreak ${verb}`);
    for (const action of ACTIONS) expect(heard.text).toContain(ACTION_LINES[action].label);
    expect(heard.text).toMatch(/^SANDBOX Firebreak answers leaked credentials\./);
    for (const block of heard.told[0]?.blocks ?? []) {
      if (block.type === 'section') expect(block.text?.text.length).toBeLessThanOrEqual(3_000);
    }
  });
});
