import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Records } from '../../records/records.js';
import { alert, opening, runs } from './describe-records.js';

/** What every implementation of records promises about incidents that answer for what another one found. */
export function describeChildren(name: string, open: () => Promise<Records>): void {
  describe(`children in records: ${name}`, () => {
    let records: Records;
    beforeEach(async () => {
      records = await open();
    });
    afterEach(() => records.close());

    const leak = (claim: string) => records.receive(alert(`leak ${claim}`, [claim]), opening);
    const found = (parent: string, claim: string, own = records) =>
      own.receive({ ...alert(`${parent}/${claim}`, [claim]), source: 'incident' }, foundBy(parent));

    it('opens a child once, whoever asks again', async () => {
      await leak('aws:A');
      const first = await found('INC-1', 'aws:B');
      const again = await found('INC-1', 'aws:B');

      expect(first).toEqual({ id: 2, incident: 'INC-2', joined: false, duplicate: false });
      expect(again).toEqual({ ...first, duplicate: true });
      expect(await records.incidents.get('INC-2')).toMatchObject({ parent: 'INC-1', openedBy: 'incident:INC-1' });
      expect(await records.incidents.children('INC-1')).toEqual([
        { claim: 'aws:B', id: 'INC-2', opened: true, stage: 'opening', waiting: '', held: '' },
      ]);
    });

    it('links the incident that answers for it already, and gives it no parent', async () => {
      await leak('aws:A');
      await leak('aws:B');
      const linked = await found('INC-1', 'aws:B');

      expect(linked).toMatchObject({ incident: 'INC-2', joined: true });
      expect(await records.incidents.children('INC-1')).toMatchObject([{ id: 'INC-2', opened: false }]);
      expect((await records.incidents.get('INC-2'))?.parent).toBeUndefined();
      expect(await records.incidents.parents('INC-2')).toEqual(['INC-1']);
    });

    it('refuses the credential of the incident itself, and keeps that it was found', async () => {
      await leak('aws:A');
      const refused = await found('INC-1', 'aws:A');

      expect(refused).toEqual({ id: 2, incident: '', joined: false, duplicate: false, ancestor: 'INC-1' });
      expect(await found('INC-1', 'aws:A')).toEqual({ ...refused, duplicate: true });
      expect(await records.incidents.children('INC-1')).toEqual([]);
      expect((await records.incidents.get('INC-1'))?.alerts).toBe(1);
      expect(await records.inbox.unsettled(10)).toEqual([]);
    });

    it('refuses an ancestor, alive or closed, however far above', async () => {
      await leak('aws:A');
      await found('INC-1', 'aws:B');
      await found('INC-2', 'aws:C');
      expect(await found('INC-3', 'aws:A')).toMatchObject({ incident: '', ancestor: 'INC-1' });

      await records.incidents.close('INC-2', 'dead', 50);
      expect(await found('INC-3', 'aws:B')).toMatchObject({ incident: '', ancestor: 'INC-2' });
    });

    it('refuses what found it live, so that no two wait for each other', async () => {
      await leak('aws:A');
      await leak('aws:B');
      await found('INC-1', 'aws:B');

      expect(await found('INC-2', 'aws:A')).toMatchObject({ incident: '', ancestor: 'INC-1' });
    });

    it('refuses what an incident was about that joined an ancestor', async () => {
      await leak('github:a#1');
      await leak('aws:A');
      await records.incidents.close('INC-1', 'joined', 20, 'INC-2');
      await found('INC-2', 'aws:B');

      expect(await found('INC-3', 'github:a#1')).toMatchObject({ incident: '' });
    });

    it('takes a credential that is only looked at into a child that acts', async () => {
      await leak('aws:A');
      await records.receive(alert('look', ['aws:B']), { ...opening, observe: true });

      expect(await found('INC-1', 'aws:B')).toMatchObject({ incident: 'INC-3', joined: false });
    });

    it('names who answers now for a child that joined another incident', async () => {
      await leak('aws:A');
      await found('INC-1', 'alias:B');
      await leak('aws:B');
      await records.incidents.close('INC-2', 'joined', 20, 'INC-3');

      expect(await records.incidents.children('INC-1')).toMatchObject([
        { claim: 'alias:B', id: 'INC-3', opened: true },
      ]);
    });

    it('says when a child was contained, and how it closed', async () => {
      await leak('aws:A');
      await found('INC-1', 'aws:B');
      const moment = { kind: 'moment', step: '', generation: 1, line: 'contained', data: { moment: 'contained' } };
      await records.timeline.append({ ...moment, incident: 'INC-2', at: 70, key: 'moment/contained' });
      expect(await records.incidents.children('INC-1')).toMatchObject([{ id: 'INC-2', containedAt: 70 }]);

      await records.incidents.close('INC-2', 'dead', 90);
      expect(await records.incidents.children('INC-1')).toMatchObject([{ closedAt: 90, closedAs: 'dead' }]);
    });

    it('never lets an incident stand above itself, whatever finds whatever', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ finder: fc.nat(6), credential: fc.nat(6), close: fc.nat(9) }), { maxLength: 25 }),
          async (finds) => {
            const own = await open();
            try {
              await own.receive(alert('leak', ['c0']), opening);
              for (const { finder, credential, close } of finds) {
                const incidents = await own.incidents.list({ state: 'open', limit: 200 });
                const parent = incidents[finder % incidents.length]?.id;
                if (parent === undefined) break;
                await found(parent, `c${credential}`, own);
                if (close === 0) await own.incidents.close(parent, 'dead', 99);
              }
              for (const { id } of await own.incidents.list({ state: 'all', limit: 200 })) {
                expect(await above(own, id)).not.toContain(id);
              }
            } finally {
              await own.close();
            }
          },
        ),
        { numRuns: runs(25) },
      );
    });
  });
}

const foundBy = (parent: string) => ({ by: `incident:${parent}`, observe: false, parent });

async function above(records: Records, id: string): Promise<Set<string>> {
  const known = new Set<string>();
  const next = [...(await records.incidents.parents(id))];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (known.has(one)) continue;
    known.add(one);
    next.push(...(await records.incidents.parents(one)));
  }
  return known;
}
