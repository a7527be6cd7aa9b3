import { type EffectSeams, effectKey } from '../../../activities/apply-effect.js';
import { type Answer, type Change, ConnectorError, type Seen } from '../../../activities/connectors/contract.js';
import { Later, StepFailed } from '../../../activities/contract.js';
import type { Effect } from '../../../activities/effect.js';
import type { ActingClass } from '../../../activities/effect-rules.js';
import { Secret } from '../../../activities/secrets/secret.js';
import type { SecretStore } from '../../../activities/secrets/store.js';
import type { Effects } from '../../../records/records.js';
import { RecordsError } from '../../../records/records-error.js';
import { FENCE, type Look, type Request } from './provider.js';

/** What the real code waits for: every await of it is one of these. */
export type Op =
  | { kind: 'records'; method: keyof Effects; args: unknown[] }
  | { kind: 'look'; look: Look }
  | { kind: 'send'; request: Request; signedAt: number }
  | { kind: 'pause' };

/** What came of an op, and when. */
export interface Step {
  op: Op;
  at: number;
  value?: unknown;
  /** It threw: the provider is not there, or records are locked. */
  fails?: 'unavailable' | 'locked';
}

/** An attempt as far as it has come; nothing else decides where the code stands. */
export interface Past {
  startedAt: number;
  steps: readonly Step[];
  /** All of the above as text. */
  text: string;
  /** The same without the times at which the code did not look at its clock. */
  seen: string;
}

type PlaceAt =
  | { at: 'gate'; op: Op }
  /** It asks to be run again. */
  | { at: 'later'; until: number }
  | { at: 'end'; said: string };
/** Where the code came to, and whether it looked at its clock since the last step. */
export type Place = PlaceAt & { timed: boolean };

/** What an attempt is given: the seams of the real code, and changes of every class. */
export interface Hands extends EffectSeams {
  now(): number;
  store: SecretStore;
  open(box: string, context: string): Secret;
  change(look: Look, target: string, request: (args: unknown) => Request): Change;
  effect(cls: ActingClass, name: string, args: unknown, over?: Over): Effect;
}
interface Over {
  incident?: string;
  generation?: number;
  /** For `store`: what must be there. */
  replaces?: string;
}
export type Attempt = (hands: Hands) => Promise<{ state: string }>;

/** Runs the real code along what has happened so far, to the place where it waits for something new. */
export function stand(attempt: Attempt, { startedAt, steps }: Past): Promise<Place> {
  return new Promise((resolve, broken) => {
    let now = startedAt;
    let next = 0;
    let timed = false;
    const standing = (place: PlaceAt) => resolve({ ...place, timed });
    const clock = () => {
      timed = true;
      return now;
    };
    const ask = (op: Op): Promise<unknown> => {
      const step = steps[next];
      next += 1;
      if (step === undefined) {
        standing({ at: 'gate', op });
        return new Promise(() => {});
      }
      now = step.at;
      timed = false;
      if (step.fails === undefined) return Promise.resolve(step.value);
      return Promise.reject(
        step.fails === 'locked' ? new RecordsError('locked', 'busy') : new ConnectorError(step.fails, 'HTTP 503'),
      );
    };
    attempt(handsOf(ask, clock)).then(
      ({ state }) => standing({ at: 'end', said: state }),
      (error: unknown) => {
        if (error instanceof Later) standing({ at: 'later', until: error.until });
        else if (error instanceof RecordsError) standing({ at: 'later', until: now });
        else if (error instanceof StepFailed) standing({ at: 'end', said: `failed: ${error.code}` });
        else broken(error);
      },
    );
  });
}

const METHODS: Record<keyof Effects, true> = {
  begin: true,
  finish: true,
  close: true,
  read: true,
  othersQuietAt: true,
  recordedIds: true,
  ofIncident: true,
  dropSealed: true,
  open: true,
};

