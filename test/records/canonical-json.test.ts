import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../records/canonical-json.js';

it.each<[string, unknown, string]>([
  [
    'keys by their UTF-16 units, an astral one before U+FB33',
    { '\ufb33': 1, '\u{1f600}': 2, b: 3, a: 4 },
    '{"a":4,"b":3,"\u{1f600}":2,"\ufb33":1}',
  ],
  ['what is inside in order too', [{ b: [{ d: 1, c: 2 }], a: null }], '[{"a":null,"b":[{"c":2,"d":1}]}]'],
  ['nothing where a key has nothing', { a: undefined, b: 0 }, '{"b":0}'],
  ['null where a list has nothing', [undefined, 1], '[null,1]'],
  ['null for nothing at all', undefined, 'null'],
  ['a text as JSON does, a false and an empty one included', ['a"\n\u0007', false, ''], '["a\\"\\n\\u0007",false,""]'],
])('writes %s', (_, value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'writes no %s, which is not JSON',
  (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(`${value} is not JSON`);
  },
);

it('is the same text for the same value whatever the order of its keys, and reads as that value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
