/**
 * YAML as Firebreak reads it: the part that means the same to every tool, as a tree of positions. What this file
 * refuses (FB01, FB02) nobody after it has to think of.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, Lexer, LineCounter, type Node, Parser, parseDocument } from 'yaml';
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
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  if (/^%/m.test(text)) refuse(place(text.search(/^%/m)), 'it has a directive (%)', 'take the line out');
  for (const { code, message, pos } of document.errors) {
    if (code === 'MULTIPLE_DOCS') refuse(place(pos[0]), 'it holds more than one document', 'one file, one page');
    else if (code !== 'TAG_RESOLVE_FAILED' && code !== 'BAD_ALIAS') {
      refuse(place(pos[0]), sentenceOf(message), 'quote it, or write it out');
    }
  }
  if (report.failed) return undefined;
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.source === '' && contents.type === 'PLAIN')) {
    refuse(start, 'it is empty', 'begin with `playbook: <name>`');
    return undefined;
  }
  return convert(contents);

  function convert(node: Node): TreeNode {
    const at = place(node.range?.[0] ?? 0);
    if (isAlias(node)) {
      refuse(at, 'it has an alias (*)', 'write it out');
      return scalar(at, null, '');
    }
    if (node.anchor !== undefined) refuse(at, `it has an anchor (&${node.anchor})`, 'write it out');
    if (node.tag !== undefined) refuse(at, `it has a tag (${node.tag})`, 'quote the value');
    if (isSeq(node)) {
      return { type: 'list', at, items: node.items.map((item) => convertItem(item, at)) };
    }
    if (isMap(node)) {
      const seen = new Map<string, Place>();
      const entries: Entry[] = [];
      for (const pair of node.items) {
        const keyNode = pair.key;
        if (!isScalar(keyNode)) {
          refuse(
            isMap(keyNode) || isSeq(keyNode) || isAlias(keyNode) ? place(keyNode.range?.[0] ?? 0) : at,
            'a key is not plain text',
            'write `key: value`',
          );
          continue;
        }
        const keyScalar = convert(keyNode);
        const key = keyScalar.type === 'scalar' ? String(keyScalar.value ?? '') : '';
        if (keyScalar.type === 'scalar' && keyScalar.source === '<<') {
          refuse(keyScalar.at, 'it has a merge key (<<)', 'write it out');
          continue;
        }
        const first = seen.get(key);
        if (first !== undefined) {
          refuse(keyScalar.at, `it has the key ${key} twice (line ${first.line})`, 'keep one');
          continue;
        }
        seen.set(key, keyScalar.at);
        if (pair.value === null || (isScalar(pair.value) && pair.value.type === 'PLAIN' && pair.value.source === '')) {
          refuse(keyScalar.at, `${key} has no value`, 'write one, or take the key out');
        }
        if (isNode(pair.value)) entries.push({ key, at: keyScalar.at, value: convert(pair.value) });
      }
      return { type: 'map', at, entries };
    }
    if (!isScalar(node)) return scalar(at, null, '');

    const [from, to] = node.range ?? [0, 0];
    const plain = node.type === 'PLAIN';
    const written = text!.slice(from, to);
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL' || written.includes('\n')) {
      refuse(at, 'a value goes over several lines', 'write it on one line');
    }
    const value = node.value;
    if (plain) {
      if (node.source === '~') refuse(at, 'a value is empty', 'write one, or take the key out');
      else if (written !== '<<') refuseAmbiguous(written, at, report);
    }
    return scalar(
      at,
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
      written,
      plain && /^ +#/.test(text!.slice(to, to + 40)),
    );
  }

  function convertItem(item: unknown, at: Place): TreeNode {
    if (isScalar(item) && item.type === 'PLAIN' && item.source === '') {
      refuse(place(item.range?.[0] ?? 0), 'a list item is empty', 'write a step, or take the line out');
    }
    if (isNode(item)) return convert(item);
    // `[ a: b ]` is a list of one-key maps to YAML; nobody who writes it means that
    refuse(
      isPair(item) && isScalar(item.key) ? place(item.key.range?.[0] ?? 0) : at,
      'a list item has a key',
      'use { }',
    );
    return scalar(at, null, '');
  }
}

function scalar(at: Place, value: ScalarNode['value'], source: string, commented = false): ScalarNode {
  return { type: 'scalar', at, value, source, commented };
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
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

function sentenceOf(message: string): string {
  const first = message.split('\n')[0]!.replace(/\.$/, '').slice(0, 200);
  return `${first[0]?.toLowerCase() ?? ''}${first.slice(1)}`;
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
  [/^[-+]?[0-9]+$/, 'a number'],
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
