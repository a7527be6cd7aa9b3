import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectKey, undoKey } from '../../activities/apply-effect.js';
import { type EffectName, effectName } from '../../activities/effect-key.js';

/** Computed by test/vectors/make-vectors.py, which shares no code with ours. */
const vectors = JSON.parse(readFileSync(new URL('../vectors/keys.json', import.meta.url), 'utf8')) as {
  name: EffectName;
  key: string;
  undo: string;
}[];
const CHANGED =
  'An effect that is under way in an open incident is found again by its key alone. Under another key its next attempt finds no ' +
  'intent and does it a second time, its undo finds no pre-image, and no decision covers it. Keep the key; new effects get new verbs.';

describe('the key', () => {
  it.each(vectors)('of a known effect never changes: $key', ({ name, key, undo }) => {
    expect(effectKey(name), CHANGED).toBe(key);
    expect(undoKey(key), CHANGED).toBe(undo);
    expect(effectName(key), CHANGED).toEqual(name);
    expect(effectName(undo), CHANGED).toEqual(name);
  });

  it('refuses names that could be read in two ways', () => {
    const name = { incident: 'INC-1', step: 's', verb: 'v', target: 't', generation: 1 };
    for (const wrong of [
      { incident: 'INC/1' },
      { step: '' },
      { verb: 'a b' },
      { target: '' },
      { generation: 0 },
      { generation: 1.5 },
    ]) {
      expect(() => effectKey({ ...name, ...wrong })).toThrow(/no effect can be called/);
    }
    for (const key of ['INC-1/s/v/t', 'INC 1/s/v/t/1', 'INC-1/s/v/t/1/x', 'INC-1/s/v/t/0', '']) {
      expect(() => effectName(key), key).toThrow(`${key} is not the key of an effect`);
    }
  });

  it('gives two effects one key only if they are the same effect', () => {
    const part = fc.stringMatching(/^[a-z.0-9-]{1,6}$/);
    const target = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const name = fc.record({
      incident: part,
      step: part,
      verb: part,
      target,
      generation: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(name, (one) => {
        expect(effectName(effectKey(one))).toEqual(one);
        expect(effectName(undoKey(effectKey(one)))).toEqual(one);
      }),
    );
  });
});
