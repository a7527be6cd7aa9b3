/** What steps, conditions, sentences and cases may refer to: facts, and results of steps, with their words. */
import { CONDITION_FACTS } from './condition.js';
import type { Catalogue, KindSpec, ValueType } from './kinds.js';
import type { PageStep, SettingsWords } from './page.js';
import type { Condition } from './plan.js';
import type { Place } from './problem.js';
import type { Reader } from './reader.js';
import { pathsIn } from './sentence.js';
import { EACH_RESULTS, SLUG } from './verbs.js';
import { GRADES, STEP_STATES } from './words.js';
import type { Entry, TreeNode } from './yaml-tree.js';

const SENTENCE_FACTS = [
  'credential',
  'credential.id',
  'credential.account',
  'credential.name',
  'owner',
  'subject',
  'exposed_since',
];

export const FACT_WORDS = {
  criticality: ['critical', 'normal', 'unknown'],
  exposure: ['public', 'internal', 'unknown'],
  secret: ['held', 'not_held'],
} as const;

export class References {
  private readonly reader: Reader;
  private readonly catalogue: Catalogue;
  private readonly settings: SettingsWords;
  private readonly results = new Map<string, Record<string, ValueType>>();
  private readonly finders: string[];

  constructor(
    reader: Reader,
    catalogue: Catalogue,
    settings: SettingsWords,
    kind: KindSpec,
    steps: readonly PageStep[],
  ) {
    this.reader = reader;
    this.catalogue = catalogue;
    this.settings = settings;
    this.finders = steps.flatMap((step) => (step.head === 'do' && step.verb === 'find_created' ? [step.name] : []));
    for (const step of steps) if (!this.results.has(step.name)) this.results.set(step.name, resultsOf(step, kind));
  }

  get steps(): string[] {
    return [...this.results.keys()];
  }

  /** The type of `step.result`; undefined = reported. */
  result(path: string, at: Place): ValueType | undefined {
    const [step = '', result = ''] = path.split('.');
    const results = this.results.get(step);
    if (results === undefined) return this.reader.unknown(at, 'this page', 'step', step, this.steps);
    if (Object.hasOwn(results, result)) return results[result];
    return this.reader.unknown(at, step, 'result', result === '' ? path : result, Object.keys(results));
  }

  /** FB06 unless it is a step that finds what was made. */
  finder(name: string, at: Place): void {
    if (this.finders.includes(name)) return;
    this.reader.unknown(at, 'respond_to_each', 'find_created step', name, this.finders, 'write `do: find_created`');
  }

  /** A `when` or `unless`; undefined = reported. */
  condition({ key, at, value: node }: Entry): Condition | undefined {
    const example = key === 'when' ? 'when: { exposure: public }' : 'unless: { scan_logs.verdict: no_misuse_found }';
    if (node.type !== 'map' || node.entries.length === 0) {
      return this.reader.wrong(node, key, 'a map of path to word or list', example);
    }
    if (key === 'unless' && node.entries.length > 1) {
      // nobody agrees whether two keys mean "and" or "or"
      return this.reader.add(
        'FB03',
        at,
        `unless takes one path, not ${node.entries.length}`,
        'write two steps, or `when`',
      );
    }
    const condition: Condition = {};
    for (const entry of node.entries) {
      const type = this.conditionType(entry);
      const words = type === undefined ? undefined : this.words(entry.value, entry.key, type);
      if (words !== undefined && words.length > 0) condition[entry.key] = words;
    }
    return condition;
  }

  /** FB06 for each placeholder that nothing fills. */
  sentence(at: Place, text: string): void {
    for (const path of new Set(pathsIn(text))) {
      const facts = [...SENTENCE_FACTS, ...CONDITION_FACTS];
      if (facts.includes(path)) continue;
      if (path.includes('.') && !path.startsWith('credential.')) this.result(path, at);
      else this.reader.unknown(at, 'a sentence', 'fact', path, facts);
    }
  }

  /** The words that a fact may have; undefined = any slug. */
  factWords(fact: string): readonly string[] | undefined {
    if (Object.hasOwn(FACT_WORDS, fact)) return FACT_WORDS[fact as keyof typeof FACT_WORDS];
    if (fact === 'credential.kind') return Object.keys(this.catalogue);
    const environments = this.settings.environments;
    return environments === undefined ? undefined : [...new Set([...environments, 'default'])];
  }

  private conditionType({ key, at }: Entry): readonly string[] | 'slug' | undefined {
    if ((CONDITION_FACTS as readonly string[]).includes(key)) return this.factWords(key) ?? 'slug';
    if (SENTENCE_FACTS.includes(key)) {
      return this.reader.add('FB06', at, `a condition cannot look at ${key}; it can at ${CONDITION_FACTS.join(', ')}`);
    }
    if (!key.includes('.')) {
      const known = [...CONDITION_FACTS, ...this.steps.map((step) => `${step}.state`)];
      return this.reader.unknown(at, 'a condition', 'fact', key, known, `write ${key}.state for a step`);
    }
    const type = this.result(key, at);
    if (type === undefined) return undefined;
    if (typeof type !== 'object') return ['none'];
    return key.endsWith('.state') ? type.words : [...type.words, 'none'];
  }

  private words(node: TreeNode, key: string, type: readonly string[] | 'slug'): string[] | undefined {
    return this.reader.words(node, key, (item) =>
      type === 'slug'
        ? this.reader.matching(item, key, SLUG, 'a slug', `${key}: production`)
        : this.reader.word(item, key, type),
    );
  }
}

/** What conditions and sentences may read of a step. */
function resultsOf(step: PageStep, kind: KindSpec): Record<string, ValueType> {
  const state = { words: STEP_STATES };
  const grade = { words: GRADES };
  switch (step.head) {
    case 'do':
      return { state, ...kind.verbs[step.verb]?.results };
    case 'prove':
      return { state, grade };
    case 'task':
      return step.doneWhen === undefined ? { state } : { state, grade };
    case 'respond_to_each':
      return { state, ...EACH_RESULTS };
  }
}
