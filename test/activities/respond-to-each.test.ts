import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitChildren } from '../../activities/await-children.js';
import type { Found } from '../../activities/connectors/contract.js';
import { recordFound } from '../../activities/found.js';
import { requesterOf } from '../../activities/requester.js';
import { respondToEach } from '../../activities/respond-to-each.js';
import type { AskStep, EachStep, Step, TaskStep } from '../../playbooks/language/plan.js';
import { pinIncident } from './pinned-incident.js';

const base = { phase: 'assess' as const, line: 1, needs: [] as string[] };
const each = (part: EachStep['part'], more: Partial<EachStep> = {}): EachStep => ({
  ...base,
  kind: 'each',
  id: part === 'open' ? 'assess.each' : `assess.each.${part}`,
  name: 'each',
  title: part,
  part,
  of: 'assess.find_created',
  atMost: 3,
  ...more,
});
const question: AskStep = {
  ...base,
  kind: 'ask',
  id: 'assess.each.more.ask',
  name: 'each.more.ask',
  title: 'More?',
  question: 'More?',
  covers: ['assess.each.more'],
  places: { 'security-on-call': 1 },
  tiers: [],
  withinSeconds: 900,
  ifSilent: 'hold',
  ifDenied: 'skip',
  hours: 'any',
  because: [],
};
const STEPS: Step[] = [each('open'), question, each('more', { gate: question.id }), each('contained')];

const key = (id: string, at?: number): Found => ({
  what: 'credential',
  credential: { kind: 'key', id, account: '1', name: 'mallory' },
  title: `access key ${id} of mallory`,
  ...(at === undefined ? {} : { at }),
  ways: ['IAM ListAccessKeys'],
});
const other: Found = { what: 'other', title: 'role backdoor', ways: ['IAM'] };

let site: Awaited<ReturnType<typeof pinIncident>>;
beforeEach(async () => {
  site = await pinIncident({ steps: STEPS });
});
afterEach(() => site.close());

const finds = (...found: Found[]) =>
  recordFound(site.records, site.call({ step: 'assess.find_created' }), found, site.provider.now);
const respond = (over: Parameters<typeof site.call>[0] = {}) =>
  respondToEach(site.seams, site.call({ step: 'assess.each', ...over }));
const waits = () => awaitChildren(site.seams, site.call({ step: 'assess.each.contained' }));
const children = async () => (await site.records.incidents.children('INC-1')).map(({ id, claim }) => `${id} ${claim}`);

