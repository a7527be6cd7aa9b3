import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Link, Post, Records } from '../../records/records.js';
import { decision, effect, runs } from './describe-records.js';

/** What every implementation of records promises of a chat: what was said there, what stands there, and who is who. */
export function describeChat(name: string, open: () => Promise<Records>): void {
  describe(`chat in records: ${name}`, () => {
    let records: Records;
    beforeEach(async () => {
      records = await open();
    });
    afterEach(() => records.close());

    describe('said', () => {
      const click = (key: string) => ({ source: 'slack', key, receivedAt: 10, body: { name: 'yes' } });

      it('takes a key once, and two sources as two', async () => {
        expect(await records.said.take(click('a'))).toBe(true);
        expect(await records.said.take({ ...click('a'), receivedAt: 20, body: 'forged' })).toBe(false);
        expect(await records.said.take({ ...click('a'), source: 'other' })).toBe(true);
        expect(await records.said.get('slack', 'a')).toStrictEqual({ id: 1, ...click('a') });
        expect(await records.said.get('slack', 'b')).toBeUndefined();
      });

      it('takes a key once when it comes many times at once', async () => {
        const taken = await Promise.all(Array.from({ length: 20 }, () => records.said.take(click('a'))));
        expect(taken.filter((fresh) => fresh)).toHaveLength(1);
      });

      it('gives out what nobody settled, oldest first, and the first outcome stands', async () => {
        for (const key of ['c', 'a', 'b']) await records.said.take(click(key));
        await records.said.take({ ...click('x'), source: 'other' });
        await records.said.settle('slack', 'a', 'counted', 30);
        await records.said.settle('slack', 'a', 'refused: late', 40);

        expect((await records.said.unsettled('slack', 10)).map(({ key }) => key)).toEqual(['c', 'b']);
        expect(await records.said.unsettled('slack', 1)).toMatchObject([{ key: 'c' }]);
        expect(await records.said.get('slack', 'a')).toMatchObject({ settledAt: 30, outcome: 'counted' });
      });
    });

    describe('what is of no use once it is settled', () => {
      it('goes as it is settled, and whoever settles again brings nothing else in', async () => {
        await records.said.take({ source: 'slack', key: 'a', receivedAt: 10, body: { name: 'yes', respond: 'box-1' } });
        await records.said.settle('slack', 'a', 'counted', 30, { name: 'yes' });
        await records.said.settle('slack', 'a', 'counted', 40, { name: 'no', respond: 'box-1' });

        expect(await records.said.get('slack', 'a')).toMatchObject({ settledAt: 30, body: { name: 'yes' } });
        expect(JSON.stringify(await records.said.get('slack', 'a'))).not.toContain('box-1');
      });

      it('stays where nobody says what is kept', async () => {
        await records.said.take({ source: 'slack', key: 'a', receivedAt: 10, body: { name: 'yes' } });
        await records.said.settle('slack', 'a', 'counted', 30);
        expect((await records.said.get('slack', 'a'))?.body).toEqual({ name: 'yes' });
      });
    });

    describe('posts', () => {
      const card: Post = { incident: 'INC-1', part: 'card', channel: 'C1', message: '', digest: 'd1', at: 10 };

      it('keep the newest word on each part', async () => {
        await records.posts.put({ ...card, data: { blocks: 3 } });
        await records.posts.put({ ...card, part: 'thread', message: '1.2' });
        await records.posts.put({ ...card, incident: 'INC-2' });
        await records.posts.put({ ...card, message: '1.1', digest: 'd2', at: 20 });

        expect(await records.posts.get('INC-1', 'card')).toStrictEqual({
          ...card,
          message: '1.1',
          digest: 'd2',
          at: 20,
        });
        expect((await records.posts.ofIncident('INC-1')).map(({ part }) => part)).toEqual(['card', 'thread']);
        await records.posts.drop('INC-1', 'card');
        expect(await records.posts.get('INC-1', 'card')).toBeUndefined();
      });

      it('are found by their place, unless nobody knows it', async () => {
        await records.posts.put({ ...card, data: { of: 'Sam' } });
        expect(await records.posts.at('C1', '')).toBeUndefined();
        await records.posts.put({ ...card, message: '1.1' });
        expect(await records.posts.at('C1', '1.1')).toMatchObject({ incident: 'INC-1', part: 'card' });
        expect(await records.posts.at('C2', '1.1')).toBeUndefined();
      });
    });

    describe('handles', () => {
      it('stay what they were first given for, and say nothing themselves', async () => {
        const id = await records.handles.give('INC-1/no', { of: 'incident', incident: 'INC-1' }, 10);
        const again = await records.handles.give('INC-1/no', { of: 'incident', incident: 'INC-2' }, 20);
        const other = await records.handles.give('INC-2/no', { of: 'incident', incident: 'INC-2' }, 20);

        expect(again).toBe(id);
        expect(other).not.toBe(id);
        expect(id).toMatch(/^[\w-]{22}$/);
        expect(await records.handles.get(id)).toEqual({ id, body: { of: 'incident', incident: 'INC-1' }, at: 10 });
        expect(await records.handles.get('INC-1/no')).toBeUndefined();
      });

      it('keep what came sealed with them until its time, and stay without it', async () => {
        const sealed = [
          { name: 'a', box: 'box-1', expiresAt: 100 },
          { name: 'b', box: 'box-2', expiresAt: 200 },
        ];
        const id = await records.handles.give('offer', { of: 'offer' }, 10, sealed);
        await records.handles.give('offer', { of: 'offer' }, 20, [{ name: 'a', box: 'forged', expiresAt: 900 }]);
        const other = await records.handles.give('other', { of: 'offer' }, 20);

        expect(await records.sealed.get(id, 'a', 99)).toBe('box-1');
        expect(await records.sealed.names(other, 99)).toEqual([]);
        expect(await records.sealed.expire(100)).toBe(1);
        expect(await records.sealed.names(id, 0)).toEqual(['b']);
        expect(await records.handles.get(id)).toEqual({ id, body: { of: 'offer' }, at: 10 });
      });
    });

    describe('links', () => {
      const link = (account: string, person: string, at = 10): Link => {
        return { source: 'slack/T1', account, person, at, by: 'mail' };
      };

      it('make one account one person and one person one account, whatever is linked in what order', async () => {
        const pairs = fc.array(fc.tuple(fc.constantFrom('U1', 'U2', 'U3'), fc.constantFrom('ana', 'mia', 'sam')));
        await fc.assert(
          fc.asyncProperty(pairs, async (linked) => {
            const own = await open();
            try {
              const expected = new Map<string, string>();
              for (const [at, [account, person]] of linked.entries()) {
                await own.links.put(link(account, person, at));
                for (const [other, whose] of expected) if (whose === person) expected.delete(other);
                expected.set(account, person);
              }
              const all = await own.links.all('slack/T1');
              expect(new Map(all.map(({ account, person }) => [account, person]))).toEqual(expected);
            } finally {
              await own.close();
            }
          }),
          { numRuns: runs(15) },
        );
      });

      it('are found from both sides, in their own workspace alone', async () => {
        await records.links.put(link('U1', 'sam'));
        expect(await records.links.get('slack/T1', 'U1')).toStrictEqual(link('U1', 'sam'));
        expect(await records.links.ofPerson('slack/T1', 'sam')).toStrictEqual(link('U1', 'sam'));
        expect(await records.links.get('slack/T2', 'U1')).toBeUndefined();
        expect(await records.links.ofPerson('slack/T2', 'sam')).toBeUndefined();
        expect(await records.links.all('slack/T2')).toEqual([]);
      });

      it('end and are never forgotten', async () => {
        await records.links.put(link('U1', 'sam', 10));
        await records.links.put(link('U1', 'sam', 15));
        await records.links.put({ ...link('U2', 'sam', 20), by: 'cli' });

        expect(await records.links.drop('slack/T1', 'sam', 'person:ana', 30)).toBe(true);
        expect(await records.links.drop('slack/T1', 'sam', 'person:mia', 40)).toBe(false);
        expect(await records.links.ofPerson('slack/T1', 'sam')).toBeUndefined();
        expect(await records.links.history('slack/T1')).toStrictEqual([
          { ...link('U1', 'sam', 10), endedAt: 20, endedBy: 'cli' },
          { ...link('U2', 'sam', 20), by: 'cli', endedAt: 30, endedBy: 'person:ana' },
        ]);
      });
    });

    describe('what has changed', () => {
      const from = { timeline: 0, chain: 0 };
      const line = (incident: string, key: string) =>
        records.timeline.append({ incident, at: 1, kind: 'note', step: '', generation: 1, line: key, key });

      it('names an incident once for its lines, effects and decisions, and nothing twice', async () => {
        await line('INC-1', 'a');
        await line('INC-1', 'b');
        await records.effects.begin(effect({ key: 'K', target: 'T', incident: 'INC-2' }));
        await records.decisions.give({ ...decision, incident: 'INC-3' });

        const first = await records.changed(from, 100);
        expect(first).toEqual({ incidents: ['INC-1', 'INC-2', 'INC-3'], cursor: { timeline: 2, chain: 2 } });
        expect(await records.changed(first.cursor, 100)).toEqual({ incidents: [], cursor: first.cursor });

        await records.decisions.settle(decision.id, 'counted', '', 9);
        expect((await records.changed(first.cursor, 100)).incidents).toEqual(['INC-3']);
      });

      it('goes on where a page ended, and misses nothing', async () => {
        for (const incident of ['INC-1', 'INC-2', 'INC-3']) await line(incident, 'a');
        for (const n of [4, 5]) await records.decisions.give({ ...decision, id: `d${n}`, incident: `INC-${n}` });

        const seen: string[] = [];
        let cursor = from;
        for (;;) {
          const page = await records.changed(cursor, 1);
          if (page.incidents.length === 0) break;
          seen.push(...page.incidents);
          cursor = page.cursor;
        }
        expect(seen.toSorted()).toEqual(['INC-1', 'INC-2', 'INC-3', 'INC-4', 'INC-5']);
      });

      it('starts from now for whoever asks past the end', async () => {
        await line('INC-1', 'a');
        const past = { timeline: Number.MAX_SAFE_INTEGER, chain: Number.MAX_SAFE_INTEGER };
        const now = await records.changed(past, 100);
        expect(now).toEqual({ incidents: [], cursor: { timeline: 1, chain: 0 } });
        await line('INC-2', 'a');
        expect((await records.changed(now.cursor, 100)).incidents).toEqual(['INC-2']);
      });
    });
  });
}
