import { describe, expect, it } from 'vitest';
import { formatProblems, Report } from '../../../playbooks/language/problem.js';
import { Reader } from '../../../playbooks/language/reader.js';
import { readTree, type TreeNode } from '../../../playbooks/language/yaml-tree.js';

/** What a reader makes of a value, and what it says of it. */
function read<T>(yaml: string, ask: (reader: Reader, node: TreeNode) => T): { value: T; problems: string[] } {
  const report = new Report('p');
  const node = readTree(yaml, report);
  if (node === undefined) throw new Error(formatProblems(report.problems));
  const value = ask(new Reader(report), node);
  return { value, problems: report.problems.map((problem) => formatProblems([problem]).replace('p:', '')) };
}

const good = <T>(value: T) => ({ value, problems: [] });
const bad = (...problems: string[]) => ({ value: undefined, problems });

describe('a map', () => {
  const allowed = ['name', 'people', 'expect'];
  const keys = (yaml: string, required?: Record<string, string>) => {
    const { value, problems } = read(yaml, (reader, node) => reader.fields(node, 'a case', allowed, required));
    return { value: value && [...value.keys()], problems };
  };

  it('is read by its keys', () => {
    expect(keys('{ people: a, name: b }')).toEqual(good(['people', 'name']));
    expect(keys('{}')).toEqual(good([]));
  });

  it.each([
    ['a word', 'hello', '"hello"'],
    ['a list', '[a]', 'a list'],
    ['an empty list', '[]', 'an empty list'],
    ['nothing', 'null', 'nothing'],
    ['a truth', 'true', 'the boolean true'],
    ['a number', '0x1F', 'the number 0x1F'],
    ['blanks', '"a   b  "', '"a b "'],
    ['60 characters', 'x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['61 characters', 'x'.repeat(61), `"${'x'.repeat(59)}…"`],
  ])('is not %s', (_what, yaml, shown) => {
    expect(keys(yaml)).toEqual(bad(`1:1 FB03 a case takes a map, not ${shown}. Write \`key: value\`.`));
  });

  it('is not what was refused already, of which nothing more is said', () => {
    const { value, problems } = read('[*x]', (reader, node) =>
      node.type === 'list' ? reader.fields(node.items[0]!, 'a case', allowed) : 'no list',
    );
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('it has an alias');
  });

  it('has no other keys, and those that it must have', () => {
    const required = { name: 'name: all goes well', expect: 'expect: { incident: dead }' };
    expect(keys('{ peopel: a, colour: b, name: c, expect: d }', required)).toEqual({
      value: ['name', 'expect'],
      problems: [
        '1:3 FB06 a case has no key peopel; it has name, people, expect. Did you mean people?',
        '1:14 FB06 a case has no key colour; it has name, people, expect. Take it out.',
      ],
    });
    expect(keys('{ people: a, colour: b }', required).problems).toEqual([
      '1:14 FB06 a case has no key colour; it has name, people, expect. Take it out.',
      '1:1 FB03 a case needs name. Write name: all goes well.',
      '1:1 FB03 a case needs expect. Write expect: { incident: dead }.',
    ]);
  });

  it('is not said to need a key that is only misspelt', () => {
    expect(keys('{ people: a, nmae: b }', { name: 'name: all goes well' }).problems).toEqual([
      '1:14 FB06 a case has no key nmae; it has name, people, expect. Did you mean name?',
    ]);
  });

  it('is never told more than 24 of the keys that it may have, nor a long key in full', () => {
    const many = Array.from({ length: 30 }, (_, n) => `k${n + 100}`);
    const say = (name: string, known: string[]) =>
      read('a', (reader, { at }) => reader.unknown(at, 'a page', 'key', name, known)).problems[0];
    expect(say('other', many)).toBe(`1:1 FB06 a page has no key other; it has ${many.slice(0, 24).join(', ')}.`);
    expect(say('y'.repeat(61), ['a'])).toBe(`1:1 FB06 a page has no key ${'y'.repeat(59)}…; it has a.`);
    expect(say('other', [])).toBe('1:1 FB06 a page has no key other; it has none.');
    expect(read('a', (reader, { at }) => reader.add('FB06', at, 'it is so'))).toEqual(bad('1:1 FB06 it is so.'));
  });
});

describe('a sentence', () => {
  const sentence = (yaml: string) => read(yaml, (reader, node) => reader.sentence(node, 'ask'));

  it('has 1 to 300 characters, whatever they are made of', () => {
    expect(sentence('x')).toEqual(good('x'));
    expect(sentence(`${'x'.repeat(299)}🙂`)).toEqual(good(`${'x'.repeat(299)}🙂`));
    expect(sentence('x'.repeat(301))).toEqual(bad('1:1 FB03 ask is 301 characters long, at most 300. Shorten it.'));
  });

  it.each(['""', '"  "', '"a\\nb"', '"\\u200b hidden"'])('is not %s', (yaml) => {
    const { value, problems } = sentence(yaml);
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^1:1 FB03 ask takes a sentence of printable characters, not ".*"\. Write ask: Rotate/);
  });

  it.each([
    ['a list', '[a]', 'a list. Write ask: Rotate <credential>.'],
    ['a map', '{ a: b }', 'a map. Write ask: Rotate <credential>.'],
    ['an empty map', '{}', 'an empty map. Write ask: Rotate <credential>.'],
    ['nothing', 'null', 'nothing. Write ask: Rotate <credential>.'],
    ['a number', '12', 'the number 12. Write it quoted: "12".'],
    ['a truth', 'false', 'the boolean false. Write it quoted: "false".'],
  ])('is not %s, which is said once', (_what, yaml, said) => {
    expect(sentence(yaml)).toEqual(bad(`1:1 FB03 ask takes a sentence, not ${said}`));
  });

  it('is questioned when a comment follows it, and read', () => {
    expect(sentence('See ticket#12 # 13')).toEqual({
      value: 'See ticket#12',
      problems: ['1:1 W61 # after a sentence: is it a comment? Quote the sentence if not.'],
    });
    expect(sentence('"See ticket" # 13')).toEqual(good('See ticket'));
  });
});

