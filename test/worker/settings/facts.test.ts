import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criticalityOf, environmentOf, ownerOf, secretPath } from '../../../worker/settings/facts.js';
import { matchesGlob } from '../../../worker/settings/glob.js';
import { loadSettings } from '../../../worker/settings/load-settings.js';
import type { Settings } from '../../../worker/settings/settings.js';

let folder: string;
let settings: Settings;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-facts-'));
  writeFileSync(join(folder, 'owners.csv'), 'account,name,owner\n444455556666,svc-*,platform\n,svc-web,web\n');
  writeFileSync(
    join(folder, 'firebreak.yaml'),
    `version: 1
company: Acme
encryption: { keys: [{ id: one, from: env:KEY }] }
mail: { smtp: env:SMTP_URL, from: firebreak@acme.example }
people: { sam: { mail: sam@acme.example, teams: [payments] } }
roles: { security-on-call: { people: [sam] } }
owners:
  - aws_tag: team
  - csv: owners.csv
  - default: security-on-call
environments:
  wallets: { match: { aws_account: ["111122223333"], names: ["*-wallet"] }, mode: ask, critical: ["*"] }
  production: { match: { aws_account: ["111122223333"] }, mode: act, critical: [svc-payouts, "svc-hot-*"] }
  default: { mode: observe }
connectors: { aws-access-key: { accounts: {} } }
`,
  );
  settings = loadSettings(join(folder, 'firebreak.yaml'), {}).settings as Settings;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the environment of a credential', () => {
  it('is default, where Firebreak only looks, while nobody knows the account', () => {
    const { environment, fact } = environmentOf(settings, { account: 'unknown', name: 'unknown' });
    expect(environment.mode).toBe('observe');
    expect(fact).toEqual({ value: 'default', source: 'firebreak.yaml:14 default' });
  });

  it('is the first of the file that matches in all it asks for', () => {
    const account = '111122223333';
    expect(environmentOf(settings, { account, name: 'svc-wallet' }).fact).toEqual({
      value: 'wallets',
      source: 'firebreak.yaml:12 aws_account and names',
    });
    expect(environmentOf(settings, { account, name: 'svc-web' }).fact).toEqual({
      value: 'production',
      source: 'firebreak.yaml:13 aws_account',
    });
    expect(environmentOf(settings, { account, name: 'unknown' }).fact.value).toBe('production');
    expect(environmentOf(settings, { account: '999988887777', name: 'svc-wallet' }).fact.value).toBe('default');
  });
});

describe('criticality', () => {
  it('is unknown, which gates as critical, while nobody knows the name', () => {
    const { environment } = environmentOf(settings, { account: '111122223333', name: '' });
    expect(criticalityOf(environment, { account: '', name: '' })).toEqual({
      value: 'unknown',
      source: 'firebreak.yaml:13 critical',
    });
  });

  it.each([
    ['svc-payouts', 'critical'],
    ['svc-hot-1', 'critical'],
    ['svc-web', 'normal'],
  ])('of %s is %s', (name, value) => {
    const { environment } = environmentOf(settings, { account: '111122223333', name });
    expect(criticalityOf(environment, { account: '111122223333', name }).value).toBe(value);
  });
});

describe('the owner', () => {
  const holder = { account: '444455556666', name: 'svc-web' };
  it('is what the first rule that knows says, with its place', () => {
    expect(ownerOf(settings, { ...holder, tags: { team: 'payments' } })).toEqual({
      value: 'payments',
      source: 'firebreak.yaml:8 aws_tag team',
    });
    expect(ownerOf(settings, { ...holder, tags: { team: ' ' } })).toEqual({
      value: 'platform',
      source: 'owners.csv:2',
    });
    expect(ownerOf(settings, { ...holder, account: '111122223333', tags: {} })).toEqual({
      value: 'web',
      source: 'owners.csv:3',
    });
    expect(ownerOf(settings, { account: '1', name: 'x', tags: {} })).toEqual({
      value: 'security-on-call',
      source: 'firebreak.yaml:10 default',
    });
  });

  it('is unknown where no rule answers', () => {
    const without = { ...settings, owners: [] };
    expect(ownerOf(without, { ...holder, tags: {} })).toEqual({ value: 'unknown', source: 'firebreak.yaml:7' });
  });
});

describe('the place of a new secret', () => {
  const credential = { kind: 'aws-access-key', id: 'AKIA1', account: '111122223333', name: 'svc', principal: '' };
  it('is the template with its facts', () => {
    const path = secretPath('<environment>/<owner>/<credential.kind>/<credential.name>', {
      environment: 'production',
      owner: 'payments',
      credential,
    });
    expect(path).toBe('production/payments/aws-access-key/svc');
  });

  it('never leaves its folder, whatever a provider calls things', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (owner, name) => {
        const path = secretPath('kv/<owner>/<credential.name>/end', {
          environment: 'p',
          owner,
          credential: { ...credential, name },
        });
        const segments = path.split('/');
        expect(segments).toHaveLength(4);
        for (const segment of segments) expect(segment).toMatch(/^(?!\.+$)[A-Za-z0-9._@=+-]+$/);
      }),
    );
  });
});

describe('globs', () => {
  it('match as a regular expression of the same meaning does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 6 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }), (pattern, text) => {
        const expression = pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
    );
  });
});
