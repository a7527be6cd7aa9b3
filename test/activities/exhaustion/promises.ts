import type { EffectRow } from '../../../records/records.js';
import { alive } from './provider.js';
import type { End } from './state.js';

/** A promise: what is wrong, or undefined where it is kept. */
type Promised = (end: End) => string | undefined;

const rowOf = ({ rows }: End, part: string): EffectRow | undefined =>
  [...rows.values()].find(({ key }) => key.endsWith(part));
const [CONTAIN, UNDO, AGAIN] = ['contain/K/1', 'contain/K/1/undo', 'contain/K/2'];

/** `done` is told only of a row that says so, and never of one that was undone before it was asked for. */
function toldAsRecorded(end: End, row: EffectRow | undefined, ...names: string[]): string | undefined {
  const liar = names.find((name) => end.said(name) === 'done' && row?.state !== 'done');
  return liar && `${liar} was told done, and the row says ${row?.state}`;
}

/** A pre-image that is called sure is what was there before us. */
function sureOf(end: End, row: EffectRow | undefined, name: string): string | undefined {
  if (row === undefined || !row.sure || row.attempts === 0 || !end.alone) return undefined;
  const before = (row.before as { state: unknown } | null)?.state;
  const was = end.truthAtBegin(row.key, name);
  // gone is seen by the undo's own look
  return before === was || was === null
    ? undefined
    : `before us it was ${before}, says the row and is sure, but it was ${was}`;
}

/** Contain: the final state is right. */
export const containKept: Promised = (end) => {
  const row = rowOf(end, CONTAIN);
  const [now, by] = [end.truth('K'), end.by('K')];
  if (row?.state === 'done' && now === 'Active') {
    if (by !== 'somebody else') return 'contained, says the row, but K is Active';
    if (end.byAtBegin(row.key, 'K') === by) {
      return 'contained, says the row; K was Active when we began, and we never touched it';
    }
  }
  if (row?.state === 'not_applied' && now === 'Inactive' && by === 'us') {
    return 'not applied, says the row, but we disabled K';
  }
  return sureOf(end, row, 'K') ?? toldAsRecorded(end, row, 'A1', 'A2');
};

/** Undo: as before us. Nothing to undo: and nothing will come. */
export const undoKept: Promised = (end) => {
  const [row, undo] = [rowOf(end, CONTAIN), rowOf(end, UNDO)];
  const now = end.truth('K');
  const told = end.said('U');
  if (!end.alone) return undefined;
  const was = row?.attempts ? end.truthAtBegin(row.key, 'K') : 'Active';
  if ((undo?.state === 'done' || told === 'done') && now !== was) {
    return `undone, but K is ${now}; it was ${was} before us`;
  }
  if (told === 'nothing' && now === 'Inactive') return 'there was nothing to undo, and now K is Inactive';
  if (row?.state === 'done' && row.undoneBy === undefined && now === 'Active') {
    return 'contained, says the row, but K is Active';
  }
  return sureOf(end, row, 'K');
};

/** Two generations: whichever is done and stands, stands. */
export const generationsKept: Promised = (end) => {
  for (const part of [CONTAIN, AGAIN]) {
    const row = rowOf(end, part);
    if (row?.state === 'done' && row.undoneBy === undefined && end.truth('K') !== 'Inactive') {
      return `${part} is done and stands, but K is ${end.truth('K')}`;
    }
    const wrong = sureOf(end, row, 'K');
    if (wrong !== undefined) return wrong;
  }
  if (end.said('B') === 'undone') return 'the second generation is told undone; only the first was';
  return undefined;
};

/** Interrupt: the cut time in the row is in force. */
export const cutKept: Promised = (end) => {
  const row = rowOf(end, 'interrupt/policy/1');
  if (row?.state === 'done' && end.truth('policy') !== row.args) {
    return `sessions before ${row.args} are cut, says the row; the policy says ${end.truth('policy')}`;
  }
  return toldAsRecorded(end, row, 'A1', 'A2');
};

/** Destroy and burn: gone, and only if we had asked; gone before us is said. */
export const destroyKept: Promised = (end) => {
  const row = [...end.rows.values()].find(({ target }) => target === 'K/existence');
  const by = end.by('K');
  const before = row?.before as { state: unknown } | null | undefined;
  if (row?.state === 'done') {
    if (end.truth('K') !== null) return 'gone, says the row, but K is there';
    if (before?.state === null) return 'it was gone before we began, and we claim it';
    if (by === 'somebody else' && row.attempts === 1) {
      return 'somebody else deleted it, our only attempt was told so, and we claim it';
    }
  }
  if (row?.state === 'not_applied' && by === 'us' && end.truth('K') === null)
    return 'we deleted it, and say not applied';
  return toldAsRecorded(end, row, 'A1', 'A2');
};

