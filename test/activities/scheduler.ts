import type { Effect, EffectSeams } from '../../activities/apply-effect.js';
import type { Change } from '../../activities/connectors/contract.js';
import { Later } from '../../activities/contract.js';
import type { Effects } from '../../records/records.js';
import { Died, type Script, type ScriptedProvider } from './scripted-provider.js';

/** One who attempts something until it ends, dies too often, or the schedule is over. */
export interface Actor {
  name: string;
  effect: Effect;
  attempt(effect: Effect, seams: EffectSeams): Promise<{ state: string }>;
  /** Times it may be killed; after each it starts anew. */
  deaths: number;
}

export interface Ended {
  name: string;
  /** State of its outcome, `failed` (it threw), or `gave up`. */
  said: string;
}

type Standing =
  | { at: 'gate'; op: string; go(script?: Script): void; die(): void }
  | { at: 'asleep'; until: number }
  | { at: 'end'; said: string };

/** A schedule is longer than this only if somebody waits for ever. */
const STEPS = 300;

/**
 * Runs actors against one provider and one set of records, one operation at a time. Between any two operations another
 * actor may go on, one may die, requests under way may arrive, or time may pass; `choices` decides, 0 being the plain
 * course. Ends when everybody has ended. Answers what each said last.
 */
export async function schedule(
  actors: Actor[],
  provider: ScriptedProvider,
  effects: Effects,
  faults: Script[],
  choices: number[],
): Promise<Ended[]> {
  const stream = [...choices];
  const choose = (count: number): number => (stream.shift() ?? 0) % count;
  const running = actors.map((actor) => new Running(actor, provider, effects));
  for (const one of running) await one.start();
  let jumps = 4;

  for (let step = 0; step < STEPS; step += 1) {
    const actions: (() => Promise<void> | void)[] = [];
    for (const one of running) {
      const { now } = one;
      if (now.at === 'gate') {
        actions.push(() => one.go(now.op === 'apply' ? faults[choose(faults.length)] : undefined));
      } else if (now.at === 'asleep' && now.until <= provider.now) {
        actions.push(() => one.start());
      }
    }
    const sleepers = running.flatMap(({ now }) => (now.at === 'asleep' ? [now.until] : []));
    const soonest = Math.min(...sleepers);
    if (sleepers.length > 0 && soonest > provider.now) {
      actions.push(() => {
        provider.now = soonest;
      });
    }
    if (actions.length === 0) break;
    for (const one of running) if (one.now.at === 'gate' && one.deaths > 0) actions.push(() => one.die());
    actions.push(() => provider.land());
    if (jumps > 0) {
      for (const ms of [provider.lagMs, provider.quietMs]) {
        actions.push(() => {
          jumps -= 1;
          provider.pass(ms);
        });
      }
    }
    await actions[choose(actions.length)]?.();
  }
  for (const one of running) if (one.now.at !== 'end') await one.giveUp();
  return running.map(({ actor: { name }, now }) => ({ name, said: now.at === 'end' ? now.said : 'gave up' }));
}

class Running {
  now: Standing = { at: 'end', said: 'gave up' };
  deaths: number;
  #stood: () => void = () => {};
  #dead = false;

  constructor(
    readonly actor: Actor,
    readonly provider: ScriptedProvider,
    readonly effects: Effects,
  ) {
    this.deaths = actor.deaths;
  }

  /** Runs until it stands at its next operation, sleeps or ends. */
  async start(): Promise<void> {
    this.#dead = false;
    await this.#until(() => {
      this.#attempt().then(
        (said) => this.#stand({ at: 'end', said }),
        (error: unknown) => {
          if (error instanceof Later) this.#stand({ at: 'asleep', until: error.until });
          else if (error instanceof Died) this.#stand({ at: 'asleep', until: this.provider.now });
          else this.#stand({ at: 'end', said: 'failed' });
        },
      );
    });
  }

  async go(script?: Script): Promise<void> {
    const { now } = this;
    if (now.at === 'gate') await this.#until(() => now.go(script));
  }

  async die(): Promise<void> {
    const { now } = this;
    if (now.at !== 'gate') return;
    this.deaths -= 1;
    this.#dead = true;
    await this.#until(() => now.die());
  }

  async giveUp(): Promise<void> {
    await this.die();
    this.now = { at: 'end', said: 'gave up' };
  }

  #until(act: () => void): Promise<void> {
    return new Promise((stood) => {
      this.#stood = stood;
      act();
    });
  }

  #stand(standing: Standing): void {
    this.now = standing;
    this.#stood();
  }

  async #attempt(): Promise<string> {
    const { effect, attempt } = this.actor;
    const change = this.#gated(effect.intent.change);
    const disableStray = (id: string) => {
      const off = effect.intent.disableStray?.(id);
      if (off === undefined) throw new Error('cannot switch off');
      return { ...off, change: this.#gated(off.change) };
    };
    const effects = new Proxy(this.effects, {
      get: (target, name: keyof Effects) => {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          await this.#gate(name);
          return await method(...args);
        };
      },
    });
    const gated = { ...effect, intent: { ...effect.intent, change, disableStray } };
    return (await attempt(gated, this.provider.seams(effects))).state;
  }

  #gated(change: Change): Change {
    return {
      target: change.target,
      read: async () => {
        await this.#gate('read');
        return await change.read();
      },
      apply: async (args, options) => {
        const script = await this.#gate('apply');
        this.provider.script.length = 0;
        if (script !== undefined) this.provider.script.push(script);
        return await change.apply(args, options);
      },
    };
  }

  #gate(op: string): Promise<Script | undefined> {
    if (this.#dead) return Promise.reject(new Died());
    return new Promise((go, fail) => this.#stand({ at: 'gate', op, go, die: () => fail(new Died()) }));
  }
}