describe('respond_to_each', () => {
  it('opens nothing when nobody has looked', async () => {
    await expect(respond()).rejects.toMatchObject({ code: 'invalid' });
    expect(await children()).toEqual([]);
  });

  it.each([['assess.each.contained'], ['assess.each.more.ask']])('opens nothing as the step %s', async (step) => {
    await finds(key('A'));
    await expect(respond({ step })).rejects.toMatchObject({ code: 'invalid' });
    expect(await children()).toEqual([]);
  });

  it('gives each credential an incident, newest first, and leaves what is none to people', async () => {
    await finds(key('OLD', 10), other, key('NEW', 20));
    const { results, line } = await respond();

    expect(results).toEqual({ opened: 2, linked: 0, refused: 0, left: 0 });
    expect(line).toBe('INC-2 for NEW; INC-3 for OLD');
    expect(await children()).toEqual(['INC-2 key:NEW', 'INC-3 key:OLD']);
    expect(await site.records.incidents.get('INC-2')).toMatchObject({
      parent: 'INC-1',
      openedBy: 'incident:INC-1',
      observe: false,
    });
    const [{ body } = { body: undefined }] = await site.records.inbox.ofIncident('INC-2');
    expect(body).toMatchObject({
      source: 'incident',
      event: 'found',
      incident: 'INC-1',
      exposure: 'public',
      secret: 'not_held',
      exposedSince: '1970-01-01T00:00:00.020Z',
      summary: 'access key NEW of mallory, made since K was exposed',
    });
  });

  it('wakes whoever starts incidents', async () => {
    let woken = 0;
    site.seams.opened = () => {
      woken += 1;
    };
    await finds(key('A'), key('B'));
    await respond();
    expect(woken).toBe(1);
  });

  it('says nothing else and opens nothing more when it is run again', async () => {
    await finds(key('A', 3), key('B', 2), key('C', 1));
    const first = await respond();
    expect(await respond()).toEqual(first);
    expect(await children()).toHaveLength(3);
  });

  it('loses none and opens none twice, wherever it dies', async () => {
    for (let dies = 1; ; dies += 1) {
      await site.close();
      site = await pinIncident({ steps: STEPS });
      await finds(key('A', 3), key('B', 2), key('C', 1));
      let writes = 0;
      let died = false;
      const { receive, timeline } = site.records;
      const crashing =
        <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
        async (...args: Args): Promise<Result> => {
          writes += 1;
          const before = writes * 2 - 1 === dies;
          const after = writes * 2 === dies;
          if (before || after) died = true;
          if (before) throw new Error('killed before the write');
          const result = await run(...args);
          if (after) throw new Error('killed after the write');
          return result;
        };
      const records = {
        ...site.records,
        receive: crashing(receive),
        timeline: { ...timeline, append: crashing(timeline.append) },
      };
      await respondToEach({ ...site.seams, records }, site.call({ step: 'assess.each' })).catch(() => {});
      const { results } = await respond();

      expect(results).toEqual({ opened: 3, linked: 0, refused: 0, left: 0 });
      expect(await children()).toEqual(['INC-2 key:A', 'INC-3 key:B', 'INC-4 key:C']);
      expect(await site.records.incidents.list({ state: 'all', limit: 9 })).toHaveLength(4);
      if (!died) break;
    }
  });

  it('links one that a live incident answers for, and says which', async () => {
    const live = { source: 'api', key: '2', kind: 'alert', receivedAt: 5, body: {}, claims: ['key:A'] } as const;
    await site.records.receive({ ...live, claims: [...live.claims] }, { by: 'person:sam', observe: false });
    await finds(key('A'));
    const { results, line } = await respond();

    expect(results).toEqual({ opened: 0, linked: 1, refused: 0, left: 0 });
    expect(line).toBe('INC-2 answers for A already');
    expect((await site.records.timeline.ofIncident('INC-2')).at(-1)?.line).toBe(
      'INC-1 found it: access key A of mallory',
    );
  });

  it('refuses the key of the incident itself and of an ancestor, so that no circle is followed for ever', async () => {
    await finds(key('K'), key('A'));
    const { results, line } = await respond();
    expect(results).toEqual({ opened: 1, linked: 0, refused: 1, left: 0 });
    expect(line).toContain('K is what INC-1 is about already');

    await site.records.incidents.pin('INC-2', { ...site.plan, incident: 'INC-2' }, site.plan.digest, 'key:A');
    await recordFound(site.records, site.call({ incident: 'INC-2', step: 'assess.find_created' }), [key('K')], 1);
    const below = await respond({ incident: 'INC-2' });
    expect(below.results).toEqual({ opened: 0, linked: 0, refused: 1, left: 0 });
    expect(await site.records.incidents.list({ state: 'all', limit: 9 })).toHaveLength(2);
  });

  it('counts refused and linked ones not against at_most', async () => {
    await finds(key('K', 9), key('A', 4), key('B', 3), key('C', 2), key('D', 1));
    expect((await respond()).results).toEqual({ opened: 3, linked: 0, refused: 1, left: 1 });
  });

  it('opens the others only for a decision, and then all of them', async () => {
    await finds(...['A', 'B', 'C', 'D', 'E'].map((id, n) => key(id, 10 - n)));
    expect((await respond()).results).toEqual({ opened: 3, linked: 0, refused: 0, left: 2 });
    await expect(respond({ step: 'assess.each.more' })).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await children()).toHaveLength(3);

    await site.decide({ step: question.id, answer: 'yes' });
    expect((await respond({ step: 'assess.each.more' })).results).toEqual({
      opened: 2,
      linked: 0,
      refused: 0,
      left: 0,
    });
    expect(await children()).toHaveLength(5);
    expect((await respond({ step: 'assess.each.more' })).results).toMatchObject({ opened: 2 });
    expect(await children()).toHaveLength(5);
  });

  it('is not tried again by a workflow alone', async () => {
    await finds(key('A'));
    await expect(respond({ generation: 2 })).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await children()).toEqual([]);
  });

  it('gives the children out as far as the worst that any alert said', async () => {
    await finds(key('A'));
    await respond();
    const [{ body } = { body: undefined }] = await site.records.inbox.ofIncident('INC-2');
    expect(body).toMatchObject({ exposure: 'public' });
  });
});

