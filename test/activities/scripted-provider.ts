import { setImmediate } from 'node:timers/promises';
import { type Effect, type EffectSeams, effectKey, undoKey } from '../../activities/apply-effect.js';
import type { Answer, Change, Fence, Seen, SendOptions } from '../../activities/connectors/contract.js';
import { ConnectorError } from '../../activities/connectors/contract.js';
import type { ActingClass } from '../../activities/effect-rules.js';
import { Secret } from '../../activities/secrets/secret.js';
import type { Effects } from '../../records/records.js';

/** The process is gone: kill -9. */
export class Died extends Error {}

/**
 * How a send goes. `lost`: applied, no answer · `stall`: no answer, applied by `land` unless the fence refuses it ·
 * `dies`: applied, then the process dies · `dies before`: it dies before anything left.
 */
export type Script =
  | 'ok'
  | 'lost'
  | 'stall'
  | 'dies'
  | 'dies before'
  | 'throttled'
  | 'denied'
  | 'gone'
  | '500'
  | { pause: () => Promise<void> };

/**
 * A provider in memory with a clock that only tests move: values with a past, keys with dates, requests that arrive late,
 * and the fence that refuses them when they are older than `lateMs`.
 */
export class ScriptedProvider {
  now = 1_000_000_000_000;
  readonly lateMs = 300_000;
  readonly lagMs = 60_000;
  /** Reads show only what is older than the lag. */
  lagging = false;
  fenced = true;
  limit = 2;
  /** Keys carry no date. */
  undated = false;
  unreadable?: ConnectorError;
  readonly script: Script[] = [];
  readonly sent: string[] = [];
  readonly #values = new Map<string, { value: unknown; at: number }[]>();
  readonly #keys: { user: string; id: string; createdAt: number }[] = [];
  readonly #flying: { signedAt: number; land(): unknown }[] = [];

  readonly clock = { now: () => this.now };
  readonly fence: Fence = { kind: 'signature', lateSeconds: 300, lagSeconds: 60, skewSeconds: 5 };
  readonly quietMs = 365_000;

