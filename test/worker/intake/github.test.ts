/** What githubSource makes of a delivery, without a server: the words of GitHub at their limits. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { githubSource } from '../../../worker/intake/github.js';
import { githubAlert } from './deliveries.js';

const source = () => githubSource([new Secret('webhook secret')]);
const read = (payload: unknown, event = 'secret_scanning_alert') =>
  source().read(payload, new Headers({ 'x-github-event': event, 'x-github-delivery': 'd-1' }));
const bare = (change: { action?: string; alert?: object; repository?: object } = {}) => ({
  action: 'created',
  ...change,
  alert: { number: 3, ...change.alert },
  repository: { name: 'tools', owner: { login: 'acme' }, ...change.repository },
});
const taken = (payload: unknown, event?: string) => {
  const reading = read(payload, event);
  if (reading.result !== 'take') throw new Error(`not taken: ${JSON.stringify(reading)}`);
  return reading;
};

describe('an alert of GitHub', () => {
  it('is kept with all that answers it, and with nothing else of the payload', () => {
    expect(read(githubAlert({ alert: { resolution: 'revoked' } }))).toEqual({
      result: 'take',
      alert: {
        v: 1,
        source: 'github',
        event: 'created',
        github: {
          owner: 'acme',
          repo: 'payouts-tools',
          number: 3,
          secretType: 'aws_access_key_id',
          validity: 'active',
          resolution: 'revoked',
          delivery: 'd-1',
        },
        exposure: 'public',
        exposedSince: '2026-11-24T03:10:51.000Z',
        url: 'https://github.com/acme/payouts-tools/security/secret-scanning/3',
        summary: 'GitHub secret scanning: Amazon AWS Access Key ID in acme/payouts-tools',
        secret: 'not_held',
      },
      claims: ['github:acme/payouts-tools#3'],
      joinOnly: false,
    });
  });

  it('is taken although it says no more than where it is', () => {
    expect(taken(bare()).alert).toEqual({
      v: 1,
      source: 'github',
      event: 'created',
      github: {
        owner: 'acme',
        repo: 'tools',
        number: 3,
        secretType: 'unknown',
        validity: 'unknown',
        delivery: 'd-1',
      },
      exposure: 'unknown',
      summary: 'GitHub secret scanning: unknown in acme/tools',
      secret: 'not_held',
    });
  });

  it.each([
    ['a word for validity that we do not know', { validity: 'maybe' }, { validity: 'unknown' }],
    ['a validity that is missing', { validity: null }, { validity: 'unknown' }],
    ['what is not valid', { validity: 'inactive' }, { validity: 'inactive' }],
    ['what GitHub could not check', { validity: 'unknown' }, { validity: 'unknown' }],
  ])('is not lost by %s', (_, alert, github) => {
    expect(taken(bare({ alert })).alert.github).toMatchObject(github);
  });

  it.each([
    ['yesterday', undefined],
    [null, undefined],
    ['2026-11-24T03:10:51+02:00', '2026-11-24T01:10:51.000Z'],
  ])('says since when by what GitHub says, %s: %s', (created_at, since) => {
    expect(taken(bare({ alert: { created_at } })).alert.exposedSince).toBe(since);
  });

  it.each([
    [{ action: 'publicly_leaked', repository: { private: true } }, 'public'],
    [{ alert: { publicly_leaked: true }, repository: { visibility: 'private' } }, 'public'],
    [{ repository: { private: false } }, 'public'],
    [{ repository: { visibility: 'public' } }, 'public'],
    [{ repository: { visibility: 'private' } }, 'internal'],
    [{ repository: { private: true } }, 'internal'],
    [{ alert: { publicly_leaked: false } }, 'unknown'],
  ])('of %j could have been seen by: %s', (change, exposure) => {
    expect(taken(bare(change)).alert.exposure).toBe(exposure);
  });

  it.each([
    ['no number', { alert: { number: undefined } }],
    ['the number 0', { alert: { number: 0 } }],
    ['half a number', { alert: { number: 1.5 } }],
    ['a word of 65 letters for what happened', { action: 'a'.repeat(65) }],
    ['a resolution of 65 letters', { alert: { resolution: 'a'.repeat(65) } }],
    ['an empty type', { alert: { secret_type: '' } }],
    ['a type of 101 letters', { alert: { secret_type: 'a'.repeat(101) } }],
    ['a repository outside of its owner', { repository: { name: '../x' } }],
    ['a repository without a name', { repository: { name: '' } }],
    ['a repository with a space', { repository: { name: 'tools ' } }],
    ['a name of 101 letters', { repository: { name: 'a'.repeat(101) } }],
    ['an owner with a path', { repository: { owner: { login: 'acme/x' } } }],
    ['an owner that begins with a slash', { repository: { owner: { login: '/acme' } } }],
    ['an owner of 101 letters', { repository: { owner: { login: 'a'.repeat(101) } } }],
    ['no owner', { repository: { owner: { login: '' } } }],
  ])('is not understood with %s', (_, change) => {
    expect(read(bare(change))).toEqual({ result: 'malformed', reason: 'shape' });
  });

  it('is understood with the longest names', () => {
    const long = 'a'.repeat(100);
    const reading = taken(
      bare({
        action: 'a'.repeat(64),
        alert: { secret_type: long, resolution: 'r'.repeat(64) },
        repository: { name: long, owner: { login: long } },
      }),
    );
    expect(reading.claims).toEqual([`github:${long}/${long}#3`]);
    expect(reading.alert.github).toMatchObject({ secretType: long, resolution: 'r'.repeat(64) });
  });
});

describe('a place of GitHub', () => {
  const place = (type: string, details: object) =>
    taken({ ...bare(), location: { type, details } }, 'secret_scanning_alert_location');

  it.each([
    [{ path: 'prod.env', start_line: 12, commit_sha: '3f2c1a9d00' }, 'also in prod.env:12, commit 3f2c1a9'],
    [{ path: 'prod.env' }, 'also in prod.env'],
    [{ start_line: 12 }, 'also in issue_body'],
    [{ commit_sha: '3f2c1a9d00' }, 'also in issue_body, commit 3f2c1a9'],
  ])('of %j is told of as: %s', (details, said) => {
    const { alert, joinOnly, claims } = place('issue_body', details);
    expect(alert).toMatchObject({ event: 'location', summary: `GitHub secret scanning: ${said}` });
    expect(joinOnly).toBe(true);
    expect(claims).toEqual(['github:acme/tools#3']);
  });

  it('that we do not understand joins all the same', () => {
    const { alert, joinOnly } = taken({ ...bare(), location: { type: 7 } }, 'secret_scanning_alert_location');
    expect(alert).toMatchObject({ event: 'location', summary: 'GitHub secret scanning: unknown in acme/tools' });
    expect(joinOnly).toBe(true);
  });
});

describe('a header of GitHub', () => {
  const body = Buffer.from('{}');
  const hex = createHmac('sha256', 'webhook secret').update(body).digest('hex');
  const right = {
    'x-hub-signature-256': `sha256=${hex}`,
    'x-github-delivery': 'a'.repeat(64),
    'x-github-event': 'a'.repeat(64),
  };
  const verify = (change: Record<string, string>) => source().verify(body, new Headers({ ...right, ...change }), 0);

  it('that is right names the delivery by its id and its body', () => {
    const sha = createHash('sha256').update(body).digest('hex');
    expect(verify({ 'x-github-delivery': 'd-1' })).toEqual({ verified: true, key: `d-1:${sha}` });
    expect(verify({})).toMatchObject({ verified: true });
  });

  it.each(Object.keys(right))('%s may not be missing', (name) => {
    expect(verify({ [name]: '' })).toEqual({ verified: false, reason: 'header-missing' });
  });

  it.each([
    ['x-hub-signature-256', `sha256=${hex}0`],
    ['x-hub-signature-256', `sha256=${hex.slice(1)}`],
    ['x-hub-signature-256', `x sha256=${hex}`],
    ['x-github-delivery', 'a'.repeat(65)],
    ['x-github-delivery', 'a,b'],
    ['x-github-delivery', ':a'],
    ['x-github-delivery', 'a:'],
    ['x-github-event', 'a'.repeat(65)],
    ['x-github-event', 'Ping'],
    ['x-github-event', 'pinG'],
    ['x-github-event', 'ping,ping'],
  ])('%s of %s is not understood', (name, value) => {
    expect(verify({ [name]: value })).toEqual({ verified: false, reason: 'header-malformed' });
  });
});
