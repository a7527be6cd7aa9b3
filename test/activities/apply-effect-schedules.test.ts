import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEffect, type Effect } from '../../activities/apply-effect.js';
import { Later } from '../../activities/contract.js';
import { settle } from '../../activities/settle.js';
import type { EffectRow, Records } from '../../records/records.js';
import { openEffects } from './open-effects.js';
import { type Actor, type Ended, schedule } from './scheduler.js';
import { type Script, ScriptedProvider } from './scripted-provider.js';

let records: Records;
let remove: () => Promise<void>;
let run = 0;
beforeAll(async () => {
  ({ records, remove } = await openEffects());
});
afterAll(() => remove());

/** How many schedules a scenario is tried with; the seed makes a failure come again. */
const RUNS = Number(process.env.FIREBREAK_SCHEDULES ?? 150);
const SEED = Number(process.env.FIREBREAK_SEED ?? 20261124);

interface World {
  provider: ScriptedProvider;
  /** Unique to this run. */
  name: string;
}
interface Scenario {
  /** Given first to `set up`, then to `actors`. */
  faults: Script[];
  setUp(world: World): void;
  actors(world: World): Actor[];
  check(world: World, said: Ended[], rowOf: (effect: Effect) => Promise<EffectRow | undefined>): Promise<void>;
}

const doing = (name: string, effect: Effect, deaths = 1): Actor => ({ name, effect, attempt: applyEffect, deaths });

async function tryAll(scenario: Scenario): Promise<void> {
  const choices = fc.array(fc.nat(999), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(choices, fc.boolean(), async (chosen, lagging) => {
      run += 1;
      const provider = new ScriptedProvider();
      const world = { provider, name: `x${run}` };
      provider.limit = 99;
      scenario.setUp(world);
      provider.pass(3_600_000);
      provider.lagging = lagging;
      const actors = scenario.actors(world);
      const said = await schedule(actors, provider, records.effects, scenario.faults, chosen);

      provider.script.length = 0;
      for (const effect of new Map(actors.map((actor) => [actor.effect.key, actor.effect])).values()) {
        await reconcile(effect, provider);
      }
      provider.pass(provider.quietMs);
      provider.land();
      await scenario.check(world, said, (effect) => records.effects.read(effect.key));
      expect((await records.effects.open(provider.now)).filter((row) => row.incident === `INC-${world.name}`)).toEqual(
        [],
      );
    }),
    { numRuns: RUNS, seed: SEED },
  );
  expect((await records.verify()).ok).toBe(true);
}

/** What the reconciler does with rows that nobody finishes: nested ones are run to their end by it. */
async function reconcile(effect: Effect, provider: ScriptedProvider): Promise<void> {
  const row = await records.effects.read(effect.key);
  for (let tries = 0; row?.state === 'intent'; tries += 1) {
    try {
      await settle(effect, provider.seams(records.effects));
      break;
    } catch (error) {
      if (!(error instanceof Later) || tries > 5) throw error;
      provider.now = Math.max(error.until, provider.now);
    }
  }
  const nested = (await records.effects.ofIncident(effect.incident)).filter(
    ({ state, target }) => state === 'intent' && target.startsWith('key/'),
  );
  for (const { key, target } of nested) {
    provider.pass(provider.quietMs);
    await settle(
      { ...provider.effect(provider.property(target), 'contain', 'Inactive'), key },
      provider.seams(records.effects),
    );
  }
}

const over = ({ name }: World) => ({ incident: `INC-${name}` });
const disabling = (world: World, generation = 1) =>
  world.provider.effect(world.provider.property(world.name), 'contain', 'Inactive', { ...over(world), generation });
const replacing = (world: World) => world.provider.effect(world.provider.keys(world.name), 'replace', {}, over(world));