  set(name: string, value: unknown): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), { value, at: this.now }]);
  }

  truth(name: string): unknown {
    return this.#values.get(name)?.at(-1)?.value ?? null;
  }

  /** What a read may show, at worst. */
  #visible(name: string): unknown {
    const past = this.#values.get(name) ?? [];
    const shown = this.lagging ? (past.findLast(({ at }) => at <= this.now - this.lagMs) ?? past[0]) : past.at(-1);
    return shown?.value ?? null;
  }

  pass(ms: number): void {
    this.now += ms;
  }

  /** Requests under way arrive now; the fence refuses those that were signed too long ago. */
  land(): void {
    for (const { signedAt, land } of this.#flying.splice(0)) {
      if (!this.fenced || this.now - signedAt < this.lateMs) land();
    }
  }

  addKey(user: string, id: string, value = 'Active'): void {
    this.#keys.push({ user, id, createdAt: this.now });
    this.set(`key/${id}`, value);
  }

  activeKeys(user: string): string[] {
    return this.#keys
      .filter((key) => key.user === user && this.truth(`key/${key.id}`) === 'Active')
      .map(({ id }) => id);
  }

  async #send(what: string, { signedAt }: SendOptions, apply: () => Answer): Promise<Answer> {
    this.sent.push(what);
    const next = this.script.shift() ?? 'ok';
    if (typeof next === 'object') await next.pause();
    if (this.fenced && this.now - signedAt >= this.lateMs) return { kind: 'throttled', afterSeconds: 0 };
    switch (next) {
      case 'lost':
        apply();
        return { kind: 'unknown', reason: 'no answer' };
      case 'stall':
        this.#flying.push({ signedAt, land: apply });
        return { kind: 'unknown', reason: 'no answer' };
      case 'dies':
        apply();
        throw new Died();
      case 'dies before':
        throw new Died();
      case 'throttled':
        return { kind: 'throttled', afterSeconds: 1 };
      case 'denied':
        return { kind: 'denied', code: 'permission-denied', reason: `cannot ${what}: grant it` };
      case 'gone':
        return { kind: 'gone' };
      case '500':
        return { kind: 'unknown', reason: 'HTTP 500' };
      default:
        return apply();
    }
  }

  async #look<T>(look: () => T): Promise<T> {
    if (this.unreadable !== undefined) throw this.unreadable;
    return look();
  }

  property(name: string): Change {
    return {
      target: name,
      read: () => this.#look(() => ({ state: this.#visible(name), providerTime: this.now })),
      apply: (args, options) =>
        this.#send(`${name} := ${String(args)}`, options, () => {
          if (this.truth(name) === null) return { kind: 'gone' };
          this.set(name, args);
          return { kind: 'applied', evidence: {} };
        }),
    };
  }

  existence(name: string): Change {
    return {
      target: `${name}/existence`,
      read: () => this.#look(() => ({ state: this.#visible(name) })),
      apply: (_args, options) =>
        this.#send(`delete ${name}`, options, () => {
          if (this.truth(name) === null) return { kind: 'gone' };
          this.set(name, null);
          return { kind: 'applied', evidence: {} };
        }),
    };
  }

  keys(user: string): Change {
    const own = () => this.#keys.filter((key) => key.user === user && this.truth(`key/${key.id}`) !== null);
    return {
      target: `user/${user}/keys`,
      read: () =>
        this.#look((): Seen => {
          const shown = own().filter(({ createdAt }) => !this.lagging || createdAt <= this.now - this.lagMs);
          return {
            state: shown.map(({ id }) => id),
            items: shown.map(({ id, createdAt }) => ({
              id,
              active: this.#visible(`key/${id}`) === 'Active',
              ...(!this.undated && { createdAt: Math.floor(createdAt / 1000) * 1000 }),
            })),
            providerTime: this.now,
          };
        }),
      apply: (_args, options) =>
        this.#send(`create for ${user}`, options, () => {
          if (own().length >= this.limit)
            return { kind: 'limit', reason: `${user} has two keys; free one, then retry` };
          const id = `K${1 + this.#keys.filter((key) => key.id.startsWith('K')).length}`;
          this.addKey(user, id);
          return { kind: 'applied', evidence: {}, id, secret: new Secret(`secret-of-${id}`) };
        }),
    };
  }

  messages(name: string): Change {
    return {
      target: `messages/${name}`,
      read: () => this.#look(() => ({ state: this.#visible(name) })),
      apply: (_args, options) =>
        this.#send(`tell ${name}`, options, () => {
          this.set(name, { number: 1 + (this.#values.get(name)?.length ?? 0) });
          return { kind: 'applied', evidence: {}, after: this.truth(name) };
        }),
    };
  }

  messagesSent(name: string): number {
    return this.#values.get(name)?.length ?? 0;
  }

  effect(
    change: Change,
    cls: ActingClass,
    args: unknown,
    over: { incident?: string; generation?: number } = {},
  ): Effect {
    const incident = over.incident ?? 'INC-1';
    const name = { incident, step: 'a.step', verb: cls, target: change.target, generation: over.generation ?? 1 };
    const disableStray = (id: string) => ({ change: this.property(`key/${id}`), args: 'Inactive' });
    return {
      key: effectKey(name),
      incident,
      planDigest: 'digest',
      intent: { class: cls, change, args, disableStray },
      fence: this.fence,
    };
  }

  undoing(forward: Effect, incidentKeys?: string[]): Effect {
    return { ...forward, key: undoKey(forward.key), undoes: forward.key, ...(incidentKeys && { incidentKeys }) };
  }

  seams(effects: Effects): EffectSeams {
    return {
      effects,
      clock: this.clock,
      seal: (value, context) => `sealed(${value.reveal()})for(${context})`,
      random: () => 0,
      pause: async (ms) => {
        this.now += ms;
        await setImmediate();
      },
    };
  }
}

/** The seams of a process that dies at its `call`th call to records (from 1); the dead make no later ones. */
export function dyingAt(seams: EffectSeams, call: number): EffectSeams {
  let calls = 0;
  const effects = new Proxy(seams.effects, {
    get(target, name: keyof Effects) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        calls += 1;
        if (calls >= call) throw new Died();
        return await method(...args);
      };
    },
  });
  return { ...seams, effects };
}

/** The same effect, which sees its target by `read`. */
export function seeing(effect: Effect, read: Change['read']): Effect {
  return { ...effect, intent: { ...effect.intent, change: { ...effect.intent.change, read } } };
}

export const unavailable = new ConnectorError('unavailable', 'cannot look: no answer');
