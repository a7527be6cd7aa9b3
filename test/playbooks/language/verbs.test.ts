import { describe, expect, it } from 'vitest';
import { gateFault, matchingColumns } from '../../../playbooks/language/gates.js';
import type { KindSpec } from '../../../playbooks/language/kinds.js';
import { catalogueOf, handClass, MANUAL } from '../../../playbooks/language/verbs.js';
import { AWS, facts } from './kinds-for-tests.js';

const with_ = (verbs: KindSpec['verbs']): KindSpec[] => [{ ...AWS, verbs: { ...AWS.verbs, ...verbs } }];

describe('the catalogue', () => {
  it('knows manual, and gives every kind the reads and tells of the house', () => {
    const catalogue = catalogueOf([AWS]);
    expect(Object.keys(catalogue)).toEqual(['manual', 'aws-access-key']);
    for (const kind of Object.values(catalogue)) {
      expect(Object.keys(kind.verbs)).toEqual(
        expect.arrayContaining(['scan_logs', 'open_ticket', 'notify', 'resolve_alert']),
      );
    }
  });

  it.each([
    ['disable is of class contain, not tell', with_({ disable: { class: 'tell', title: 'x' } })],
    ['revoke is of class destroy, not burn', with_({ revoke: { class: 'burn', title: 'x' } })],
    ['scan_logs is a word of the house', with_({ scan_logs: { class: 'read', title: 'x' } })],
    ['dead is a word of the house', with_({ dead: { class: 'read', title: 'x' } })],
    ['Burn is not a name', with_({ Burn: { class: 'burn', title: 'x' } })],
    [
      'hold cannot have an argument called ask',
      with_({ hold: { class: 'contain', title: 'x', args: { ask: { type: 'text', required: true } } } }),
    ],
    [
      'hold cannot have a result called state',
      with_({ hold: { class: 'contain', title: 'x', results: { state: 'text' } } }),
    ],
    ['its kind is there already', [AWS, AWS]],
    ['a kind is a slug', [{ ...AWS, kind: 'AWS' }]],
  ])('refuses a connector that breaks the language: %s', (fault, specs) => {
    expect(() => catalogueOf(specs)).toThrow(fault);
  });

  it('calls a revoke one-way containment only where there is no off switch', () => {
    expect(handClass('revoke', AWS)).toBe('destroy');
    expect(handClass('revoke', MANUAL)).toBe('destroy');
    expect(handClass('revoke', { ...AWS, verbs: {} })).toBe('burn');
  });
});

describe('a row of policy', () => {
  it('applies by environment, and takes what is unknown for the worse of the two', () => {
    expect(matchingColumns(facts())).toEqual(['any', 'production', 'public']);
    expect(matchingColumns(facts({ criticality: 'critical', exposure: 'internal' }))).toEqual([
      'any',
      'production',
      'critical',
      'not_public',
    ]);
    expect(matchingColumns(facts({ criticality: 'unknown', exposure: 'unknown', environment: 'default' }))).toEqual([
      'any',
      'default',
      'critical',
      'not_public',
    ]);
  });

  it('may not let silence destroy, nor containment wait for the morning, nor gate a look', () => {
    expect(gateFault('destroy', { ifSilent: 'proceed' })).toContain('silence may not destroy');
    expect(gateFault('burn', { ifSilent: 'proceed' })).toContain('silence may not burn');
    expect(gateFault('contain', { hours: 'office' })).toContain('does not wait for the morning');
    expect(gateFault('read', {})).toContain('nobody is asked');
    expect(gateFault('contain', { ifSilent: 'proceed' })).toBeUndefined();
    expect(gateFault('destroy', { hours: 'office' })).toBeUndefined();
  });
});
