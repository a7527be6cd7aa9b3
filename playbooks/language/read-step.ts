/** Reads one step of a page: its head decides which further keys it takes. */
import type { KindSpec } from './kinds.js';
import type { DoStep, HandStep, PageStep, ProveStep, RespondStep, SettingsWords, WrittenGate } from './page.js';
import type { Place } from './problem.js';
import { readArgs, requiredArgs } from './read-args.js';
import type { Fields, Reader } from './reader.js';
import { EACH_AT_MOST, EACH_MOST, HAND_VERBS, handClass } from './verbs.js';
import { type Phase, PROOFS, type Proof } from './words.js';
import type { Entry, MapNode, TreeNode } from './yaml-tree.js';

export const HEADS = ['do', 'prove', 'task', 'respond_to_each', 'together'] as const;
const CONDITION_KEYS = ['id', 'when', 'unless'];
const PEOPLE_KEYS = ['from', 'within', 'then'];
const QUESTION_KEYS = [...PEOPLE_KEYS, 'if_silent', 'if_denied', 'hours'];
/** Names that a step cannot have, because sentences use them for facts. */
const FACT_NAMES = [
  'credential',
  'environment',
  'criticality',
  'exposure',
  'secret',
  'owner',
  'subject',
  'exposed_since',
];

/** A step, and what can only be judged when all steps are known. */
export interface ReadStep {
  step: PageStep;
  /** Undefined = the default name (the verb, the proof, what it does) was taken. */
  named: boolean;
  conditions: Entry[];
  sentences: { at: Place; text: string }[];
  /** Where a `respond_to_each` names its step. */
  ofAt?: Place;
}

export class StepReader {
  private readonly reader: Reader;
  private readonly kind: KindSpec;
  private readonly settings: SettingsWords;
  constructor(reader: Reader, kind: KindSpec, settings: SettingsWords) {
    this.reader = reader;
    this.kind = kind;
    this.settings = settings;
  }

  /** Undefined = reported, and the page is incomplete. `together` is the caller's. */
  read(node: MapNode, phase: Phase): ReadStep | undefined {
    const head = node.entries.find((entry) => (HEADS as readonly string[]).includes(entry.key));
    switch (head?.key) {
      case 'do':
        return this.readDo(node, head, phase);
      case 'prove':
        return this.readProve(node, head, phase);
      case 'task':
        return this.readTask(node, head, phase);
      case 'respond_to_each':
        return this.readRespond(node, head, phase);
      default:
        return undefined;
    }
  }

  private readDo(node: MapNode, head: Entry, phase: Phase): ReadStep | undefined {
    const { reader, kind, settings } = this;
    const verb = reader.matching(head.value, 'do', /^[a-z]/, 'a verb', 'do: disable');
    if (verb === undefined) return undefined;
    const spec = Object.hasOwn(kind.verbs, verb) ? kind.verbs[verb]! : undefined;
    if (spec === undefined) {
      const known = Object.keys(kind.verbs);
      if ((HAND_VERBS as readonly string[]).includes(verb)) {
        const can = known.length === 0 ? 'nothing' : known.join(', ');
        const what = `${kind.kind} cannot ${verb}; it can ${can}`;
        return reader.add('FB13', head.value.at, what, `write a task that \`does: ${verb}\``);
      }
      if ((PROOFS as readonly string[]).includes(verb)) {
        return reader.add(
          'FB06',
          head.value.at,
          `${kind.kind} has no verb ${verb}; it is a proof`,
          `write \`prove: ${verb}\``,
        );
      }
      return reader.unknown(head.value.at, kind.kind, 'verb', verb, known);
    }
    const allowed = ['do', ...CONDITION_KEYS, ...Object.keys(spec.args ?? {}), 'ask', ...QUESTION_KEYS];
    const fields = reader.fields(node, verb, allowed, requiredArgs(spec));
    if (fields === undefined) return undefined;

    const sentences: ReadStep['sentences'] = [];
    const ask = this.question(fields.get('ask'), sentences);
    if (!fields.has('ask')) {
      const orphan = QUESTION_KEYS.map((key) => fields.get(key)).find((entry) => entry !== undefined);
      if (orphan !== undefined) {
        reader.add('FB03', orphan.at, `${orphan.key} needs ask`, 'write ask: Delete <credential> for good?');
      }
    }
    const step: DoStep = {
      ...this.base(fields, verb, phase, head.at),
      head: 'do',
      verb,
      class: spec.class,
      args: readArgs(reader, fields, spec, settings, sentences),
      ...defined({ ask }),
      gate: this.gate(fields),
    };
    return { step, named: fields.has('id'), conditions: conditionsOf(fields), sentences };
  }

  private readProve(node: MapNode, head: Entry, phase: Phase): ReadStep | undefined {
    const fields = this.reader.fields(node, 'prove', ['prove', ...CONDITION_KEYS]);
    const proof = this.proof(head);
    if (fields === undefined || proof === undefined) return undefined;
    const step: ProveStep = { ...this.base(fields, proof, phase, head.at), head: 'prove', proof, class: 'read' };
    return { step, named: fields.has('id'), conditions: conditionsOf(fields), sentences: [] };
  }

