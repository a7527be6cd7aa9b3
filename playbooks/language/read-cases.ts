/** Reads `cases`: every step, result, fact, role and word in them must exist on the page. */
import {
  type Answers,
  CASE_EVENTS,
  type Case,
  type CaseFacts,
  MAX_CASES,
  PEOPLE_WORDS,
  type PeopleWord,
  PROVIDER_FAULTS,
} from './cases.js';
import type { PageStep, SettingsWords } from './page.js';
import type { Place } from './problem.js';
import type { Fields, Reader } from './reader.js';
import { FACT_WORDS, type References } from './references.js';
import { SLUG } from './verbs.js';
import { CLOSED_AS, GRADES } from './words.js';
import type { Entry, TreeNode } from './yaml-tree.js';

const KEYS = ['name', 'given', 'people', 'after', 'expect', 'now'];
const STEP_LISTS = ['asked', 'done', 'skipped', 'failed', 'undone'] as const;
const EXPECT_KEYS = [
  'incident',
  'credential',
  'replacement',
  ...STEP_LISTS,
  'told',
  'contained_within',
  'grade',
  'children',
  'incidents',
];
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const EXAMPLE = 'cases: [ { name: silence deletes nothing, expect: { incident: held } } ]';

/** What a case does not say. */
const UNSAID: CaseFacts = {
  environment: 'production',
  criticality: 'normal',
  exposure: 'public',
  secret: 'held',
  owner: 'known',
  subject: 'none',
};

/** What is wrong is reported; what could be read is returned. */
export function readCases(
  reader: Reader,
  references: References,
  entry: Entry,
  steps: readonly PageStep[],
  settings: SettingsWords,
): Case[] {
  const cases = new CaseReader(reader, references, steps, settings);
  const items = reader.list(entry.value, 'cases', 'cases', EXAMPLE, MAX_CASES) ?? [];
  return items.flatMap((item) => cases.read(item) ?? []);
}

class CaseReader {
  private readonly reader: Reader;
  private readonly references: References;
  private readonly steps: ReadonlyMap<string, PageStep>;
  private readonly settings: SettingsWords;
  private readonly seen = new Map<string, Place>();

  constructor(reader: Reader, references: References, steps: readonly PageStep[], settings: SettingsWords) {
    this.reader = reader;
    this.references = references;
    this.steps = new Map(steps.map((step) => [step.name, step]));
    this.settings = settings;
  }

  read(node: TreeNode): Case | undefined {
    const { reader } = this;
    const fields = reader.fields(node, 'a case', KEYS, {
      name: 'name: silence deletes nothing',
      expect: 'expect: { incident: held }',
    });
    if (fields === undefined) return undefined;
    const name = this.name(fields);
    const read: Case = {
      name: name ?? '',
      at: node.at,
      given: { facts: { ...UNSAID }, results: {}, provider: {} },
      people: {},
      after: {},
      expect: this.expect(fields.get('expect')),
      now: this.now(fields.get('now')),
    };
    for (const entry of this.entries(fields.get('given'), 'given: { exposure: internal }'))
      this.given(entry, read.given);
    for (const entry of this.entries(fields.get('people'), 'people: { revoke: silent }')) {
      const answers = this.people(entry);
      if (answers !== undefined) read.people[entry.key] = answers;
    }
    for (const entry of this.entries(fields.get('after'), 'after: { disable: second_alert }')) {
      const step = this.step(entry.key, entry.at);
      const events = reader.words(entry.value, entry.key, (item) => reader.word(item, entry.key, CASE_EVENTS));
      if (step !== undefined && events !== undefined) read.after[step] = events as Case['after'][string];
    }
    return read;
  }

  private name(fields: Fields): string | undefined {
    const entry = fields.get('name');
    const name = entry && this.reader.sentence(entry.value, 'name', 'name: silence deletes nothing');
    if (entry === undefined || name === undefined) return undefined;
    const first = this.seen.get(name);
    if (first !== undefined) {
      this.reader.add('FB05', entry.value.at, `two cases are called "${name}" (line ${first.line})`, 'rename one');
    }
    this.seen.set(name, entry.value.at);
    return name;
  }

  private entries(entry: Entry | undefined, example: string): Entry[] {
    if (entry === undefined) return [];
    if (entry.value.type === 'map' && entry.value.entries.length > 0) return entry.value.entries;
    this.reader.wrong(entry.value, entry.key, 'a map', example);
    return [];
  }

  private step(name: string, at: Place): string | undefined {
    if (this.steps.has(name)) return name;
    return this.reader.unknown(at, 'this page', 'step', name, [...this.steps.keys()]);
  }

  /** A fact, a result, or what a step's provider does. */
  private given({ key, at, value }: Entry, into: Case['given']): void {
    const { reader } = this;
    if (Object.hasOwn(UNSAID, key)) {
      const fact = key as keyof CaseFacts;
      const words =
        Object.hasOwn(FACT_WORDS, key) || key === 'environment' ? this.references.factWords(key) : undefined;
      const word =
        words === undefined
          ? reader.matching(value, key, /^[a-z][a-z0-9_@.-]{0,63}$/, 'a word', `${key}: unknown`)
          : reader.word(value, key, words);
      if (word !== undefined) into.facts = { ...into.facts, [fact]: word };
    } else if (key.includes('.')) {
      const result = this.result({ key, at, value });
      if (result !== undefined) into.results[key] = result;
    } else if (this.steps.has(key)) {
      const fault = reader.word(value, key, PROVIDER_FAULTS);
      if (fault !== undefined) into.provider[key] = fault;
    } else {
      const known = [...Object.keys(UNSAID), ...this.steps.keys()];
      reader.unknown(at, 'given', 'fact or step', key, known);
    }
  }

