/**
 * YAML as Firebreak reads it: the part that means the same to every tool, as a tree of positions. What this file
 * refuses (FB01, FB02) nobody after it has to think of.
 */
import {
  isAlias,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Place, Report } from './problem.js';

export interface ScalarNode {
  type: 'scalar';
  at: Place;
  value: string | number | boolean | null;
  /** As it stands in the file. */
  source: string;
  /** A ` #` comment follows it on its line, and it is not quoted. */
  commented: boolean;
}
export interface ListNode {
  type: 'list';
  at: Place;
  items: TreeNode[];
}
export interface Entry {
  key: string;
  at: Place;
  value: TreeNode;
}
export interface MapNode {
  type: 'map';
  at: Place;
  entries: Entry[];
}
export type TreeNode = ScalarNode | ListNode | MapNode;

export const MAX_PAGE_BYTES = 64 * 1024;
/** A page needs about 12; beyond some hundreds the YAML library itself runs out of memory. */
const MAX_DEPTH = 40;

/** Reads one document. Undefined if nothing useful can be said about its content. */
export function readTree(input: string | Uint8Array, report: Report): TreeNode | undefined {
  const start = { line: 1, column: 1 };
  const refuse = (at: Place, reason: string, fix: string) =>
    report.add('FB01', at, `this is not YAML that Firebreak reads: ${reason}`, fix);

  const text = decoded(input);
  if (text === undefined) {
    refuse(start, 'it is not UTF-8', 'save it as UTF-8');
    return undefined;
  }
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_PAGE_BYTES) {
    refuse(start, `it has ${bytes} bytes, at most ${MAX_PAGE_BYTES}`, 'split it into several pages');
    return undefined;
  }
  const tab = text.indexOf('\t');
  if (tab >= 0) {
    const before = text.slice(0, tab).split('\n');
    refuse({ line: before.length, column: before.at(-1)!.length + 1 }, 'it has a tab', 'use spaces');
    return undefined;
  }
  if (tooDeep(text)) {
    refuse(start, `it is nested more than ${MAX_DEPTH} levels deep`, 'write it flat');
    return undefined;
  }

  const lines = new LineCounter();
  // the library's default is YAML 1.2, core schema, no merge keys
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, lineCounter: lines });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  const directive = text.search(/^%/m);
  if (directive >= 0) refuse(place(directive), 'it has a directive (%)', 'take the line out');
  for (const { code, message, pos } of document.errors) {
    if (code === 'MULTIPLE_DOCS') refuse(place(pos[0]), 'it holds more than one document', 'one file, one page');
    else refuse(place(pos[0]), sentenceOf(message), 'quote it, or write it out');
  }
  if (report.failed) return undefined;
  const { contents } = document;
  if (contents === null || isEmpty(contents)) {
    refuse(start, 'it is empty', 'begin with `playbook: <name>`');
    return undefined;
  }
  return convert(contents);

  function convert(node: ParsedNode): TreeNode {
    const at = place(node.range[0]);
    if (isAlias(node)) {
      refuse(at, 'it has an alias (*)', 'write it out');
      return scalar(at, null, '');
    }
    if (isScalar(node)) return convertScalar(node);
    // what a tag makes of a collection is not looked into
    if (refuseProperties(node, at)) return scalar(at, null, '');
    if (isMap(node)) return convertMap(node, at);
    return { type: 'list', at, items: node.items.map((item) => convertItem(item as ParsedNode)) };
  }

  function convertItem(item: ParsedNode): TreeNode {
    if (isEmpty(item)) refuse(place(item.range[0]), 'a list item is empty', 'write a step, or take the line out');
    return convert(item);
  }

  function convertMap(node: YAMLMap.Parsed, at: Place): MapNode {
    const seen = new Map<string, Place>();
    const entries: Entry[] = [];
    for (const pair of node.items) {
      if (!isScalar(pair.key)) {
        refuse(place(pair.key.range[0]), 'a key is not plain text', 'write `key: value`');
        continue;
      }
      const { at: keyAt, value: named, source } = convertScalar(pair.key);
      const key = typeof named === 'string' ? named : source;
      if (source === '<<') {
        refuse(keyAt, 'it has a merge key (<<)', 'write it out');
        continue;
      }
      const first = seen.get(key);
      if (first !== undefined) {
        refuse(keyAt, `it has the key ${key} twice (line ${first.line})`, 'keep one');
        continue;
      }
      seen.set(key, keyAt);
      const { value } = pair;
      if (value === null || isEmpty(value)) refuse(keyAt, `${key} has no value`, 'write one, or take the key out');
      entries.push({ key, at: keyAt, value: value === null ? scalar(keyAt, null, '') : convert(value) });
    }
    return { type: 'map', at, entries };
  }

  function convertScalar(node: Scalar.Parsed): ScalarNode {
    const [from, to] = node.range;
    const at = place(from);
    if (refuseProperties(node, at)) return scalar(at, null, '');
    const written = text!.slice(from, to);
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL' || written.includes('\n')) {
      refuse(at, 'a value goes over several lines', 'write it on one line');
    }
    if (written === '~') refuse(at, 'a value is empty', 'write one, or take the key out');
    // quotes count: what is in them is text to both
    else refuseAmbiguous(written, at, report);
    const commented = node.type === 'PLAIN' && /^ +#/.test(text!.slice(to, to + 40));
    return scalar(at, node.value as ScalarNode['value'], written, commented);
  }

  /** Whether it has a tag: then nobody knows what it is. */
  function refuseProperties({ anchor, tag }: ParsedNode, at: Place): boolean {
    if (anchor !== undefined) refuse(at, `it has an anchor (&${anchor})`, 'write it out');
    if (tag !== undefined) refuse(at, `it has a tag (${tag})`, 'quote the value');
    return tag !== undefined;
  }
}