describe('a word', () => {
  it('has its form; what is no text is refused once', () => {
    const form = (yaml: string) => read(yaml, (reader, node) => reader.matching(node, 'id', /^x$/, 'an x', 'id: x'));
    expect(form('x')).toEqual(good('x'));
    expect(form('xx')).toEqual(bad('1:1 FB03 id takes an x, not "xx". Write id: x.'));
    expect(form('[x]')).toEqual(bad('1:1 FB03 id takes an x, not a list. Write id: x.'));
  });

  it('is a name or a slug, as is asked', () => {
    const both = (yaml: string) => [
      read(yaml, (reader, node) => reader.name(node, 'id')),
      read(yaml, (reader, node) => reader.slug(node, 'role')),
    ];
    const noName = '1:1 FB03 id takes a name of a-z, 0-9 and _, not "a-b". Write id: look_again.';
    const noSlug = '1:1 FB03 role takes a slug of a-z, 0-9 and -, not "a_b". Write role: security-on-call.';
    expect(both('a_b')).toEqual([good('a_b'), bad(noSlug)]);
    expect(both('a-b')).toEqual([bad(noName), good('a-b')]);
  });

  it('is one of a closed list', () => {
    const word = (yaml: string) => read(yaml, (reader, node) => reader.word(node, 'if_silent', ['hold', 'proceed']));
    expect(word('proceed')).toEqual(good('proceed'));
    expect(word('never')).toEqual(bad('1:1 FB06 if_silent has no word never; it has hold, proceed.'));
    expect(word('[hold]')).toEqual(
      bad('1:1 FB03 if_silent takes one of hold, proceed, not a list. Write if_silent: hold.'),
    );
  });

  it('is a time up to 90 days, in seconds', () => {
    const time = (yaml: string) => read(yaml, (reader, node) => reader.time(node, 'within'));
    expect(time('90d')).toEqual(good(7_776_000));
    expect(time('91d')).toEqual(bad('1:1 FB03 within takes a time up to 90d, not "91d". Write within: 15m.'));
    expect(time('[15m]')).toEqual(bad('1:1 FB03 within takes a time, not a list. Write within: 15m.'));
  });
});

