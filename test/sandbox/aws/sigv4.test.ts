import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf, newKeyId } from '../../../sandbox/aws/key-id.js';
import { parseAuthorization, signatureMatches, signatureOf, signedHeaders } from '../../../sandbox/aws/sigv4.js';

// the key pair of AWS's published test suite
const KEY = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const AT = '20150830T123600Z';

const scope = (service: string, ...signed: string[]) => ({
  accessKeyId: KEY.id,
  date: '20150830',
  region: 'us-east-1',
  service,
  signedHeaders: signed,
});

describe('published vectors', () => {
  const headers = (host: string): [string, string][] => [
    ['host', host],
    ['x-amz-date', AT],
  ];
  const get = (target: string) => ({
    method: 'GET',
    target,
    headers: headers('example.amazonaws.com'),
    body: Buffer.alloc(0),
  });

  it.each([
    ['get-vanilla', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('%s', (_, target, signature) => {
    expect(signatureOf(get(target), scope('service', 'host', 'x-amz-date'), KEY.secret)).toBe(signature);
  });

  it('iam ListUsers, from the general reference', () => {
    const request = {
      method: 'GET',
      target: '/?Action=ListUsers&Version=2010-05-08',
      headers: [
        ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
        ...headers('iam.amazonaws.com'),
      ] as [string, string][],
      body: Buffer.alloc(0),
    };
    expect(signatureOf(request, scope('iam', 'content-type', 'host', 'x-amz-date'), KEY.secret)).toBe(
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });
});

describe('a signed request', () => {
  const request = { method: 'POST', url: 'http://127.0.0.1:1/a%20b?x=1', body: 'Action=ListUsers' };
  const key = { id: 'AKIAIOSFODNN7EXAMPLE', secret: KEY.secret };
  const signed = signedHeaders(request, key, { service: 'iam', region: 'us-east-1', at: 0 });
  const sent = {
    method: 'POST',
    target: '/a%20b?x=1',
    headers: Object.entries(signed),
    body: Buffer.from(request.body),
  };
  const authorization = parseAuthorization(signed.authorization)!;
  const matches = (changed: Partial<typeof sent>, secret = key.secret) =>
    signatureMatches({ ...sent, ...changed }, authorization, secret);

  it('matches as it was sent, and under no other secret', () => {
    expect([matches({}), matches({}, `${key.secret}x`)]).toEqual([true, false]);
  });

  it('matches no more when any byte of its body changed', () => {
    fc.assert(
      fc.property(fc.nat(sent.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const body = Buffer.from(sent.body);
        body[at] = body[at]! ^ by;
        expect(matches({ body })).toBe(false);
      }),
    );
  });

  it('matches no more when method, path, query, host or date changed', () => {
    const other = (name: string, value: string) =>
      sent.headers.map(([one, old]): [string, string] => [one, one === name ? value : old]);
    expect(matches({ method: 'GET' })).toBe(false);
    expect(matches({ target: '/a%20c?x=1' })).toBe(false);
    expect(matches({ target: '/a%20b?x=2' })).toBe(false);
    expect(matches({ headers: other('host', '127.0.0.1:2') })).toBe(false);
    expect(matches({ headers: other('x-amz-date', '19700101T000001Z') })).toBe(false);
  });

  it('matches no more when an x-amz header was added that nobody signed', () => {
    expect(matches({ headers: [...sent.headers, ['x-amz-security-token', 'stolen']] })).toBe(false);
  });

  it.each(['', 'Basic x', 'AWS4-HMAC-SHA256 Credential=A/B', signed.authorization!.replace('aws4_request', 'aws5')])(
    'is not read from %j',
    (header) => expect(parseAuthorization(header)).toBeUndefined(),
  );
});

describe('key ids', () => {
  it('carry their account as AWS’s do', () => {
    expect(accountOf('ASIAQNZGKIQY56JQ7WML')).toBe('029608264753');
    fc.assert(
      fc.property(fc.bigInt(0n, 999_999_999_999n), (number) => {
        const account = String(number).padStart(12, '0');
        expect(accountOf(newKeyId('AKIA', account))).toBe(account);
      }),
    );
  });

  it('are only what looks like one', () => {
    expect(['AKIA', 'AKIA0000000000000001', 'wJalrXUtnFEMI/K7MDENG'].map(accountOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
