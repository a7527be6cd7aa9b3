/** Reads the arguments of a verb, by the types that its spec gives them. */
import type { ValueType, VerbSpec } from './kinds.js';
import type { SettingsWords } from './page.js';
import type { Place } from './problem.js';
import type { Fields, Reader } from './reader.js';
import { SLUG } from './verbs.js';
import type { Entry } from './yaml-tree.js';

export type ArgValue = string | string[] | number;

/** Arguments by name, defaults filled in. Sentences among them are added to `sentences`. */
export function readArgs(
  reader: Reader,
  fields: Fields,
  spec: VerbSpec,
  settings: SettingsWords,
  sentences: { at: Place; text: string }[],
): Record<string, ArgValue> {
  const args: Record<string, ArgValue> = {};
  for (const [name, { type, default: fallback }] of Object.entries(spec.args ?? {})) {
    const entry = fields.get(name);
    const value = entry === undefined ? fallback : readArg(reader, entry, type, settings);
    if (value !== undefined) args[name] = value;
    if (entry !== undefined && type === 'sentence' && typeof value === 'string') {
      sentences.push({ at: entry.value.at, text: value });
    }
  }
  return args;
}

function readArg(reader: Reader, entry: Entry, type: ValueType, settings: SettingsWords): ArgValue | undefined {
  const { key, value } = entry;
  if (typeof type === 'object') return reader.word(value, key, type.words);
  switch (type) {
    case 'time':
      return reader.time(value, key) === undefined ? undefined : reader.text(value, key, 'a time', `${key}: 30d`);
    case 'words':
      return reader.words(value, key, (item) =>
        reader.matching(item, key, /^[a-z][a-z0-9_-]{0,39}$/, 'words', `${key}: ${exampleOf(type)}`),
      );
    case 'count':
      if (value.type === 'scalar' && Number.isSafeInteger(value.value) && Number(value.value) >= 0) {
        return Number(value.value);
      }
      return reader.wrong(value, key, 'a count', `${key}: 3`);
    case 'audience': {
      const audience = reader.matching(value, key, SLUG, 'an audience', `${key}: owner`);
      const known = settings.audiences;
      if (audience === undefined || known === undefined || known.includes(audience)) return audience;
      return reader.unknown(value.at, 'firebreak.yaml', 'audience', audience, known);
    }
    case 'sentence':
    case 'text':
      return reader.sentence(value, key, `${key}: ${exampleOf(type)}`);
  }
}

/** The arguments that cannot be left out, with an example of each. */
export function requiredArgs(spec: VerbSpec): Record<string, string> {
  const required = Object.entries(spec.args ?? {}).filter(([, arg]) => arg.required);
  return Object.fromEntries(required.map(([name, { type }]) => [name, `${name}: ${exampleOf(type)}`]));
}

function exampleOf(type: ValueType): string {
  if (typeof type === 'object') return type.words[0] ?? '';
  return {
    text: 'some text',
    time: '30d',
    words: '[one, other]',
    count: '3',
    audience: 'owner',
    sentence: 'A sentence.',
  }[type];
}
