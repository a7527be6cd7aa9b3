import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectKey, undoKey } from '../../activities/apply-effect.js';
import { effectName } from '../../activities/effect-key.js';

describe('effectKey', () => {
  const vectors = [
    ['INC-142', 'contain.disable', 'disable', 'aws-access-key/111122223333/AKIAIOSFODNN7EXAMPLE/status', 1],
    ['INC-1', 'recover.rotate', 'rotate', 'aws-access-key/111122223333/user/svc-payouts/keys', 2],
    ['INC-7', 'alongside.open_ticket', 'open_ticket', 'ticket', 10],
  ] as const;
  const keys = [
    'INC-142/contain.disable/disable/aws-access-key/111122223333/AKIAIOSFODNN7EXAMPLE/status/1',
    'INC-1/recover.rotate/rotate/aws-access-key/111122223333/user/svc-payouts/keys/2',
    'INC-7/alongside.open_ticket/open_ticket/ticket/10',
  ];

  it('never changes the key of a known effect: running incidents would do it twice', () => {
    const made = vectors.map(([incident, step, verb, target, generation]) =>
      effectKey({ incident, step, verb, target, generation }),
    );
    expect(made).toEqual(keys);
    expect(undoKey(keys[0] as string)).toBe(`${keys[0]}/undo`);
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
    expect(() => effectName('INC-1/s/v/t')).toThrow(/is not the key of an effect/);
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