  private result({ key, at, value }: Entry): string | number | undefined {
    const { reader } = this;
    const type = this.references.result(key, at);
    if (type === undefined) return undefined;
    if (key.endsWith('.state')) {
      return reader.add(
        'FB03',
        at,
        'given takes a result, not a state',
        'write what its provider does: `disable: unavailable`',
      );
    }
    if (typeof type === 'object') return reader.word(value, key, type.words);
    if (type === 'count' || type === 'words') {
      const count = value.type === 'scalar' ? value.value : undefined;
      if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
      return reader.wrong(value, key, 'a count', `${key}: 1`);
    }
    return reader.sentence(value, key, `${key}: some text`);
  }

  /** One word, a list by tier, or a map by role. */
  private people({ key, at, value }: Entry): Answers | undefined {
    const { reader } = this;
    const step = this.step(key.endsWith('.ask') ? key.slice(0, -'.ask'.length) : key, at);
    if (step === undefined) return undefined;
    const word = (node: TreeNode): PeopleWord | undefined => {
      const answer = reader.word(node, key, PEOPLE_WORDS);
      const onlyTasks = answer === 'done' || answer === 'claims';
      const target = this.steps.get(step)!;
      // whether a proof is a task depends on the kind, and whether a step is asked about on the policy
      if (!onlyTasks || (target.head !== 'do' && !key.endsWith('.ask'))) return answer;
      return reader.add('FB06', node.at, `the question ${step} has no word ${answer}; it has approve, deny, silent`);
    };
    if (value.type === 'list') {
      const words = reader
        .list(value, key, 'answers by tier', `${key}: [silent, approve]`)
        ?.flatMap((n) => word(n) ?? []);
      return words === undefined ? undefined : { by: 'tier', words };
    }
    if (value.type === 'map') {
      const words: Record<string, PeopleWord> = {};
      for (const { key: role, at: roleAt, value: node } of value.entries) {
        const answer = word(node);
        if (!SLUG.test(role))
          reader.add('FB03', roleAt, `${key} takes roles, not ${role}`, `write { security-on-call: deny }`);
        else if (this.settings.roles?.includes(role) === false) {
          reader.unknown(roleAt, 'firebreak.yaml', 'role', role, this.settings.roles);
        } else if (answer !== undefined) words[role] = answer;
      }
      return { by: 'role', words };
    }
    const all = word(value);
    return all === undefined ? undefined : { by: 'all', word: all };
  }

  private now(entry: Entry | undefined): Case['now'] {
    const monday = { day: 1, minute: 10 * 60 };
    if (entry === undefined) return monday;
    const form = /^(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):([0-5][0-9])$/;
    const text = this.reader.matching(entry.value, 'now', form, 'a day and a time', 'now: sat 03:00');
    const [, day = '', hour, minute] = form.exec(text ?? '') ?? [];
    return text === undefined ? monday : { day: DAYS.indexOf(day) + 1, minute: Number(hour) * 60 + Number(minute) };
  }

  private expect(entry: Entry | undefined): Case['expect'] {
    const { reader } = this;
    const expect: Case['expect'] = {};
    const fields = entry && reader.fields(entry.value, 'expect', EXPECT_KEYS);
    if (fields === undefined || entry === undefined) return expect;
    if (fields.size === 0)
      reader.wrong(entry.value, 'expect', 'at least one expectation', 'expect: { incident: held }');
    for (const [key, { value }] of fields) {
      switch (key) {
        case 'incident':
          expect.incident = reader.word(value, key, ['held', ...CLOSED_AS]);
          break;
        case 'credential':
          expect.credential = reader.word(value, key, ['active', 'restricted', 'inactive', 'gone']);
          break;
        case 'replacement':
          expect.replacement = reader.word(value, key, ['works', 'removed', 'none']);
          break;
        case 'contained_within':
          expect.containedWithinSeconds = reader.time(value, key);
          break;
        case 'incidents':
          expect.incidents = this.number(value, key, 1);
          break;
        case 'children':
          expect.children = this.number(value, key, 0);
          break;
        case 'grade':
          expect.grade = this.grades(value);
          break;
        case 'told':
          expect.told = this.items(value, key, (item) =>
            reader.matching(item, key, SLUG, 'audiences', 'told: [owner]'),
          );
          break;
        default:
          expect[key as (typeof STEP_LISTS)[number]] = this.items(value, key, (item) => {
            const name = reader.text(item, key, 'names of steps', `${key}: [disable]`);
            return name === undefined ? undefined : this.step(name, item.at);
          });
      }
    }
    return expect;
  }

  private number(value: TreeNode, key: string, least: number): number | undefined {
    const number = value.type === 'scalar' ? value.value : undefined;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least) return number;
    return this.reader.wrong(value, key, `a number from ${least}`, `${key}: 1`);
  }

  /** A list that may be empty: `asked: []` says that nobody is. */
  private items(node: TreeNode, key: string, read: (item: TreeNode) => string | undefined): string[] | undefined {
    if (node.type === 'list' && node.items.length === 0) return [];
    return this.reader.list(node, key, 'names', `${key}: [disable]`)?.flatMap((item) => read(item) ?? []);
  }

  private grades(node: TreeNode): Record<string, (typeof GRADES)[number]> | undefined {
    if (node.type !== 'map') return this.reader.wrong(node, 'grade', 'a map', 'grade: { dead: refused }');
    const grades: Record<string, (typeof GRADES)[number]> = {};
    for (const { key, at, value } of node.entries) {
      const step = this.step(key, at);
      const grade = this.reader.word(value, key, GRADES);
      if (step !== undefined && grade !== undefined) grades[step] = grade;
    }
    return grades;
  }
}
