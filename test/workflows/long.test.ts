/**
 * How long an incident may live in one history: 51,200 events and 50 MB are Temporal's end of it, 10,000 signals and 2,000
 * updates of one run too (docs/once.md has the figures). FIREBREAK_LONG=40 makes everything forty times as much.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Step } from '../../playbooks/language/plan.js';
import { act, ask, planOf, prove } from './plans.js';
import { Incident } from './shell.js';

const TIMES = Number(process.env.FIREBREAK_LONG ?? 1);
const LIMIT = { events: 51_200, bytes: 50 * 1024 * 1024 };

let incident: Incident | undefined;
afterEach(async () => {
  await incident?.end();
  incident = undefined;
});

/** Events and bytes of its history, as the server counts them. */
async function size(of: Incident): Promise<{ events: number; bytes: number }> {
  const { historyLength, raw } = await of.handle.describe();
  return { events: historyLength, bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0) };
}

/** What one of `count` things has cost. */
async function cost(of: Incident, count: number, happens: (n: number) => Promise<unknown>) {
  const before = await size(of);
  for (let n = 0; n < count; n += 1) await happens(n);
  const after = await size(of);
  const each = { events: (after.events - before.events) / count, bytes: (after.bytes - before.bytes) / count };
  console.info(`${count} times: ${each.events.toFixed(1)} events and ${each.bytes.toFixed(0)} bytes each`);
  return each;
}

const question: Step[] = [
  act('contain.disable', 'contain'),
  prove('contain.contained', { needs: ['contain.disable'] }),
  ask(['close.revoke'], { needs: ['contain.contained'], withinSeconds: 21 * 24 * 3600 }),
  act('close.revoke', 'destroy', { needs: ['contain.contained', 'close.revoke.ask'], gate: 'close.revoke.ask' }),
];
const asked = ({ waiting }: { waiting: unknown[] }) => waiting.length > 0;

describe('an incident that lives for weeks', { timeout: 600_000 }, () => {
  it('stays far inside a history with all the signals that the dispatcher may send it', async () => {
    incident = await Incident.start('flooded', planOf(question));
    await incident.until(asked);
    const of = incident;
    const each = await cost(of, 50 * TIMES, async (n) => {
      await of.handle.signal('alerts_joined', {
        alerts: n + 2,
        exposure: 'internal',
        secretHeld: false,
        at: Date.now(),
      });
      await of.until(({ alerts }) => alerts === n + 2);
    });
    // 4,000 is the most that worker/dispatcher/joined-alerts.ts sends in three weeks.
    expect(each.events * 4_000).toBeLessThan(LIMIT.events / 3);
    expect(each.bytes * 4_000).toBeLessThan(LIMIT.bytes / 10);
  });

  it('stays far inside a history when people ask again and put off, day after day', async () => {
    incident = await Incident.start('asked-again', planOf(question));
    await incident.until(asked);
    const of = incident;
    const again = await cost(of, 5 * TIMES, async () => {
      await of.answers('sam', 'revoke', 'no');
      await of.says('rob', 'retry', { step: 'revoke' });
    });
    const later = await cost(of, Math.min(5 * TIMES, 144), () =>
      of.says('sam', 'decide', { step: 'revoke', answer: 'not_yet', minutes: 10 }),
    );
    // Two updates a time to ask again, and 2,000 in a run's life; 4,000 signals of 4 events beside them.
    expect(again.events * 1_000 + 4 * 4_000).toBeLessThan(LIMIT.events);
    expect(again.bytes * 1_000).toBeLessThan(LIMIT.bytes / 4);
    // Put off every half hour and asked again each day, for three weeks.
    expect(again.events * 21 + later.events * 21 * 48).toBeLessThan(LIMIT.events / 4);
  });

  it('waits without an event, however long', async () => {
    incident = await Incident.start('waiting', planOf(question));
    await incident.until(asked);
    await expect.poll(async () => quiet(incident!), { timeout: 20_000 }).toBe(true);
    const before = await size(incident);
    expect((await incident.status()).waiting[0]!.until - Date.now()).toBeGreaterThan(20 * 24 * 3_600_000);
    for (let looks = 0; looks < 50; looks += 1) await incident.status();
    expect(await size(incident)).toEqual(before);
  });

  it('stays far inside a history with as many steps as a plan may have, each asked about', async () => {
    const steps = Array.from({ length: 31 }, (_, n): Step[] => {
      const id = `recover.s${n}`;
      return [
        ask([id], { needs: [], title: `May s${n} be done?` }),
        { ...act(id, 'replace', { needs: [`${id}.ask`], gate: `${id}.ask` }), verb: 'rotate' },
      ];
    }).flat();
    incident = await Incident.start('wide', planOf([act('contain.disable', 'contain'), ...steps]));
    await incident.until(({ waiting }) => waiting.length === 31);
    for (let n = 0; n < 31; n += 1) await incident.answers('sam', `s${n}`, 'yes');
    await incident.handle.result();
    const all = await size(incident);
    console.info(`63 steps, 31 questions: ${all.events} events, ${all.bytes} bytes`);
    expect(all.events).toBeLessThan(LIMIT.events / 20);
    expect(all.bytes).toBeLessThan(LIMIT.bytes / 20);
  });
});

describe('an incident that follows what was found', { timeout: 600_000 }, () => {
  it.each([1, 100])(
    'costs the same for %s children: one call opens them all, one waits for them all',
    async (children) => {
      const each = {
        kind: 'each',
        of: 'assess.find_created',
        atMost: 100,
        phase: 'assess',
        line: 1,
        title: 'Each',
      } as const;
      const steps: Step[] = [
        act('contain.disable', 'contain'),
        prove('contain.contained', { needs: ['contain.disable'] }),
        act('assess.find_created', 'read', { needs: ['contain.contained'] }),
        { ...each, id: 'assess.each', name: 'each', part: 'open', needs: ['assess.find_created'] },
        { ...each, id: 'assess.each.contained', name: 'each.contained', part: 'contained', needs: ['assess.each'] },
      ];
      incident = await Incident.start(`children-${children}`, planOf(steps), (name) => {
        if (name === 'find_created') return { results: { credentials: children, others: 0 }, line: 'found' };
        if (name !== 'respond_to_each') return undefined;
        return { results: { opened: children, linked: 0, refused: 0, left: 0 }, line: 'opened' };
      });
      await incident.handle.result();
      expect(incident.ran.filter((name) => name === 'respond_to_each' || name === 'await_children')).toHaveLength(2);
      const all = await size(incident);
      console.info(`${children} children: ${all.events} events, ${all.bytes} bytes`);
      expect(all.events).toBeLessThan(100);
    },
  );
});

/** All that was to be told has been told. */
async function quiet(of: Incident): Promise<boolean> {
  const { raw } = await of.handle.describe();
  return (raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null;
}
