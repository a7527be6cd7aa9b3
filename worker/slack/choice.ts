/**
 * What stands in a button's value, a menu option's value and a modal's `private_metadata`: the handle alone, or the handle
 * and one plain word beside it: what was chosen (`10`), or the channel from which the modal was opened.
 */
const BESIDE = '|';

export function choiceValue(handle: string, word: string): string {
  return `${handle}${BESIDE}${word}`;
}

/** Handles hold no `|`. */
export function readChoice(value: string): { handle: string; word?: string } {
  const at = value.indexOf(BESIDE);
  return at === -1 ? { handle: value } : { handle: value.slice(0, at), word: value.slice(at + 1) };
}
