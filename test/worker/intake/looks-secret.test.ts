import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsSecret, looksSecret, withoutSecrets } from '../../../worker/intake/looks-secret.js';

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

describe('what looks like a secret', () => {
  const a = (length: number) => 'a'.repeat(length);
  it.each([
    ['of GitHub', ...['p', 'o', 'u', 's', 'r'].map((kind) => `gh${kind}_${a(20)}`)],
    ['of GitHub, fine-grained', `github_pat_${a(20)}`],
    ['of Slack', ...['a', 'b', 'e', 'o', 'p', 'r', 's'].map((kind) => `xox${kind}-1-2-3-4-5-6`)],
    ['of npm', `npm_${a(30)}`],
    ['of a payment provider', `sk_live_${a(16)}`, `rk_live_${a(16)}`],
    ['in PEM', '-----BEGIN PRIVATE KEY-----', 'x -----BEGIN RSA PRIVATE KEY-----\nMII'],
    ['of AWS', AWS, `${a(39)}+`, `${a(39)}/`],
  ])('is known by its look: %s', (_, ...texts) => {
    for (const text of texts) {
      expect(looksSecret(text), text).toBeDefined();
      // pasted with the end of its line
      expect(looksSecret(` ${text}\n`), text).toBe(looksSecret(text));
    }
  });

  it.each([
    ['too short', `ghp_${a(19)}`, `github_pat_${a(19)}`, 'xoxb-123456789', `npm_${a(29)}`, `sk_live_${a(15)}`],
    ['of no such kind', `ghx_${a(20)}`, `xoxz-${a(20)}`, `pk_live_${a(16)}`, `sk_test_${a(16)}`],
    ['a part of something else', `no-ghp_${a(20)}`, `ghp_${a(20)}.html`, `no-npm_${a(30)}`, `npm_${a(30)}.html`],
    ['a part of a path', `/sk_live_${a(16)}`, `sk_live_${a(16)}.html`, `/xoxb-${a(20)}`, `xoxb-${a(20)} is it`],
    ['no key that is private', '-----BEGIN PUBLIC KEY-----', '-----BEGIN x PRIVATE KEY-----'],
    ['of another length', `${AWS}A`, AWS.slice(1), `${AWS.slice(1)}-`],
    ['a commit', '3f2c1a9d0b4e5f60718293a4b5c6d7e8f9012345', '3F2C1A9D0B4E5F60718293A4B5C6D7E8F9012345'],
  ])('is none when it is %s', (_, ...texts) => {
    for (const text of texts) expect(looksSecret(text), text).toBeUndefined();
  });

  it('is taken out as a whole where it is the whole text, and alone where it stands in a sentence', () => {
    expect(withoutSecrets(AWS)).toBe('[secret]');
    expect(withoutSecrets('x -----BEGIN RSA PRIVATE KEY-----\nMII of Mia')).toBe('[secret]');
    expect(withoutSecrets(`use "${AWS}", not me!`)).toBe('use "[secret]", not me!');
    expect(withoutSecrets(`no ${AWS}!!.`)).toBe('no [secret]');
    expect(holdsSecret('x -----BEGIN RSA PRIVATE KEY-----')).toBe(true);
    expect(holdsSecret('')).toBe(false);
    expect(holdsSecret(`ghp_${'a'.repeat(20)}.example.com`)).toBe(false);
  });
});
