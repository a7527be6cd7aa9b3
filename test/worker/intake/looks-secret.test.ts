import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsSecret, withoutSecrets } from '../../../worker/intake/looks-secret.js';

const AWS = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const AROUND = ['', 'use ', 'key=', '"', "('", 'AWS_SECRET_ACCESS_KEY: ', 'https://siem.example/?q='];
const AFTER = ['', ' instead', '.', '";', "')", ', says Mia!', '&page=2'];

describe('a secret in a sentence', () => {
  it('is noticed and taken out, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...AROUND), fc.constantFrom(...AFTER), (before, after) => {
        expect(holdsSecret(before + AWS + after)).toBe(true);
        expect(withoutSecrets(before + AWS + after)).not.toContain(AWS);
      }),
    );
  });

  it('is taken out by value where it is known, of whatever shape', () => {
    expect(withoutSecrets('the pin is hunter2, again hunter2', 'hunter2')).toBe('the pin is [secret], again [secret]');
  });

  it('is not seen in ids, commits, links and ordinary words', () => {
    for (const text of [
      'AKIAIOSFODNN7EXAMPLE of svc-payouts',
      'commit 3f2c1a9d0b4e5f60718293a4b5c6d7e8f9012345',
      'see https://github.com/acme/payouts-tools/security/secret-scanning/3',
      'check with trading first',
    ]) {
      expect(holdsSecret(text), text).toBe(false);
      expect(withoutSecrets(text)).toBe(text);
    }
  });
});
