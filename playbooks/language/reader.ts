/** The types of the language (language.md section 1), read from the tree. Each says what it wanted and gives an example. */
import type { Places } from './plan.js';
import { nearest, type Place, type ProblemCode, type Report } from './problem.js';
import { hasUnprintable } from './sentence.js';
import { MAX_TIME_SECONDS, parseTime } from './time.js';
import { NAME, SLUG } from './verbs.js';
import type { Entry, TreeNode } from './yaml-tree.js';

const MAX_SENTENCE = 300;
const MAX_WORDS = 20;

export type Fields = Map<string, Entry>;

/**
 * Reads values and reports what is wrong with them; undefined means it was reported. `key` in a message is the page's
 * own key, so that the sentence can be found again in the file.
 */
export class Reader {
  readonly report: Report;
  constructor(report: Report) {
    this.report = report;
  }

  add(code: ProblemCode, at: Place, message: string, fix = ''): undefined {
    this.report.add(code, at, message, fix);
    return undefined;
  }

  /** FB03: the value is of another type. Values that were already refused as YAML are not refused again. */
  wrong(node: TreeNode, key: string, type: string, example: string): undefined {
    if (node.type === 'scalar' && node.source === '') return undefined;
    return this.add('FB03', node.at, `${key} takes ${type}, not ${shown(node)}`, `write ${example}`);
  }

  /** FB06: no such thing; names those there are, and the one that was probably meant. */
  unknown(at: Place, where: string, what: string, name: string, known: readonly string[], otherFix = ''): undefined {
    const near = nearest(name, known);
    const has = known.length === 0 ? 'none' : known.slice(0, 24).join(', ');
    return this.add(
      'FB06',
      at,
      `${where} has no ${what} ${clipped(name)}; it has ${has}`,
      near === undefined ? otherFix : `did you mean ${near}?`,
    );
  }

  /** The entries of a map by key; keys that are not `allowed` are FB06, missing `required` ones FB03. */
  fields(
    node: TreeNode,
    where: string,
    allowed: readonly string[],
    required: Readonly<Record<string, string>> = {},
  ): Fields | undefined {
    if (node.type !== 'map') return this.wrong(node, where, 'a map', '`key: value`');
    const fields: Fields = new Map();
    for (const entry of node.entries) {
      if (allowed.includes(entry.key)) fields.set(entry.key, entry);
      else this.unknown(entry.at, where, 'key', entry.key, allowed, 'take it out');
    }
    for (const [key, example] of Object.entries(required)) {
      const misspelt = node.entries.some((entry) => nearest(entry.key, allowed) === key);
      if (!fields.has(key) && !misspelt) this.add('FB03', node.at, `${where} needs ${key}`, `write ${example}`);
    }
    return fields;
  }

  text(node: TreeNode, key: string, type: string, example: string): string | undefined {
    if (node.type !== 'scalar' || node.value === null) return this.wrong(node, key, type, example);
    return typeof node.value === 'string' ? node.value : this.wrong(node, key, type, `it quoted: "${node.source}"`);
  }

  /** One line of 1 to 300 characters. */
  sentence(node: TreeNode, key: string, example = `${key}: Rotate <credential>.`): string | undefined {
    const text = this.text(node, key, 'a sentence', example);
    if (text === undefined) return undefined;
    const length = [...text].length;
    if (length > MAX_SENTENCE) {
      return this.add('FB03', node.at, `${key} is ${length} characters long, at most ${MAX_SENTENCE}`, 'shorten it');
    }
    if (text.trim() === '' || hasUnprintable(text)) {
      return this.wrong(node, key, 'a sentence of printable characters', example);
    }
    if (node.type === 'scalar' && node.commented) {
      this.add('W61', node.at, '# after a sentence: is it a comment?', 'quote the sentence if not');
    }
    return text;
  }

