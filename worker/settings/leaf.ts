/** The leaves of the settings file: each says in one sentence what it takes and how to write it. */
import { z } from 'zod';
import { nearest } from '../../playbooks/language/problem.js';
import { parseTime } from '../../playbooks/language/time.js';
import {
  refuseReference,
  type SecretRef,
  type Surroundings,
  secretReference,
  type TextRef,
  textReference,
} from './reference.js';

/** Why a value is none; `message` continues a sentence that begins with the key. */
export interface Mistake {
  message: string;
  fix: string;
}
const isMistake = (value: unknown): value is Mistake =>
  typeof value === 'object' && value !== null && 'message' in value && 'fix' in value;

/** A leaf read by `parse`, which is never given an absent value. */
export function leaf<T>(example: string, parse: (value: unknown) => T | Mistake) {
  return z.unknown().transform((value, context): T => {
    const read: T | Mistake =
      value === undefined || value === null
        ? { message: value === null ? 'is empty' : 'is missing', fix: `Write ${example}` }
        : parse(value);
    if (!isMistake(read)) return read;
    context.issues.push({ code: 'custom', message: read.message, params: { fix: read.fix }, input: value });
    return z.NEVER;
  });
}

/** What a value is, in words; never the value itself, which may be a secret in the wrong place. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'a number' : 'true or false';
}

/** Text; a number written without quotes is told so, because `012` and `1e3` do not survive YAML. */
export function text(example: string, pattern: RegExp = /^[^\n]{1,300}$/, what = 'one line of text') {
  return leaf<string>(example, (value) => {
    if (typeof value === 'number') return { message: 'is a number here', fix: 'Put it in quotes' };
    if (typeof value === 'string' && pattern.test(value)) return value;
    const given = typeof value === 'string' ? 'this text' : kindOf(value);
    return { message: `takes ${what}, not ${given}`, fix: `Write ${example}` };
  });
}

export const slug = (example: string) =>
  text(example, /^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and hyphens');
export const mailAddress = () => text('`sam@acme.example`', /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/, 'a mail address');
export const url = (example: string) =>
  text(example, /^https?:\/\/[^\s/]+\S*$/, 'an address that begins with https:// or http://');
export const path = (example: string) => text(example, /^[^\n]{1,1000}$/, 'a path');
export const awsAccount = () => text('`"111122223333"`', /^\d{12}$/, 'the 12 digits of an AWS account, in quotes');

/** One of a closed list of words. */
export function word<const W extends string>(words: readonly W[]) {
  return leaf<W>(`\`${words[0]}\``, (value) => {
    if (words.includes(value as W)) return value as W;
    const near = typeof value === 'string' ? nearest(value, words) : undefined;
    return {
      message: `takes ${words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`}, not ${quoted(value)}`,
      fix: near ? `Did you mean ${near}?` : `Write \`${words[0]}\``,
    };
  });
}

const quoted = (value: unknown) => (typeof value === 'string' && value.length <= 40 ? `"${value}"` : kindOf(value));

/** Seconds of `15m`. */
export function time(example = '`15m`') {
  return leaf<number>(example, (value) => {
    const seconds = typeof value === 'string' ? parseTime(value) : undefined;
    return seconds ?? { message: `takes a time of at most 90d, not ${quoted(value)}`, fix: `Write ${example}` };
  });
}

/** Only yes: what is not wanted is left out. */
export function yes() {
  return leaf<true>('`true`', (value) =>
    value === true ? true : { message: `takes true, not ${quoted(value)}`, fix: 'Write `true`, or leave it out' },
  );
}

export function count(example: string, most: number) {
  return leaf<number>(example, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
      ? value
      : { message: `takes a whole number from 1 to ${most}, not ${quoted(value)}`, fix: `Write ${example}` },
  );
}

/** A secret, by reference only. */
export function secret(around: Surroundings, example = '`env:NAME`') {
  return leaf<SecretRef>(example, (value) => {
    if (typeof value !== 'string')
      return { message: `takes a reference to a secret, not ${kindOf(value)}`, fix: `Write ${example}` };
    return refuseReference(value) ?? secretReference(value, around);
  });
}

/** Text that may stand elsewhere too. A literal address may not carry a password. */
export function textOrReference(around: Surroundings, example: string, pattern = /^\S[^\n]{0,999}$/, what = 'text') {
  return leaf<TextRef>(example, (value) => {
    if (typeof value !== 'string')
      return { message: `takes ${what} or a reference, not ${kindOf(value)}`, fix: `Write ${example}` };
    if (/^(env|file|vault|aws-sm):/.test(value)) return refuseReference(value) ?? textReference(value, around);
    if (/^[a-z+]+:\/\/[^/@\s]*:[^/@\s]+@/.test(value)) return refuseReference('literal') as Mistake;
    return pattern.test(value) ? textReference(value, around) : { message: `takes ${what}`, fix: `Write ${example}` };
  });
}

/** One or several of them; always a list in the end. */
export function oneOrMore<T>(item: z.ZodType<T>) {
  return z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).min(1));
}

/**
 * A map with exactly these keys. `later` are keys that the example file has and nothing implements yet: refused by name,
 * with the sentence's end that says why (`arrives with Slack`); `never` are keys that somebody may look for in vain, with
 * the whole of what is said of them.
 */
export function closed<S extends z.ZodRawShape>(
  shape: S,
  later: Record<string, string> = {},
  never: Record<string, [message: string, fix: string]> = {},
) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      // one line a key, message and fix apart: the loader places each at its own key
      return (issue.keys as string[]).map((key) => (never[key] ?? unknownKey(key, known, later)).join('\t')).join('\n');
    },
  });
}

function unknownKey(key: string, known: string[], later: Record<string, string>): [string, string] {
  if (Object.hasOwn(later, key)) return [`is not implemented yet: it ${later[key]}`, 'Leave it out'];
  const near = nearest(key, known) ?? nearest(key, Object.keys(later));
  return [`is no key here; there are ${known.join(', ')}`, near ? `Did you mean ${near}?` : 'Leave it out'];
}
