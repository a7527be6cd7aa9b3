import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsIn, kindOfId, partOfId } from '../../../worker/intake/credential-ids.js';

const KEY = 'AKIAQ2W3E4R5T6Y7UQX7';
const SESSION = 'ASIAQ2W3E4R5T6Y7UQX7';

it('knows the kind of a credential by its id, and guesses none', () => {
  for (const id of ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE', `AKIA${'A'.repeat(12)}`, `AKIA${'7'.repeat(28)}`]) {
    expect(kindOfId(id), id).toBe('aws-access-key');
  }
  for (const id of [
    '',
    'AIDAIOSFODNN7EXAMPLE',
    'XAKIAIOSFODNN7EXAMPLE',
    `AKIA${'A'.repeat(11)}`,
    `AKIA${'A'.repeat(29)}`,
  ]) {
    expect(kindOfId(id), id).toBeUndefined();
  }
  expect(kindOfId('AKIAIOSFODNN7example')).toBeUndefined();
});

describe('ids in a text', () => {
  it.each([
    ['none in a sentence', 'somebody leaked a key', []],
    ['none in a longer word', `x${KEY} ${KEY}1x`, []],
    ['one, whatever stands around it', `("${KEY}"),`, [KEY]],
    ['one in an address', `https://console.example/keys/${KEY}?x=1`, [KEY]],
    ['one that was typed in small letters', KEY.toLowerCase(), [KEY]],
    ['each once, in their order', `${SESSION} ${KEY} ${SESSION}`, [SESSION, KEY]],
  ])('are found: %s', (_, text, ids) => {
    expect(idsIn(text)).toEqual(ids.map((id) => ({ kind: 'aws-access-key', id })));
  });

  it('are what kindOfId knows, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'K', 'I', 'S', '2', '9', ' ', 'x'), maxLength: 60 }),
        (text) => {
          for (const { kind, id } of idsIn(text)) expect(kindOfId(id)).toBe(kind);
        },
      ),
    );
  });
});

describe('a part of an id', () => {
  it.each([
    ['half typed', 'AKIA12', 'AKIA12', ''],
    ['as a card shortens it', 'freeze AKIA…QX7 please', 'AKIA', 'QX7'],
    ['with dots', 'akia..qx7', 'AKIA', 'QX7'],
    ['with a digit that no id has', 'AKIAQ2W3E4R5T6Y7UQX1', 'AKIAQ2W3E4R5T6Y7UQX1', ''],
    ['too long', `${KEY}${KEY}`, `${KEY}${KEY}`, ''],
    ['whole, and going on all the same', `${KEY}…QX7`, KEY, 'QX7'],
  ])('is noticed %s', (_, text, head, tail) => {
    expect(partOfId(text)).toEqual({ kind: 'aws-access-key', head, tail });
  });

  it('is no longer than ids are, however long the word', () => {
    const part = partOfId(`AKIA${'x'.repeat(500)}…${'y'.repeat(500)}`);
    expect(part?.head).toHaveLength(130);
    expect(part?.tail).toHaveLength(130);
  });

  it('is not seen in whole ids and ordinary words', () => {
    for (const text of [KEY, KEY.toLowerCase(), `${KEY} and ${SESSION}`, 'what leaked?', 'Slakia', ''])
      expect(partOfId(text), text).toBeUndefined();
  });
});
