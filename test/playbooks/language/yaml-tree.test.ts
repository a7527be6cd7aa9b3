import { describe, expect, it } from 'vitest';
import { formatProblems, Report } from '../../../playbooks/language/problem.js';
import { MAX_PAGE_BYTES, readings, readTree } from '../../../playbooks/language/yaml-tree.js';

const REFUSED = 'FB01 this is not YAML that Firebreak reads:';

function read(text: string | Uint8Array) {
  const report = new Report('p');
  const tree = readTree(text, report);
  return { tree, problems: formatProblems(report.sorted()).replaceAll('p:', '').replaceAll(REFUSED, '!').split('\n') };
}

const at = (line: number, column: number) => ({ line, column });
const scalar = (line: number, column: number, value: unknown, source = String(value), commented = false) => ({
  type: 'scalar',
  at: at(line, column),
  value,
  source,
  commented,
});

describe('what is not read at all', () => {
  it.each([
    ['nothing', '', '1:1 ! it is empty. Begin with `playbook: <name>`.'],
    ['comments alone', '# a page\n\n# to be\n', '1:1 ! it is empty. Begin with `playbook: <name>`.'],
    ['an empty document', '---\n', '1:1 ! it is empty. Begin with `playbook: <name>`.'],
    ['half a character', 'a: \ud800', '1:1 ! it is not UTF-8. Save it as UTF-8.'],
    ['bytes that are no text', new Uint8Array([0x61, 0xc3]), '1:1 ! it is not UTF-8. Save it as UTF-8.'],
    ['a tab at the beginning', '\ta: b', '1:1 ! it has a tab. Use spaces.'],
    ['a tab further on', 'a: b\nc: d\ne:\tf', '3:3 ! it has a tab. Use spaces.'],
    ['a second document', 'a: b\n---\nc: d', '2:1 ! it holds more than one document. One file, one page.'],
    ['what follows the end', 'a: b\n...\nc: d', '3:1 ! it holds more than one document. One file, one page.'],
    ['a directive', '%YAML 1.2\n---\na: b', '1:1 ! it has a directive (%). Take the line out.'],
    ['a quote without its end', 'a: b\nc: "d', '2:6 ! missing closing "quote. Quote it, or write it out.'],
    [
      'a list without its end',
      'a: [b',
      '1:6 ! flow sequence in block collection must be sufficiently indented and end with a ]. Quote it, or write it out.',
    ],
    [
      'a value in a value',
      'a: b: c',
      '1:4 ! nested mappings are not allowed in compact mappings. Quote it, or write it out.',
    ],
    ['a tag that nothing explains', 'a: !e!x b', '1:4 ! could not resolve tag: !e!x. Quote it, or write it out.'],
    ['an alias without a name', '- *', '1:3 ! alias cannot be an empty string. Quote it, or write it out.'],
    ['an anchor without a name', '- & a', '1:3 ! anchor cannot be an empty string. Quote it, or write it out.'],
  ])('is %s, for one reason', (_what, text, problem) => {
    expect(read(text)).toEqual({ tree: undefined, problems: [problem] });
  });

  it('quotes at most 200 characters of what it could not read', () => {
    const tag = read(`a: !e!${'x'.repeat(500)} b`).problems[0] ?? '';
    expect(tag).toBe(
      `1:4 ! could not resolve tag: !e!${'x'.repeat(200 - 'could not resolve tag: !e!'.length)}. Quote it, or write it out.`,
    );
  });

  it('has 64 KiB at most, counted in bytes', () => {
    const page = (bytes: number) => `a: b\n#${'ä'.repeat((bytes - 6) / 2)}`;
    expect(read(page(MAX_PAGE_BYTES)).problems).toEqual(['']);
    expect(read(page(MAX_PAGE_BYTES + 2))).toEqual({
      tree: undefined,
      problems: ['1:1 ! it has 65538 bytes, at most 65536. Split it into several pages.'],
    });
  });

  it('is nested 40 levels at most', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}a${']'.repeat(levels)}`;
    // the word within is a level, too
    expect(read(nested(39)).problems).toEqual(['']);
    expect(read(nested(40))).toEqual({
      tree: undefined,
      problems: ['1:1 ! it is nested more than 40 levels deep. Write it flat.'],
    });
  });
});

describe('what is refused where it stands', () => {
  it.each([
    ['an anchor of a list', 'a: &x [b]', ['1:7 ! it has an anchor (&x). Write it out.']],
    ['an anchor of a key', '&x a: b', ['1:4 ! it has an anchor (&x). Write it out.']],
    [
      'an alias',
      'a: &x b\nc: *x',
      ['1:7 ! it has an anchor (&x). Write it out.', '2:4 ! it has an alias (*). Write it out.'],
    ],
    ['an alias of nothing', 'c: *x', ['1:4 ! it has an alias (*). Write it out.']],
    ['a tag of a word', 'a: !!str b', ['1:10 ! it has a tag (tag:yaml.org,2002:str). Quote the value.']],
    ['a tag of a list', 'a: !!pairs [b: c]', ['1:12 ! it has a tag (tag:yaml.org,2002:pairs). Quote the value.']],
    ['a tag of a map', 'a: !x { b: yes }', ['1:7 ! it has a tag (!x). Quote the value.']],
    ['a tag of bytes', 'a: !!binary aGk=', ['1:13 ! it has a tag (tag:yaml.org,2002:binary). Quote the value.']],
    ['a tag of nothing', 'a: ! yes', ['1:6 ! it has a tag (!). Quote the value.']],
    [
      'an anchor and a tag',
      'a: &x !y b',
      ['1:10 ! it has an anchor (&x). Write it out.', '1:10 ! it has a tag (!y). Quote the value.'],
    ],
    ['a list as a key', 'a: b\n? [c]\n: d', ['2:3 ! a key is not plain text. Write `key: value`.']],
    ['a map as a key', '? { c: d }\n: e', ['1:3 ! a key is not plain text. Write `key: value`.']],
    ['an alias as a key', 'a: b\n*x : d', ['2:1 ! a key is not plain text. Write `key: value`.']],
    ['a merge key', 'a: { <<: { b: c } }', ['1:6 ! it has a merge key (<<). Write it out.']],
    ['a key twice', 'a: b\nc: d\n"a": e', ['3:1 ! it has the key a twice (line 1). Keep one.']],
    [
      'a key three times',
      '{ a: b, a: c, a: d }',
      ['1:9 ! it has the key a twice (line 1). Keep one.', '1:15 ! it has the key a twice (line 1). Keep one.'],
    ],
    ['a number as a key twice', '1: b\n"1": c', ['2:1 ! it has the key 1 twice (line 1). Keep one.']],
    ['a key without a value', 'a:\nb: c', ['1:1 ! a has no value. Write one, or take the key out.']],
    ['a key alone', 'b: { a }', ['1:6 ! a has no value. Write one, or take the key out.']],
    ['a question without an answer', '? a', ['1:3 ! a has no value. Write one, or take the key out.']],
    ['a ~', 'a: ~', ['1:4 ! a value is empty. Write one, or take the key out.']],
    ['an empty item', '- a\n-\n- b', ['2:2 ! a list item is empty. Write a step, or take the line out.']],
    ['a folded value', 'a: >\n  b', ['1:4 ! a value goes over several lines. Write it on one line.']],
    ['a folded value of nothing', 'a: >', ['1:4 ! a value goes over several lines. Write it on one line.']],
    ['a literal value of nothing', 'a: |', ['1:4 ! a value goes over several lines. Write it on one line.']],
    ['quotes over lines', 'a: "b\n  c"', ['1:4 ! a value goes over several lines. Write it on one line.']],
    ['words over lines', 'a: b\n  c', ['1:4 ! a value goes over several lines. Write it on one line.']],
    ['a word of YAML 1.1', 'a: [b, yes]', ['1:8 FB02 "yes" is true in YAML 1.1 and text in 1.2. Quote it: "yes".']],
    ['such a word as a key', 'no: b', ['1:1 FB02 "no" is false in YAML 1.1 and text in 1.2. Quote it: "no".']],
  ])('is %s', (_what, text, problems) => {
    expect(read(text).problems).toEqual(problems);
  });

  it('still yields the tree, so that all that is wrong is said at once', () => {
    expect(read('a: *x\nb: { c }\n? [d]\n: e\nf: !x y\n')).toMatchObject({
      tree: {
        type: 'map',
        at: at(1, 1),
        entries: [
          { key: 'a', at: at(1, 1), value: scalar(1, 4, null, '') },
          {
            key: 'b',
            at: at(2, 1),
            value: { type: 'map', at: at(2, 4), entries: [{ key: 'c', at: at(2, 6), value: scalar(2, 6, null, '') }] },
          },
          { key: 'f', at: at(5, 1), value: scalar(5, 7, null, '') },
        ],
      },
    });
    expect(read('- ! a\n- !x [b]').tree).toEqual({
      type: 'list',
      at: at(1, 1),
      items: [scalar(1, 5, null, ''), scalar(2, 6, null, '')],
    });
    expect(read('a: b\na: c\n<<: d').tree).toMatchObject({ entries: [{ key: 'a', value: { value: 'b' } }] });
  });
});

describe('what is read', () => {
  it('is a tree of positions, with each value as it stands in the file', () => {
    expect(read('a: "b c"\n\nd: [1, 2.50, true, null]\n"e f": { g: h }')).toEqual({
      problems: [''],
      tree: {
        type: 'map',
        at: at(1, 1),
        entries: [
          { key: 'a', at: at(1, 1), value: scalar(1, 4, 'b c', '"b c"') },
          {
            key: 'd',
            at: at(3, 1),
            value: {
              type: 'list',
              at: at(3, 4),
              items: [scalar(3, 5, 1), scalar(3, 8, 2.5, '2.50'), scalar(3, 14, true), scalar(3, 20, null, 'null')],
            },
          },
          {
            key: 'e f',
            at: at(4, 1),
            value: { type: 'map', at: at(4, 8), entries: [{ key: 'g', at: at(4, 10), value: scalar(4, 13, 'h') }] },
          },
        ],
      },
    });
  });

  it.each([
    ['one word', 'hello', scalar(1, 1, 'hello')],
    ['one word with nothing in it', '""', scalar(1, 1, '', '""')],
    ['quoted words of YAML 1.1', '"yes"', scalar(1, 1, 'yes', '"yes"')],
    ['a quoted ~', "'~'", scalar(1, 1, '~', "'~'")],
    ['what begins like a merge key', '<<b', scalar(1, 1, '<<b')],
    ['<< as a value', '<<', scalar(1, 1, '<<')],
    ['a page after a byte order mark', '\ufeffa', scalar(1, 1, 'a')],
    ['that mark elsewhere', 'a\ufeffb', scalar(1, 1, 'a\ufeffb')],
    ['bytes', new TextEncoder().encode('ä'), scalar(1, 1, 'ä')],
    ['a page with its beginning marked', '---\na', scalar(2, 1, 'a')],
    ['an empty list', '[]', { type: 'list', at: at(1, 1), items: [] }],
    ['a % that is no directive', 'a %', scalar(1, 1, 'a %')],
  ])('is %s', (_what, text, tree) => {
    expect(read(text)).toEqual({ tree, problems: [''] });
  });

  it('has the names of keys as they are written, when they are no text', () => {
    const keys = (text: string) => {
      const { tree } = read(text);
      return tree?.type === 'map' ? tree.entries.map(({ key }) => key) : undefined;
    };
    expect(keys('{ 12: a, null: b, 1.50: c, "": d, \'e\': f }')).toEqual(['12', 'null', '1.50', '', 'e']);
    expect(keys('{ "<<b": a }')).toEqual(['<<b']);
  });

  it('lets a list hold maps of one key without braces', () => {
    expect(read('[a: b]').tree).toMatchObject({ items: [{ type: 'map', at: at(1, 2), entries: [{ key: 'a' }] }] });
  });

  it('knows which plain value a comment follows on its line', () => {
    const commented = (text: string) => {
      const { tree } = read(text);
      const value = tree?.type === 'map' ? tree.entries[0]?.value : undefined;
      return value?.type === 'scalar' ? value.commented : undefined;
    };
    expect(commented('a: b # c')).toBe(true);
    expect(commented('a: b   # c')).toBe(true);
    expect(commented('a: "b" # c')).toBe(false);
    expect(commented('a: b#c')).toBe(false);
    expect(commented('a: b\n# c')).toBe(false);
    expect(commented('{ a: b, d: e } # c')).toBe(false);
  });
});

describe('how YAML 1.1 and 1.2 read a word', () => {
  it.each([
    ['nothing', 'nothing', 'null Null NULL'],
    ['true', 'true', 'true True TRUE'],
    ['false', 'false', 'false False FALSE'],
    ['true', 'text', 'y Y yes Yes YES on On ON'],
    ['false', 'text', 'n N no No NO off Off OFF'],
    ['a binary number', 'text', '0b1 0b11 -0b10 +0b1_0'],
    ['an octal number', 'a number', '010 0177 -07 +00'],
    ['an octal number', 'text', '0_7 0_'],
    ['text', 'a number', '08 0178 -09'],
    ['a number', 'a number', '0 -0 7 +12 100 0x1F 0xff 0xA'],
    ['a number with _ left out', 'text', '1_000 -1_0 +9_'],
    ['a hexadecimal number', 'text', '0x1_F -0x1F +0xa 0x_'],
    ['a number in base 60', 'text', '1:2 12:30 123:59 1:2:3 -12:30 +1:0 1_2:30 1:30. 1:30.25 1:30.2_5'],
    ['a number', 'a number', '1.5 12.25 -1.5 +0.5 1. .5 .25 -.5 1.5e+10 1.25E-3 .25e+12 -1.e+1'],
    ['text', 'a number', '1e3 12e10 1E+10 1.5e10 -2e-12 .5e1'],
    ['a number with _ left out', 'text', '1_0.5 1_00.25 -1_0. +1_0.5 1.2_3 ._5 -.2_5 1_0.5e+10 1_0.5E-12 ._ .'],
    ['a number', 'a number', '.inf .Inf .INF -.inf +.INF .nan .NaN .NAN'],
    ['text', 'an octal number', '0o7 0o17'],
    ['a default value', 'text', '='],
    [
      'a date',
      'text',
      '2026-10-01 2026-1-2 2026-10-01T03:11:00Z 2026-10-01t3:11:00 2026-1-2T03:11:00.25-05:30 2026-10-01T03:11:00.+2',
    ],
  ])('is %s and %s', (old, core, words) => {
    for (const word of words.split(' ')) expect([word, ...readings(word)]).toEqual([word, old, core]);
  });

  it.each([
    '2026-10-01 03:11:00',
    '2026-10-01   03:11:00.5',
    '2026-10-01 03:11:00 Z',
    '2026-10-01 03:11:00   +02',
    '2026-10-01 03:11:00 -12:30',
  ])('takes %s for a date in YAML 1.1 alone', (word) => {
    expect(readings(word)).toEqual(['a date', 'text']);
  });

  it('is text in both when something stands before or after it, or is not of its form', () => {
    const words = `null true false yes no 0b1 0x1F -0x1F 1_000 1:30 1.5 1_0.5 .inf .nan 2026-10-01 2026-10-01T03:11:00Z = 0o17 017 12 1e3`;
    for (const word of words.split(' ')) {
      expect([word, ...readings(`x${word}`)]).toEqual([word, 'text', 'text']);
      expect([word, ...readings(`${word}x`)]).toEqual([word, 'text', 'text']);
    }
    const others = `-.nan --1 +-.inf 0b 0b12 0o8 0o 0x 0xgg -0xg 12:60 12:345 1: .x e3 1e 1.5e 1.5e+ 1.5x+1 2026-10 202-10-01
      2026-10-01T03:11 2026-10-01T03:1:00 2026-10-01T03:11:0 2026-10-01T03:11:00+123 2026-10-01T03:11:00+02:3 -yes + - ~`;
    for (const word of others.split(/\s+/)) expect([word, ...readings(word)]).toEqual([word, 'text', 'text']);
  });
});