/** Nothing is written there, not even quotes. */
function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.source === '';
}

function scalar(at: Place, value: ScalarNode['value'], source: string, commented = false): ScalarNode {
  return { type: 'scalar', at, value, source, commented };
}

function decoded(input: string | Uint8Array): string | undefined {
  if (typeof input === 'string') return /\p{Surrogate}/u.test(input) ? undefined : input.replace(/^\uFEFF/, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(input);
  } catch {
    return undefined;
  }
}

/** Asked of the lexer before the tree is built, because the library builds trees by recursion. */
function tooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return true;
  }
  return false;
}

/** As part of a sentence. It may quote what it could not read, at any length. */
function sentenceOf(message: string): string {
  return `${message[0]!.toLowerCase()}${message.slice(1, 200)}`;
}

// ---- what YAML 1.1 and 1.2 read differently (yaml.org/type for 1.1, the core schema for 1.2)

const V11: [RegExp, string][] = [
  [/^(?:null|Null|NULL)$/, 'nothing'],
  [/^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE)$/, 'true'],
  [/^(?:n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/, 'false'],
  [/^[-+]?0b[01_]+$/, 'a binary number'],
  [/^[-+]?0[0-7_]+$/, 'an octal number'],
  [/^[-+]?(?:0|[1-9][0-9]*)$/, 'a number'],
  [/^[-+]?[1-9][0-9_]*$/, 'a number with _ left out'],
  [/^0x[0-9a-fA-F]+$/, 'a number'],
  [/^[-+]?0x[0-9a-fA-F_]+$/, 'a hexadecimal number'],
  [/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/, 'a number in base 60'],
  [/^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?$/, 'a number'],
  [/^[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+][0-9]+)?$/, 'a number with _ left out'],
  [/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/, 'a number'],
  [
    /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]| +)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?: *(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)?$/,
    'a date',
  ],
  [/^=$/, 'a default value'],
];
const V12: [RegExp, string][] = [
  [/^(?:null|Null|NULL)$/, 'nothing'],
  [/^(?:true|True|TRUE)$/, 'true'],
  [/^(?:false|False|FALSE)$/, 'false'],
  [/^0o[0-7]+$/, 'an octal number'],
  [/^0x[0-9a-fA-F]+$/, 'a number'],
  [/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/, 'a number'],
  [/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/, 'a number'],
];

/** How a plain scalar is read: `[YAML 1.1, YAML 1.2]`. Equal words mean equal values. */
export function readings(source: string): [string, string] {
  const as = (table: [RegExp, string][]) => table.find(([form]) => form.test(source))?.[1] ?? 'text';
  return [as(V11), as(V12)];
}

function refuseAmbiguous(source: string, at: Place, report: Report): void {
  const [old, core] = readings(source);
  if (old !== core) {
    report.add('FB02', at, `"${source}" is ${old} in YAML 1.1 and ${core} in 1.2`, `quote it: "${source}"`);
  }
}
