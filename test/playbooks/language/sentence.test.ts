import { describe, expect, it } from 'vitest';
import {
  credentialLabel,
  fill,
  hasUnprintable,
  knownTo,
  oneLine,
  pathsIn,
  pieces,
} from '../../../playbooks/language/sentence.js';
import { CREDENTIAL, facts } from './kinds-for-tests.js';

const known = (path: string) =>
  knownTo({ credential: CREDENTIAL, facts: facts() }, { scan_logs: { verdict: 'misuse', uses: 4 } })(path);

describe('a sentence', () => {
  it('prints what is known, and says what is not known yet', () => {
    expect(fill('<credential> of <owner> in <credential.account>: <scan_logs.verdict>, <scan_logs.uses>', known)).toBe(
      'AKIA…PLE of payments in 111122223333: misuse, 4',
    );
    expect(fill('New: <rotate.new>, <nobody>', known)).toBe('New: not known yet, not known yet');
    expect(fill('<scan_logs.constructor> <constructor.name>', known)).toBe('not known yet not known yet');
  });

  it('leaves a < alone that does not begin a path ending in >', () => {
    for (const text of ['a < b > c', '<Credential>', '<a.b.c>', '<credential', '< credential>', '<<>>']) {
      expect(pieces(text)).toEqual([{ text }]);
    }
    expect(pathsIn('<<credential>> <a.b>')).toEqual(['credential', 'a.b']);
  });

  it('is cut into text and paths, none of them empty', () => {
    expect(pieces('<a><b.c>')).toEqual([{ path: 'a' }, { path: 'b.c' }]);
    expect(pieces('x<a>y')).toEqual([{ text: 'x' }, { path: 'a' }, { text: 'y' }]);
    expect(pieces('')).toEqual([]);
  });

  it.each([
    ['credential', 'AKIA…PLE'],
    ['credential.kind', 'aws-access-key'],
    ['credential.id', 'AKIAIOSFODNN7EXAMPLE'],
    ['credential.account', '111122223333'],
    ['credential.name', 'svc-payouts'],
    ['environment', 'staging'],
    ['criticality', 'critical'],
    ['exposure', 'internal'],
    ['secret', 'not_held'],
    ['owner', 'payments'],
    ['subject', 'payouts'],
    ['exposed_since', '2026-11-24T03:11:00Z'],
    ['scan_logs.uses', 4],
    ['credential.principal', undefined],
    ['scan_logs', undefined],
    ['constructor.name', undefined],
    ['', undefined],
  ])('knows <%s> as %s', (path, value) => {
    const some = facts({
      environment: 'staging',
      criticality: 'critical',
      exposure: 'internal',
      secret: 'not_held',
      subject: 'payouts',
    });
    expect(knownTo({ credential: CREDENTIAL, facts: some }, { scan_logs: { uses: 4 } })(path)).toBe(value);
  });

  it('never reads a value again', () => {
    expect(fill('<owner>!', () => '<credential>')).toBe('<credential>!');
  });

  it('lets the channel quote text and values alike, each once', () => {
    const html = (text: string) => text.replaceAll('<', '&lt;');
    expect(fill('a < b <owner>', () => '<i>', html)).toBe('a &lt; b &lt;i>');
  });

  it('keeps a value from forging a line, reversing text or flooding the card', () => {
    expect(oneLine('a\r\nb\u2028c\u202ed\u0000')).toBe('a b c d');
    expect(fill('<owner>', () => 'x'.repeat(500))).toHaveLength(200);
    expect(oneLine('x'.repeat(200))).toBe('x'.repeat(200));
    expect(oneLine('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    for (const text of ['\u200bx', 'x\u2066', '\u007f']) expect(hasUnprintable(text)).toBe(true);
    expect(hasUnprintable('Größe: 5 €')).toBe(false);
  });

  it('shortens opaque ids and leaves names whole', () => {
    expect(credentialLabel({ id: 'AKIAIOSFODNN7EXAMPLE' })).toBe('AKIA…PLE');
    expect(credentialLabel({ id: 'AKIAIOSFODNN7EXA' })).toBe('AKIA…EXA');
    for (const id of [
      'AKIAIOSFODNN7EX',
      'hot-wallet-signing-key',
      'key-AKIAIOSFODNN7EXAMPLE',
      'AKIAIOSFODNN7EXAMPLE/2',
    ]) {
      expect(credentialLabel({ id })).toBe(id);
    }
  });
});
