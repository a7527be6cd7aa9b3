import { describe, expect, it } from 'vitest';
import type { InboxRow } from '../../../records/records.js';
import { TemporalUnavailable } from '../../../worker/dispatcher/port.js';
import { type Firebreak, startFirebreak } from '../api/start-firebreak.js';
import { fromSiem, leaked, post } from '../intake/deliveries.js';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const alert = (firebreak: Firebreak, data: object = {}) =>
  post(`${firebreak.url}/hooks/standard`, fromSiem(leaked(data), { at: firebreak.clock.now() }));
const incidents = (firebreak: Firebreak) => firebreak.records.incidents.list({ state: 'all', limit: 200 });

describe('while Temporal is down', () => {
  it('takes every alert and starts each incident once when it is back', async () => {
    const firebreak = await startFirebreak();
    firebreak.temporal.down = true;
    for (const id of [KEY, 'AKIAIOSFODNN7EXAMPLF', KEY]) expect((await alert(firebreak, { id })).status).toBe(202);
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.started).toEqual([]);
    firebreak.temporal.down = false;
    firebreak.clock.at += 250;
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.started).toEqual(['INC-1', 'INC-2']);
    expect((await incidents(firebreak)).map(({ startedAt }) => startedAt)).toEqual([
      firebreak.clock.at,
      firebreak.clock.at,
    ]);
  });

  it('asks ever more rarely, at most every 15 seconds', async () => {
    const firebreak = await startFirebreak();
    let asked = 0;
    firebreak.temporal.start = async () => {
      asked += 1;
      throw new TemporalUnavailable('start');
    };
    await alert(firebreak);
    const waits: number[] = [];
    for (let last = firebreak.clock.at, n = 0; n < 400 && waits.length < 9; n += 1) {
      const before = asked;
      await firebreak.dispatcher.tick();
      if (asked > before) {
        waits.push(firebreak.clock.at - last);
        last = firebreak.clock.at;
      }
      firebreak.clock.at += 250;
    }
    expect(waits).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(firebreak.log.filter((line) => line.includes('dispatch put off'))).toHaveLength(9);
  });
});

it('starts what a process that died had taken, and does not mind what had started already', async () => {
  const firebreak = await startFirebreak();
  await alert(firebreak);
  // Started by a process that died before it could write that down.
  firebreak.temporal.running.add('INC-1');
  await firebreak.dispatcher.tick();
  expect(firebreak.temporal.started).toEqual([]);
  expect(await firebreak.records.incidents.unstarted(10)).toEqual([]);
});

it('starts the others when one incident cannot be started', async () => {
  const firebreak = await startFirebreak();
  const { temporal } = firebreak;
  const start = temporal.start.bind(temporal);
  temporal.start = async (incident) => {
    if (incident === 'INC-1') throw new Error('no such task queue');
    return start(incident);
  };
  await alert(firebreak);
  await alert(firebreak, { id: 'AKIAIOSFODNN7EXAMPLF' });
  await firebreak.dispatcher.tick();
  expect(temporal.started).toEqual(['INC-2']);
  expect((await firebreak.records.incidents.unstarted(10)).map(({ id }) => id)).toEqual(['INC-1']);
});

