import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bind } from '../../../playbooks/language/bind.js';
import { canonicalJson, planDigest, sha256 } from '../../../playbooks/language/digest.js';
import { readPage } from '../../../playbooks/language/page.js';
import type { Plan } from '../../../playbooks/language/plan.js';
import { CATALOGUE, CREDENTIAL, facts } from './kinds-for-tests.js';

/** RFC 8785 appendix B: IEEE 754 bits and how they are written. */
const NUMBERS: [string, string][] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

function double(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('canonical JSON', () => {
  it.each(NUMBERS)('writes the number %s as RFC 8785 says: %s', (bits, written) => {
    expect(canonicalJson(double(bits))).toBe(written);
  });

  it('writes the example of RFC 8785 section 3.2.3', () => {
    const example = {
      numbers: [JSON.parse('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(example)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 units as RFC 8785 section 3.2.3 says', () => {
    const keys = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(keys).matchAll(/":"([^"]+)"/g)].map(([, name]) => name);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    undefined,
    () => 1,
    new Date(0),
    new Map(),
    '\ud800',
    { '\udfff': 1 },
  ])('refuses what JSON cannot say (%s)', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });

  it('leaves out keys that have no value', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });
});

/** Computed by test/vectors/make-vectors.py, which shares no code with ours. */
const known = JSON.parse(readFileSync(new URL('../../vectors/digests.json', import.meta.url), 'utf8')) as {
  plan: Omit<Plan, 'digest'>;
  digest: string;
}[];
const CHANGED =
  'The digest is what people approved, and the name under which records keep the plan. Under another digest every answer that was ' +
  'given in an open incident is void, and its activities do not find their plan. Keep what goes into it and how it is written; a new ' +
  'shape of plan gets a new `ir`.';

describe('the digest of a plan', () => {
  it.each(known)('is known and never changes: $digest', ({ plan, digest }) => {
    expect(planDigest(plan), CHANGED).toBe(digest);
  });

  const file = new URL('../../../playbooks/aws-access-key.yaml', import.meta.url);
  const bound = () =>
    bind(readPage(readFileSync(file), 'aws-access-key.yaml', CATALOGUE).page!, {
      incident: 'INC-1',
      credential: CREDENTIAL,
      facts: facts(),
      mode: 'act',
      policy: {},
      catalogue: CATALOGUE,
    });

  it('is what the plan carries, and the same for another incident', () => {
    const plan = bound();
    expect(plan.digest).toBe(planDigest(plan));
    expect(planDigest({ ...plan, incident: 'INC-2' })).toBe(plan.digest);
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('changes with whatever people approved', () => {
    const plan = bound();
    const [first, ...others] = plan.steps;
    expect(planDigest({ ...plan, steps: others })).not.toBe(plan.digest);
    expect(planDigest({ ...plan, steps: [{ ...first!, title: 'Something else' }, ...others] })).not.toBe(plan.digest);
    expect(planDigest({ ...plan, credential: { ...plan.credential, id: 'AKIA2' } })).not.toBe(plan.digest);
    expect(planDigest({ ...plan, mode: 'ask' })).not.toBe(plan.digest);
  });
});
