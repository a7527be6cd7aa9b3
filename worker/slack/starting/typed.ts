/** Reads what somebody typed, pasted, or used the shortcut on. Pure; never throws, and keeps nothing that may be secret. */
import { httpsUrl } from '../../../activities/alert.js';
import { nearest } from '../../../playbooks/language/problem.js';
import { idsIn, type NamedCredential, type PartOfId, partOfId } from '../../intake/credential-ids.js';
import { VERBS } from '../contract.js';

export type Verb = (typeof VERBS)[number];

export interface Typed {
  /** The first word, where it is one. */
  verb?: Verb;
  /** The first word, where it is nearly one. */
  meant?: { typed: string; verb: Verb };
  /** `INC-7`, however it was written. */
  incident?: string;
  /** Each once, in its order. */
  credentials: NamedCredential[];
  /** Where no whole id stands in it. */
  part?: PartOfId;
  /** Positions in `sealed` of the secret that came with each id, by id: only where the text leaves no doubt. */
  secretOf: Record<string, number>;
  /** The first https address that it names. */
  url?: string;
  /** Nothing but spaces and mentions. */
  empty: boolean;
}

const MENTION = /<[@#!][^<>]*>/g;
const INCIDENT = /(?<![A-Za-z0-9])INC[-_ ]?([1-9][0-9]{0,11})(?![A-Za-z0-9])/i;
/** A verb stands in a short line; a word of an alert is none. */
const WORDS_AT_MOST = 4;

/** `text` has `[secret]` where secrets stood. */
export function readTyped(text: string): Typed {
  const words = text.replaceAll(MENTION, ' ').trim();
  const first = /^[A-Za-z]+/.exec(words)?.[0] ?? '';
  const credentials = idsIn(words);
  const incident = INCIDENT.exec(words)?.[1];
  const part = credentials.length === 0 ? partOfId(words) : undefined;
  const verb = VERBS.find((known) => known === first.toLowerCase());
  const isShort = words.split(/\s+/).length <= WORDS_AT_MOST;
  const meant = verb === undefined && isShort && part === undefined ? nearVerb(firstWord(words)) : undefined;
  const url = httpsUrl(/https:\/\/[^\s<>"'`|)]+/.exec(words)?.[0]);
  return {
    ...(verb === undefined ? {} : { verb }),
    ...(meant === undefined || credentials.length > 0 ? {} : { meant }),
    ...(incident === undefined ? {} : { incident: `INC-${incident}` }),
    credentials,
    ...(part === undefined ? {} : { part }),
    secretOf: secretsOf(words),
    ...(url === undefined || /\[secret|%5Bsecret/i.test(url) ? {} : { url }),
    empty: words === '',
  };
}

/** `NAME=value`, `"Name": "value"`, `a_name: value`, `[profile]`, ids and secrets: what files and consoles are made of. */
const PASTED = [
  MENTION,
  /["'][\w.-]{1,80}["']\s{0,3}:\s{0,3}["'][^"']*["']/g,
  /\b[A-Za-z\d]{1,40}(?:_[A-Za-z\d]{1,40})+\s{0,3}:\s{0,3}\S+/g,
  /(?<![\w.-])[\w.-]{1,80}\s{0,3}=\s{0,3}\S+/g,
  /(?<!\S)\[[\w ]{1,80}\]/g,
  /\b(?:export|A[KS]IA[A-Z2-7]+)\b/gi,
];

/** Whether it says anything in words, beside ids and lines of a file that somebody pasted. `text` has `[secret]` where secrets stood. */
export function saysSomething(text: string): boolean {
  const words = PASTED.reduce((rest, shape) => rest.replaceAll(shape, ' '), text);
  return (words.match(/\p{L}{2,}/gu) ?? []).length > 1;
}

const firstWord = (words: string): string => /^\S+/.exec(words)?.[0] ?? '';

/** What a half-typed or mistyped verb may be: its beginning, or a slip or two away. */
function nearVerb(word: string): Typed['meant'] {
  if (!/^[A-Za-z]{2,12}$/.test(word)) return undefined;
  const begun = VERBS.filter((verb) => verb.startsWith(word.toLowerCase()));
  const verb = begun.length === 1 ? begun[0] : (nearest(word, VERBS) as Verb | undefined);
  return verb === undefined ? undefined : { typed: word, verb };
}

/**
 * Which secret belongs to which id: the one that follows it, with nothing else before the next id. A single id with a
 * single secret belong together in any order.
 */
function secretsOf(words: string): Record<string, number> {
  const ids = idsIn(words);
  const pieces = words.split('[secret]');
  if (pieces.length === 2 && ids.length === 1) return { [ids[0]!.id]: 0 };
  const found = new Map<string, number>();
  const inDoubt = new Set<string>();
  let owner: string | undefined;
  for (const [index, piece] of pieces.slice(0, -1).entries()) {
    const next = idsIn(piece).at(-1)?.id;
    // one more after the same id: nobody knows which
    if (owner !== undefined && (next === undefined || found.has(next))) inDoubt.add(next ?? owner);
    owner = next ?? owner;
    if (next !== undefined && !found.has(next)) found.set(next, index);
  }
  return Object.fromEntries([...found].filter(([id]) => !inDoubt.has(id)));
}