export function handsOf(ask: (op: Op) => Promise<unknown>, now: () => number): Hands {
  const records = (method: keyof Effects) => [method, (...args: unknown[]) => ask({ kind: 'records', method, args })];
  const effects = Object.fromEntries((Object.keys(METHODS) as (keyof Effects)[]).map(records)) as unknown as Effects;
  const change: Hands['change'] = (look, target, request) => ({
    target,
    read: async () => (await ask({ kind: 'look', look })) as Seen,
    apply: async (args, { signedAt }) => {
      const answer = (await ask({ kind: 'send', request: request(args), signedAt })) as Answer;
      return answer.kind === 'applied' && answer.id !== undefined && look.kind === 'keys'
        ? { ...answer, secret: new Secret(`secret of ${answer.id}`) }
        : answer;
    },
  });
  const property = (name: string): Change =>
    change({ kind: 'property', name }, name, (args) => ({ kind: 'set', name, value: args }));
  const changeOf = (cls: ActingClass, name: string, replaces: string): Change => {
    switch (cls) {
      case 'replace':
        return change({ kind: 'keys' }, 'user/keys', () => ({ kind: 'create' }));
      case 'tell':
        return change({ kind: 'messages' }, 'messages', () => ({ kind: 'tell' }));
      case 'destroy':
      case 'burn':
        return change({ kind: 'existence', name }, `${name}/existence`, () => ({ kind: 'delete', name }));
      case 'store':
        return change({ kind: 'held', name }, name, (args) => ({ kind: 'put', name, value: String(args), replaces }));
      default:
        return property(name);
    }
  };
  return {
    now,
    effects,
    clock: { now },
    random: () => 0,
    deadline: () => new AbortController().signal,
    pause: async () => void (await ask({ kind: 'pause' })),
    seal: (secret, context) => `sealed ${secret.reveal()} for ${context}`,
    open: (box, context) => new Secret(box.slice('sealed '.length, -` for ${context}`.length)),
    store: storeOf(ask, now),
    change,
    effect: (cls, name, args, over = {}) => {
      const { incident = 'INC-1', generation = 1, replaces = '' } = over;
      const made = changeOf(cls, name, replaces);
      return {
        key: effectKey({ incident, step: 'step', verb: cls, target: made.target, generation }),
        incident,
        planDigest: '',
        intent: {
          class: cls,
          change: made,
          args,
          disableStray: (id) => ({ change: property(`key/${id}`), args: 'Inactive' }),
        },
        fence: FENCE,
      };
    },
  };
}

/** A store whose every call is an op; what it holds at a path is the id, from which its secret follows. */
function storeOf(ask: (op: Op) => Promise<unknown>, now: () => number): SecretStore {
  const put = async (name: string, value: string, replaces: string | null) => {
    const request: Request = { kind: 'put', name, value, replaces };
    const answer = (await ask({ kind: 'send', request, signedAt: now() })) as Answer;
    if (answer.kind === 'throttled') throw new ConnectorError('rate-limited', 'HTTP 429', { retryAfterSeconds: 1 });
    if (answer.kind === 'denied') throw new ConnectorError(answer.code, answer.reason);
    if (answer.kind === 'unknown') throw new ConnectorError('unknown-outcome', answer.reason);
    return answer.kind;
  };
  return {
    title: 'memory',
    get: async (path) => {
      const { state: id } = (await ask({ kind: 'look', look: { kind: 'held', name: path } })) as Seen;
      return id === null ? undefined : { id: String(id), secret: new Secret(`secret of ${id}`), version: '1' };
    },
    put: async (path, { id }, replaces) => ({
      result: (await put(path, id, replaces)) === 'conflict' ? 'conflict' : 'stored',
      version: '1',
    }),
    // the version before is what the new one took the place of
    remove: async (path, id) => ((await put(path, 'OLD', id)) === 'conflict' ? 'conflict' : 'removed'),
  };
}
