import { applyEffect, undoKey } from '../../../activities/apply-effect.js';
import type { Effect } from '../../../activities/effect.js';
import type { ActingClass } from '../../../activities/effect-rules.js';
import { type Rotation, rotate, undoRotate } from '../../../activities/rotate.js';
import { settle } from '../../../activities/settle.js';
import type { EffectRow } from '../../../records/records.js';
import {
  containKept,
  cutKept,
  destroyKept,
  generationsKept,
  replaceKept,
  rotationKept,
  storeKept,
  tellKept,
  undoKept,
  untouched,
} from './promises.js';
import { FENCE } from './provider.js';
import { type Attempt, type Hands, handsOf } from './stand.js';
import type { Actor, Fault, Scenario } from './state.js';

type Making = (hands: Hands) => Effect;

// never run: only names are read from what it makes
const nobody = handsOf(
  () => new Promise(() => {}),
  () => 0,
);
const actor = (name: string, making: Making, tries = 1, like?: string, after?: string): Actor => ({
  name,
  of: making(nobody).key,
  attempt: (hands) => applyEffect(making(hands), hands),
  tries,
  ...(after !== undefined && { after }),
  ...(like !== undefined && { like }),
});

const undoing =
  (making: Making, closes: Making[] = []): Making =>
  (hands) => {
    const forward = making(hands);
    const incidentKeys = closes.map((other) => other(hands).key);
    return { ...forward, key: undoKey(forward.key), undoes: forward.key, ...(closes.length > 0 && { incidentKeys }) };
  };

const disable =
  (generation = 1): Making =>
  ({ effect }) =>
    effect('contain', 'K', 'Inactive', { generation });
const making =
  (incident = 'INC-1'): Making =>
  ({ effect }) =>
    effect('replace', '', {}, { incident });
const removing =
  (cls: ActingClass): Making =>
  ({ effect }) =>
    effect(cls, 'K', null);
const telling: Making = ({ effect }) => effect('tell', '', {});
/** A retry would compute a later time. */
const cutting =
  (time: string): Making =>
  ({ effect }) =>
    effect('interrupt', 'policy', time);
const storing =
  (incident: string, id: string, replaces: string): Making =>
  ({ effect }) =>
    effect('store', 'app', id, { incident, replaces });

/** Rows of these effects are settled as such; any other is an effect by which a key was switched off. */
const settling =
  (...makings: Making[]) =>
  (row: EffectRow): Attempt =>
  async (hands) => {
    const effect = makings.map((make) => make(hands)).find(({ key }) => key === row.key);
    if (effect !== undefined) return settle(effect, hands);
    const off = hands.effect('contain', row.target, 'Inactive');
    return settle({ ...off, key: row.key, incident: row.incident }, hands);
  };

const rotation = ({ effect }: Hands): Rotation => ({
  intent: effect('replace', '', {}).intent as Rotation['intent'],
  fence: FENCE,
  incident: 'INC-1',
  planDigest: '',
  step: 'step',
  generation: 1,
  storePath: 'app',
  replaces: 'OLD',
});
const ROTATE = 'INC-1/step/rotate/user/keys/1';
const STORE = 'INC-1/step/store/secret-store/app/1';
/** What the workflow leaves open of a rotation. */
const settlingRotation =
  (row: EffectRow): Attempt =>
  (hands) => {
    const undoes = row.key.endsWith('/undo') ? { undoes: row.key.slice(0, -'/undo'.length) } : {};
    if (row.key.startsWith(ROTATE)) return settle({ ...making()(hands), key: row.key, ...undoes }, hands);
    if (row.key.startsWith(STORE)) {
      const { intent, ...effect } = storing('INC-1', '', '')(hands);
      const change = { ...intent.change, target: row.target };
      return settle({ ...effect, key: row.key, intent: { ...intent, change }, ...undoes }, hands);
    }
    return settling()(row)(hands);
  };

const UNKNOWN: Fault[] = ['lost', 'unsent', 'stall'];
const ANY: Fault[] = [...UNKNOWN, 'throttled'];
const K = { K: 'Active' };
const OLD = { 'key/OLD': 'Inactive' };