  matching(node: TreeNode, key: string, form: RegExp, type: string, example: string): string | undefined {
    const text = this.text(node, key, type, example);
    return text === undefined || form.test(text) ? text : this.wrong(node, key, type, example);
  }

  name(node: TreeNode, key: string): string | undefined {
    return this.matching(node, key, NAME, 'a name of a-z, 0-9 and _', `${key}: look_again`);
  }

  slug(node: TreeNode, key: string, example = `${key}: security-on-call`): string | undefined {
    return this.matching(node, key, SLUG, 'a slug of a-z, 0-9 and -', example);
  }

  /** Seconds. */
  time(node: TreeNode, key: string): number | undefined {
    const example = `${key}: 15m`;
    const text = this.text(node, key, 'a time', example);
    if (text === undefined) return undefined;
    return parseTime(text) ?? this.wrong(node, key, `a time up to ${MAX_TIME_SECONDS / 86_400}d`, example);
  }

  /** One of a closed list. */
  word<T extends string>(node: TreeNode, key: string, words: readonly T[]): T | undefined {
    const text = this.text(node, key, `one of ${words.join(', ')}`, `${key}: ${words[0]}`);
    if (text === undefined) return undefined;
    return words.find((word) => word === text) ?? this.unknown(node.at, key, 'word', text, words);
  }

  /** A list, at least one item, at most `limit`. */
  list(node: TreeNode, key: string, of: string, example: string, limit = MAX_WORDS): TreeNode[] | undefined {
    if (node.type !== 'list' || node.items.length === 0) return this.wrong(node, key, `a list of ${of}`, example);
    if (node.items.length > limit) {
      return this.add('FB03', node.at, `${key} is a list of ${node.items.length}, at most ${limit}`, 'shorten it');
    }
    return node.items;
  }

  /** A word or a list of words, as a list. */
  words(node: TreeNode, key: string, read: (item: TreeNode) => string | undefined): string[] | undefined {
    if (node.type !== 'list') {
      const word = read(node);
      return word === undefined ? undefined : [word];
    }
    return this.list(node, key, 'words', `${key}: [one, other]`)?.flatMap((item) => read(item) ?? []);
  }

  /** A whole number from 1 to `most`. */
  count(node: TreeNode, key: string, most: number): number | undefined {
    const example = `${key}: ${Math.min(20, most)}`;
    return wholeNumber(node, most) ?? this.wrong(node, key, `a number from 1 to ${most}`, example);
  }

  /** A map of role to 1..5. */
  places(node: TreeNode, key: string, role: (name: string, at: Place) => boolean): Places | undefined {
    const example = `${key}: { security-on-call: 1 }`;
    if (node.type !== 'map' || node.entries.length === 0) return this.wrong(node, key, 'places', example);
    const places: Places = {};
    for (const { key: name, at, value } of node.entries) {
      if (!SLUG.test(name)) this.add('FB03', at, `${key} takes roles, not ${clipped(name)}`, `write ${example}`);
      else if (role(name, at)) {
        const count =
          wholeNumber(value, 5) ?? this.wrong(value, name, 'a number of people from 1 to 5', `{ ${name}: 1 }`);
        if (count !== undefined) places[name] = count;
      }
    }
    return places;
  }
}

/** The whole number from 1 to `most` that stands there, if one does. */
function wholeNumber(node: TreeNode, most: number): number | undefined {
  // `isInteger` is false for all that is no number
  const count = (node.type === 'scalar' ? node.value : undefined) as number;
  return Number.isInteger(count) && count >= 1 && count <= most ? count : undefined;
}

/** How a wrong value is shown in a message: short, and on one line. */
export function shown(node: TreeNode): string {
  if (node.type === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.type === 'map') return node.entries.length === 0 ? 'an empty map' : 'a map';
  if (typeof node.value === 'string') return `"${clipped(node.value)}"`;
  return node.value === null ? 'nothing' : `the ${typeof node.value} ${clipped(node.source)}`;
}

function clipped(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
