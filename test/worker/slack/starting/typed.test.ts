import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTyped, saysSomething } from '../../../../worker/slack/starting/typed.js';
import { takeOutSecrets } from '../../../../worker/slack/take-out-secrets.js';

const ONE = 'AKIAQ2W3E4R5T6Y7UQX7';
const TWO = 'AKIAZZW3E4R5T6Y7UQX2';
const aws = (...ids: string[]) => ids.map((id) => ({ kind: 'aws-access-key', id }));

describe('a text beside its ids', () => {
  it.each([
    ['an env file', `AWS_ACCESS_KEY_ID=${ONE} AWS_SECRET_ACCESS_KEY=[secret]\nexport DB_HOST="db.acme.example"`],
    ['a file of credentials', `[default]\naws_access_key_id = ${ONE}\naws_secret_access_key = [secret]`],
    ['what a console answers', `{"AccessKeyId": "${ONE}", "SecretAccessKey": "[secret]"}`],
    ['a file of values', `aws_access_key_id: ${ONE}\naws_secret_access_key: [secret]`],
    ['ids and a secret', `<@U0BOT> ${ONE} ${TWO} [secret]`],
    ['a single word', `leaked: ${ONE}`],
  ])('says nothing of its own: %s', (_, text) => {
    expect(saysSomething(text)).toBe(false);
  });

  it.each([
    ['an alert of another bot', `Secret found in acme/payouts: ${ONE}\nhttps://github.com/acme/payouts/security/3`],
    ['fields of an alert', `Secret: ${ONE}\nRepository: acme/payouts`],
    ['what a person writes', `${ONE} stood in a public gist`],
    ['a sentence above a file', `who knows this?\nAWS_ACCESS_KEY_ID=${ONE}`],
  ])('says something: %s', (_, text) => {
    expect(saysSomething(text)).toBe(true);
  });
});

describe('what is typed', () => {
  it.each([
    ['nothing', '  ', { empty: true }],
    ['only who is asked', '<@U0BOT> ', { empty: true }],
    ['a verb', 'status', { verb: 'status' }],
    ['a verb in any case', 'LIST please', { verb: 'list' }],
    ['a verb with an incident', 'status INC-7', { verb: 'status', incident: 'INC-7' }],
    ['an incident alone, as people write it', 'inc 7', { incident: 'INC-7' }],
    ['a mistyped verb', 'stauts', { meant: { typed: 'stauts', verb: 'status' } }],
    ['a half-typed verb', 'he', { meant: { typed: 'he', verb: 'help' } }],
    [
      'a mistyped verb with an incident',
      'stats inc-12',
      { meant: { typed: 'stats', verb: 'status' }, incident: 'INC-12' },
    ],
    ['an id', ONE, { credentials: aws(ONE) }],
    ['an id in a mention', `<@U0BOT> ${ONE.toLowerCase()} leaked!`, { credentials: aws(ONE) }],
    ['two ids', `${TWO} and ${ONE}`, { credentials: aws(TWO, ONE) }],
    ['a part of one', 'AKIA12', { part: { kind: 'aws-access-key', head: 'AKIA12', tail: '' } }],
    ['one as cards show it', 'AKIA…QX7', { part: { kind: 'aws-access-key', head: 'AKIA', tail: 'QX7' } }],
    [
      'an alert of another bot',
      `Secret detected\n${ONE}\nhttps://github.com/acme/a/security/3`,
      { credentials: aws(ONE), url: 'https://github.com/acme/a/security/3' },
    ],
    ['a secret alone', '[secret]', {}],
    ['a sentence without anything', 'something leaked somewhere, I do not know what', {}],
    ['a word that is no verb', 'banana', {}],
  ])('is read: %s', (_, typed, expected) => {
    expect(readTyped(typed)).toEqual({ credentials: [], secretOf: {}, empty: false, ...expected });
  });
});

describe('a secret that came along', () => {
  it.each([
    ['after its id', `${ONE} [secret]`, { [ONE]: 0 }],
    ['before its only id', `[secret] ${ONE}`, { [ONE]: 0 }],
    ['each after its own', `${ONE},[secret]\n${TWO},[secret]`, { [ONE]: 0, [TWO]: 1 }],
    ['after the first of two', `${ONE} [secret] ${TWO}`, { [ONE]: 0 }],
  ])('belongs to an id: %s', (_, typed, secretOf) => {
    expect(readTyped(typed).secretOf).toEqual(secretOf);
  });

  it.each([
    ['two after one id', `${ONE} [secret] [secret]`],
    ['before two ids', `[secret] ${ONE} ${TWO}`],
    ['no id', '[secret]'],
  ])('belongs to none where that is in doubt: %s', (_, typed) => {
    expect(readTyped(typed).secretOf).toEqual({});
  });

  it('is in no address that is kept', () => {
    expect(readTyped('https://x:[secret]@github.com/acme').url).toBeUndefined();
    expect(readTyped('see https://siem.example/?q=[secret]').url).toBeUndefined();
  });
});

const SECRETS = ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', `ghp_${'aB3'.repeat(12)}`, 'xoxb-1-2-3-4-5-6-7-8'];

it('never throws, and holds no secret, whatever is typed', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom(ONE, TWO, 'AKIA', '…', 'status', 'INC-', '7', ' ', '\n', '<@U0>', 'https://', ...SECRETS),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const { text, secrets } = takeOutSecrets(parts.join(''));
      const typed = readTyped(text);
      const json = JSON.stringify(typed);
      for (const { value } of secrets) expect(value.length < 20 || !json.includes(value)).toBe(true);
      for (const at of Object.values(typed.secretOf)) expect(at).toBeLessThan(secrets.length);
    }),
    { numRuns: 1_000 },
  );
});
