import { describe, expect, it } from 'vitest';
import { gateFault, gatesFor, mergeGates, taskTerms } from '../../../playbooks/language/gates.js';
import type { Gate } from '../../../playbooks/language/policy.js';
import type { EffectClass } from '../../../playbooks/language/words.js';
import { facts } from './kinds-for-tests.js';

const row = (gate: Gate) => ({ because: { source: 'policy' as const, row: 'any' }, gate });
const merged = (effect: EffectClass, gates: Gate[], some = facts()) => mergeGates(effect, gates.map(row), some)!;

describe('silence', () => {
  it('holds where nobody said what it means', () => {
    expect(merged('contain', [{ from: { ciso: 1 } }]).ifSilent).toBe('hold');
    expect(mergeGates('contain', [], facts(), {})?.ifSilent).toBe('hold');
  });

  it('may let contain and interrupt go on, and nothing else', () => {
    const proceed: Gate[] = [{ ifSilent: 'proceed' }];
    expect(merged('contain', proceed).ifSilent).toBe('proceed');
    expect(merged('interrupt', proceed).ifSilent).toBe('proceed');
    for (const effect of ['burn', 'replace', 'destroy'] as const) expect(merged(effect, proceed).ifSilent).toBe('hold');
    expect(merged('contain', [...proceed, { ifSilent: 'hold' }]).ifSilent).toBe('hold');
  });

  it('takes the longest time where it goes on, and the shortest where it holds', () => {
    const times: Gate[] = [{ withinSeconds: 60 }, { withinSeconds: 180 }];
    expect(merged('contain', [...times, { ifSilent: 'proceed' }]).withinSeconds).toBe(180);
    expect(merged('contain', times).withinSeconds).toBe(60);
  });
});

it('a question that the mode adds says that the mode did', () => {
  const [asked] = gatesFor('contain', facts(), {}, 'ask');
  expect(asked?.because).toEqual({ source: 'mode', row: 'ask' });
});

it('only replace and destroy wait for the morning', () => {
  for (const effect of ['contain', 'burn', 'interrupt', 'replace', 'destroy'] as const) {
    const waits = effect === 'replace' || effect === 'destroy';
    expect(merged(effect, [{ hours: 'office' }]).hours).toBe(waits ? 'office' : 'any');
    expect(gateFault(effect, { hours: 'office' }) === undefined, effect).toBe(waits);
    const proceeds = effect === 'contain' || effect === 'interrupt';
    expect(gateFault(effect, { ifSilent: 'proceed' }) === undefined, effect).toBe(proceeds);
  }
  expect(gateFault('read', {})).toBeDefined();
});

describe('tiers', () => {
  it('are asked in the order of page and settings, each once, whatever the order of its roles', () => {
    const tiers = (...then: string[][]) => row({ then });
    const rows = [tiers(['ciso', 'treasury'], ['service-owner']), tiers(['treasury', 'ciso'], ['cto'])];
    const terms = mergeGates('destroy', rows, facts(), {
      tiers: ['service-owner'],
    });
    expect(terms?.tiers).toEqual([['service-owner'], ['ciso', 'treasury'], ['cto']]);
  });

  it('ask security-on-call, once, for an owner that nobody knows', () => {
    const unknown = facts({ owner: 'unknown' });
    const then = [['service-owner', 'security-on-call', 'ciso']];
    expect(merged('destroy', [{ then }], unknown).tiers).toEqual([['security-on-call', 'ciso']]);
    expect(merged('destroy', [{ then }]).tiers).toEqual(then);
  });

  it('are none where nobody named one', () => {
    expect(taskTerms({}, facts()).tiers).toEqual([]);
    expect(merged('destroy', [{}]).tiers).toEqual([]);
  });
});

it('nobody is asked in the place of an owner who is not asked for', () => {
  const unknown = facts({ owner: 'unknown' });
  expect(merged('destroy', [{ from: { ciso: 1 } }], unknown).places).toEqual({ ciso: 1 });
  const two = { 'service-owner': 1, 'security-on-call': 1 };
  expect(merged('destroy', [{ from: two }], unknown).places).toEqual({ 'security-on-call': 2 });
});