describe('alerts that join', () => {
  it('cost at most one signal a second, however many they are, and none is forgotten', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak, { exposure: 'internal' });
    await firebreak.dispatcher.tick();
    for (let n = 0; n < 20; n += 1) await alert(firebreak);
    await firebreak.dispatcher.tick();
    for (let n = 0; n < 20; n += 1) await alert(firebreak, { exposure: 'public', secret: 'canary-of-this-test' });
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.signals).toEqual([
      { incident: 'INC-1', joined: { alerts: 21, exposure: 'unknown', secretHeld: false, at: firebreak.clock.at } },
    ]);
    firebreak.clock.at += 1_000;
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.signals.slice(1)).toEqual([
      { incident: 'INC-1', joined: { alerts: 41, exposure: 'public', secretHeld: true, at: firebreak.clock.at } },
    ]);
    expect(await firebreak.records.inbox.unsettled(100)).toEqual([]);
  });

  it('are told of ever more rarely while they say nothing new, and all are in the last word', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    const began = firebreak.clock.at;
    for (let second = 0; second < 40; second += 1) {
      await alert(firebreak);
      await firebreak.dispatcher.tick();
      firebreak.clock.at += 1_000;
    }
    // nobody sends any more
    expect(await firebreak.records.inbox.unsettled(100)).toEqual([]);
    firebreak.clock.at += 60_000;
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    const { signals } = firebreak.temporal;
    expect(signals.map(({ joined }) => (joined.at - began) / 1_000)).toEqual([0, 1, 3, 7, 15, 31, 100]);
    expect(signals.at(-1)?.joined.alerts).toBe(41);
  });

  it('take six signals an hour of the 10,000 that Temporal grants a run, when they never end', async () => {
    const firebreak = await startFirebreak();
    const { records, clock, dispatcher, temporal } = firebreak;
    await alert(firebreak);
    await dispatcher.tick();
    const { body, ...row } = (await records.inbox.lastAlert('INC-1')) as InboxRow;
    const hours = 3;
    for (let minute = 0; minute < hours * 60; minute += 1) {
      const claims = [`aws-access-key:${KEY}`];
      await records.receive({ ...row, body, key: `${minute}`, claims }, { by: 'source:standard', observe: false });
      await dispatcher.tick();
      clock.at += 60_000;
    }
    const doublings = 10;
    expect(temporal.signals.length).toBeLessThanOrEqual(doublings + hours * 6);
    expect(await records.inbox.unsettled(10)).toEqual([]);
  });

  it.each([
    ['a worse exposure', { exposure: 'public' }, async () => {}],
    ['a secret', { secret: 'canary-of-this-test' }, async () => {}],
    [
      'a repeat after the incident came to another stage',
      {},
      (firebreak: Firebreak) =>
        firebreak.records.incidents.show('INC-1', { stage: 'undoing', waiting: '', held: '', at: firebreak.clock.at }),
    ],
  ])('are told of within a second when one of them is %s', async (_, data, change) => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    for (let second = 0; second < 20; second += 1) {
      await alert(firebreak);
      await firebreak.dispatcher.tick();
      firebreak.clock.at += 1_000;
    }
    const before = firebreak.temporal.signals.length;
    await change(firebreak);
    await alert(firebreak, data);
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.signals.length).toBe(before + 1);
    firebreak.clock.at += 1_000;
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.signals.at(-1)?.joined.exposure).toBe(
      firebreak.temporal.signals[before]?.joined.exposure,
    );
  });

  it('are news until Temporal has heard them: a worse exposure is told as soon as it answers again', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    for (let second = 0; second < 20; second += 1) {
      await alert(firebreak);
      await firebreak.dispatcher.tick();
      firebreak.clock.at += 1_000;
    }
    await alert(firebreak, { exposure: 'public' });
    firebreak.temporal.down = true;
    await firebreak.dispatcher.tick();
    firebreak.temporal.down = false;
    firebreak.clock.at += 1_000;
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.signals.at(-1)?.joined).toMatchObject({ alerts: 22, exposure: 'public' });
  });

  it('wait for the start of their incident', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await alert(firebreak);
    const { temporal } = firebreak;
    const start = temporal.start.bind(temporal);
    temporal.start = async () => {
      throw new TemporalUnavailable('start');
    };
    await firebreak.dispatcher.tick();
    expect(await firebreak.records.inbox.unsettled(10)).toHaveLength(1);
    temporal.start = start;
    firebreak.clock.at += 1_000;
    await firebreak.dispatcher.tick();
    expect(temporal.signals).toMatchObject([{ joined: { alerts: 2 } }]);
    expect(await firebreak.records.inbox.unsettled(10)).toEqual([]);
  });

  it('are taken anew when their incident has closed before anybody looked at them', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    await alert(firebreak);
    await firebreak.records.incidents.close('INC-1', 'dead', firebreak.clock.at);
    firebreak.temporal.running.clear();
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(await firebreak.records.inbox.unsettled(10)).toEqual([]);
    expect(firebreak.temporal.started).toEqual(['INC-1', 'INC-2']);
    expect((await firebreak.records.inbox.ofIncident('INC-2')).map(({ source }) => source)).toEqual(['INC-1']);
  });

  it('let nobody decide about what he asked for, when they are taken anew', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    const asked = await firebreak.post('sam', '/incidents', { id: KEY, kind: 'aws-access-key' });
    expect(await asked.json()).toMatchObject({ incident: 'INC-1', joined: true });
    await firebreak.records.incidents.close('INC-1', 'dead', firebreak.clock.at);
    firebreak.temporal.running.clear();
    await firebreak.dispatcher.tick();
    expect(await firebreak.records.incidents.get('INC-2')).toMatchObject({ openedBy: 'person:sam' });
  });
});

