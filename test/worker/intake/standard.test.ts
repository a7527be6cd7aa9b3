/** What standardSource makes of a delivery, without a server: signatures, times and fields at their limits. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { standardSource } from '../../../worker/intake/standard.js';
import { leaked } from './deliveries.js';

const KEY = Buffer.alloc(16, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const source = () => standardSource([new Secret(SECRET)]);

describe('a secret of Standard Webhooks', () => {
  it('has at least 16 bytes', () => {
    expect(() => standardSource([new Secret(`whsec_${Buffer.alloc(15).toString('base64')}`)])).toThrow(/16 bytes/);
    expect(() => standardSource([new Secret('whsec_')])).toThrow(/16 bytes/);
    expect(source().name).toBe('standard');
  });
});

describe('a delivery of Standard Webhooks', () => {
  const NOW = 1_800_000_000_000;
  const body = Buffer.from('{}');
  const verify = ({ id = 'msg_1', at = String(NOW / 1_000), list = (right: string) => right } = {}) => {
    const right = `v1,${createHmac('sha256', KEY).update(`${id}.${at}.{}`).digest('base64')}`;
    const headers = new Headers({ 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': list(right) });
    return source().verify(body, headers, NOW);
  };
  const shifted = (seconds: number) => verify({ at: String(NOW / 1_000 + seconds) });
  const taken = { verified: true, key: 'msg_1' };

  it('is heard for five minutes before and after its time, and not a second longer', () => {
    expect([shifted(-300), shifted(0), shifted(300)]).toEqual([taken, taken, taken]);
    expect(shifted(-301)).toEqual({ verified: false, reason: 'timestamp-old' });
    expect(shifted(301)).toEqual({ verified: false, reason: 'timestamp-future' });
  });

  it('has an id of at most 128 letters and a time of at most 12 digits', () => {
    const id = 'a-_9'.repeat(32);
    expect(verify({ id })).toEqual({ verified: true, key: id });
    expect(verify({ at: '9'.repeat(12) })).toEqual({ verified: false, reason: 'timestamp-future' });
    for (const change of [
      { id: `${id}a` },
      { id: '.a' },
      { id: 'a.' },
      { at: '9'.repeat(13) },
      { at: '+1' },
      { at: '1e3' },
      { at: '-1' },
    ]) {
      expect(verify(change), JSON.stringify(change)).toEqual({ verified: false, reason: 'header-malformed' });
    }
  });

  it('lacks no header', () => {
    for (const change of [{ id: '' }, { at: '' }, { list: () => '' }]) {
      expect(verify(change)).toEqual({ verified: false, reason: 'header-missing' });
    }
  });

  it('may bring sixteen signatures, of other versions too', () => {
    const other = `v1a,${'A'.repeat(200)}==`;
    expect(verify({ list: (right) => [...Array(15).fill(other), right].join(' ') })).toEqual(taken);
    expect(verify({ list: () => `v1,${'A'.repeat(43)}= v2,AAAA` })).toEqual({ verified: false, reason: 'signature' });
    // The right one under the name of another version is no signature of version 1.
    expect(verify({ list: (right) => `v1a,${right.slice(3)}` })).toEqual({ verified: false, reason: 'signature' });
  });

  it.each([
    ['two spaces', (right: string) => `${right}  ${right}`],
    ['no version', (right: string) => `${right} AAAA`],
    ['a version of two digits', (right: string) => `${right} v11,AAAA`],
    ['a version of capitals', (right: string) => `${right} v1A,AAAA`],
    ['a version after something', (right: string) => `${right} xv1,AAAA`],
    ['nothing after a version', (right: string) => `${right} v1,`],
    ['201 letters', (right: string) => `${right} v1,${'A'.repeat(201)}`],
    ['three signs for the end', (right: string) => `${right} v1,AAAA===`],
    ['what is not base64', (right: string) => `${right} v1,AA-A`],
  ])('is not understood when one of its signatures has %s', (_, list) => {
    expect(verify({ list })).toEqual({ verified: false, reason: 'header-malformed' });
  });
});

describe('an alert of Standard Webhooks', () => {
  const read = (payload: unknown) => source().read(payload, new Headers());
  const alertOf = (data: object) => {
    const reading = read(leaked(data));
    return reading.result === 'take' ? reading.alert : reading;
  };

  it('is kept with no more than it says', () => {
    expect(read(leaked())).toEqual({
      result: 'take',
      alert: {
        v: 1,
        source: 'standard',
        event: 'credential.leaked',
        credential: { kind: 'aws-access-key', id: 'AKIAIOSFODNN7EXAMPLE' },
        exposure: 'unknown',
        exposedSince: '2026-11-24T03:10:59.000Z',
        secret: 'not_held',
      },
      claims: ['aws-access-key:AKIAIOSFODNN7EXAMPLE'],
      joinOnly: false,
    });
  });

  it('is kept with all that it says, and hands over the secret apart from it', () => {
    const reading = read(
      leaked({
        account: '123456789012',
        exposure: 'internal',
        exposed_since: '2026-11-20T10:00:00+02:00',
        url: 'https://siem.example/1',
        summary: 'it is hunter2',
        secret: 'hunter2',
      }),
    );
    expect(reading).toMatchObject({
      result: 'take',
      alert: {
        credential: { account: '123456789012' },
        exposure: 'internal',
        exposedSince: '2026-11-20T08:00:00.000Z',
        url: 'https://siem.example/1',
        summary: 'it is [secret]',
        secret: 'held',
      },
    });
    expect(reading.result === 'take' && reading.secret?.reveal()).toBe('hunter2');
  });

  it.each([
    ['no type', { data: {} }],
    ['no object', 7],
    ['no time', leaked({}, { timestamp: undefined })],
    ['a time of no zone', leaked({}, { timestamp: '2026-11-24T03:10:59' })],
    ['no kind', leaked({ kind: undefined })],
    ['a kind with a digit before it', leaked({ kind: '1aws' })],
    ['a kind in capitals', leaked({ kind: 'aWS' })],
    ['a kind of 41 letters', leaked({ kind: 'a'.repeat(41) })],
    ['a kind with something after it', leaked({ kind: 'aws key' })],
    ['an empty id', leaked({ id: '' })],
    ['an id of 201 letters', leaked({ id: '1'.repeat(201) })],
    ['an id with a space', leaked({ id: 'a b' })],
    ['an id that ends a line', leaked({ id: 'a\n' })],
    ['an account of 201 letters', leaked({ account: '1'.repeat(201) })],
    ['an exposure that we do not know', leaked({ exposure: 'partly' })],
    ['a day without an hour', leaked({ exposed_since: '2026-11-20' })],
    ['an address of 501 letters', leaked({ url: `https://x/${'a'.repeat(491)}` })],
    ['a summary of 2001 letters', leaked({ summary: 'a'.repeat(2_001) })],
    ['an empty secret', leaked({ secret: '' })],
    ['a secret of 8193 letters', leaked({ secret: 'a'.repeat(8_193) })],
  ])('is not understood with %s', (_, payload) => {
    expect(read(payload)).toEqual({ result: 'malformed', reason: 'shape' });
  });

  it('is understood with the longest fields', () => {
    const data = {
      kind: `a${'9-'.repeat(19)}z`,
      id: '1'.repeat(200),
      account: '2'.repeat(200),
      url: `https://x/${'a'.repeat(490)}`,
      summary: 'b '.repeat(1_000),
      secret: 's'.repeat(8_192),
    };
    expect(alertOf(data)).toMatchObject({
      credential: { kind: data.kind, id: data.id, account: data.account },
      url: data.url,
      summary: expect.stringMatching(/^(b ){149}b…$/),
    });
  });

  it('is refused when it names the credential by a secret, its own or one that we know by its look', () => {
    const token = `ghp_${'a'.repeat(36)}`;
    for (const data of [
      { id: 'hunter2', secret: 'hunter2' },
      { account: 'hunter2', secret: 'hunter2' },
      { id: token },
      { account: token },
    ]) {
      expect(read(leaked(data))).toEqual({ result: 'malformed', reason: 'secret-as-id' });
    }
    expect(read(leaked({ account: '1', secret: 'hunter2' }))).toMatchObject({ result: 'take' });
  });
});
