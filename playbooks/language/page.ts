/** A page: what to do for one kind of credential, read from YAML and free of mistakes. */
import type { Case } from './cases.js';
import { sha256 } from './digest.js';
import type { Catalogue, KindSpec } from './kinds.js';
import { lintPage } from './lint.js';
import type { Condition, Places } from './plan.js';
import { nearest, type Place, type Problem, Report } from './problem.js';
import { readCases } from './read-cases.js';
import { HEADS, type ReadStep, StepReader } from './read-step.js';
import { type Fields, Reader } from './reader.js';
import { References } from './references.js';
import type { HandVerb } from './verbs.js';
import { type EffectClass, PHASES, type Phase, type Proof } from './words.js';
import { type MapNode, readTree, type TreeNode } from './yaml-tree.js';

const TOP_KEYS = ['playbook', 'summary', 'for', ...PHASES, 'cases'];
export const MAX_STEPS = 64;

/** People's keys and a question's, as written; what is unwritten says nothing. */
export interface WrittenGate {
  from?: Places;
  withinSeconds?: number;
  /** `then`: who is asked next, a tier each. */
  tiers?: string[];
  ifSilent?: 'hold' | 'proceed';
  ifDenied?: 'hold' | 'skip';
  hours?: 'any' | 'office';
}

interface PageStepBase {
  name: string;
  phase: Phase;
  at: Place;
  class: EffectClass;
  when?: Condition;
  unless?: Condition;
}
export interface DoStep extends PageStepBase {
  head: 'do';
  verb: string;
  args: Record<string, string | string[] | number>;
  /** A question written on the page. */
  ask?: string;
  gate: WrittenGate;
}
export interface ProveStep extends PageStepBase {
  head: 'prove';
  proof: Proof;
}
export interface HandStep extends PageStepBase {
  head: 'task';
  sentence: string;
  does?: HandVerb;
  doneWhen?: Proof;
  people: Pick<WrittenGate, 'from' | 'withinSeconds' | 'tiers'>;
}
export interface RespondStep extends PageStepBase {
  head: 'respond_to_each';
  /** Name of the `find_created` step. */
  of: string;
  atMost: number;
}
export type PageStep = DoStep | ProveStep | HandStep | RespondStep;

/** One item of a phase: a step, or several that run side by side. */
export interface Item {
  steps: PageStep[];
}

export interface Page {
  name: string;
  summary: string;
  /** Whose verbs it uses. A page answers alerts about the kind that has its name. */
  kind: string;
  phases: Record<Phase, Item[]>;
  cases: Case[];
  file: string;
  /** Lower-case hex, over the page's text. */
  sha256: string;
}

/** What the team's settings know; with it `check` also refuses roles, audiences and environments that do not exist. */
export interface SettingsWords {
  roles?: readonly string[];
  audiences?: readonly string[];
  environments?: readonly string[];
}

/**
 * Reads a page and reports all its problems at once, sorted by line; `page` is there exactly when none of them is an
 * error. Never throws, whatever the text. `file` is how problems name it, and its base name must be the page's name.
 */
export function readPage(
  text: string | Uint8Array,
  file: string,
  catalogue: Catalogue,
  settings: SettingsWords = {},
): { page?: Page; problems: Problem[] } {
  const report = new Report(file);
  const tree = readTree(text, report);
  const page = tree === undefined ? undefined : readTop(tree, file, catalogue, settings, new Reader(report));
  const problems = report.sorted();
  if (page === undefined || report.failed) return { problems };
  return {
    page: { ...page, sha256: sha256(typeof text === 'string' ? text : new TextDecoder().decode(text)) },
    problems,
  };
}

function readTop(
  tree: TreeNode,
  file: string,
  catalogue: Catalogue,
  settings: SettingsWords,
  reader: Reader,
): Omit<Page, 'sha256'> | undefined {
  const fields = reader.fields(tree, 'a page', TOP_KEYS, {
    playbook: 'playbook: aws-access-key',
    summary: 'summary: Freeze a leaked key and prove that it is dead.',
    cases: 'cases: [ { name: silence deletes nothing, people: { revoke: silent }, expect: { incident: held } } ]',
  });
  if (fields === undefined || tree.type !== 'map') return undefined;

  const name = readName(reader, fields, file);
  const summaryNode = fields.get('summary')?.value;
  const summary = summaryNode && reader.sentence(summaryNode, 'summary', 'summary: Freeze a leaked key.');
  const kind = readKind(reader, fields, name, catalogue);
  if (kind === undefined) return undefined;

  const { phases, read, complete } = readPhases(reader, tree, kind, settings);
  const steps = read.map(({ step }) => step);
  const references = new References(reader, catalogue, settings, kind, steps);
  if (summaryNode && summary) references.sentence(summaryNode.at, summary);
  for (const { step, conditions, sentences, ofAt } of read) {
    for (const entry of conditions) {
      const condition = references.condition(entry);
      if (condition !== undefined) step[entry.key === 'when' ? 'when' : 'unless'] = condition;
    }
    for (const sentence of sentences) references.sentence(sentence.at, sentence.text);
    if (step.head === 'respond_to_each') references.finder(step.of, ofAt ?? step.at);
  }
  const casesEntry = fields.get('cases');
  const cases = casesEntry === undefined ? [] : readCases(reader, references, casesEntry, steps, settings);
  const page = { name: name ?? '', summary: summary ?? '', kind: kind.kind, phases, cases, file };
  lintPage(page, kind, complete, tree.at, reader.report);
  return page;
}