describe('an incident whose workflow was terminated in Temporal', () => {
  it('swallows no alert: the next one opens an incident of its own, and the end is written down', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    firebreak.temporal.running.clear();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.started).toEqual(['INC-1', 'INC-2']);
    expect(await firebreak.records.incidents.get('INC-1')).toMatchObject({ closedAs: 'cancelled' });
    const lines = (await firebreak.records.timeline.ofIncident('INC-1')).map(({ line }) => line);
    expect(lines.join()).toContain('its workflow is gone from Temporal');
  });

  it('takes the last alert anew when all were counted as repeats for it', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    for (let n = 0; n < 2; n += 1) {
      await alert(firebreak);
      await firebreak.dispatcher.tick();
      firebreak.clock.at += 1_000;
    }
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    firebreak.temporal.running.clear();
    firebreak.clock.at += 600_000;
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.started).toEqual(['INC-1', 'INC-2']);
    const [last] = (await firebreak.records.inbox.ofIncident('INC-1')).slice(-1);
    expect(last).toMatchObject({ source: 'INC-1', key: '4' });
    expect((await firebreak.records.inbox.ofIncident('INC-2')).map(({ key }) => key)).toEqual([String(last?.id)]);
  });

  it('loses that alert to no death between the end of the one and the start of the other', async () => {
    const firebreak = await startFirebreak();
    const { records, dispatcher, temporal, clock } = firebreak;
    await alert(firebreak);
    await dispatcher.tick();
    for (let n = 0; n < 3; n += 1) {
      await alert(firebreak);
      await dispatcher.tick();
      clock.at += 1_000;
    }
    expect(await records.inbox.unsettled(10)).toEqual([]);
    temporal.running.clear();
    const close = records.incidents.close;
    records.incidents.close = async (...end) => {
      await close(...end);
      throw new Error('killed');
    };
    clock.at += 600_000;
    await dispatcher.tick();
    records.incidents.close = close;
    clock.at += 1_000;
    await dispatcher.tick();
    await dispatcher.tick();
    expect(temporal.started).toEqual(['INC-1', 'INC-2']);
  });

  it('promises nobody that an answer will be applied', async () => {
    const firebreak = await startFirebreak();
    await alert(firebreak);
    await firebreak.dispatcher.tick();
    firebreak.temporal.running.clear();
    const decision = { id: 'd', incident: 'INC-1', at: 1, person: 'leo', roles: [], channel: 'api', control: 'hold' };
    await firebreak.records.decisions.give({
      ...decision,
      step: '',
      answer: '',
      reason: '',
      generation: 0,
      planDigest: '',
    });
    await firebreak.dispatcher.tick();
    expect(await firebreak.records.decisions.ofIncident('INC-1')).toMatchObject([
      { outcome: 'refused', refusal: expect.stringContaining('No workflow runs INC-1') },
    ]);
  });
});

it('removes sealed secrets past their time, whatever Temporal does', async () => {
  const firebreak = await startFirebreak();
  await alert(firebreak, { secret: 'canary-of-this-test' });
  firebreak.temporal.down = true;
  firebreak.clock.at += 8 * 86_400_000;
  await firebreak.dispatcher.tick();
  expect(firebreak.log.join('')).toContain('"expired":1');
});

it('works as soon as it is woken, and ends when told to', async () => {
  const firebreak = await startFirebreak();
  const running = firebreak.dispatcher.run();
  const started = new Promise<void>((resolve) => {
    const start = firebreak.temporal.start.bind(firebreak.temporal);
    firebreak.temporal.start = async (incident) => {
      resolve();
      return start(incident);
    };
  });
  await alert(firebreak);
  firebreak.dispatcher.wake();
  await started;
  await firebreak.dispatcher.stop();
  await running;
  expect(await firebreak.records.incidents.unstarted(10)).toEqual([]);
});

it('does not answer a decision twice that the API is passing on right now', async () => {
  const firebreak = await startFirebreak();
  await alert(firebreak);
  await firebreak.dispatcher.tick();
  const control = firebreak.temporal.control.bind(firebreak.temporal);
  let first = true;
  firebreak.temporal.control = async (incident, message) => {
    // The dispatcher looks while the answer is under way.
    if (first) {
      first = false;
      await firebreak.dispatcher.tick();
    }
    return control(incident, message);
  };
  await firebreak.post('sam', '/incidents/INC-1/controls', { control: 'hold' });
  expect(firebreak.temporal.messages).toHaveLength(1);
});

it('passes on what people said in the order in which they said it, incident by incident', async () => {
  const firebreak = await startFirebreak();
  await alert(firebreak);
  await firebreak.dispatcher.tick();
  firebreak.temporal.down = true;
  for (const control of ['hold', 'resume', 'take']) {
    firebreak.clock.at += 1;
    await firebreak.post('sam', '/incidents/INC-1/controls', { control });
  }
  firebreak.temporal.down = false;
  await firebreak.dispatcher.tick();
  expect(firebreak.temporal.messages.map(({ control }) => control)).toEqual(['hold', 'resume', 'take']);
});

it('lets no later word overtake one that is stored: nothing is deleted over a false alarm', async () => {
  const firebreak = await startFirebreak();
  await alert(firebreak);
  await firebreak.dispatcher.tick();
  const say = (control: string, reason: string) => {
    firebreak.clock.at += 1;
    return firebreak.post('sam', '/incidents/INC-1/controls', { control, reason });
  };
  firebreak.temporal.down = true;
  expect((await say('false_alarm', 'a test key')).status).toBe(202);
  firebreak.temporal.down = false;
  // Temporal is back, and the dispatcher has not looked yet
  expect((await say('note', 'go on with it')).status).toBe(200);
  expect(firebreak.temporal.messages.map(({ control }) => control)).toEqual(['false_alarm', 'note']);
  await firebreak.dispatcher.tick();
  expect(firebreak.temporal.messages).toHaveLength(2);
});
