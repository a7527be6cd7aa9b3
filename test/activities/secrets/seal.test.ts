import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer, SealError } from '../../../activities/secrets/seal.js';
import { Secret } from '../../../activities/secrets/secret.js';

const key = (id: string) => ({ id, key: createHash('sha256').update(id).digest() });
const canary = 'CANARY-wJalrXUtnFEMI';
const context = 'INC-1/recover.rotate/rotate/T/1';

function failure(run: () => unknown): SealError {
  try {
    run();
  } catch (error) {
    if (error instanceof SealError) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('createSealer', () => {
  const sealer = createSealer({ keys: [key('2026'), key('2025')] });
  const box = sealer.seal(new Secret(canary), context);

  it('opens nothing for another context than it was sealed for', () => {
    expect(failure(() => sealer.open(box, 'INC-2/recover.rotate/rotate/T/1')).code).toBe('broken');
  });

  it('opens nothing of which one bit was changed', () => {
    const bytes = Buffer.from(box.split('.')[2] ?? '', 'base64url');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const error = failure(() => sealer.open(`s1.2026.${changed.toString('base64url')}`, context));
        expect(error.code).toBe('broken');
      }),
    );
  });

  it('opens nothing that was cut short or is no box at all', () => {
    for (const wrong of ['', 's1', 's1.2026.', 's1.2026.AAAA', `s2${box.slice(2)}`, `${box}.x`, box.slice(0, -4)]) {
      expect(failure(() => sealer.open(wrong, context)).code).toBe('broken');
    }
  });

  it('names no key of another id, even if it is the same key', () => {
    const renamed = createSealer({ keys: [{ id: 'other', key: key('2026').key }] });
    expect(failure(() => renamed.open(box, context)).code).toBe('no-key');
    expect(failure(() => renamed.open(box.replace('2026', 'other'), context)).code).toBe('broken');
  });

  it('refuses keys that are too short, oddly named or the same twice', () => {
    const short = { id: 'k', key: Buffer.alloc(16) };
    for (const keys of [[], [short], [{ ...key('a'), id: 'a.b' }], [key('a'), key('a')]]) {
      expect(failure(() => createSealer({ keys })).code).toBe('invalid');
    }
  });

  it('writes with the first key and reads with all', () => {
    const old = createSealer({ keys: [key('2025')] }).seal(new Secret(canary), context);

    expect(sealer.open(old, context).reveal()).toBe(canary);
    expect(box).toMatch(/^s1\.2026\./);
  });

  it('seals the same value differently each time', () => {
    expect(sealer.seal(new Secret(canary), context)).not.toBe(box);
  });

  it('brings back any value for any context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (value, any) => {
        expect(sealer.open(sealer.seal(new Secret(value), any), any).reveal()).toBe(value);
      }),
    );
  });

  it('shows the value nowhere: not in the box, not in an opened secret, not in an error', () => {
    const opened = sealer.open(box, context);
    const wrong = failure(() => sealer.open(box, 'else'));

    expect([box, inspect(opened), JSON.stringify({ opened }), `${opened}`, inspect(wrong)].join()).not.toContain(
      canary,
    );
    expect(box).not.toContain(Buffer.from(canary).toString('base64url').slice(0, 12));
  });
});