function readName(reader: Reader, fields: Fields, file: string): string | undefined {
  const entry = fields.get('playbook');
  if (entry === undefined) return undefined;
  const name = reader.slug(entry.value, 'playbook', 'playbook: aws-access-key');
  const base = /([^/\\]+)\.ya?ml$/.exec(file)?.[1];
  if (name === undefined || base === undefined || base === name) return name;
  reader.add(
    'FB03',
    entry.value.at,
    `playbook takes the name of its file, ${base}, not ${name}`,
    `write playbook: ${base}`,
  );
  return name;
}

function readKind(
  reader: Reader,
  fields: Fields,
  name: string | undefined,
  catalogue: Catalogue,
): KindSpec | undefined {
  const entry = fields.get('for') ?? fields.get('playbook');
  const kind = fields.has('for') ? reader.slug(entry!.value, 'for', 'for: aws-access-key') : name;
  if (entry === undefined || kind === undefined) return undefined;
  if (Object.hasOwn(catalogue, kind)) return catalogue[kind];
  return reader.unknown(
    entry.value.at,
    'this installation',
    'kind',
    kind,
    Object.keys(catalogue),
    'write `for: <kind>`',
  );
}

/** FB11 for a phase that stands after one that runs later; FB03 for too many steps; FB05 for two of one name. */
function readPhases(reader: Reader, tree: MapNode, kind: KindSpec, settings: SettingsWords) {
  const phases: Page['phases'] = { alongside: [], contain: [], assess: [], recover: [], close: [] };
  const steps = new StepReader(reader, kind, settings);
  const read: ReadStep[] = [];
  let complete = true;
  let latest: Phase = 'alongside';

  const readOne = (node: TreeNode, phase: Phase): ReadStep[] => {
    const before = reader.report.problems.length;
    const step = node.type === 'map' ? steps.read(node, phase) : undefined;
    if (step === undefined || reader.report.problems.length > before) complete = false;
    return step === undefined ? [] : [step];
  };
  for (const { key, at, value } of tree.entries) {
    const phase = PHASES.find((known) => known === key);
    if (phase === undefined) continue;
    if (PHASES.indexOf(phase) < PHASES.indexOf(latest)) {
      reader.add('FB11', at, `${phase} stands after ${latest} but runs before it`, 'move it');
    } else latest = phase;
    const items = reader.list(value, phase, 'steps', `${phase}: [ { do: scan_logs } ]`, MAX_STEPS) ?? [];
    if (items.length === 0) complete = false;
    for (const item of items) {
      const together = stepHead(reader, item, phase);
      const members = (together ?? [item]).flatMap((node) => readOne(node, phase));
      read.push(...members);
      if (members.length > 0) phases[phase].push({ steps: members.map(({ step }) => step) });
    }
  }
  if (read.length > MAX_STEPS) {
    reader.add('FB03', tree.at, `this page is ${read.length} steps long, at most ${MAX_STEPS}`, 'split it');
  }
  const seen = new Map<string, PageStep>();
  for (const { step, named } of read) {
    const first = seen.get(step.name);
    if (first === undefined) seen.set(step.name, step);
    else {
      const fix = named ? 'rename one' : 'give it an `id`';
      reader.add('FB05', step.at, `two steps are called ${step.name} (line ${first.at.line})`, fix);
    }
  }
  return { phases, read, complete };
}

/** FB04 unless the item has exactly one head. The members of a `together`, if it is one. */
function stepHead(reader: Reader, item: TreeNode, phase: Phase, inside = false): TreeNode[] | undefined {
  if (item.type !== 'map') return reader.wrong(item, phase, 'steps', '`do: disable`');
  const heads = item.entries.filter(({ key }) => (HEADS as readonly string[]).includes(key));
  if (heads.length !== 1) {
    const misspelt = heads.length === 0 ? item.entries.map(({ key }) => nearest(key, HEADS)).find(Boolean) : undefined;
    const fix =
      misspelt !== undefined ? `did you mean ${misspelt}?` : heads.length === 0 ? 'write `do: disable`' : 'split it';
    return reader.add('FB04', item.at, `a step has one of ${HEADS.join(', ')}; here ${heads.length}`, fix);
  }
  const head = heads[0]!;
  if (head.key !== 'together') return undefined;
  if (inside)
    return reader.add('FB04', head.at, 'a together has no together in it', 'write its steps in the outer one');
  if (phase === 'alongside') {
    reader.add(
      'FB12',
      head.at,
      'together stands in alongside, where all start at once anyway',
      'write its steps alone',
    );
  }
  reader.fields(item, 'together', ['together']);
  const members = reader.list(head.value, 'together', 'steps', 'together: [ { do: disable } ]', MAX_STEPS) ?? [];
  for (const member of members) stepHead(reader, member, phase, true);
  return members;
}