describe('await_children', () => {
  const contained = (incident: string) =>
    site.records.timeline.append({
      incident,
      at: 7,
      kind: 'moment',
      step: '',
      generation: 1,
      line: 'contained',
      data: { moment: 'contained' },
      key: 'moment/contained',
    });

  it('has nothing to wait for where nothing was opened', async () => {
    expect(await waits()).toEqual({ results: { children: 0 }, line: 'nothing was opened' });
  });

  it('waits until each is contained or closed, and names those that are not', async () => {
    await finds(key('A', 3), key('B', 2));
    await respond();
    await expect(waits()).rejects.toMatchObject({
      name: 'Later',
      message: 'not contained yet: INC-2 (opening), INC-3 (opening)',
    });

    await contained('INC-2');
    await expect(waits()).rejects.toThrow('not contained yet: INC-3 (opening)');

    await site.records.incidents.close('INC-3', 'false_alarm', 9);
    expect(await waits()).toEqual({
      results: { children: 2 },
      line: 'INC-2 contained, INC-3 closed as false_alarm',
    });
  });

  it('looks ever more rarely, and not less than once in ten minutes', async () => {
    await finds(key('A'));
    await respond();
    const pauseAfter = async (ms: number) => {
      site.provider.pass(ms);
      const until = await waits().catch((error: { until: number }) => error.until);
      return Number(until) - site.provider.now;
    };
    expect(await pauseAfter(0)).toBe(2_000);
    expect(await pauseAfter(60_000)).toBe(6_000);
    expect(await pauseAfter(21 * 24 * 3_600_000)).toBe(600_000);
  });

  it('takes the word of people where nobody else can look', async () => {
    const proof: TaskStep = {
      ...base,
      kind: 'task',
      id: 'contain.contained',
      name: 'contained',
      title: 'Confirm it',
      sentence: 'Confirm it',
      class: 'read',
      proves: 'contained',
      places: { 'security-on-call': 1 },
      tiers: [],
      withinSeconds: 900,
    };
    await finds(key('A'));
    await respond();
    await site.records.incidents.pin(
      'INC-2',
      { ...site.plan, incident: 'INC-2', steps: [proof] },
      'e'.repeat(64),
      'key:A',
    );
    await site.records.incidents.show('INC-2', { stage: 'recovering', waiting: '', held: '', at: site.provider.now });
    await expect(waits()).rejects.toThrow('INC-2 (recovering)');

    await site.decide({ id: 'd', incident: 'INC-2', step: proof.id, answer: 'done', planDigest: 'e'.repeat(64) });
    await expect(waits()).rejects.toThrow('INC-2 (recovering)');
    await site.records.decisions.settle('d', 'counted', '', 8);
    expect((await waits()).line).toBe('INC-2 contained');
  });

  it('waits for nobody as a step that opens', async () => {
    await expect(awaitChildren(site.seams, site.call({ step: 'assess.each' }))).rejects.toMatchObject({
      code: 'invalid',
    });
  });
});

it('counts whoever asked for the first incident as the one who asked for all that came of it', async () => {
  const { records } = site;
  const opened = (claim: string, by: string, parent?: string) =>
    records.receive(
      { source: 'x', key: claim, kind: 'alert', receivedAt: 1, body: {}, claims: [claim] },
      { by, observe: false, ...(parent === undefined ? {} : { parent }) },
    );
  const first = await opened('key:1', 'person:sam');
  const second = await opened('key:2', `incident:${first.incident}`, first.incident);
  const third = await opened('key:3', `incident:${second.incident}`, second.incident);

  expect(await requesterOf(records, await records.incidents.get(third.incident))).toBe('sam');
  expect(await requesterOf(records, await records.incidents.get('INC-1'))).toBeUndefined();
  expect(await requesterOf(records, undefined)).toBeUndefined();
});
