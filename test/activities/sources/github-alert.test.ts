import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../activities/secrets/secret.js';
import { fetchAlert, resolveAlertChange } from '../../../activities/sources/github-alert.js';
import { openGithub } from '../../../activities/tickets/open-github.js';
import { type GithubTwin, startGithubTwin } from '../../../sandbox/github/start-github-twin.js';

const NAME = 'acme/payouts';
const ID = 'AKIAIOSFODNN7EXAMPLE';
const OTHER = 'AKIAI44QH8DHBEXAMPLE';
const SECRET = 'canary7MDENGbPxRfiCYEXAMPLEKEYwJalrXUtnF';
const SECRET_2 = 'canary8je7MtGbClwBF2Zp9Utkh3yCo8nvbEXAMP';
const ALERT = 'GET /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}';
const options = { signedAt: 0, signal: new AbortController().signal };

let github: GithubTwin;
let token: string;
beforeEach(async () => {
  github = await startGithubTwin({ leakInErrors: 'canary-body' });
  github.addRepository(NAME);
  token = github.addToken({
    login: 'firebreak',
    repositories: [NAME],
    permissions: { secret_scanning_alerts: 'write' },
  });
});
afterEach(() => github.close());

const octokit = () => openGithub({ token: new Secret(token), api: github.url, timeoutMs: 5000 });
const ref = (number: number) => ({ owner: 'acme', repo: 'payouts', number });
const fetch = (number: number) => fetchAlert(octokit(), ref(number));
const commit = (content: string, path = 'deploy/.env') => github.addCommit(NAME, { path, content });
const alert = (secretType: string, secret: string, commits = [commit(secret)]) =>
  github.addAlert(NAME, { secretType, secret, commits, publiclyLeaked: true, validity: 'active' });

describe('fetchAlert', () => {
  it('finds the secret that stands beside the id in another alert', async () => {
    const at = commit(`ID=${ID}\nKEY=${SECRET}\n`);
    const number = alert('aws_access_key_id', ID, [at]);
    alert('aws_secret_access_key', SECRET, [at]);
    const found = await fetch(number);
    expect(found).toMatchObject({
      credentialIds: [ID],
      publiclyLeaked: true,
      validity: 'active',
      resolution: null,
      secretType: 'aws_access_key_id',
    });
    expect(found.locations).toEqual([{ type: 'commit', path: 'deploy/.env', commit: at.sha, line: 1 }]);
    expect(found.secret?.reveal()).toBe(SECRET);
    expect(JSON.stringify(found) + inspect(found, { depth: 9 })).not.toContain('canary');
  });

  it('finds the id from the alert about the secret', async () => {
    const at = commit(`ID=${ID}\nKEY=${SECRET}\n`);
    alert('aws_access_key_id', ID, [at]);
    const found = await fetch(alert('aws_secret_access_key', SECRET, [at]));
    expect([found.credentialIds, found.secret?.reveal()]).toEqual([[ID], SECRET]);
  });

  it('finds both in one text', async () => {
    const found = await fetch(alert('aws_access_key_id', `${ID}:${SECRET}`));
    expect([found.credentialIds, found.secret?.reveal()]).toEqual([[ID], SECRET]);
  });

  it('takes the nearest of two keys in one file', async () => {
    const at = commit(`ID=${ID}\nKEY=${SECRET}\n\n\nID=${OTHER}\nKEY=${SECRET_2}\n`);
    const number = alert('aws_access_key_id', OTHER, [at]);
    alert('aws_secret_access_key', SECRET, [at]);
    alert('aws_secret_access_key', SECRET_2, [at]);
    expect((await fetch(number)).secret?.reveal()).toBe(SECRET_2);
  });

  it.each<[string, () => number]>([
    [
      'stands in another file',
      () => {
        alert('aws_secret_access_key', SECRET, [commit(SECRET, 'other.txt')]);
        return alert('aws_access_key_id', ID, [commit(ID)]);
      },
    ],
    [
      'could be one of two',
      () => {
        const at = commit(`${ID} ${SECRET} ${SECRET_2}`);
        alert('aws_secret_access_key', SECRET, [at]);
        alert('aws_secret_access_key', SECRET_2, [at]);
        return alert('aws_access_key_id', ID, [at]);
      },
    ],
    ['is nowhere', () => alert('aws_access_key_id', ID)],
  ])('takes no secret that %s', async (_, prepare) => {
    const found = await fetch(prepare());
    expect(found.credentialIds).toEqual([ID]);
    expect(found.secret).toBeUndefined();
  });

  it('knows the id from the name of the file that people give it', async () => {
    const found = await fetch(alert('aws_secret_access_key', SECRET, [commit(SECRET, `keys/${ID}_accessKeys.csv`)]));
    expect([found.credentialIds, found.secret?.reveal()]).toEqual([[ID], SECRET]);
  });

  it('names no AWS key in an alert about something else', async () => {
    const found = await fetch(alert('stripe_api_key', 'sk_live_canary'));
    expect([found.credentialIds, found.secret]).toEqual([[], undefined]);
  });

  it.each([
    ['deny', 'permission-denied'],
    ['throttle', 'rate-limited'],
    ['error', 'unavailable'],
    ['reset', 'unexpected-answer'],
  ] as const)('says %s as %s, without what the body says', async (kind, code) => {
    const number = alert('aws_access_key_id', `${ID}:${SECRET}`);
    github.faults.add({ method: ALERT, kind });
    const error = await fetch(number).then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { code: string },
    );
    expect(error?.code).toBe(code);
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|github_pat/);
  });

  it('says not-found for an alert that is not there', async () => {
    await expect(fetch(99)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('acme/payouts#99'),
    });
  });
});

describe('resolveAlertChange', () => {
  it('resolves once, and finds it resolved', async () => {
    const number = alert('aws_access_key_id', ID);
    const change = resolveAlertChange(octokit(), ref(number), { resolution: 'revoked', comment: 'INC-1: dead' });
    expect((await change.read()).state).toBeNull();
    expect(await change.apply(null, options)).toMatchObject({ kind: 'applied', evidence: { resolution: 'revoked' } });
    expect((await change.read()).state).toMatchObject({ resolution: 'revoked' });
    expect(github.alert(NAME, number).resolved).toMatchObject({ as: 'revoked', comment: 'INC-1: dead' });
  });

  it('corrects another resolution', async () => {
    const number = alert('aws_access_key_id', ID);
    await resolveAlertChange(octokit(), ref(number), { resolution: 'revoked', comment: '' }).apply(null, options);
    const change = resolveAlertChange(octokit(), ref(number), { resolution: 'false_positive', comment: 'x' });
    expect((await change.read()).state).toBeNull();
    await change.apply(null, options);
    expect(github.alert(NAME, number).resolved?.as).toBe('false_positive');
  });

  it('is refused without the right to write, and unknown when the answer is lost', async () => {
    const number = alert('aws_access_key_id', ID);
    const change = resolveAlertChange(octokit(), ref(number), { resolution: 'revoked', comment: '' });
    github.faults.add({
      method: 'PATCH /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}',
      kind: 'lost-after',
    });
    expect(await change.apply(null, options)).toMatchObject({ kind: 'unknown' });
    token = github.addToken({ login: 'reader', repositories: [NAME], permissions: { secret_scanning_alerts: 'read' } });
    const reader = resolveAlertChange(octokit(), ref(number), { resolution: 'revoked', comment: '' });
    const answer = await reader.apply(null, options);
    expect(answer).toMatchObject({ kind: 'denied', code: 'permission-denied' });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });
});