/** Every scenario; `tries` of each actor. Two attempts, an effect and its undo, an effect and the reconciler, two generations. */
export function scenarios(tries = 1): Scenario[] {
  /** Two attempts of one effect, at once or one after the other. */
  const two = (make: Making): Actor[] => [actor('A1', make, tries, 'A'), actor('A2', make, tries, 'A')];
  const contain = { settle: settling(disable()), promise: containKept };
  const undone = { settle: settling(disable(), undoing(disable())), promise: undoKept };
  const replace = { settle: settling(making()), promise: replaceKept, never: untouched };
  const made = { settle: settling(making(), undoing(making())), promise: replaceKept, never: untouched };
  return [
    {
      name: 'contain: two attempts',
      slice: 2,
      things: K,
      actors: two(disable()),
      faults: [...ANY, 'denied', 'blind', 'locked'],
      ...contain,
    },
    {
      name: 'contain: two attempts, an attacker enables it again',
      slice: 2,
      things: K,
      actors: two(disable()),
      faults: [...ANY, 'denied'],
      outside: [{ does: 'set', name: 'K', value: 'Active' }],
      ...contain,
    },
    {
      name: 'contain: two attempts, an operator deletes it',
      slice: 2,
      things: K,
      actors: two(disable()),
      faults: ANY,
      outside: [{ does: 'delete', name: 'K' }],
      ...contain,
    },
    {
      name: 'contain: disabled before us, an attacker enables it',
      slice: 2,
      things: { K: 'Inactive' },
      actors: two(disable()),
      faults: ANY,
      outside: [{ does: 'set', name: 'K', value: 'Active' }],
      ...contain,
    },
    {
      name: 'contain and its undo',
      things: K,
      actors: [actor('A', disable(), tries), actor('U', undoing(disable()), tries)],
      faults: [...ANY, 'blind'],
      ...undone,
    },
    {
      name: 'contain, two attempts, and its undo',
      slice: 0,
      things: K,
      actors: [...two(disable()), actor('U', undoing(disable()))],
      faults: UNKNOWN,
      ...undone,
    },
    {
      name: 'contain and its undo, somebody else changes it',
      slice: 0,
      things: K,
      actors: [actor('A', disable()), actor('U', undoing(disable()), tries)],
      faults: UNKNOWN,
      outside: [{ does: 'set', name: 'K', value: 'Other' }],
      ...undone,
    },
    {
      name: 'contain, its undo, and the effect again after a reset',
      things: K,
      actors: [actor('A', disable()), actor('U', undoing(disable())), actor('B', disable(), 1, undefined, 'A')],
      faults: ['stall'],
      ...undone,
    },
    {
      name: 'contain and destroy, and a false alarm that closes both',
      slice: 0,
      deep: 0,
      things: K,
      actors: [
        actor('A', disable()),
        actor('X', removing('destroy'), 1, undefined, 'A'),
        actor('U', undoing(disable(), [removing('destroy')]), 1, undefined, 'A'),
      ],
      faults: ['stall'],
      settle: settling(disable(), removing('destroy'), undoing(disable())),
      promise: undoKept,
    },
    {
      name: 'contain: two generations, the first is undone',
      slice: 0,
      deep: 0,
      things: K,
      actors: [
        actor('A', disable()),
        actor('U', undoing(disable()), 1, undefined, 'A'),
        actor('B', disable(2), 1, undefined, 'A'),
      ],
      faults: ['stall'],
      settle: settling(disable(), undoing(disable()), disable(2)),
      promise: generationsKept,
    },
    {
      name: 'interrupt: two attempts, each with a time of its own',
      slice: 2,
      things: { policy: 'none' },
      actors: [actor('A1', cutting('10:00'), tries), actor('A2', cutting('10:05'), tries)],
      faults: [...ANY, 'denied', 'blind'],
      settle: settling(cutting('10:00')),
      promise: cutKept,
    },
    {
      name: 'destroy: two attempts, an operator deletes it',
      slice: 2,
      things: { K: 'Inactive' },
      actors: two(removing('destroy')),
      faults: [...ANY, 'denied', 'blind'],
      outside: [{ does: 'delete', name: 'K' }],
      settle: settling(removing('destroy')),
      promise: destroyKept,
    },
    {
      name: 'burn: two attempts, an operator deletes it',
      slice: 2,
      things: K,
      actors: two(removing('burn')),
      faults: [...ANY, 'denied', 'blind'],
      outside: [{ does: 'delete', name: 'K' }],
      settle: settling(removing('burn')),
      promise: destroyKept,
    },
    {
      name: 'tell: two attempts',
      slice: 2,
      things: {},
      actors: two(telling),
      faults: [...ANY, 'denied'],
      settle: settling(telling),
      promise: tellKept(() => 1),
      slow: true,
      tight: true,
    },
    {
      name: 'tell: two attempts, a provider without a fence',
      slice: 2,
      things: {},
      actors: two(telling),
      faults: [...ANY, 'denied'],
      provider: { fenced: false },
      settle: settling(telling),
      promise: tellKept((row) => row?.attempts ?? 0),
    },
    {
      name: 'store: the secrets of two rotations',
      things: { app: 's0' },
      actors: [actor('A', storing('INC-1', 's1', 's0'), tries), actor('B', storing('INC-2', 's2', 's1'), tries)],
      faults: [...ANY, 'denied'],
      settle: settling(storing('INC-1', 's1', 's0'), storing('INC-2', 's2', 's1')),
      promise: storeKept,
    },
    {
      name: 'replace: two attempts',
      slice: 2,
      things: OLD,
      actors: two(making()),
      faults: [...ANY, 'denied', 'locked'],
      ...replace,
    },
    {
      name: 'replace: two attempts, room for two keys',
      things: OLD,
      actors: two(making()),
      faults: ANY,
      provider: { limit: 2 },
      ...replace,
    },
    {
      name: 'replace: an operator made a key just before',
      things: OLD,
      recent: { 'key/op': 'Active' },
      actors: [actor('A1', making(), 2)],
      faults: ANY,
      ...replace,
    },
    {
      name: 'replace: an operator makes a key meanwhile',
      slice: 0,
      things: OLD,
      actors: [actor('A1', making(), 2)],
      faults: ANY,
      outside: [{ does: 'make', name: 'key/op', value: 'Active' }],
      ...replace,
    },
    {
      name: 'replace: keys without dates, a sibling',
      slice: 2,
      things: { ...OLD, 'key/SIBLING': 'Active' },
      actors: [actor('A1', making(), 2)],
      faults: ANY,
      provider: { dated: false },
      ...replace,
    },
    {
      name: 'replace and its undo',
      things: OLD,
      actors: [actor('A', making(), tries), actor('U', undoing(making()), tries)],
      faults: ANY,
      ...made,
    },
    {
      name: 'replace, made again, and its undo',
      slice: 0,
      deep: 0,
      things: OLD,
      actors: [actor('A', making(), 2), actor('U', undoing(making()), tries)],
      faults: ANY,
      ...made,
    },
    {
      name: 'replace: two incidents, one principal',
      things: OLD,
      actors: [actor('A', making(), 2), actor('B', making('INC-2'), tries)],
      faults: UNKNOWN,
      settle: settling(making(), making('INC-2')),
      promise: replaceKept,
      never: untouched,
    },
    {
      name: 'replace: two incidents, one is undone',
      slice: 0,
      deep: 0,
      things: OLD,
      actors: [actor('A', making()), actor('B', making('INC-2')), actor('U', undoing(making()), 1, undefined, 'A')],
      faults: ['stall'],
      settle: settling(making(), making('INC-2'), undoing(making())),
      promise: replaceKept,
      never: untouched,
    },
    {
      name: 'contain: settled while an attempt may go on',
      things: K,
      actors: [actor('A1', disable(), 2)],
      faults: [...ANY, 'denied', 'blind'],
      ...contain,
      early: true,
      slow: true,
      tight: true,
    },
    {
      name: 'destroy: settled while an attempt may go on',
      things: K,
      actors: [actor('A1', removing('destroy'), 2)],
      faults: [...ANY, 'denied', 'blind'],
      settle: settling(removing('destroy')),
      promise: destroyKept,
      early: true,
      slow: true,
      tight: true,
    },
    {
      name: 'replace: settled while an attempt may go on',
      slice: 0,
      things: OLD,
      actors: [actor('A1', making(), 2)],
      faults: [...ANY, 'locked'],
      ...replace,
      early: true,
    },
    {
      name: 'contain and its undo, settled while attempts may go on',
      slice: 0,
      things: K,
      actors: [actor('A', disable()), actor('U', undoing(disable()))],
      faults: ['stall', 'lost'],
      ...undone,
      early: true,
    },
    {
      name: 'rotate: make, store, read back',
      things: { ...OLD, app: 'OLD' },
      actors: [{ name: 'A', of: ROTATE, attempt: rotating, tries: 2 }],
      faults: [...ANY, 'locked'],
      settle: settlingRotation,
      promise: rotationKept,
      never: untouched,
    },
    {
      name: 'rotate: two attempts at once',
      slice: 'none',
      deep: 0,
      things: { ...OLD, app: 'OLD' },
      actors: [
        { name: 'A1', of: ROTATE, attempt: rotating, tries, like: 'A' },
        { name: 'A2', of: ROTATE, attempt: rotating, tries, like: 'A' },
      ],
      faults: [...ANY, 'locked'],
      settle: settlingRotation,
      promise: rotationKept,
      never: untouched,
    },
    {
      name: 'rotate and its undo',
      slice: 'none',
      deep: 0,
      things: { ...OLD, app: 'OLD' },
      actors: [
        { name: 'A', of: ROTATE, attempt: rotating, tries },
        { name: 'U', of: undoKey(ROTATE), attempt: (hands) => undoRotate(rotation(hands), hands), tries },
      ],
      faults: ['stall', 'lost'],
      settle: settlingRotation,
      promise: rotationKept,
      never: untouched,
    },
  ];
}

async function rotating(hands: Hands): Promise<{ state: string }> {
  await rotate(rotation(hands), hands);
  return { state: 'done' };
}
