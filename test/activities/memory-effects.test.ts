import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BeginEffect, Effects, Records } from '../../records/records.js';
import { type EffectTable, MemoryEffects } from './memory-effects.js';
import { openEffects } from './open-effects.js';

let records: Records;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ records, remove } = await openEffects());
});
afterAll(() => remove());

type Call = { [Method in keyof Effects]: { method: Method; args: Parameters<Effects[Method]> } }[keyof Effects];

const LAST = 12;
/** In a finish: whatever epoch the row has. */
const CURRENT = 0;
const time = fc.integer({ min: 1, max: LAST });
const name = fc.constantFrom('a', 'b', 'c', 'd');
const json = fc.constantFrom(null, 'Active', { state: null }, { state: 'Active', ids: ['K0'], at: 3 });
const lettersOf = (run: number) => ({
  key: (letter: string) => `INC-${run}/s/v/${letter}/1`,
  // two keys to a target, so that every rule about others is met
  target: (letter: string) => `t${run}/${letter === 'a' || letter === 'b' ? 'ab' : 'cd'}`,
  incident: `INC-${run}`,
});

/** One call, about the keys, targets and times of one run. */
function calls(run: number): fc.Arbitrary<Call> {
  const { key, target, incident } = lettersOf(run);
  const begin = fc
    .record({
      of: name,
      undoes: fc.option(name),
      mode: fc.constantFrom<BeginEffect['mode']>('repeat', 'wait', 'once', 'settle'),
      class: fc.constantFrom('contain', 'undo', 'replace'),
      args: json,
      before: json,
      lookedAt: time,
      now: time,
      quietMs: fc.integer({ min: 0, max: LAST }),
    })
    .map(({ of, undoes, ...rest }): Call => {
      const effect = { ...rest, key: key(of), target: target(of), incident, planDigest: 'p' };
      return { method: 'begin', args: [{ ...effect, undoes: undoes === null ? '' : key(undoes) }] };
    });
  const finish = fc
    .record({
      of: name,
      epoch: fc.oneof({ weight: 3, arbitrary: fc.constant(CURRENT) }, fc.integer({ min: 1, max: 4 })),
      state: fc.constantFrom('intent' as const, 'done' as const, 'not_applied' as const, 'needs_human' as const),
      outcome: fc.constantFrom(undefined, { id: 'K1' }, { strays: ['K2', 'K3'], line: 'l' }),
      sealed: fc.constantFrom(undefined, 'box'),
      clear: fc.boolean(),
      now: time,
      lagMs: fc.integer({ min: 0, max: 3 }),
    })
    .map(
      ({ of, outcome, sealed, ...rest }): Call => ({
        method: 'finish',
        args: [{ ...rest, key: key(of), ...(outcome && { outcome }), ...(sealed !== undefined && { sealed }) }],
      }),
    );
  const about = fc.record({ of: name, now: time });
  return fc.oneof(
    { weight: 6, arbitrary: begin },
    { weight: 4, arbitrary: finish },
    about.map(({ of, now }): Call => ({ method: 'close', args: [key(of), incident, target(of), 'closed', 'by', now] })),
    about.map(({ of }): Call => ({ method: 'read', args: [key(of)] })),
    about.map(({ of }): Call => ({ method: 'othersQuietAt', args: [target(of), key(of)] })),
    about.map(({ of }): Call => ({ method: 'recordedIds', args: [target(of), key(of)] })),
    about.map(({ of, now }): Call => ({ method: 'dropSealed', args: [key(of), now] })),
    about.map((): Call => ({ method: 'ofIncident', args: [incident] })),
  );
}

it('answers every sequence of calls as the SQL does', async () => {
  const memory = new MemoryEffects();
  let run = 0;
  const sequence = fc.array(calls(0), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(sequence, async (asked) => {
      run += 1;
      const mine = (value: unknown) =>
        JSON.parse(JSON.stringify(value).replaceAll('INC-0', `INC-${run}`).replaceAll('t0/', `t${run}/`));
      for (const call of asked) {
        const { method, args } = mine(call) as Call;
        if (method === 'finish' && args[0].epoch === CURRENT) args[0].epoch = memory.read(args[0].key)?.epoch ?? 1;
        const real = await (records.effects[method] as (...given: unknown[]) => Promise<unknown>)(...args);
        const got = (memory[method] as (...given: unknown[]) => unknown)(...args);
        expect(got, JSON.stringify({ method, args })).toEqual(real);
      }
      const open = (rows: ReturnType<EffectTable['open']>) =>
        rows.map(({ key, quietAt }) => `${quietAt} ${key}`).sort();
      expect(open(memory.open(LAST))).toEqual(open(await records.effects.open(LAST)));
    }),
    { numRuns: 300, seed: 20261124 },
  );
}, 60_000);
