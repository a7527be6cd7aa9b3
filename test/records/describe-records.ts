import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BeginEffect, Decision, Delivery, Records, Untold } from '../../records/records.js';

/** What every implementation of records promises. `open` answers empty records each time; the suite closes them. */
export function describeRecords(name: string, open: () => Promise<Records>): void {
  describe(`records: ${name}`, () => {
    let records: Records;
    beforeEach(async () => {
      records = await open();
    });
    afterEach(() => records.close());

    describe('inbox and claims', () => {
      it('writes nothing for a delivery that was taken before', async () => {
        const first = await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const again = await records.receive(alert('d1', ['aws:AKIA1']), opening);

        expect(first).toEqual({ id: 1, incident: 'INC-1', joined: false, duplicate: false });
        expect(again).toEqual({ ...first, duplicate: true });
        expect((await records.incidents.get('INC-1'))?.alerts).toBe(1);
      });

      it('takes the same key of two sources as two deliveries', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const other = await records.receive({ ...alert('d1', ['aws:AKIA1']), source: 'standard' }, opening);

        expect(other).toMatchObject({ joined: true, duplicate: false });
      });

      it('refuses a message to an incident that does not exist, and keeps nothing of it', async () => {
        const message: Delivery = { ...alert('m1', []), kind: 'message', incident: 'INC-9' };

        await expect(records.receive(message, opening)).rejects.toThrow(/INC-9, which does not exist/);
        expect(await records.inbox.unsettled(10)).toEqual([]);
      });

      it('joins a second alert to the live incident of its credential', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const second = await records.receive(alert('d2', ['aws:AKIA1']), opening);

        expect(second).toEqual({ id: 2, incident: 'INC-1', joined: true, duplicate: false });
        expect((await records.incidents.get('INC-1'))?.alerts).toBe(2);
        expect((await records.inbox.unsettled(10)).map((row) => row.key)).toEqual(['d2']);
      });

      it('opens an incident that acts although one that only looks holds the credential', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), { ...opening, observe: true });
        const look = await records.receive(alert('d2', ['aws:AKIA1']), { ...opening, observe: true });
        const resolved = await records.receive(alert('d3', ['aws:AKIA1']), { ...opening, joinOnly: true });
        const leaked = await records.receive(alert('d4', ['aws:AKIA1']), opening);
        const second = await records.receive(alert('d5', ['aws:AKIA1']), opening);

        expect([look, resolved, leaked, second].map(({ incident }) => incident)).toEqual([
          'INC-1',
          'INC-1',
          'INC-2',
          'INC-2',
        ]);
        expect(await records.incidents.claim('INC-1', 'aws:AKIA1')).toBe('INC-2');
      });

      it('lets an incident that acts claim a credential that one holds which only looks', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), { ...opening, observe: true });
        await records.receive(alert('d2', ['github:acme/x#1']), opening);

        expect(await records.incidents.claim('INC-2', 'aws:AKIA1')).toBeUndefined();
        expect((await records.receive(alert('d3', ['aws:AKIA1']), opening)).incident).toBe('INC-2');
      });

      it('claims what a joining alert names beside it, so that a third alert finds the same incident', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        await records.receive(alert('d2', ['aws:AKIA1', 'github:acme/x#3']), opening);
        const third = await records.receive(alert('d3', ['github:acme/x#3']), opening);

        expect(third.incident).toBe('INC-1');
      });

      it('opens nothing for an alert that may only join, and keeps it as settled', async () => {
        const joinOnly = { ...opening, joinOnly: true };
        const nobody = await records.receive(alert('r1', ['aws:AKIA1']), joinOnly);
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const joined = await records.receive(alert('r2', ['aws:AKIA1']), joinOnly);

        expect(nobody).toEqual({ id: 1, incident: '', joined: false, duplicate: false });
        expect(await records.receive(alert('r1', ['aws:AKIA1']), joinOnly)).toMatchObject({ duplicate: true });
        expect(joined).toMatchObject({ incident: 'INC-1', joined: true });
        expect((await records.inbox.ofIncident(''))[0]?.settledAt).toBe(10);
        expect((await records.inbox.unsettled(10)).map((row) => row.key)).toEqual(['r2']);
      });

      it('opens a new incident once the old one is closed', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        await records.incidents.close('INC-1', 'dead', 50);
        const later = await records.receive(alert('d2', ['aws:AKIA1']), opening);

        expect(later).toMatchObject({ incident: 'INC-2', joined: false });
      });

      it('hands out INC numbers without gaps, whatever joins or repeats in between', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ key: fc.integer({ min: 0, max: 8 }), credential: fc.integer({ min: 0, max: 3 }) })),
            async (deliveries) => {
              const own = await open();
              try {
                const opened = new Map<number, string>();
                const keys = new Set<number>();
                for (const { key, credential } of deliveries) {
                  const receipt = await own.receive(alert(`${key}`, [`c${credential}`]), opening);
                  expect(receipt.duplicate).toBe(keys.has(key));
                  if (receipt.duplicate) continue;
                  keys.add(key);
                  expect(receipt.joined).toBe(opened.has(credential));
                  if (!receipt.joined) opened.set(credential, receipt.incident);
                  expect(receipt.incident).toBe(opened.get(credential));
                }
                const numbers = (await own.incidents.list({ state: 'all', limit: 200 })).map((row) => row.number);
                expect(numbers).toEqual([...numbers.keys()].map((i) => numbers.length - i));
              } finally {
                await own.close();
              }
            },
          ),
          { numRuns: runs(15) },
        );
      });

      it('keeps the sealed values that came with an alert', async () => {
        const value = { name: 'leaked:aws:AKIA1', box: 'box-1', expiresAt: 100 };
        await records.receive({ ...alert('d1', ['aws:AKIA1']), sealed: [value] }, opening);

        expect(await records.sealed.get('INC-1', value.name, 99)).toBe('box-1');
      });

      it('passes on a joined alert or a message until it is settled, and keeps what became of it', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        await records.receive({ ...alert('m1', []), kind: 'message', incident: 'INC-1' }, opening);
        const [message] = await records.inbox.unsettled(10);
        await records.inbox.settle([message?.id ?? 0], { refused: 'late' }, 70);

        expect(await records.inbox.unsettled(10)).toEqual([]);
        expect((await records.inbox.ofIncident('INC-1'))[1]).toMatchObject({
          key: 'm1',
          settledAt: 70,
          outcome: { refused: 'late' },
        });
      });
    });

    describe('what joined', () => {
      const joined = (key: string, more: Partial<Delivery> = {}) =>
        records.receive({ ...alert(key, ['aws:AKIA1']), ...more }, opening);

      it('is told of an incident by incident, with what the rows say that nobody looked at', async () => {
        await joined('d1', { exposure: 'internal' });
        await records.receive(alert('x1', ['aws:AKIA2']), opening);
        expect(await records.inbox.untold()).toEqual([]);
        await joined('d2', { receivedAt: 20, exposure: 'public' });
        await joined('d3', { receivedAt: 15, exposure: 'public' });
        await joined('d4', { receivedAt: 30 });

        const [news, ...others] = await records.inbox.untold();
        expect(others).toEqual([]);
        expect(news).toEqual({
          incident: 'INC-1',
          alerts: 4,
          told: 1,
          stage: 'opening',
          started: false,
          closed: false,
          upTo: 5,
          since: 15,
          exposures: expect.arrayContaining(['public', '']),
        });
        expect(news?.exposures).toHaveLength(2);
        expect((await records.inbox.exposures('INC-1')).sort()).toEqual(['', 'internal', 'public']);
        expect((await records.inbox.lastAlert('INC-1'))?.key).toBe('d4');
        expect(await records.inbox.lastAlert('INC-9')).toBeUndefined();
      });

      it('is not looked at again, and stays untold until the workflow knows of as many as there are', async () => {
        await joined('d1');
        await joined('d2');
        await records.incidents.started('INC-1', 5);
        await records.inbox.looked(
          { incident: 'INC-1', upTo: 2, told: 1, exposures: ['public', ''] },
          { result: 'counted' },
          50,
        );

        expect(await records.inbox.untold()).toMatchObject([
          { alerts: 2, told: 1, started: true, upTo: 0, exposures: [] },
        ]);
        expect((await records.inbox.ofIncident('INC-1'))[1]).toMatchObject({
          settledAt: 50,
          outcome: { result: 'counted' },
        });
        await joined('d3');
        await records.inbox.looked(
          { incident: 'INC-1', upTo: 2, told: 3, exposures: ['public', ''] },
          { result: 'told' },
          60,
        );
        expect(await records.inbox.untold()).toMatchObject([{ told: 3, alerts: 3, upTo: 3 }]);
        await records.inbox.looked(
          { incident: 'INC-1', upTo: 3, told: 2, exposures: ['public', ''] },
          { result: 'told' },
          70,
        );
        expect(await records.inbox.untold()).toEqual([]);
      });

      it('is news still where it came over from another incident while the workflow was told of the rest', async () => {
        await joined('d1');
        await records.receive({ ...alert('x1', ['aws:AKIA2']), exposure: 'public' }, opening);
        await joined('d2', { exposure: 'internal' });
        const [news] = await records.inbox.untold();
        await records.incidents.close('INC-2', 'joined', 40, 'INC-1');
        await records.inbox.looked({ ...(news as Untold), told: 2 }, { result: 'told' }, 50);
        expect(await records.inbox.untold()).toMatchObject([{ incident: 'INC-1', alerts: 3, exposures: ['public'] }]);
      });

      it('of a closed incident is shown as long as somebody has not looked, and its count never', async () => {
        await joined('d1');
        await joined('d2');
        await records.incidents.close('INC-1', 'dead', 40);
        expect(await records.inbox.untold()).toMatchObject([{ incident: 'INC-1', closed: true, upTo: 2 }]);
        expect((await records.inbox.unsettled(10, 'INC-1')).map(({ key }) => key)).toEqual(['d2']);
        expect(await records.inbox.unsettled(10, 'INC-2')).toEqual([]);
        await records.inbox.settle([2], { result: 'anew' }, 50);
        expect(await records.inbox.untold()).toEqual([]);
      });

      it('leaves messages alone', async () => {
        await joined('d1');
        await records.receive({ ...alert('m1', []), kind: 'message', incident: 'INC-1' }, opening);
        expect(await records.inbox.untold()).toEqual([]);
        await records.inbox.looked(
          { incident: 'INC-1', upTo: 9, told: 1, exposures: ['public', ''] },
          { result: 'counted' },
          50,
        );
        expect((await records.inbox.unsettled(10)).map(({ key }) => key)).toEqual(['m1']);
      });
    });

    it('counts what waits, and since when the oldest does', async () => {
      const nothing = { count: 0 };
      expect(await records.waiting()).toEqual({ incidents: nothing, alerts: nothing, decisions: nothing });
      await records.receive({ ...alert('d1', ['a']), receivedAt: 30 }, opening);
      await records.receive({ ...alert('d2', ['b']), receivedAt: 20 }, opening);
      await records.receive({ ...alert('d3', ['b']), receivedAt: 25 }, opening);
      await records.decisions.give({ ...decision, id: 'd1', at: 40 });
      await records.decisions.give({ ...decision, id: 'd2', at: 50 });
      expect(await records.waiting()).toEqual({
        incidents: { count: 2, since: 20 },
        alerts: { count: 1, since: 25 },
        decisions: { count: 2, since: 40 },
      });
      await records.incidents.started('INC-2', 60);
      await records.incidents.close('INC-1', 'cancelled', 60);
      await records.decisions.settle('d1', 'counted', '', 60);
      await records.inbox.looked({ incident: 'INC-2', upTo: 3, told: 2, exposures: ['public', ''] }, {}, 60);
      expect(await records.waiting()).toEqual({
        incidents: nothing,
        alerts: nothing,
        decisions: { count: 1, since: 50 },
      });
    });

    describe('incidents', () => {
      it('offers an incident for starting until Temporal has accepted it', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const before = await records.incidents.unstarted(10);
        await records.incidents.started('INC-1', 20);

        expect(before.map((row) => row.id)).toEqual(['INC-1']);
        expect(await records.incidents.unstarted(10)).toEqual([]);
        expect((await records.inbox.ofIncident('INC-1'))[0]?.settledAt).toBe(20);
      });

      it('answers who holds a credential already, and claims it otherwise', async () => {
        await records.receive(alert('d1', ['github:a#1']), opening);
        await records.receive(alert('d2', ['github:a#2']), opening);

        expect(await records.incidents.claim('INC-1', 'aws:AKIA1')).toBeUndefined();
        expect(await records.incidents.claim('INC-1', 'aws:AKIA1')).toBeUndefined();
        expect(await records.incidents.claim('INC-2', 'aws:AKIA1')).toBe('INC-1');
      });

      it('says which live incident holds a claim, and nobody once it is closed', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);

        expect(await records.incidents.holder('aws:AKIA1')).toBe('INC-1');
        expect(await records.incidents.holder('aws:AKIA2')).toBeUndefined();
        await records.incidents.close('INC-1', 'dead', 50);
        expect(await records.incidents.holder('aws:AKIA1')).toBeUndefined();
      });

      it('hands alerts, claims and sealed values over when an incident closes as joined', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        const sealed = [{ name: 'leaked:github:a#2', box: 'b', expiresAt: 100 }];
        await records.receive({ ...alert('d2', ['github:a#2']), sealed }, opening);
        await records.incidents.close('INC-2', 'joined', 30, 'INC-1');

        expect(await records.incidents.get('INC-2')).toMatchObject({ closedAs: 'joined', joinedTo: 'INC-1' });
        expect((await records.incidents.get('INC-1'))?.alerts).toBe(2);
        expect((await records.inbox.unsettled(10)).map((row) => [row.key, row.incident])).toEqual([['d2', 'INC-1']]);
        expect(await records.sealed.names('INC-1', 1)).toEqual(['leaked:github:a#2']);
        expect((await records.receive(alert('d3', ['github:a#2']), opening)).incident).toBe('INC-1');
      });

      it('pins one plan and throws at another', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        await records.incidents.pin('INC-1', { steps: [] }, 'd1', 'aws:AKIA1');
        await records.incidents.pin('INC-1', { steps: [] }, 'd1', 'aws:AKIA1');

        await expect(records.incidents.pin('INC-1', {}, 'd2', 'aws:AKIA1')).rejects.toThrow(/runs plan d1/);
        expect(await records.incidents.get('INC-1')).toMatchObject({ planDigest: 'd1', plan: { steps: [] } });
      });

      it('never shows an older state over a newer one, nor anything over the end', async () => {
        await records.receive(alert('d1', ['aws:AKIA1']), opening);
        await records.incidents.show('INC-1', { stage: 'recovering', waiting: '', held: '', at: 20 });
        await records.incidents.show('INC-1', { stage: 'containing', waiting: '', held: '', at: 10 });
        expect((await records.incidents.get('INC-1'))?.stage).toBe('recovering');

        await records.incidents.close('INC-1', 'dead', 30);
        await records.incidents.show('INC-1', { stage: 'closing', waiting: '', held: '', at: 40 });
        await records.incidents.close('INC-1', 'cancelled', 50);
        expect(await records.incidents.get('INC-1')).toMatchObject({ stage: 'closed', closedAs: 'dead', closedAt: 30 });
      });

      it('lists newest first, page by page', async () => {
        for (const i of [1, 2, 3, 4]) await records.receive(alert(`d${i}`, [`c${i}`]), opening);
        await records.incidents.close('INC-2', 'dead', 9);

        const ids = async (query: Parameters<Records['incidents']['list']>[0]) =>
          (await records.incidents.list(query)).map((row) => row.id);
        expect(await ids({ state: 'open', limit: 2 })).toEqual(['INC-4', 'INC-3']);
        expect(await ids({ state: 'open', limit: 2, before: 3 })).toEqual(['INC-1']);
        expect(await ids({ state: 'closed', limit: 9 })).toEqual(['INC-2']);
      });
    });

    describe('effects', () => {
      it('keeps pre-image and arguments of the first begin', async () => {
        await records.effects.begin(effect({ before: { state: 'Active' }, args: 'Inactive' }));
        const second = await records.effects.begin(
          effect({ before: { state: 'Inactive' }, args: 'X', lookedAt: 20, now: 21 }),
        );

        expect(second).toMatchObject({
          granted: true,
          row: { before: { state: 'Active' }, args: 'Inactive', attempts: 2, epoch: 2, sole: false },
        });
      });

      it('makes an undo wait until no request of the effect can still arrive', async () => {
        await records.effects.begin(effect({ now: 10, quietMs: 100 }));
        const undo = { key: 'K/undo', class: 'undo', mode: 'wait', undoes: 'K' } as const;

        expect(await records.effects.begin(effect({ ...undo, lookedAt: 109, now: 200 }))).toEqual({
          granted: false,
          later: 110,
        });
        expect(await records.effects.begin(effect({ ...undo, lookedAt: 110, now: 200 }))).toMatchObject({
          granted: true,
        });
      });

      it('never shortens the lease of an earlier attempt, even if a later one asks for less', async () => {
        await records.effects.begin(effect({ now: 10, quietMs: 100 }));
        const shorter = await records.effects.begin(effect({ now: 11, quietMs: 5 }));

        expect(shorter).toMatchObject({ granted: true, row: { quietAt: 110 } });
      });

      it('says who holds the target when an undo would free it', async () => {
        await records.effects.begin(effect({ quietMs: 0 }));
        await records.effects.begin(effect({ key: 'L', quietMs: 0 }));

        const undo = effect({ key: 'K/undo', class: 'undo', mode: 'wait', undoes: 'K', lookedAt: 500, now: 500 });
        expect(await records.effects.begin(undo)).toEqual({ granted: false, held: 'L' });
      });

      it('lets no replace begin while another one on the principal is open', async () => {
        await records.effects.begin(effect({ class: 'replace', mode: 'once', quietMs: 0 }));
        const other = effect({ key: 'L', class: 'replace', mode: 'once', lookedAt: 500, now: 500 });

        expect(await records.effects.begin(other)).toEqual({ granted: false, later: 1500, blockedBy: 'K' });
      });

      it('lets only the newest attempt finish', async () => {
        await records.effects.begin(effect({}));
        await records.effects.begin(effect({}));

        expect(await records.effects.finish(finish({ epoch: 1 }))).toBeUndefined();
        expect(await records.effects.finish(finish({ epoch: 2 }))).toMatchObject({ state: 'done' });
        expect(await records.effects.finish(finish({ epoch: 2, state: 'needs_human' }))).toBeUndefined();
      });

      it('gives a lease back as now + lag, and only when no earlier attempt can arrive', async () => {
        await records.effects.begin(effect({ now: 10, quietMs: 100 }));
        const alone = await records.effects.finish(finish({ epoch: 1, state: 'intent', now: 20, lagMs: 5 }));
        await records.effects.begin(effect({ lookedAt: 21, now: 22, quietMs: 100 }));
        const notAlone = await records.effects.finish(finish({ epoch: 2, state: 'intent', now: 30, lagMs: 5 }));

        expect(alone).toMatchObject({ quietAt: 25, state: 'intent' });
        expect(alone?.finishedAt).toBeUndefined();
        expect(notAlone?.quietAt).toBe(122);
      });

      it('closes a key that never began, so that a late attempt finds it closed', async () => {
        const closed = await records.effects.close('K', 'INC-1', 'T', 'contain', 'K/undo', 5);

        expect(closed).toMatchObject({ attempts: 0, state: 'not_applied', undoneBy: 'K/undo' });
        expect(await records.effects.begin(effect({}))).toMatchObject({
          granted: false,
          closed: { undoneBy: 'K/undo' },
        });
      });

      it('calls a pre-image unsure when the look failed or another effect was under way', async () => {
        const blind = await records.effects.begin(effect({ before: null, quietMs: 100 }));
        const beside = await records.effects.begin(effect({ key: 'L', lookedAt: 11 }));
        const quiet = await records.effects.begin(effect({ key: 'M', lookedAt: 1000, now: 1000 }));

        expect([blind, beside, quiet].map((begun) => begun.granted && begun.row.sure)).toEqual([false, false, true]);
      });

      it('lets settle take an undone row, which nobody else may', async () => {
        await records.effects.begin(effect({ quietMs: 0 }));
        await records.effects.close('K', 'INC-1', 'T', 'contain', 'K/undo', 20);

        expect(await records.effects.begin(effect({ lookedAt: 30 }))).toMatchObject({ granted: false });
        expect(await records.effects.begin(effect({ lookedAt: 30, mode: 'settle' }))).toMatchObject({ granted: true });
      });

      it('knows the ids that other effects made, strays included', async () => {
        for (const key of ['K', 'L']) await records.effects.begin(effect({ key, quietMs: 0 }));
        await records.effects.finish(finish({ key: 'K', epoch: 1, outcome: { id: 'K1', strays: ['S1'] } }));

        expect(await records.effects.recordedIds('T', 'L')).toEqual(new Set(['K1', 'S1']));
        expect(await records.effects.recordedIds('T', 'K')).toEqual(new Set());
      });

      it('keeps id and sealed secret in one commit and drops the secret alone', async () => {
        await records.effects.begin(effect({}));
        await records.effects.finish(finish({ epoch: 1, outcome: { id: 'K1' }, sealed: 'box' }));
        expect(await records.effects.read('K')).toMatchObject({ outcome: { id: 'K1' }, sealed: 'box' });

        await records.effects.dropSealed('K', 50);
        const row = await records.effects.read('K');
        expect(row?.sealed).toBeUndefined();
        expect(row?.outcome).toEqual({ id: 'K1' });
      });

      it('offers what nobody finished, once it is quiet', async () => {
        await records.effects.begin(effect({ now: 10, quietMs: 100 }));

        expect(await records.effects.open(109)).toEqual([]);
        expect((await records.effects.open(110)).map((row) => row.key)).toEqual(['K']);
      });

      it('grants one exclusive begin at a time, however many ask at once', async () => {
        const begins = Array.from({ length: 12 }, (_, i) =>
          records.effects.begin(effect({ key: `K${i}`, class: 'replace', mode: 'once', quietMs: 100 })),
        );

        expect((await Promise.all(begins)).filter((begun) => begun.granted)).toHaveLength(1);
      });
    });

    describe('decisions, timeline, sealed', () => {
      it('writes a decision once, and its first outcome stands', async () => {
        await records.decisions.give(decision);
        await records.decisions.give({ ...decision, answer: 'no' });
        expect(await records.decisions.unsettled()).toEqual([{ ...decision, outcome: 'given', refusal: '' }]);
        expect(await records.decisions.unsettled(decision.incident)).toHaveLength(1);
        expect(await records.decisions.unsettled('INC-9')).toEqual([]);

        await records.decisions.settle(decision.id, 'refused', 'You started INC-1, so someone else has to decide.', 9);
        await records.decisions.settle(decision.id, 'counted', '', 10);
        expect(await records.decisions.unsettled()).toEqual([]);
        expect((await records.decisions.ofIncident('INC-1'))[0]).toMatchObject({ answer: 'yes', outcome: 'refused' });
      });

      it('writes a line of the timeline once, however often it is tried', async () => {
        const entry = { incident: 'INC-1', kind: 'step', step: 'contain.disable', generation: 1 };
        await records.timeline.append({ ...entry, at: 20, line: 'frozen', data: { ms: 9 }, key: 'b' });
        await records.timeline.append({ ...entry, at: 10, line: 'opened', step: '', key: 'a' });
        await records.timeline.append({ ...entry, at: 99, line: 'frozen again', key: 'b' });

        expect((await records.timeline.ofIncident('INC-1')).map((row) => row.line)).toEqual(['opened', 'frozen']);
        expect(await records.timeline.ofStep('INC-1', 'contain.disable', 1)).toEqual([
          { ...entry, at: 20, line: 'frozen', data: { ms: 9 }, key: 'b' },
        ]);
      });

      it('gives no sealed value after its expiry, removed or not', async () => {
        await records.sealed.put('INC-1', { name: 'n', box: 'b', expiresAt: 100 }, 1);

        expect(await records.sealed.get('INC-1', 'n', 100)).toBeUndefined();
        expect(await records.sealed.names('INC-1', 100)).toEqual([]);
        expect(await records.sealed.expire(99)).toBe(0);
        expect(await records.sealed.expire(100)).toBe(1);
      });
    });

    describe('chain', () => {
      it('grows by one row for each begin, finish, close, give, settle and dropped secret', async () => {
        await records.effects.begin(effect({}));
        await records.effects.finish(finish({ epoch: 1, sealed: 'box' }));
        await records.effects.close('K', 'INC-1', 'T', 'contain', 'U', 5);
        await records.effects.dropSealed('K', 6);
        await records.decisions.give(decision);
        await records.decisions.give(decision);
        await records.decisions.settle(decision.id, 'counted', '', 7);
        await records.decisions.settle(decision.id, 'counted', '', 8);

        const report = await records.verify();
        expect(report).toEqual({ ok: true, rows: 6, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
        expect(await records.verify({ rows: 6, head: report.head })).toEqual(report);
      });

      it('is broken when it is shorter or other than an anchored head', async () => {
        await records.decisions.give(decision);

        expect(await records.verify({ rows: 2, head: 'x' })).toMatchObject({ ok: false });
        expect(await records.verify({ rows: 1, head: 'x' })).toMatchObject({ ok: false, broken: { seq: 1 } });
      });

      it('holds for any sequence of begins, finishes and closes', async () => {
        const call = fc.record({
          what: fc.constantFrom('begin', 'finish', 'close'),
          key: fc.constantFrom('K', 'L', 'M'),
          mode: fc.constantFrom('repeat', 'wait', 'once', 'settle'),
          at: fc.integer({ min: 0, max: 300 }),
          epoch: fc.integer({ min: 1, max: 6 }),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
            const own = await open();
            try {
              const epochs = new Set<number>();
              for (const { what, key, mode, at, epoch } of calls) {
                if (what === 'close') await own.effects.close(key, 'INC-1', 'T', 'contain', 'U', at);
                if (what === 'finish') await own.effects.finish(finish({ key, epoch, now: at }));
                if (what !== 'begin') continue;
                const undoes = mode === 'wait' ? 'M' : '';
                const begun = await own.effects.begin(effect({ key, mode, undoes, lookedAt: at, now: at }));
                if (!begun.granted) continue;
                expect(epochs.has(begun.row.epoch)).toBe(false);
                epochs.add(begun.row.epoch);
              }
              expect((await own.verify()).ok).toBe(true);
            } finally {
              await own.close();
            }
          }),
          { numRuns: runs(40) },
        );
      });
    });
  });
}

