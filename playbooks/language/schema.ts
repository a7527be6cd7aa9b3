/** JSON Schema of a page, for editors: completion and early red lines. Lint is the judge. */
import { CASE_EVENTS, MAX_CASES, PEOPLE_WORDS } from './cases.js';
import type { Catalogue, ValueType, VerbSpec } from './kinds.js';
import { MAX_STEPS } from './page.js';
import { EACH_MOST, HAND_VERBS, NAME, SLUG } from './verbs.js';
import { CLOSED_AS, GRADES, PHASES, PROOFS } from './words.js';

type Json = Record<string, unknown>;

const ref = (name: string): Json => ({ $ref: `#/definitions/${name}` });
const words = (list: readonly string[]): Json => ({ enum: [...list] });
const list = (items: Json, some: Json = {}): Json => ({ type: 'array', items, ...some });
const map = (value: Json, some: Json = {}): Json => ({ type: 'object', additionalProperties: value, ...some });
const shape = (properties: Json, required: string[]): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const CONDITION_KEYS = { id: ref('name'), when: ref('condition'), unless: ref('condition') };
const PEOPLE_KEYS = {
  from: ref('places'),
  within: ref('time'),
  // biome-ignore lint/suspicious/noThenProperty: the page's own key, as data
  then: list(ref('slug'), { minItems: 1, maxItems: 20 }),
};

/** Draft-07, which YAML editors know best. Plain JSON, the same for the same catalogue. */
export function playbookSchema(catalogue: Catalogue): Record<string, unknown> {
  const verbs = new Map<string, VerbSpec>();
  for (const kind of Object.values(catalogue)) {
    for (const [verb, spec] of Object.entries(kind.verbs)) verbs.set(verb, verbs.get(verb) ?? spec);
  }
  const names = [...verbs.keys()].sort();
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Firebreak playbook',
    ...shape(
      {
        playbook: ref('slug'),
        summary: ref('sentence'),
        for: words(Object.keys(catalogue).sort()),
        ...Object.fromEntries(PHASES.map((phase) => [phase, list(ref('item'), { minItems: 1, maxItems: MAX_STEPS })])),
        cases: list(ref('case'), { minItems: 1, maxItems: MAX_CASES }),
      },
      ['playbook', 'summary', 'cases'],
    ),
    definitions: {
      name: { type: 'string', pattern: NAME.source },
      slug: { type: 'string', pattern: SLUG.source },
      time: { type: 'string', pattern: '^[1-9][0-9]*[smhd]$' },
      sentence: { type: 'string', minLength: 1, maxLength: 300 },
      places: map({ type: 'integer', minimum: 1, maximum: 5 }, { minProperties: 1 }),
      condition: map(
        { anyOf: [{ type: 'string' }, list({ type: 'string' }, { minItems: 1, maxItems: 20 })] },
        { minProperties: 1 },
      ),
      item: { anyOf: [ref('step'), shape({ together: list(ref('step'), { minItems: 1 }) }, ['together'])] },
      step: {
        anyOf: [...names.map((name) => doSchema(name, verbs.get(name)!)), proveSchema(), taskSchema(), respondSchema()],
      },
      case: caseSchema(),
      answers: {
        anyOf: [words(PEOPLE_WORDS), list(words(PEOPLE_WORDS), { minItems: 1 }), map(words(PEOPLE_WORDS))],
      },
    },
  };
}

function doSchema(verb: string, spec: VerbSpec): Json {
  const args = Object.entries(spec.args ?? {});
  const asks = spec.class !== 'read' && spec.class !== 'tell';
  const question = {
    ask: ref('sentence'),
    ...PEOPLE_KEYS,
    if_silent: words(['hold', 'proceed']),
    if_denied: words(['hold', 'skip']),
    hours: words(['any', 'office']),
  };
  return {
    ...shape(
      {
        do: { const: verb },
        ...CONDITION_KEYS,
        ...Object.fromEntries(args.map(([name, arg]) => [name, valueSchema(arg.type)])),
        ...(asks ? question : {}),
      },
      ['do', ...args.filter(([, arg]) => arg.required).map(([name]) => name)],
    ),
    description: `${spec.title} (${spec.class})`,
  };
}

function proveSchema(): Json {
  return shape({ prove: words(PROOFS), ...CONDITION_KEYS }, ['prove']);
}

function taskSchema(): Json {
  const keys = { task: ref('sentence'), ...CONDITION_KEYS, does: words(HAND_VERBS), done_when: words(PROOFS) };
  return shape({ ...keys, ...PEOPLE_KEYS }, ['task']);
}

function respondSchema(): Json {
  const keys = { respond_to_each: ref('name'), at_most: { type: 'integer', minimum: 1, maximum: EACH_MOST } };
  return shape({ ...keys, ...CONDITION_KEYS }, ['respond_to_each']);
}

function caseSchema(): Json {
  const steps = list(ref('name'));
  return shape(
    {
      name: ref('sentence'),
      given: map({ type: ['string', 'integer'] }),
      people: map(ref('answers')),
      after: map({ anyOf: [words(CASE_EVENTS), list(words(CASE_EVENTS), { minItems: 1 })] }),
      now: { type: 'string', pattern: '^(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]$' },
      expect: shape(
        {
          incident: words(['held', ...CLOSED_AS]),
          credential: words(['active', 'restricted', 'inactive', 'gone']),
          replacement: words(['works', 'removed', 'none']),
          asked: steps,
          done: steps,
          skipped: steps,
          failed: steps,
          undone: steps,
          told: list(ref('slug')),
          contained_within: ref('time'),
          grade: map(words(GRADES)),
          children: { type: 'integer', minimum: 0 },
          incidents: { type: 'integer', minimum: 1 },
        },
        [],
      ),
    },
    ['name', 'expect'],
  );
}

function valueSchema(type: ValueType): Json {
  if (typeof type === 'object') return words(type.words);
  switch (type) {
    case 'text':
    case 'sentence':
      return ref('sentence');
    case 'time':
      return ref('time');
    case 'audience':
      return ref('slug');
    case 'count':
      return { type: 'integer', minimum: 0 };
    case 'words':
      return { anyOf: [{ type: 'string' }, list({ type: 'string' }, { minItems: 1, maxItems: 20 })] };
  }
}
