import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments, visit } from 'yaml';
import type { SettingsProblem } from './problem.js';

export type Path = readonly PropertyKey[];

/** A YAML file whose values know their place. */
export interface YamlFile {
  value: unknown;
  problems: SettingsProblem[];
  /** Where the key at the path stands, or else the nearest thing around it. Counts from 1. */
  place(path: Path): { line: number; column: number };
}

const LIMIT_BYTES = 1024 * 1024;

/** Reads one YAML 1.2 document. Duplicate keys, anchors, aliases and tags are refused: a line means what it says, where it stands. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const problems: SettingsProblem[] = [];
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const report = (offset: number, message: string, fix: string) =>
    problems.push({ file, ...at(offset), severity: 'error', message, fix });

  if (Buffer.byteLength(text) > LIMIT_BYTES) {
    report(0, 'The file is larger than 1 MiB', 'Keep lists of owners and holidays in CSV files');
    return { value: undefined, problems, place: () => ({ line: 1, column: 1 }) };
  }
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: '1.2', merge: false });
  const [document, second] = Array.isArray(documents) ? documents : [];
  for (const error of document?.errors ?? []) {
    report(error.pos[0], `This is not YAML that Firebreak reads: ${sentence(error.message)}`, remedy(error.code));
  }
  if (second) report(second.range?.[0] ?? 0, 'A second document begins here', 'Keep all settings in one document');
  if (document && problems.length === 0) {
    visit(document, {
      Alias: (_, node) => void report(node.range?.[0] ?? 0, 'An alias stands here', 'Write the value out'),
      Node: (_, node) => {
        if (node.anchor) report(node.range?.[0] ?? 0, 'An anchor stands here', 'Write the value out where it is used');
        if (node.tag) report(node.range?.[0] ?? 0, 'A tag stands here', 'Leave it out');
      },
    });
  }
  const root = document?.contents as Node | null | undefined;
  return {
    value: problems.length === 0 ? document?.toJS({ maxAliasCount: 0 }) : undefined,
    problems,
    place: (path) => at(offsetOf(root, path)),
  };
}

/** Goes down the path as far as it can; a key's own place rather than its value's. */
function offsetOf(root: Node | null | undefined, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (!item) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

const sentence = (message: string) => message.split('\n')[0]!.replace(/[.:]$/, '');

function remedy(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'Keep one of them';
  return code === 'TAB_AS_INDENT' ? 'Indent with spaces' : '';
}
