import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NotStrictJson, strictJson } from '../../../worker/intake/strict-json.js';

const read = (text: string, limits?: { depth: number; keys: number }) => strictJson(Buffer.from(text), limits);
const reason = (text: string, limits?: { depth: number; keys: number }): string => {
  try {
    read(text, limits);
    return 'taken';
  } catch (error) {
    return error instanceof NotStrictJson ? error.reason : 'another error';
  }
};

it('reads what every parser reads, strings with quotes, brackets and escapes in them too', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const again = JSON.stringify(JSON.parse(text));
      fc.pre(!/"(__proto__|constructor)":/.test(again));
      expect(read(again)).toEqual(JSON.parse(again));
    }),
  );
  const odd = { 'a"b': ['}{', '\\', '\\"', '","', { ':': '[' }], '\\': { '\\"': 1 } };
  expect(read(JSON.stringify(odd))).toEqual(odd);
});

it('takes exactly so many levels and keys, and not one more', () => {
  expect(reason('[[1]]', { depth: 2, keys: 9 })).toBe('taken');
  expect(reason('[[[1]]]', { depth: 2, keys: 9 })).toBe('depth');
  expect(reason('[[1],[1]]', { depth: 2, keys: 9 })).toBe('taken');
  expect(reason('{"a":1,"b":{"c":2}}', { depth: 2, keys: 3 })).toBe('taken');
  expect(reason('{"a":1,"b":{"c":2}}', { depth: 2, keys: 2 })).toBe('keys');
});

it.each([
  ['{"a":1,"a":1}', 'duplicate-key'],
  ['{"a":[{"b":1},{"b":2}],"c":{"a":1}}', 'taken'],
  ['{"a":"x","b":"a"}', 'taken'],
  ['{"a":["a","a"],"b":1}', 'taken'],
  ['{"a":{"x":1},"a":1}', 'duplicate-key'],
  ['{"a":[1,2],"a":1}', 'duplicate-key'],
  ['[{"a":1,"\\u0061":2}]', 'duplicate-key'],
  ['{"x":{"__proto__":1}}', 'forbidden-key'],
  ['{"x":"__proto__"}', 'taken'],
  ['["constructor"]', 'taken'],
  ['{"a":', 'json'],
  ['', 'json'],
  ['{"constructor":1}', 'forbidden-key'],
  ['{"a":{"b":1},"c":"a"}', 'taken'],
  ['{"a":[{"b":1},"b","b"],"c":1}', 'taken'],
  ['{"a":1,"b":["a"],"a":2}', 'duplicate-key'],
  ['{"a":{},"a":2}', 'duplicate-key'],
  ['{"a\\\\":1,"a\\\\":2}', 'duplicate-key'],
  ['[{"a":1},{"a":1}]', 'taken'],
])('answers %s with: %s', (text, wanted) => {
  expect(reason(text)).toBe(wanted);
});

it('takes 32 levels and 5,000 keys where nobody says otherwise', () => {
  const levels = (n: number) => '['.repeat(n) + ']'.repeat(n);
  const keys = (n: number) => JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, k) => [`k${k}`, 1])));
  expect([reason(levels(32)), reason(levels(33))]).toEqual(['taken', 'depth']);
  expect([reason(keys(5_000)), reason(keys(5_001))]).toEqual(['taken', 'keys']);
});

it('does not count the strings of a list as keys', () => {
  expect(reason('{"a":["x","y","z"],"b":"c"}', { depth: 2, keys: 2 })).toBe('taken');
});

it('takes no byte order mark', () => {
  expect(reason('\uFEFF{}')).toBe('json');
});

it('names the reason and never the text', () => {
  expect(() => read('{"secret"')).toThrow(/^not the JSON that Firebreak reads: json$/);
  expect(() => strictJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(/utf8/);
});
