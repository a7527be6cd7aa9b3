import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsSecret } from '../../../worker/intake/looks-secret.js';
import { takeOutSecrets } from '../../../worker/slack/take-out-secrets.js';

const AWS = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const ID = 'AKIAQ2W3E4R5T6Y7UOP2';
const GITHUB = `ghp_${'aB3'.repeat(12)}`;
const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n/x+9==\n-----END RSA PRIVATE KEY-----`;

describe('a secret that is typed into a chat', () => {
  it.each([
    ['alone', AWS, '[secret]', [AWS]],
    ['after its id', `${ID} ${AWS}`, `${ID} [secret]`, [AWS]],
    ['as a line of a downloaded file', `${ID},${AWS}`, `${ID},[secret]`, [AWS]],
    ['behind its id and a slash', `${ID}/${AWS}`, `${ID}/[secret]`, [AWS]],
    ['glued to its id', `${ID}${AWS}`, `${ID}[secret]`, [AWS]],
    ['with a full stop', `it is ${AWS}.`, 'it is [secret].', [AWS]],
    [
      'as a shell exports it',
      `export AWS_SECRET_ACCESS_KEY='${AWS}' # of Mia`,
      "export AWS_SECRET_ACCESS_KEY='[secret]' # of Mia",
      [AWS],
    ],
    ['in code', `\`\`\`aws_secret_access_key = ${AWS}\`\`\``, '```aws_secret_access_key = [secret]```', [AWS]],
    [
      'as JSON',
      `{"password": "correct-horse", "user": "sam"}`,
      '{"password": "[secret]", "user": "sam"}',
      ['correct-horse'],
    ],
    ['twice', `${GITHUB} and ${AWS}`, '[secret] and [secret]', [GITHUB, AWS]],
    ...[
      `xoxc-1234567890-1234567890123-1234567890123-${'ab12'.repeat(16)}`,
      `xoxd-${'aB3'.repeat(20)}%2B${'aB3'.repeat(6)}`,
      `sk_test_${'aB3'.repeat(8)}`,
      `whsec_${'aB3'.repeat(10)}`,
      `pypi-AgEIcHlwaS5vcmc${'aB3'.repeat(20)}`,
      `dop_v1_${'0123456789abcdef'.repeat(4)}`,
      `hvs.${'aB3'.repeat(8)}`,
      `SG.${'aB3'.repeat(7)}x.${'aB3'.repeat(14)}x`,
      `glrt-${'aB3'.repeat(7)}`,
      `shpat_${'0123456789abcdef'.repeat(2)}`,
      `ya29.${'aB3'.repeat(20)}`,
      `dapi${'0123456789abcdef'.repeat(2)}`,
    ].map((token): [string, string, string, string[]] => [
      `as a token that begins with ${token.slice(0, 6)}`,
      `look: ${token} was posted`,
      'look: [secret] was posted',
      [token],
    ]),
    [
      'in a header',
      'Authorization: Basic dXNlcjpwYXNzd29yZDEyMw==',
      'Authorization: Basic [secret]',
      ['dXNlcjpwYXNzd29yZDEyMw=='],
    ],
    [
      'in a remote',
      `git clone https://x:${GITHUB}@github.com/acme/a`,
      'git clone https://x:[secret]@github.com/acme/a',
      [GITHUB],
    ],
    ['in an address that is no token', 'amqp://svc:hunter22@mq:5672', 'amqp://svc:[secret]@mq:5672', ['hunter22']],
    ['as a key in PEM', `see\n${PEM}\nthanks`, 'see\n[secret]\nthanks', [PEM]],
    ['as a key whose end is missing', `see ${PEM.slice(0, 60)}`, 'see [secret]', [PEM.slice(0, 60)]],
    [
      'as a Slack webhook',
      'https://hooks.slack.com/services/T0/B0/abcdefghij',
      '[secret]',
      ['https://hooks.slack.com/services/T0/B0/abcdefghij'],
    ],
    [
      'as a token that is signed',
      `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_x`,
      'Bearer [secret]',
      ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_x'],
    ],
    ['with the escapes of Slack', 'password=a&amp;b&lt;c12345', 'password=[secret]', ['a&b<c12345']],
    [
      'made a link by Slack',
      `<https://x:${GITHUB}@github.com|x:${GITHUB}@github.com>`,
      'https://x:[secret]@github.com',
      [GITHUB],
    ],
  ])('is taken out %s', (_, typed, text, values) => {
    const taken = takeOutSecrets(typed);
    expect(taken.text).toBe(text);
    expect(taken.secrets.map(({ value }) => value)).toEqual(values);
  });

  it.each([
    ['an id', `${ID} of svc-payouts leaked`],
    ['an id that is called a token', `access token: ${ID}`],
    ['a commit', 'in 3f2c1a9d0b4e5f60718293a4b5c6d7e8f9012345'],
    ['an address', 'https://github.com/acme/payouts-tools/security/secret-scanning/3'],
    ['where a secret is kept', 'password: https://vault.acme.example/ui/kv/payouts'],
    ['what was taken out before', 'secret=[secret] and password: [secret]'],
    ['whoever is mentioned', '<@U0BOT> status INC-7'],
    ['a sentence', 'the secret is out: somebody put the password into git'],
  ])('is not seen in %s', (_, typed) => {
    expect(takeOutSecrets(typed)).toEqual({ text: typed, secrets: [] });
  });

  it('says what it is, so that people know what to look for', () => {
    const whats = [AWS, GITHUB, PEM, 'xoxb-1-2-3-4-5-6'].map((typed) => takeOutSecrets(typed).secrets[0]?.what);
    expect(whats).toEqual(['an AWS secret access key', 'a GitHub token', 'a private key', 'a Slack token']);
  });
});

const secret = fc.constantFrom(
  AWS,
  GITHUB,
  PEM,
  'xoxb-1-2-3-4-5-6',
  `npm_${'a'.repeat(30)}`,
  `sk_live_${'a'.repeat(16)}`,
);
const around = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom('x', 'A', '7', '/', '+', '-', '_', '.', ' ', '"', ':', '=', '[', '@', 'xoxb-', 'password'),
  }),
);

describe('whatever is typed', () => {
  it('holds no secret afterwards, and the values put back give what was typed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(around, secret), { maxLength: 6 }), (parts) => {
        const typed = parts.join('').replaceAll(/[<>&]/g, '');
        fc.pre(!typed.includes('[secret]'));
        const { text, secrets } = takeOutSecrets(typed);
        expect(holdsSecret(text)).toBe(false);
        const values = secrets.map(({ value }) => value);
        expect(text.replaceAll('[secret]', () => values.shift() ?? '?')).toBe(typed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is taken out whole where a file of secrets is pasted, however long', () => {
    const { text, secrets } = takeOutSecrets(`${AWS} `.repeat(1_000));
    expect(text).toBe('[secret] '.repeat(41).trimEnd());
    expect(secrets).toHaveLength(41);
  });

  it('is read in one go, so that nothing is found by asking twice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(around, secret), { maxLength: 6 }), (parts) => {
        const { text } = takeOutSecrets(parts.join(' '));
        expect(takeOutSecrets(text.replaceAll(/[<>&]/g, '')).secrets).toEqual([]);
      }),
    );
  });
});