describe('a list', () => {
  const letters = (count: number) => `[${Array.from({ length: count }, () => 'a').join(', ')}]`;

  it('has an item at least, and 20 at most unless another limit is told', () => {
    const length = (yaml: string, limit?: number) => {
      const { value, problems } = read(yaml, (reader, node) =>
        reader.list(node, 'then', 'roles', 'then: [ciso]', limit),
      );
      return { value: value?.length, problems };
    };
    expect(length(letters(1))).toEqual(good(1));
    expect(length(letters(20))).toEqual(good(20));
    expect(length(letters(21))).toEqual(bad('1:1 FB03 then is a list of 21, at most 20. Shorten it.'));
    expect(length(letters(3), 3)).toEqual(good(3));
    expect(length(letters(4), 3)).toEqual(bad('1:1 FB03 then is a list of 4, at most 3. Shorten it.'));
    expect(length('[]')).toEqual(bad('1:1 FB03 then takes a list of roles, not an empty list. Write then: [ciso].'));
    expect(length('ciso')).toEqual(bad('1:1 FB03 then takes a list of roles, not "ciso". Write then: [ciso].'));
  });

  it('of words may be a word alone', () => {
    const words = (yaml: string) =>
      read(yaml, (reader, node) => reader.words(node, 'remove', (item) => reader.name(item, 'remove')));
    expect(words('a')).toEqual(good(['a']));
    expect(words('[a, b]')).toEqual(good(['a', 'b']));
    expect(words('A').value).toBeUndefined();
    expect(words('[a, B]')).toEqual({
      value: ['a'],
      problems: ['1:5 FB03 remove takes a name of a-z, 0-9 and _, not "B". Write remove: look_again.'],
    });
    expect(words('[]')).toEqual(
      bad('1:1 FB03 remove takes a list of words, not an empty list. Write remove: [one, other].'),
    );
  });
});

describe('a number', () => {
  it('is a whole one from 1 to the most there may be', () => {
    const count = (yaml: string, most: number) => read(yaml, (reader, node) => reader.count(node, 'at_most', most));
    expect(count('1', 100)).toEqual(good(1));
    expect(count('100', 100)).toEqual(good(100));
    for (const [yaml, shown] of [
      ['0', 'the number 0'],
      ['-1', 'the number -1'],
      ['101', 'the number 101'],
      ['1.5', 'the number 1.5'],
      ['.inf', 'the number .inf'],
      ['"3"', '"3"'],
      ['true', 'the boolean true'],
      ['[3]', 'a list'],
    ] as const) {
      expect(count(yaml, 100)).toEqual(
        bad(`1:1 FB03 at_most takes a number from 1 to 100, not ${shown}. Write at_most: 20.`),
      );
    }
    expect(count('a', 5).problems[0]).toContain('Write at_most: 5.');
  });

  it('of people stands at each role, 1 to 5', () => {
    const known = (name: string) => name !== 'nobody';
    const places = (yaml: string) => read(yaml, (reader, node) => reader.places(node, 'from', known));
    expect(places('{ ciso: 1, treasury: 5 }')).toEqual(good({ ciso: 1, treasury: 5 }));
    expect(places('{ nobody: 1, ciso: 2 }')).toEqual(good({ ciso: 2 }));
    for (const [yaml, shown] of [
      ['0', 'the number 0'],
      ['6', 'the number 6'],
      ['1.5', 'the number 1.5'],
      ['"1"', '"1"'],
      ['[1]', 'a list'],
    ]) {
      expect(places(`{ ciso: ${yaml}, treasury: 1 }`)).toStrictEqual({
        value: { treasury: 1 },
        problems: [`1:9 FB03 ciso takes a number of people from 1 to 5, not ${shown}. Write { ciso: 1 }.`],
      });
    }
    expect(places('{ Ciso: 1 }')).toEqual({
      value: {},
      problems: ['1:3 FB03 from takes roles, not Ciso. Write from: { security-on-call: 1 }.'],
    });
    for (const [yaml, shown] of [
      ['{}', 'an empty map'],
      ['ciso', '"ciso"'],
      ['[ciso]', 'a list'],
    ] as const) {
      expect(places(yaml)).toEqual(
        bad(`1:1 FB03 from takes places, not ${shown}. Write from: { security-on-call: 1 }.`),
      );
    }
  });
});