describe('any schedule of two attempts, with a crash at any await and any answer', () => {
  it('contain: done means that we set it and nothing of ours changes it back', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled', 'denied'],
      setUp: ({ provider, name }) => provider.set(name, 'Active'),
      actors: (world) => [doing('a', disabling(world)), doing('b', disabling(world))],
      check: async (world, said, rowOf) => {
        const row = await rowOf(disabling(world));
        const truth = world.provider.truth(world.name);
        if (row?.state === 'done' || said.some((end) => end.said === 'done')) expect(truth).toBe('Inactive');
        if (row?.state === 'not_applied') expect(truth).toBe('Active');
        if (row?.sure) expect(row.before).toEqual({ state: 'Active' });
      },
    }));

  it('undo of contain: done means as before us for good, nothing means that nothing will come', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled'],
      setUp: ({ provider, name }) => provider.set(name, 'Active'),
      actors: (world) => [doing('a', disabling(world)), doing('u', world.provider.undoing(disabling(world)))],
      check: async (world, said, rowOf) => {
        const [row, undo] = [await rowOf(disabling(world)), await rowOf(world.provider.undoing(disabling(world)))];
        const truth = world.provider.truth(world.name);
        if (undo?.state === 'done' || said[1]?.said === 'done' || said[1]?.said === 'nothing')
          expect(truth).toBe('Active');
        if (row?.state === 'done' && row.undoneBy === undefined) expect(truth).toBe('Inactive');
      },
    }));

  it('two generations and an undo of the first: whoever says done is right', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled'],
      setUp: ({ provider, name }) => provider.set(name, 'Active'),
      actors: (world) => [
        doing('a', disabling(world)),
        doing('u', world.provider.undoing(disabling(world))),
        doing('b', disabling(world, 2)),
      ],
      check: async (world, said, rowOf) => {
        const second = await rowOf(disabling(world, 2));
        if (second?.state === 'done' || said[2]?.said === 'done')
          expect(world.provider.truth(world.name)).toBe('Inactive');
        if (second?.sure) expect([second.before]).toContainEqual({ state: expect.stringMatching(/^(A|Ina)ctive$/) });
      },
    }));

  it('replace: done means exactly one live key of ours, with its sealed secret; else none', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled'],
      setUp: ({ provider, name }) => provider.addKey(name, `OLD-${name}`),
      actors: (world) => [doing('a', replacing(world)), doing('b', replacing(world))],
      check: async (world, said, rowOf) => {
        const row = await rowOf(replacing(world));
        const live = world.provider.activeKeys(world.name);
        if (row?.state === 'done') {
          expect(live).toEqual([`OLD-${world.name}`, row.outcome?.id]);
          expect(row.sealed).toContain(`secret-of-${row.outcome?.id}`);
        } else {
          expect(live).toEqual([`OLD-${world.name}`]);
          expect(said.map((end) => end.said)).not.toContain('done');
        }
      },
    }));

  it('undo of replace: done means that no key of ours is live, and no older one was touched', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled'],
      setUp: ({ provider, name }) => provider.addKey(name, `OLD-${name}`),
      actors: (world) => [doing('a', replacing(world)), doing('u', world.provider.undoing(replacing(world)))],
      check: async (world, said, rowOf) => {
        const undo = await rowOf(world.provider.undoing(replacing(world)));
        const live = world.provider.activeKeys(world.name);
        expect(live).toContain(`OLD-${world.name}`);
        if (undo?.state === 'done' || said[1]?.said === 'nothing') expect(live).toEqual([`OLD-${world.name}`]);
      },
    }));

  it('destroy: done means gone, and that we had asked', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled', 'denied'],
      setUp: ({ provider, name }) => provider.set(name, 'Inactive'),
      actors: (world) => {
        const destroy = world.provider.effect(world.provider.existence(world.name), 'destroy', null, over(world));
        return [doing('a', destroy), doing('b', destroy)];
      },
      check: async ({ provider, name }, said) => {
        if (said.some((end) => end.said === 'done')) expect(provider.truth(name)).toBeNull();
      },
    }));

  it('tell: exactly one message', () =>
    tryAll({
      faults: ['ok', 'lost', 'stall', 'throttled'],
      setUp: () => {},
      actors: (world) => {
        const tell = world.provider.effect(world.provider.messages(world.name), 'tell', {}, over(world));
        return [doing('a', tell), doing('b', tell)];
      },
      check: async ({ provider, name }, said) => {
        expect(provider.messagesSent(name)).toBeLessThanOrEqual(1);
        if (said.some((end) => end.said === 'done')) expect(provider.messagesSent(name)).toBe(1);
      },
    }));
});