  private readTask(node: MapNode, head: Entry, phase: Phase): ReadStep | undefined {
    const { reader, kind } = this;
    const fields = reader.fields(node, 'a task', ['task', ...CONDITION_KEYS, 'does', 'done_when', ...PEOPLE_KEYS]);
    if (fields === undefined) return undefined;
    const sentence = reader.sentence(head.value, 'task', 'task: Turn <credential> off where it lives.');
    const does = mapped(fields.get('does'), (entry) => reader.word(entry.value, 'does', HAND_VERBS));
    const doneWhen = mapped(fields.get('done_when'), (entry) => this.doneWhen(entry));
    if (!fields.has('id') && !fields.has('does')) {
      return reader.add('FB05', head.at, 'this task needs an id', 'give it an `id`');
    }
    if (sentence === undefined || (fields.has('does') && does === undefined)) return undefined;
    const step: HandStep = {
      ...this.base(fields, does ?? 'task', phase, head.at),
      head: 'task',
      sentence,
      class: does === undefined ? 'read' : handClass(does, kind),
      ...defined({ does, doneWhen }),
      people: this.gate(fields),
    };
    const sentences = [{ at: head.value.at, text: sentence }];
    return { step, named: fields.has('id'), conditions: conditionsOf(fields), sentences };
  }

  private readRespond(node: MapNode, head: Entry, phase: Phase): ReadStep | undefined {
    const { reader } = this;
    const fields = reader.fields(node, 'respond_to_each', ['respond_to_each', 'at_most', ...CONDITION_KEYS]);
    const of = reader.name(head.value, 'respond_to_each');
    const atMost = mapped(fields?.get('at_most'), ({ value }) => reader.count(value, 'at_most', EACH_MOST));
    if (fields === undefined || of === undefined) return undefined;
    const step: RespondStep = {
      ...this.base(fields, 'respond_to_each', phase, head.at),
      head: 'respond_to_each',
      of,
      atMost: atMost ?? EACH_AT_MOST,
      class: 'read',
    };
    return { step, named: fields.has('id'), conditions: conditionsOf(fields), sentences: [], ofAt: head.value.at };
  }

  private base(fields: Fields, fallback: string, phase: Phase, at: Place): { name: string; phase: Phase; at: Place } {
    const id = mapped(fields.get('id'), (entry) => {
      const name = this.reader.name(entry.value, 'id');
      if (name === undefined || !FACT_NAMES.includes(name)) return name;
      return this.reader.wrong(entry.value, 'id', 'a name that is not a fact', `id: look_at_${name}`);
    });
    return { name: id ?? fallback, phase, at };
  }

  private proof(entry: Entry): Proof | undefined {
    const proof = this.reader.word(entry.value, entry.key, PROOFS);
    if (proof === undefined || this.kind.proofs.includes(proof)) return proof;
    const can = this.kind.proofs.length === 0 ? 'nothing' : this.kind.proofs.join(', ');
    const what = `${this.kind.kind} cannot prove ${proof}; it can prove ${can}`;
    return this.reader.add('FB13', entry.value.at, what, 'write a task, whose word counts as a word');
  }

  private doneWhen(entry: Entry): Proof | undefined {
    if (this.kind.byHand !== true) return this.proof(entry);
    const what = `${this.kind.kind} cannot look by itself, so no done_when; its proofs are tasks`;
    return this.reader.add('FB13', entry.at, what, 'write `prove:` as the next step');
  }

  private question(entry: Entry | undefined, sentences: ReadStep['sentences']): string | undefined {
    if (entry === undefined) return undefined;
    const example = 'ask: Delete <credential> for good?';
    const ask = this.reader.sentence(entry.value, 'ask', example);
    if (ask === undefined) return undefined;
    sentences.push({ at: entry.value.at, text: ask });
    return ask.includes('?') ? ask : this.reader.add('FB40', entry.value.at, 'a question needs a ?', 'write it');
  }

  private gate(fields: Fields): WrittenGate {
    const { reader } = this;
    const read = <T>(key: string, of: (node: TreeNode) => T | undefined) =>
      mapped(fields.get(key), ({ value }) => of(value));
    return defined({
      from: read('from', (node) => reader.places(node, 'from', (name, at) => this.isRole(name, at))),
      withinSeconds: read('within', (node) => reader.time(node, 'within')),
      tiers: read('then', (node) => this.roles(node)),
      ifSilent: read('if_silent', (node) => reader.word(node, 'if_silent', ['hold', 'proceed'])),
      ifDenied: read('if_denied', (node) => reader.word(node, 'if_denied', ['hold', 'skip'])),
      hours: read('hours', (node) => reader.word(node, 'hours', ['any', 'office'])),
    });
  }

  private roles(node: TreeNode): string[] | undefined {
    const example = 'then: [security-on-call]';
    return this.reader.list(node, 'then', 'roles', example)?.flatMap((item) => {
      const role = this.reader.slug(item, 'then', example);
      return role !== undefined && this.isRole(role, item.at) ? [role] : [];
    });
  }

  private isRole(name: string, at: Place): boolean {
    const roles = this.settings.roles;
    if (roles === undefined || roles.includes(name)) return true;
    this.reader.unknown(at, 'firebreak.yaml', 'role', name, roles);
    return false;
  }
}

function conditionsOf(fields: Fields): Entry[] {
  return ['when', 'unless'].flatMap((key) => fields.get(key) ?? []);
}

function mapped<T>(entry: Entry | undefined, read: (entry: Entry) => T | undefined): T | undefined {
  return entry === undefined ? undefined : read(entry);
}

/** The same without the keys that have no value. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