/** A mutant needs few: a property that is interrupted would go on in the test after it. */
export const runs = (usual: number): number => Number(process.env.FIREBREAK_RUNS ?? usual);

export const opening = { by: 'source:github', observe: false };

export function alert(key: string, claims: string[]): Delivery {
  return { source: 'github', key, kind: 'alert', receivedAt: 10, body: { alert: key }, claims };
}

export function effect(over: Partial<BeginEffect>): BeginEffect {
  return {
    key: 'K',
    incident: 'INC-1',
    target: 'T',
    class: 'contain',
    planDigest: 'd',
    args: 'Inactive',
    before: { state: 'Active' },
    mode: 'repeat',
    undoes: '',
    lookedAt: 10,
    now: 10,
    quietMs: 100,
    ...over,
  };
}

function finish(over: Partial<Parameters<Records['effects']['finish']>[0]>) {
  return { key: 'K', epoch: 1, state: 'done' as const, clear: true, now: 20, lagMs: 5, ...over };
}

export const decision: Decision = {
  id: 'a-decision',
  incident: 'INC-1',
  at: 5,
  person: 'sam',
  roles: [{ role: 'security-on-call', source: 'firebreak.yaml:12' }],
  channel: 'cli',
  control: 'decide',
  step: 'close.revoke.ask',
  answer: 'yes',
  reason: '',
  generation: 1,
  planDigest: 'd',
};
