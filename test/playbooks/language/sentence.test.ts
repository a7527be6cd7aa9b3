import { describe, expect, it } from 'vitest';
import { credentialLabel, fill, knownTo, oneLine, pathsIn, pieces } from '../../../playbooks/language/sentence.js';
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
  });

  it('shortens opaque ids and leaves names whole', () => {
    expect(credentialLabel({ id: 'AKIAIOSFODNN7EXAMPLE' })).toBe('AKIA…PLE');
    expect(credentialLabel({ id: 'hot-wallet-signing-key' })).toBe('hot-wallet-signing-key');
  });
});
