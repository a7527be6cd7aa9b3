import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, Records } from '../../records/records.js';
import { alert, decision, effect, opening } from './describe-records.js';

/** What every implementation of records promises of its rows: all they say, in which order, and whose they are. */
export function describeRows(name: string, open: () => Promise<Records>): void {
  describe(`rows of records: ${name}`, () => {
    let records: Records;
    beforeEach(async () => {
      records = await open();
    });
    afterEach(() => records.close());

    const begin = (over: Parameters<typeof effect>[0]) => records.effects.begin(effect(over));
    const finish = (over: Partial<Parameters<Records['effects']['finish']>[0]>) =>
      records.effects.finish({ key: 'K', epoch: 1, state: 'done', clear: true, now: 20, lagMs: 5, ...over });

    describe('effects', () => {
      it('say all that was asked, and what is not known is absent', async () => {
        await begin({ before: { state: 'Active' }, lookedAt: 9, now: 10, quietMs: 100 });
        expect(await records.effects.read('K')).toStrictEqual({
          key: 'K',
          incident: 'INC-1',
          target: 'T',
          class: 'contain',
          planDigest: 'd',
          args: 'Inactive',
          before: { state: 'Active' },
          sure: true,
          state: 'intent',
          epoch: 1,
          attempts: 1,
          sole: true,
          lookedAt: 9,
          begunAt: 10,
          quietAt: 110,
        });
        await finish({ outcome: { id: 'K1' }, sealed: 'box' });
        expect(await records.effects.read('K')).toMatchObject({
          state: 'done',
          outcome: { id: 'K1' },
          sealed: 'box',
          quietAt: 25,
          finishedAt: 20,
        });
        expect(await records.effects.read('other')).toBeUndefined();
      });

      it('closed before they began say so with nothing made up', async () => {
        expect(await records.effects.close('K', 'INC-1', 'T', 'contain', 'K/undo', 5)).toEqual({
          key: 'K',
          incident: 'INC-1',
          target: 'T',
          class: 'contain',
          planDigest: '',
          args: null,
          before: null,
          sure: true,
          state: 'not_applied',
          undoneBy: 'K/undo',
          epoch: 0,
          attempts: 0,
          sole: true,
          lookedAt: 0,
          begunAt: 0,
          quietAt: 0,
        });
        expect(await records.effects.close('K', 'INC-1', 'T', 'contain', 'another', 6)).toMatchObject({
          undoneBy: 'K/undo',
        });
      });

      it('are listed by when they began, and of one moment by their keys', async () => {
        await begin({ key: 'C', now: 30, lookedAt: 30 });
        await begin({ key: 'B', target: 'U', now: 20, lookedAt: 20 });
        await begin({ key: 'D', target: 'V', now: 20, lookedAt: 20 });
        await begin({ key: 'A', target: 'W', now: 20, lookedAt: 20 });
        await begin({ key: 'X', target: 'X', incident: 'INC-2' });
        expect((await records.effects.ofIncident('INC-1')).map(({ key }) => key)).toEqual(['A', 'B', 'D', 'C']);
      });

      it('that are open are listed by when they are quiet, without those that ended', async () => {
        await begin({ key: 'A', quietMs: 90 });
        await begin({ key: 'B', target: 'U', quietMs: 10 });
        await begin({ key: 'K', target: 'V', quietMs: 1 });
        await finish({});
        expect((await records.effects.open(1_000)).map(({ key }) => key)).toEqual(['B', 'A']);
      });

      it('that end as needing a person ended then, and a lease that was given back is no end', async () => {
        await begin({});
        expect((await finish({ state: 'intent', now: 15 }))?.finishedAt).toBeUndefined();
        expect(await finish({ state: 'needs_human', now: 30 })).toMatchObject({ state: 'needs_human', finishedAt: 30 });
      });

      it('without a clear answer keep their lease', async () => {
        await begin({ now: 10, quietMs: 100 });
        expect(await finish({ clear: false })).toMatchObject({ state: 'done', quietAt: 110 });
      });

      it('write their line in the same commit, and none when they lost the row', async () => {
        const entry = { incident: 'INC-1', at: 20, kind: 'step', step: 's', generation: 1, line: 'did', key: 'k' };
        await begin({});
        await finish({ epoch: 2, entry });
        expect(await records.timeline.ofIncident('INC-1')).toEqual([]);
        await finish({ entry });
        expect(await records.timeline.ofIncident('INC-1')).toEqual([entry]);
      });

      it('on a target are quiet with the last of the others that does not contain', async () => {
        await begin({ key: 'A', class: 'undo', quietMs: 50 });
        await begin({ key: 'B', class: 'replace', quietMs: 200 });
        await begin({ key: 'C', class: 'contain', quietMs: 900 });
        await begin({ key: 'D', class: 'undo', target: 'U', quietMs: 900 });
        expect(await records.effects.othersQuietAt('T', 'C')).toBe(210);
        expect(await records.effects.othersQuietAt('T', 'B')).toBe(60);
        expect(await records.effects.othersQuietAt('V', 'C')).toBe(0);
      });

      it('name only ids that are texts, on their own target', async () => {
        await begin({ key: 'K', quietMs: 0 });
        await begin({ key: 'L', quietMs: 0 });
        await begin({ key: 'M', quietMs: 0 });
        await begin({ key: 'N', target: 'U', quietMs: 0 });
        await finish({ key: 'K', outcome: { id: 7, strays: 'S1' } });
        await finish({ key: 'L', epoch: 2, outcome: { strays: ['S2', 3] } });
        await finish({ key: 'N', outcome: { id: 'elsewhere' } });
        expect(await records.effects.recordedIds('T', 'M')).toEqual(new Set(['S2']));
      });

      it('drop a secret once, and only their own', async () => {
        await begin({});
        await begin({ key: 'L', target: 'U' });
        await finish({ sealed: 'box' });
        await finish({ key: 'L', sealed: 'other' });
        const { rows } = await records.verify();
        await records.effects.dropSealed('K', 50);
        await records.effects.dropSealed('K', 51);
        expect((await records.verify()).rows).toBe(rows + 1);
        expect((await records.effects.read('L'))?.sealed).toBe('other');
      });
    });

    describe('an effect that may not begin', () => {
      it('learns that it is done already', async () => {
        await begin({ quietMs: 0 });
        await finish({});
        expect(await begin({ lookedAt: 500, now: 500 })).toMatchObject({ granted: false, closed: { state: 'done' } });
        expect(await begin({ mode: 'settle', lookedAt: 500 })).toMatchObject({
          granted: false,
          closed: { state: 'done' },
        });
      });

      it('waits for its own earlier attempt too', async () => {
        await begin({ mode: 'once', class: 'replace', now: 10, quietMs: 100 });
        const again = { mode: 'once', class: 'replace', now: 60 } as const;
        expect(await begin({ ...again, lookedAt: 109 })).toEqual({ granted: false, later: 110 });
        expect(await begin({ ...again, lookedAt: 110 })).toMatchObject({ granted: true, row: { sole: true } });
      });

      it('waits for the last of all, and names no holder unless it frees the target', async () => {
        await begin({ key: 'A', class: 'replace', quietMs: 50 });
        await begin({ key: 'B', class: 'replace', quietMs: 300 });
        expect(await begin({ mode: 'once', class: 'replace', lookedAt: 60, now: 60 })).toEqual({
          granted: false,
          later: 310,
        });
        await begin({ key: 'C', quietMs: 10 });
        expect(await begin({ mode: 'once', class: 'replace', lookedAt: 60, now: 60 })).toEqual({
          granted: false,
          later: 310,
        });
      });

      it('is held by what contains the target, open or done, and by nothing that was undone', async () => {
        await begin({ key: 'K', quietMs: 0 });
        await begin({ key: 'L', quietMs: 0 });
        const undo = { key: 'K/undo', class: 'undo', mode: 'wait', undoes: 'K', lookedAt: 500, now: 500 } as const;
        await finish({ key: 'L', epoch: 2 });
        expect(await begin(undo)).toEqual({ granted: false, held: 'L' });
        await records.effects.close('L', 'INC-1', 'T', 'contain', 'L/undo', 30);
        expect(await begin(undo)).toMatchObject({ granted: true });
      });

      it('is not held by what never came about', async () => {
        await begin({ key: 'K', quietMs: 0 });
        await begin({ key: 'L', quietMs: 0 });
        await finish({ key: 'L', epoch: 2, state: 'not_applied' });
        const undo = effect({ key: 'K/undo', class: 'undo', mode: 'wait', undoes: 'K', lookedAt: 500, now: 500 });
        expect(await records.effects.begin(undo)).toMatchObject({ granted: true });
      });
    });

    describe('the inbox', () => {
      const message = (key: string): Delivery => ({ ...alert(key, []), kind: 'message', incident: 'INC-1' });

      it('says all of a row, and what is not known is absent', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.receive({ ...alert('d2', ['a']), body: undefined }, opening);
        await records.inbox.settle([2], undefined, 40);
        const row = { source: 'github', kind: 'alert', receivedAt: 10, incident: 'INC-1' };
        expect(await records.inbox.ofIncident('INC-1')).toStrictEqual([
          { ...row, id: 1, key: 'd1', body: { alert: 'd1' } },
          { ...row, id: 2, key: 'd2', body: null, settledAt: 40, outcome: null },
        ]);
        expect(await records.inbox.ofIncident('INC-2')).toEqual([]);
      });

      it('is settled once, by the first word, and by nobody who names no row', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.receive(message('m1'), opening);
        await records.receive(message('m2'), opening);
        await records.inbox.settle([], { late: true }, 30);
        await records.inbox.settle([2], { first: true }, 40);
        await records.inbox.settle([2], { second: true }, 50);
        expect((await records.inbox.ofIncident('INC-1')).map(({ outcome, settledAt }) => [outcome, settledAt])).toEqual(
          [
            [undefined, undefined],
            [{ first: true }, 40],
            [undefined, undefined],
          ],
        );
      });

      it('is passed on oldest first, so many at a time', async () => {
        await records.receive(alert('d1', ['a']), opening);
        for (const key of ['m1', 'm2', 'm3']) await records.receive(message(key), opening);
        expect((await records.inbox.unsettled(2)).map(({ key }) => key)).toEqual(['m1', 'm2']);
      });

      it('knows the last alert and what alerts say of exposure, messages left aside', async () => {
        await records.receive({ ...alert('d1', ['a']), exposure: 'internal' }, opening);
        await records.receive({ ...alert('d2', ['a']), exposure: 'internal' }, opening);
        await records.receive({ ...message('m1'), exposure: 'public' }, opening);
        await records.receive({ ...alert('d3', ['b']), exposure: 'public' }, opening);
        expect((await records.inbox.lastAlert('INC-1'))?.key).toBe('d2');
        expect(await records.inbox.exposures('INC-1')).toEqual(['internal']);
      });

      it('refuses a message that names no incident', async () => {
        const { incident: _, ...nowhere } = message('m1');
        await expect(records.receive(nowhere, opening)).rejects.toThrow(/no incident, which does not exist/);
      });

      it('keeps no secret of what nobody answers for', async () => {
        const sealed = [{ name: 'n', box: 'b', expiresAt: 100 }];
        await records.receive({ ...alert('r1', ['a']), sealed }, { ...opening, joinOnly: true });
        expect(await records.sealed.names('', 1)).toEqual([]);
        expect(await records.inbox.ofIncident('')).toMatchObject([{ outcome: { result: 'not-live' } }]);
      });

      it('looks at one incident and leaves the others as they are', async () => {
        for (const [key, claim] of ['1a', '2b', '3a', '4b'].map((text) => [...text])) {
          await records.receive(alert(key as string, [claim as string]), opening);
        }
        await records.inbox.looked({ incident: 'INC-1', upTo: 9, told: 2, exposures: [''] }, { result: 'told' }, 50);
        expect(await records.inbox.untold()).toMatchObject([{ incident: 'INC-2', told: 1, alerts: 2, upTo: 4 }]);
        await records.inbox.looked({ incident: 'INC-2', upTo: 4, told: 1, exposures: [''] }, { result: 'counted' }, 50);
        const [behind] = await records.inbox.untold();
        expect(behind).not.toHaveProperty('since');
      });

      it('joins the oldest of several incidents that hold a claim, and takes no claim from the others', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.receive(alert('d2', ['b']), opening);
        expect(await records.receive(alert('d3', ['b', 'a', 'c', 'c']), opening)).toMatchObject({ incident: 'INC-1' });
        expect(await records.receive(alert('d4', ['b']), opening)).toMatchObject({ incident: 'INC-2' });
        expect(await records.receive(alert('d5', ['c']), opening)).toMatchObject({ incident: 'INC-1' });
        expect(await records.receive(alert('d6', []), opening)).toMatchObject({ incident: 'INC-3', joined: false });
      });
    });

    describe('incidents', () => {
      it('say all of themselves when they open', async () => {
        await records.receive(alert('d1', ['a']), { by: 'person:sam', observe: true, playbook: 'manual' });
        expect(await records.incidents.get('INC-1')).toStrictEqual({
          id: 'INC-1',
          number: 1,
          openedAt: 10,
          openedBy: 'person:sam',
          observe: true,
          playbook: 'manual',
          stage: 'opening',
          waiting: '',
          held: '',
          alerts: 1,
        });
        expect(await records.incidents.get('INC-2')).toBeUndefined();
      });

      it('show what they do and wait for, and repeat nothing at their end', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.receive(alert('d2', ['b']), opening);
        await records.incidents.show('INC-1', { stage: 'containing', waiting: 'w', held: 'h', at: 20 });
        expect(await records.incidents.get('INC-1')).toMatchObject({ stage: 'containing', waiting: 'w', held: 'h' });
        await records.incidents.show('INC-1', { stage: 'containing', waiting: '', held: 'h', at: 20 });
        expect(await records.incidents.get('INC-1')).toMatchObject({ waiting: '', held: 'h' });
        await records.incidents.show('INC-1', { stage: 'containing', waiting: '', held: '', at: 21 });
        expect(await records.incidents.get('INC-1')).toMatchObject({ held: '' });
        await records.incidents.show('INC-1', { stage: 'containing', waiting: 'w', held: 'h', at: 22 });
        await records.incidents.close('INC-1', 'dead', 30);
        expect(await records.incidents.get('INC-1')).toMatchObject({ stage: 'closed', waiting: '', held: '' });
        expect((await records.incidents.get('INC-2'))?.stage).toBe('opening');
        await records.incidents.show('INC-9', { stage: 'containing', waiting: '', held: '', at: 20 });
      });

      it('start once, oldest first, and neither those that are closed nor the messages to them', async () => {
        for (const claim of ['a', 'b', 'c']) await records.receive(alert(claim, [claim]), opening);
        await records.receive(alert('d4', ['b']), opening);
        await records.incidents.close('INC-1', 'cancelled', 15);
        expect((await records.incidents.unstarted(1)).map(({ id }) => id)).toEqual(['INC-2']);
        expect((await records.incidents.unstarted(9)).map(({ id }) => id)).toEqual(['INC-2', 'INC-3']);
        await records.incidents.started('INC-2', 20);
        await records.incidents.started('INC-2', 30);
        expect(await records.incidents.get('INC-2')).toMatchObject({ startedAt: 20 });
        expect((await records.incidents.get('INC-3'))?.startedAt).toBeUndefined();
        expect((await records.inbox.ofIncident('INC-2')).map(({ settledAt }) => settledAt)).toEqual([20, undefined]);
        expect((await records.inbox.ofIncident('INC-3'))[0]?.settledAt).toBeUndefined();
      });

      it('claim nothing that are closed or do not exist, and pin nothing that do not', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.incidents.close('INC-1', 'dead', 30);
        await expect(records.incidents.claim('INC-1', 'b')).rejects.toThrow(/INC-1 is closed/);
        await expect(records.incidents.claim('INC-9', 'b')).rejects.toThrow(/INC-9 does not exist/);
        await expect(records.incidents.pin('INC-9', {}, 'd', 'b')).rejects.toThrow(/INC-9 does not exist/);
      });

      it('that only look take no claim from one another, and claim again what they held', async () => {
        const observe = { ...opening, observe: true };
        await records.receive(alert('d1', ['a']), observe);
        await records.receive(alert('d2', ['b']), observe);
        expect(await records.incidents.claim('INC-2', 'a')).toBe('INC-1');
        await records.incidents.close('INC-1', 'dead', 20);
        expect(await records.incidents.claim('INC-2', 'a')).toBeUndefined();
        await records.receive(alert('d3', ['a']), opening);
        await records.incidents.close('INC-3', 'dead', 30);
        expect(await records.incidents.claim('INC-2', 'a')).toBeUndefined();
        expect(await records.receive(alert('d4', ['a']), observe)).toMatchObject({ incident: 'INC-2' });
      });

      it('join one that is closed without giving it their claims, and none that does not exist', async () => {
        for (const claim of ['a', 'b']) await records.receive(alert(claim, [claim]), opening);
        await expect(records.incidents.close('INC-2', 'joined', 30, 'INC-9')).rejects.toThrow(/INC-9, which does not/);
        expect((await records.incidents.get('INC-2'))?.closedAt).toBeUndefined();
        await records.incidents.close('INC-1', 'dead', 30);
        await records.incidents.close('INC-2', 'joined', 40, 'INC-1');
        expect(await records.receive(alert('d3', ['b']), opening)).toMatchObject({ incident: 'INC-3' });
      });

      it('hand over alerts alone, keep the box of the other and leave what others hold', async () => {
        const sealed = (box: string) => [{ name: 'n', box, expiresAt: 100 }];
        await records.receive({ ...alert('d1', ['a']), sealed: sealed('first') }, opening);
        await records.receive({ ...alert('d2', ['b']), sealed: sealed('second') }, opening);
        await records.receive({ ...alert('m1', []), kind: 'message', incident: 'INC-2' }, opening);
        await records.receive({ ...alert('d3', ['c']), sealed: sealed('third') }, opening);
        await records.incidents.started('INC-2', 12);
        await records.incidents.close('INC-2', 'joined', 30, 'INC-1');
        expect(await records.sealed.get('INC-1', 'n', 1)).toBe('first');
        expect(await records.sealed.names('INC-2', 1)).toEqual([]);
        expect(await records.sealed.get('INC-3', 'n', 1)).toBe('third');
        expect((await records.inbox.ofIncident('INC-2')).map(({ key }) => key)).toEqual(['m1']);
        expect((await records.inbox.ofIncident('INC-1'))[1]).toMatchObject({ key: 'd2' });
        expect((await records.inbox.unsettled(10)).map(({ key }) => key)).toEqual(['d2', 'm1']);
      });

      it('are listed one at least and two hundred at most, and every one that is asked for', async () => {
        await Promise.all(Array.from({ length: 202 }, (_, n) => records.receive(alert(`${n}`, [`c${n}`]), opening)));
        const count = async (limit: number) => (await records.incidents.list({ state: 'all', limit })).length;
        expect([await count(0), await count(-1), await count(200), await count(201)]).toEqual([1, 1, 200, 200]);
      });
    });

    describe('decisions, timeline and sealed values', () => {
      it('are those of their incident, in the order of their times', async () => {
        await records.decisions.give({ ...decision, id: 'b', at: 9 });
        await records.decisions.give({ ...decision, id: 'c', at: 7 });
        await records.decisions.give({ ...decision, id: 'a', at: 9 });
        await records.decisions.give({ ...decision, id: 'x', incident: 'INC-2' });
        expect((await records.decisions.ofIncident('INC-1')).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
        expect((await records.decisions.unsettled()).map(({ id }) => id)).toEqual(['x', 'c', 'a', 'b']);
        await records.decisions.settle('a', 'counted', '', 20);
        expect((await records.decisions.unsettled()).map(({ id }) => id)).toEqual(['x', 'c', 'b']);
      });

      it('tell of a step in one generation alone', async () => {
        const entry = { incident: 'INC-1', kind: 'step', step: 's', generation: 1, line: 'l' };
        await records.timeline.append({ ...entry, at: 30, key: '1' });
        await records.timeline.append({ ...entry, at: 20, key: '2' });
        await records.timeline.append({ ...entry, at: 20, key: '3' });
        await records.timeline.append({ ...entry, at: 20, key: '4', generation: 2 });
        await records.timeline.append({ ...entry, at: 20, key: '5', step: 't' });
        await records.timeline.append({ ...entry, at: 20, key: '1', incident: 'INC-2' });
        expect((await records.timeline.ofStep('INC-1', 's', 1)).map(({ key }) => key)).toEqual(['2', '3', '1']);
        expect((await records.timeline.ofIncident('INC-1')).map(({ key }) => key)).toEqual(['2', '3', '4', '5', '1']);
        expect(await records.timeline.ofIncident('INC-2')).toHaveLength(1);
      });

      it('offer the moments of which nobody was told, oldest first, so many at a time', async () => {
        const moment = { kind: 'moment', step: '', generation: 1, line: 'l', at: 20 };
        await records.timeline.append({ ...moment, incident: 'INC-1', key: 'm1', data: { is: 1 } });
        await records.timeline.append({ ...moment, incident: 'INC-1', key: 'n', kind: 'note' });
        await records.timeline.append({ ...moment, incident: 'INC-1', key: 'm2' });
        await records.timeline.append({ ...moment, incident: 'INC-2', key: 'm2' });
        await records.timeline.append({ ...moment, incident: 'INC-1', key: 'told/m2', kind: 'told' });
        const rows = async (after: number, limit: number) =>
          (await records.timeline.untold(after, limit)).map(({ row }) => row);
        expect(await rows(0, 9)).toEqual([1, 4]);
        expect(await rows(0, 1)).toEqual([1]);
        expect(await rows(1, 9)).toEqual([4]);
        expect((await records.timeline.untold(0, 1))[0]?.entry).toEqual({
          ...moment,
          incident: 'INC-1',
          key: 'm1',
          data: { is: 1 },
        });
      });

      it('offer the moments of one page alone where it is named', async () => {
        await records.receive(alert('d1', ['a']), opening);
        await records.receive(alert('d2', ['b']), { ...opening, playbook: 'alert-storm' });
        const moment = { kind: 'moment', step: '', generation: 1, line: 'l', at: 20, key: 'm' };
        for (const incident of ['INC-1', 'INC-2', 'INC-9']) await records.timeline.append({ ...moment, incident });
        const of = async (playbook?: string) =>
          (await records.timeline.untold(0, 9, playbook)).map(({ entry }) => entry.incident);
        expect(await of('alert-storm')).toEqual(['INC-2']);
        expect(await of('manual')).toEqual([]);
        expect(await of()).toEqual(['INC-1', 'INC-2', 'INC-9']);
      });

      it('hold the newest box of a name, each for its own incident and its own time', async () => {
        const put = (incident: string, name: string, box: string, expiresAt: number) =>
          records.sealed.put(incident, { name, box, expiresAt }, 1);
        await put('INC-1', 'n', 'old', 50);
        await put('INC-1', 'n', 'new', 100);
        await put('INC-1', 'm', 'm', 80);
        await put('INC-2', 'n', 'other', 100);
        expect(await records.sealed.get('INC-1', 'n', 99)).toBe('new');
        expect(await records.sealed.get('INC-1', 'm', 79)).toBe('m');
        expect(await records.sealed.names('INC-1', 1)).toEqual(['m', 'n']);
        expect(await records.sealed.names('INC-1', 80)).toEqual(['n']);
        expect(await records.sealed.expire(80)).toBe(1);
        expect(await records.sealed.get('INC-2', 'n', 99)).toBe('other');
      });
    });
  });
}