/** Tell: one message; without a fence at most one a counted attempt. */
export const tellKept =
  (most: (row: EffectRow | undefined) => number): Promised =>
  (end) => {
    const row = [...end.rows.values()].find((one) => one.class === 'tell');
    const messages = alive(end.things, 'message/').length;
    if (row?.state === 'done' && messages === 0) return 'told, says the row, but there is no message';
    if (messages > most(row)) return `${messages} messages`;
    return toldAsRecorded(end, row, 'A1', 'A2');
  };

/** Store: consumers read what the row says, and never something older. */
export const storeKept: Promised = (end) => {
  const held = end.truth('app');
  const [first, second] = ['INC-1', 'INC-2'].map((incident) =>
    [...end.rows.values()].find((row) => row.incident === incident),
  );
  if (second?.state === 'done' && held !== 's2') return `the newer s2 is stored, says the row; consumers read ${held}`;
  if (first?.state === 'done' && held === 's0') return `s1 is stored, says the row; consumers read ${held}`;
  return undefined;
};

const ours = (end: End): string[] => alive(end.things, 'key/K').map((name) => name.slice('key/'.length));
const idOf = (row: EffectRow | undefined): string | undefined =>
  row?.state === 'done' && typeof row.outcome?.id === 'string' ? row.outcome.id : undefined;
const straysOf = (row: EffectRow): string[] => (row.outcome?.strays as string[] | undefined) ?? [];
const made = (end: End): EffectRow[] => [...end.rows.values()].filter((row) => row.class === 'replace');

/** Replace: exactly one live key for each that is done, its secret sealed; every other key of ours is off and recorded. */
export const replaceKept: Promised = (end) => {
  for (const row of made(end)) {
    const id = idOf(row);
    if (id === undefined) continue;
    if (row.undoneBy === undefined && !ours(end).includes(id))
      return `${row.key} is done, but its key ${id} is not live`;
    if (!row.sealed?.includes(`secret of ${id}`)) return `the secret of ${id} is lost, and the row says done`;
  }
  return orphans(end) ?? toldAsRecorded(end, made(end)[0], 'A1', 'A2');
};

/** A key of ours that lives without an owner, or that no record names. */
function orphans(end: End): string | undefined {
  const rows = [...end.rows.values()];
  for (const id of ours(end)) {
    const owner = made(end).find((row) => idOf(row) === id);
    if (owner === undefined) return `${id} is live, and nobody holds its secret`;
    if (rows.some((row) => row.key === `${owner.key}/undo` && row.state === 'done')) {
      return `${id} is live, although its making was undone`;
    }
  }
  const recorded = new Set(rows.flatMap((row) => [row.outcome?.id, ...straysOf(row)]));
  const named = [...end.things.keys()].filter((name) => name.startsWith('key/K')).map((name) => name.slice(4));
  const lost = named.find((id) => !recorded.has(id) && !rows.some(({ target }) => target === `key/${id}`));
  return lost && `${lost} stands in no record`;
}

/** No key of somebody else's is ever touched, nor a live replacement that is done and stands. */
export const untouched: Promised = (end) => {
  for (const [name, writes] of end.things) {
    if (!name.startsWith('key/') || writes.at(-1)?.by !== 'us') continue;
    const id = name.slice('key/'.length);
    // one that somebody makes after our look cannot be told from ours: it is switched off, never deleted, and a person asked
    const since = made(end).map((row) => (row.before as { at?: number } | null)?.at ?? 0);
    const older = since.some((at) => (writes[0]?.made ?? 0) < at);
    if (!id.startsWith('K') && older) return `${id}, never ours, is switched off`;
    const owner = made(end).find((row) => idOf(row) === id && row.undoneBy === undefined);
    if (owner !== undefined && end.truth(name) !== 'Active') {
      return `${id}, the live replacement of ${owner.incident}, is switched off as a stray`;
    }
  }
  return undefined;
};

/** Rotate: at every end the secret of a live key is sealed or in the store, and `done` means it is in the store. */
export const rotationKept: Promised = (end) => {
  const [row] = made(end);
  const id = idOf(row);
  const held = end.truth('app');
  if (end.said('A1') === 'done' || end.said('A2') === 'done' || end.said('A') === 'done') {
    if (row?.undoneBy === undefined && held !== id) return `rotated, but the store holds ${held}`;
  }
  if (id !== undefined && row?.undoneBy === undefined && row?.sealed === undefined && held !== id) {
    return `the secret of ${id} is neither sealed nor in the store`;
  }
  const undo = row && end.rows.get(`${row.key}/undo`);
  if (undo?.state === 'done' && held !== 'OLD') return `undone, but the store holds ${held}`;
  return orphans(end);
};
