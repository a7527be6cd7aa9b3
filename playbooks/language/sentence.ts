/**
 * Sentences and their placeholders: `Delete <credential> for good?`. Read once, from the page; what is filled in is
 * data and never read again. Escaping is the channel's: it hands `fill` its own `quote`.
 */
import type { Credential, Plan } from './plan.js';

/** A piece of a sentence: text as written, or the path that stands in angle brackets. */
export type Piece = { text: string } | { path: string };

const PLACEHOLDER = /<([a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39})?)>/g;

/** What is printed for a value that nobody has yet. */
export const NOT_KNOWN_YET = 'not known yet';

/** Cuts a sentence into text and paths. A `<` that does not begin a path ending in `>` is plain text. */
export function pieces(sentence: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of sentence.matchAll(PLACEHOLDER)) {
    if (match.index > end) found.push({ text: sentence.slice(end, match.index) });
    found.push({ path: match[1]! });
    end = match.index + match[0].length;
  }
  if (end < sentence.length) found.push({ text: sentence.slice(end) });
  return found;
}

/** The paths a sentence names, in order, with repetitions. */
export function pathsIn(sentence: string): string[] {
  return pieces(sentence).flatMap((piece) => ('path' in piece ? [piece.path] : []));
}

/** Control, line-separating and direction-changing characters: a value must not forge a line or reverse a sentence. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to take out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** Whether text holds characters that `oneLine` would take out. */
export function hasUnprintable(text: string): boolean {
  return text.search(UNPRINTABLE) >= 0;
}

/** Data as it may stand in a line that people read: one line, at most 200 characters. */
export function oneLine(value: string): string {
  const line = value.replace(UNPRINTABLE, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/**
 * Fills the placeholders with what is known now; `not known yet` stands for the rest. `quote` is applied to each
 * piece, text and value alike, so a channel need not parse the result.
 */
export function fill(
  sentence: string,
  known: (path: string) => string | number | undefined,
  quote: (text: string) => string = (text) => text,
): string {
  return pieces(sentence)
    .map((piece) => {
      if ('text' in piece) return quote(piece.text);
      const value = known(piece.path);
      return quote(value === undefined ? NOT_KNOWN_YET : oneLine(String(value)));
    })
    .join('');
}

/** How people recognise a credential in a sentence: long opaque ids are shortened, `AKIA…QX7`; names are left whole. */
export function credentialLabel(credential: Pick<Credential, 'id'>): string {
  const id = oneLine(credential.id);
  return /^[A-Za-z0-9]{16,}$/.test(id) ? `${id.slice(0, 4)}…${id.slice(-3)}` : id;
}

/**
 * What the plan's facts say to a sentence, and beyond them `results`: by the step's name and the result's,
 * `{ scan_logs: { verdict: 'misuse' } }`.
 */
export function knownTo(
  plan: Pick<Plan, 'credential' | 'facts'>,
  results: Record<string, Record<string, string | number>> = {},
): (path: string) => string | number | undefined {
  const { credential, facts } = plan;
  const known = new Map<string, string>([
    ['credential', credentialLabel(credential)],
    ['credential.kind', credential.kind],
    ['credential.id', credential.id],
    ['credential.account', credential.account],
    ['credential.name', credential.name],
    ['environment', facts.environment.value],
    ['criticality', facts.criticality.value],
    ['exposure', facts.exposure.value],
    ['secret', facts.secret.value],
    ['owner', facts.owner.value],
    ['subject', facts.subject.value],
    ['exposed_since', facts.exposed_since.value],
  ]);
  return (path) => {
    const fact = known.get(path);
    if (fact !== undefined) return fact;
    const [step = '', result = ''] = path.split('.');
    const of = Object.hasOwn(results, step) ? results[step] : undefined;
    return of !== undefined && Object.hasOwn(of, result) ? of[result] : undefined;
  };
}
